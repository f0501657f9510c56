"""The compilers of the machine, for the C that tests build."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from support import child

if TYPE_CHECKING:
    from pathlib import Path

TIME_LIMIT = 300
"""Seconds that a compiler may take: one with sanitizers, on a loaded machine."""


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it if the machine is one that builds the extension in earnest."""
    if os.environ.get("LASTWORDS_BUILD") == "native":
        pytest.fail(f"there is no {what} here, which these tests need")
    pytest.skip(f"there is no {what} here")


def run(name: str, *arguments: str | Path, **options: Any) -> None:
    """Run a compiler, which must succeed; see `missing` if the machine has none of this name."""
    path = shutil.which(name)
    if path is None:
        missing(name)
    child.command(path, *arguments, status=0, timeout=TIME_LIMIT, **options)


def library(source: Path, directory: Path) -> Path:
    """Compile a C file to a library for ctypes in the directory; return its path."""
    target = directory / f"{source.stem}.so"
    run("cc", "-O1", "-g", "-w", "-shared", "-fPIC", source, "-o", target, "-lpthread")
    return target
