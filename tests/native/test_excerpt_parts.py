"""Expressions and excerpts in C on random text, under sanitizers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCES = [
    f"excerpt/{n}"
    for n in ("scan", "atom", "expression", "outline", "whole_call", "excerpt", "excerpt_range")
]
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def fuzz(program: Path, seed: int, rounds: int) -> None:
    done = subprocess.run(
        [program, str(seed), str(rounds)], capture_output=True, text=True, timeout=1000, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"{rounds} texts\n"), done.stdout + done.stderr


@pytest.fixture(scope="module")
def program(tmp_path_factory, native, compile_c):
    directory = tmp_path_factory.mktemp("excerpt")
    sources = [native / f"{name}.c" for name in SOURCES]
    compile_c(directory, *SANITIZE, HERE / "fuzz_excerpt.c", *sources, "-o", "fuzz_excerpt")
    return directory / "fuzz_excerpt"


def test_random_text(program):
    fuzz(program, 1, 20_000)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_more_random_text(program):
    fuzz(program, 2, 3_000_000)
