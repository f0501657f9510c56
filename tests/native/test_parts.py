"""The guarded copy, the sources of memory, the sink: in C, without an interpreter; and fuzzing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import native_rooms
import pytest

from support import child

HERE = Path(__file__).resolve().parent
# A room needs those below it.
WALKER = ("system", "memory", "output", "walker")
CHECKS = re.findall(r'\{"(\w+)", check_', (HERE / "check_parts.c").read_text())
MEANT_TO_DIE = {"guard_leaves_other_faults"}  # by a fault that valgrind reports as such
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


@pytest.fixture(scope="module")
def check_parts(compile_c: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("parts")
    sources = native_rooms.sources("HANDLER", *WALKER)
    compile_c(directory, "-O2", "-o", "check", HERE / "check_parts.c", *sources, "-lpthread")
    return directory / "check"


@pytest.fixture(scope="module")
def sanitized_parts(
    compile_c: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    directory = tmp_path_factory.mktemp("sanitized_parts")
    sources = native_rooms.sources("HANDLER", *WALKER)
    options = ["-O1", "-g", *SANITIZERS]
    compile_c(directory, *options, "-o", "check", HERE / "check_parts.c", *sources, "-lpthread")
    return directory / "check"


@pytest.fixture(scope="module")
def fuzzer(compile_c: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("fuzz")
    sources = native_rooms.sources("HANDLER", *WALKER, "unwind", "dump")
    options = ["-O1", "-g", "-fno-omit-frame-pointer", "-DSTANDALONE", *SANITIZERS]
    compile_c(directory, *options, "-o", "fuzz", HERE / "fuzz_walk.c", *sources)
    return directory / "fuzz"


def skip_without_guard(name: str) -> None:
    guards = {path.name for path in native_rooms.sources("HANDLER", "memory")}
    if name.startswith("guard_") and "guard_other.c" in guards:
        pytest.skip("this machine has no guarded copy")


@pytest.mark.parametrize("name", CHECKS)
def test_part(check_parts: Path, name: str) -> None:
    skip_without_guard(name)
    done = child.command(check_parts, name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", CHECKS)
def test_part_under_sanitizers(sanitized_parts: Path, name: str) -> None:
    skip_without_guard(name)
    # The checks have handlers of their own for the faults that are meant.
    options = "handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1"
    done = child.command(sanitized_parts, name, env={"ASAN_OPTIONS": options})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.full
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind here")
@pytest.mark.parametrize("name", [name for name in CHECKS if name not in MEANT_TO_DIE])
def test_part_under_valgrind(check_parts: Path, name: str) -> None:
    tool = ["valgrind", "-q", "--error-exitcode=77", f"--suppressions={HERE / 'valgrind.supp'}"]
    done = child.command(*tool, check_parts, name, timeout=90)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_check_has_a_name() -> None:
    assert len(CHECKS) >= 13


def fuzz(fuzzer: Path, seconds: int, seed: int) -> None:
    """Run the fuzzer; any sanitizer's word is a failure."""
    done = child.command(fuzzer, str(seconds), str(seed), timeout=seconds + child.TIME_LIMIT)
    assert (done.returncode, done.stderr) == (0, "")
    inputs, frames = map(int, re.findall(r"\d+", done.stdout))
    # The broken images are still walked: most of their frames are seen.
    assert inputs > 100
    assert frames > inputs


@pytest.mark.parametrize("seed", [1, 2])
def test_arbitrary_memory_under_the_walker(fuzzer: Path, seed: int) -> None:
    fuzz(fuzzer, 2, seed)


@pytest.mark.full
@pytest.mark.timeout(400)
def test_arbitrary_memory_under_the_walker_for_long(fuzzer: Path) -> None:
    for seed in range(100, 105):
        fuzz(fuzzer, 60, seed)
