"""The compilers of the machine, for the C that tests build."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support import child

if TYPE_CHECKING:
    from pathlib import Path

TIME_LIMIT = 300
"""Seconds that a compiler may take: one with sanitizers, on a loaded machine."""


def run(name: str, *arguments: str | Path, **options: Any) -> None:
    """Run a compiler, which must succeed; skip the test if the machine has none of this name."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name} here")
    child.command(path, *arguments, status=0, timeout=TIME_LIMIT, **options)
