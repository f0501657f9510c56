"""Expressions and excerpts in C on random text, under sanitizers."""

from __future__ import annotations

from pathlib import Path

import native_rooms
import pytest

from support import child

HERE = Path(__file__).resolve().parent
SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def fuzz(program: Path, seed: int, rounds: int) -> None:
    done = child.command(program, str(seed), str(rounds), timeout=1000)
    assert (done.returncode, done.stdout) == (0, f"{rounds} texts\n"), done.stdout + done.stderr


@pytest.fixture(scope="module")
def program(tmp_path_factory, compile_c):
    directory = tmp_path_factory.mktemp("excerpt")
    sources = native_rooms.sources("THREAD", "excerpt")
    compile_c(directory, *SANITIZE, HERE / "fuzz_excerpt.c", *sources, "-o", "fuzz_excerpt")
    return directory / "fuzz_excerpt"


def test_random_text(program):
    fuzz(program, 1, 20_000)


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_more_random_text(program):
    fuzz(program, 2, 3_000_000)
