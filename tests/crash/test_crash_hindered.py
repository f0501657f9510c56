"""Crashes with something else wrong (memory corrupt, a lock held, a call refused): only that part is lost."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from support import child
from support.fault_report import last_report
from support.victim import PROGRAM
from support.victim.cells import EXTENSIONS, KINDS, check_common, run_victim

pytestmark = pytest.mark.native

SPOILS = (
    *("filename", "frame_chain", "code", "thread_list"),
    *("loader_lock", "malloc_lock", "many_threads"),
)
# Not a crash at all: what the program calls to die waits for the lock, or reads what is spoilt and
# fails in another way, before any signal is sent.
IMPOSSIBLE = {
    *((kind, "malloc_lock") for kind in ("failed_assertion", "double_free", "corrupt_heap")),
    *((kind, "malloc_lock") for kind in ("terminate", "fatal_error")),
    *(("fatal_error", spoil) for spoil in SPOILS if spoil != "many_threads"),
}
ON_MAIN = tuple(
    (kind, spoil) for kind in KINDS for spoil in SPOILS if (kind, spoil) not in IMPOSSIBLE
)


def check_spoilt(environment: dict[str, str], kind: str, context: str, spoil: str) -> None:
    died_of, text = run_victim(environment, kind, context, spoil)
    report = last_report(text)
    check_common(report, died_of, KINDS[kind])
    if spoil == "code":
        assert "<invalid frame>" in report.current.marks
    elif kind != "killed":  # else the kernel chose the thread
        assert report.current.functions[0] == "crash_here"
    if spoil == "filename":
        assert ("<invalid>", "spoil_and_crash") in [
            (f, name) for f, _, name in report.current.frames
        ]
    elif spoil == "frame_chain":
        assert report.current.marks[-1] == "<invalid frame>"
    elif spoil == "many_threads":
        assert report.more_threads
        assert len(report.threads) == 100
    assert report.extensions == EXTENSIONS


@pytest.mark.parametrize("spoil", SPOILS)
def test_report_in_spite_of(victim_environment: dict[str, str], spoil: str) -> None:
    check_spoilt(victim_environment, "segv_read", "main", spoil)


@pytest.mark.full
@pytest.mark.parametrize(("kind", "spoil"), ON_MAIN)
def test_every_crash_in_spite_of(victim_environment: dict[str, str], kind: str, spoil: str) -> None:
    check_spoilt(victim_environment, kind, "main", spoil)


@pytest.mark.full
@pytest.mark.parametrize("context", ["thread", "without_gil", "collecting", "fork"])
@pytest.mark.parametrize("kind", ["null_jump", "abort", "stack_overflow"])
@pytest.mark.parametrize("spoil", SPOILS)
def test_report_in_spite_of_everywhere(
    victim_environment: dict[str, str], kind: str, context: str, spoil: str
) -> None:
    check_spoilt(victim_environment, kind, context, spoil)


@pytest.mark.parametrize("spoil", ["loader_lock", "malloc_lock"])
def test_record_in_spite_of(victim_environment: dict[str, str], tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "record"
    environment = victim_environment | {"VICTIM_RECORD": str(path)}
    died_of, _ = run_victim(environment, "segv_read", "thread", spoil)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert died_of == signal.SIGSEGV
    assert "crash_here" in [line["name"] for line in lines if line["kind"] == "frame"]
    assert {"signal", "native_frame", "mapping"} <= {line["kind"] for line in lines}
    assert lines[-1] == {"kind": "end"}


STEP_SIGNS = {
    0: "Fatal Python error",
    1: "in crash_here",
    2: "Binary file",
    4: "Extension modules",
}


def check_failing_step(
    environment: dict[str, str], kind: str, context: str, step: int, how: str
) -> None:
    died_of, text = run_victim(environment, kind, context, f"step:{step}:{how}")
    assert died_of == KINDS[kind]
    assert text.count("cut\n") == 1  # what the broken step wrote, on a line of its own
    for number, sign in STEP_SIGNS.items():
        assert (sign in text) == (number != step)


@pytest.mark.parametrize("how", ["fault", "hang"])
@pytest.mark.parametrize("step", range(5))
def test_failing_step(victim_environment: dict[str, str], step: int, how: str) -> None:
    """A fault, or no progress, inside one step of the report costs that step only."""
    check_failing_step(victim_environment, "segv_read", "main", step, how)


@pytest.mark.full
@pytest.mark.parametrize("context", ["thread", "without_gil", "collecting", "fork"])
@pytest.mark.parametrize("kind", ["abort", "stack_overflow", "divide_by_zero", "bus_error"])
@pytest.mark.parametrize("step", range(5))
def test_failing_step_everywhere(
    victim_environment: dict[str, str], kind: str, context: str, step: int
) -> None:
    check_failing_step(victim_environment, kind, context, step, "fault")


FORBIDDEN = (
    *("timer_create", "timer_settime", "fcntl", "fstat", "newfstatat", "openat", "read", "prctl"),
    *("process_vm_readv", "rt_tgsigqueueinfo", "rt_sigprocmask", "clock_nanosleep", "ioctl"),
    *("sigaltstack", "mmap", "ppoll", "gettid", "write", "rt_sigaction"),
)


@pytest.mark.parametrize("kind", ["segv_read", "abort"])
@pytest.mark.parametrize("call", FORBIDDEN)
def test_failing_system_call(victim_environment: dict[str, str], call: str, kind: str) -> None:
    """Whatever the kernel refuses, the process dies, and says what it can."""
    died_of, text = run_victim(victim_environment, kind, "main", f"forbid:{call}")
    if (call, kind) == ("gettid", "abort"):  # abort() itself can't send the signal then
        assert died_of > 0
        return
    if call == "rt_sigaction":  # nothing can put the earlier action back
        assert died_of in (KINDS[kind], -(128 + KINDS[kind]))
        return
    assert died_of == KINDS[kind]
    if call not in ("write", "fstat", "newfstatat"):  # no output, or nowhere sure to write to
        report = last_report(text)
        assert report.current.functions[0] == "crash_here"
        assert report.c_frames


OUTPUT = {1, 7}  # write, poll: numbers on x86-64
RT_SIGACTION = 13
PIECES = ("Fatal Python error: ", "in crash_here\n", "  Binary file ", "Extension modules: ")


def check_nth_call(
    fail_nth: Path, environment: dict[str, str], number: int, kind: str
) -> tuple[int, int]:
    """Lets one call fail; returns how many there were before the end, and which one failed."""
    command = (fail_nth, str(number), sys.executable, PROGRAM, kind, "main")
    done = child.command(*command, env=environment, status=0)
    died_of, seen, refused = map(int, done.stdout.split())
    text = done.stderr
    if refused == RT_SIGACTION:  # it may be the one that puts the earlier action back
        assert died_of in {KINDS[kind], -(128 + KINDS[kind])}
    else:
        assert died_of == KINDS[kind]
    if refused in OUTPUT:  # what one step wrote is lost
        assert sum(piece in text for piece in PIECES) >= len(PIECES) - 1
    else:
        assert "crash_here" in last_report(text).current.functions
    return seen, refused


@pytest.mark.parametrize("kind", ["segv_read", "abort"])
def test_failing_nth_system_call(
    fail_nth: Path, victim_environment: dict[str, str], kind: str, request: pytest.FixtureRequest
) -> None:
    """Each call from the signal on fails in one run; in short test runs, every sixth of them."""
    total, refused = check_nth_call(fail_nth, victim_environment, 0, kind)
    assert refused == -1
    step = 1 if request.config.getoption("--full") else 6
    failed = {
        check_nth_call(fail_nth, victim_environment, number, kind)[1]
        for number in range(1, total + 1, step)
    }
    assert len(failed - {-1}) >= min(4, total // step)
