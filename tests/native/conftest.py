"""The C parts alone: compiled by these tests from the checkout's sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import native_rooms
import pytest

from support import compiler

NATIVE = Path(__file__).resolve().parents[2] / "src" / "native"
FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror"]


@pytest.fixture(scope="session")
def native() -> Path:
    """Return the directory of the C sources."""
    if not NATIVE.is_dir():
        pytest.skip("there are no sources here")
    return NATIVE


@pytest.fixture(scope="session")
def handler_sources(native: Path) -> list[Path]:
    """Return the files that may run in a signal handler, as the build lists them."""
    return native_rooms.sources("HANDLER")


@pytest.fixture(scope="session")
def compile_c(native: Path) -> Callable[..., None]:
    """Return a function that runs GCC in a directory."""

    def run(directory: Path, *arguments: str | Path) -> None:
        compiler.run("gcc", *FLAGS, f"-I{native}", *arguments, cwd=directory)

    return run
