"""The guarded copy, the sources of memory, the sink: in C, without an interpreter; and fuzzing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
GUARD = (
    "memory/guard_x86_64.c" if platform.machine() in {"x86_64", "AMD64"} else "memory/guard_other.c"
)
PARTS = ["memory/memory.c", "output/sink.c", GUARD]
WALKER = [
    *PARTS,
    "walker/layout.c",
    "walker/walk.c",
    "walker/object.c",
    "walker/linetable.c",
    "system/thread_name.c",
    "dump/dump.c",
]
CHECKS = re.findall(r'\{"(\w+)", check_', (HERE / "check_parts.c").read_text())
MEANT_TO_DIE = {"guard_leaves_other_faults"}  # by a fault that valgrind tells as such
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


@pytest.fixture(scope="module")
def check_parts(
    compile_c: Callable[..., None], native: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    directory = tmp_path_factory.mktemp("parts")
    sources = [native / name for name in PARTS]
    compile_c(directory, "-O2", "-o", "check", HERE / "check_parts.c", *sources, "-lpthread")
    return directory / "check"


@pytest.fixture(scope="module")
def sanitized_parts(
    compile_c: Callable[..., None], native: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    directory = tmp_path_factory.mktemp("sanitized_parts")
    sources = [native / name for name in PARTS]
    options = ["-O1", "-g", *SANITIZERS]
    compile_c(directory, *options, "-o", "check", HERE / "check_parts.c", *sources, "-lpthread")
    return directory / "check"


@pytest.fixture(scope="module")
def fuzzer(
    compile_c: Callable[..., None], native: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    directory = tmp_path_factory.mktemp("fuzz")
    sources = [native / name for name in [*WALKER, "dump/dump_text.c"]]
    options = ["-O1", "-g", "-fno-omit-frame-pointer", "-DSTANDALONE", *SANITIZERS]
    compile_c(directory, *options, "-o", "fuzz", HERE / "fuzz_walk.c", *sources)
    return directory / "fuzz"


@pytest.mark.parametrize("name", CHECKS)
def test_part(check_parts: Path, name: str) -> None:
    if name.startswith("guard_") and GUARD == "memory/guard_other.c":
        pytest.skip("this machine has no guarded copy")
    done = subprocess.run(  # noqa: S603
        [check_parts, name], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", CHECKS)
def test_part_under_sanitizers(sanitized_parts: Path, name: str) -> None:
    if name.startswith("guard_") and GUARD == "memory/guard_other.c":
        pytest.skip("this machine has no guarded copy")
    # The checks have handlers of their own for the faults that are meant.
    options = "handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1"
    done = subprocess.run(  # noqa: S603
        [sanitized_parts, name],
        env=dict(os.environ) | {"ASAN_OPTIONS": options},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.full
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind here")
@pytest.mark.parametrize("name", [name for name in CHECKS if name not in MEANT_TO_DIE])
def test_part_under_valgrind(check_parts: Path, name: str) -> None:
    tool = ["valgrind", "-q", "--error-exitcode=77", f"--suppressions={HERE / 'valgrind.supp'}"]
    done = subprocess.run(  # noqa: S603
        [*tool, check_parts, name], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_check_has_a_name() -> None:
    assert len(CHECKS) >= 13


def fuzz(fuzzer: Path, seconds: int, seed: int) -> None:
    """Run the fuzzer; any sanitizer's word is a failure."""
    done = subprocess.run(  # noqa: S603
        [fuzzer, str(seconds), str(seed)], capture_output=True, text=True, check=False
    )
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
