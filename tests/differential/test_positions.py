"""Positions of the standard library's own code: a sample; all of them with --full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lastwords

DRIVER = Path(__file__).with_name("positions.py")
IS_REFERENCE = sys.version_info >= (3, 15)


def run(*arguments: str, pure: bool = False) -> str:
    """Run the driver over the same package as this test; return its last line."""
    environ = {**os.environ, "PYTHONPATH": str(Path(lastwords.__file__).parent.parent)}
    environ.pop("LASTWORDS_PURE", None)
    if pure:
        environ["LASTWORDS_PURE"] = "1"
    if not IS_REFERENCE:
        arguments = (*arguments, "--reference")
    done = subprocess.run(
        [sys.executable, str(DRIVER), *arguments],
        env=environ, capture_output=True, text=True, check=False, timeout=3000,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("pure", [False, True])
def test_sample(*, pure: bool) -> None:
    assert run("--sample", "3000", "--seed", "1", "--color", pure=pure).endswith(
        "3000 compared, 0 differing"
    )


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pure", [False, True])
def test_all(*, pure: bool) -> None:
    assert run("--all", pure=pure).endswith(" compared, 0 differing")
