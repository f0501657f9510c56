"""Deadlines, locks and alternate stacks in C, without an interpreter: over forks, and when threads end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import native_rooms
import pytest

from support import child

HERE = Path(__file__).resolve().parent
CHECKS = re.findall(r'\{"(\w+)", check_', (HERE / "check_forks.c").read_text())
BUILDS = {
    "plain": ["-O2"],
    "sanitized": ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    # As on kernels before 4.14: a fork handler zeroes what a child must find zeroed.
    "old_kernel": ["-O2", "-DMADV_WIPEONFORK=12345", "-DMADV_GUARD_INSTALL=12345"],
}

CANNOT = {
    ("storm_without_handlers", "old_kernel"): "nothing is zeroed without the fork handler",
    ("storm", "sanitized"): "AddressSanitizer's allocator is locked for ever in a child",
    ("storm_without_handlers", "sanitized"): "as above",
}


@pytest.fixture(scope="module", params=BUILDS)
def check_forks(
    request: pytest.FixtureRequest,
    compile_c: Callable[..., None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    directory = tmp_path_factory.mktemp("forks")
    sources = [
        *native_rooms.sources("HANDLER", "system", "memory", "output", "walker"),
        *native_rooms.sources("THREAD", "system"),
        *(path for path in native_rooms.sources("THREAD", "watchdog") if "deadline" in path.name),
    ]
    options = BUILDS[request.param]
    compile_c(directory, *options, "-o", "check", HERE / "check_forks.c", *sources, "-lpthread")
    return directory / "check"


@pytest.mark.parametrize("name", CHECKS)
def test_part(check_forks: Path, name: str, request: pytest.FixtureRequest) -> None:
    build = request.node.callspec.params["check_forks"]
    if (reason := CANNOT.get((name, build))) is not None:
        pytest.skip(reason)
    # A child doesn't give back all memory of its parent; the stacks are to be ours.
    options = "detect_leaks=0:use_sigaltstack=0"
    done = child.command(check_forks, name, env={"ASAN_OPTIONS": options})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_lock_is_held_over_a_fork(native: Path) -> None:
    """The C library's locks and fork handlers stay away: see process_state.h."""
    forbidden = re.compile(r"\bpthread_(?:mutex|cond|rwlock|spin|once|atfork)\w*")
    found = {
        f"{path.name}: {word}"
        for path in native.rglob("*.[ch]")
        for word in forbidden.findall(path.read_text())
    }
    assert found == {"process_state.c: pthread_atfork"}
