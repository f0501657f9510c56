"""The C parts alone: compiled by these tests from the checkout's sources."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import native_rooms
import pytest

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
    """Return a function that runs GCC in a directory; a failure shows its messages."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no gcc here")

    def run(directory: Path, *arguments: str | Path) -> None:
        command = [compiler, *FLAGS, f"-I{native}", *map(str, arguments)]
        done = subprocess.run(  # noqa: S603
            command, cwd=directory, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    return run
