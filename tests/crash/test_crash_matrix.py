"""Each way to crash, on each kind of thread: the report comes, and the signal is the same."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fault_report import Report, last_report

VICTIM = Path(__file__).resolve().parent / "victim.py"
pytestmark = pytest.mark.native

TIME_LIMIT = 30  # the victim has died long before, or hangs

NAMES = {
    signal.SIGSEGV: "Segmentation fault",
    signal.SIGABRT: "Aborted",
    signal.SIGBUS: "Bus error",
    signal.SIGFPE: "Floating-point exception",
    signal.SIGILL: "Illegal instruction",
}
KINDS = {
    "segv_read": signal.SIGSEGV,
    "segv_write": signal.SIGSEGV,
    "segv_execute": signal.SIGSEGV,
    "null_jump": signal.SIGSEGV,
    "wild_jump": signal.SIGSEGV,
    "non_canonical": signal.SIGSEGV,
    "smashed_frame_pointer": signal.SIGSEGV,
    "smashed_stack": signal.SIGSEGV,
    "raise_segv": signal.SIGSEGV,
    "stack_overflow": signal.SIGSEGV,
    "divide_by_zero": signal.SIGFPE,
    "illegal_instruction": signal.SIGILL,
    "bus_error": signal.SIGBUS,
    "abort": signal.SIGABRT,
    "failed_assertion": signal.SIGABRT,
    "double_free": signal.SIGABRT,
    "fatal_error": signal.SIGABRT,
}
KINDS_IN_PYTHON = {  # crashes that need a Python frame to start from
    "python_recursion": signal.SIGSEGV,
    "killed": signal.SIGSEGV,
    "terminate": signal.SIGABRT,
}
MESSAGES = {  # what the C library said before it aborted
    "failed_assertion": "failed_assertion: Assertion `nowhere != 0' failed.",
    "double_free": "double free",
}
LIBC = platform.libc_ver()[0]
PYTHON_CONTEXTS = (
    "main",
    "thread",
    "bare_thread",
    "native_thread_python",
    "without_gil",
    "collecting",
    "import",
    "fork",
)
NATIVE_CONTEXTS = ("native_thread", "two_threads", "finalised")
# A thread that never enters the interpreter has no alternate stack: without one nothing can run.
IMPOSSIBLE = {
    (kind, context)
    for kind in ("stack_overflow", "smashed_stack")
    for context in ("native_thread", "two_threads")
} | {
    # The interpreter writes a text of its own first, in pieces: two threads' texts get mixed.
    ("fatal_error", "two_threads"),
}
SPOILS = ("filename", "frame_chain", "code", "thread_list", "loader_lock", "many_threads")

SHORT = (
    *((kind, "main") for kind in (*KINDS, *KINDS_IN_PYTHON)),
    *((kind, "thread") for kind in ("segv_read", "null_jump", "abort", "killed")),
    *(("stack_overflow", context) for context in ("thread", "bare_thread", "native_thread_python")),
    ("python_recursion", "thread"),
    *(("segv_read", context) for context in (*PYTHON_CONTEXTS[4:], *NATIVE_CONTEXTS)),
)
FULL = tuple(
    cell
    for cell in (
        *((kind, context) for kind in KINDS for context in (*PYTHON_CONTEXTS, *NATIVE_CONTEXTS)),
        *((kind, context) for kind in KINDS_IN_PYTHON for context in PYTHON_CONTEXTS),
    )
    if cell not in SHORT and cell not in IMPOSSIBLE
)


def run_victim(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """The number of the signal it died of, and what it wrote."""
    done = subprocess.run(
        [sys.executable, str(VICTIM), *arguments],
        env=environment,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    died_of = done.returncode - 100 if arguments[1] == "fork" else -done.returncode
    return died_of, done.stderr.decode("utf-8", "backslashreplace")


def check_common(report: Report, died_of: int, expected: signal.Signals) -> None:
    assert died_of == expected
    assert report.error == NAMES[expected]
    assert report.sections[0] == "current"
    assert report.sections[1] == "native"


def check_cell(environment: dict[str, str], kind: str, context: str) -> None:
    expected = (KINDS | KINDS_IN_PYTHON)[kind]
    died_of, text = run_victim(environment, kind, context)
    report = last_report(text)
    check_common(report, died_of, expected)
    assert report.c_frames
    if context in NATIVE_CONTEXTS:
        assert report.current.marks == ["<no Python frame>"]
    elif kind == "killed":  # the kernel chooses the thread
        assert any("crash_here" in thread.functions for thread in report.threads)
    else:
        assert "crash_here" in report.current.functions
    if kind in MESSAGES and LIBC == "glibc":
        assert MESSAGES[kind] in (report.abort_message or "")
    if context == "collecting":
        assert report.current.marks == ["Garbage-collecting"]
    if context != "finalised":
        assert report.extensions == ["crashext", "lastwords._native"]


@pytest.mark.parametrize(("kind", "context"), SHORT)
def test_crash_is_reported(victim_environment: dict[str, str], kind: str, context: str) -> None:
    check_cell(victim_environment, kind, context)


@pytest.mark.full
@pytest.mark.parametrize(("kind", "context"), FULL)
def test_crash_is_reported_everywhere(
    victim_environment: dict[str, str], kind: str, context: str
) -> None:
    check_cell(victim_environment, kind, context)


def check_spoilt(environment: dict[str, str], kind: str, context: str, spoil: str) -> None:
    died_of, text = run_victim(environment, kind, context, spoil)
    report = last_report(text)
    check_common(report, died_of, KINDS[kind])
    if spoil == "code":
        assert "<invalid frame>" in report.current.marks
    else:
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
    assert report.extensions == ["crashext", "lastwords._native"]


@pytest.mark.parametrize("spoil", SPOILS)
def test_report_in_spite_of(victim_environment: dict[str, str], spoil: str) -> None:
    check_spoilt(victim_environment, "segv_read", "main", spoil)


@pytest.mark.full
@pytest.mark.parametrize("context", ["thread", "without_gil", "collecting", "fork"])
@pytest.mark.parametrize("kind", ["null_jump", "abort", "stack_overflow"])
@pytest.mark.parametrize("spoil", SPOILS)
def test_report_in_spite_of_everywhere(
    victim_environment: dict[str, str], kind: str, context: str, spoil: str
) -> None:
    check_spoilt(victim_environment, kind, context, spoil)


def test_two_failing_threads(victim_environment: dict[str, str]) -> None:
    """One reports; the other waits and is named."""
    died_of, text = run_victim(victim_environment, "segv_read", "two_threads")
    report = last_report(text)
    assert died_of == signal.SIGSEGV
    assert text.count("Fatal Python error") == 1
    assert report.also in (["Segmentation fault"], [])  # [] when it came too late to be named


@pytest.mark.parametrize("how", ["fault", "hang"])
@pytest.mark.parametrize("step", range(5))
def test_failing_step(victim_environment: dict[str, str], step: int, how: str) -> None:
    """A fault, or no progress, inside one step of the report costs that step only."""
    died_of, text = run_victim(victim_environment, "segv_read", "main", f"step_{step}_{how}")
    assert died_of == signal.SIGSEGV
    assert text.count("cut\n") == 1  # what the broken step wrote, on a line of its own
    expected = {
        0: "Fatal Python error",
        1: "in crash_here",
        2: "Binary file",
        4: "Extension modules",
    }
    for number, sign in expected.items():
        assert (sign in text) == (number != step)


FORBIDDEN = (
    *("timer_create", "timer_settime", "fcntl", "fstat", "newfstatat", "openat", "read", "prctl"),
    *("process_vm_readv", "rt_tgsigqueueinfo", "rt_sigprocmask", "clock_nanosleep", "ioctl"),
    *("sigaltstack", "mmap", "ppoll", "gettid", "write", "rt_sigaction"),
)


@pytest.mark.parametrize("kind", ["segv_read", "abort"])
@pytest.mark.parametrize("call", FORBIDDEN)
def test_failing_system_call(victim_environment: dict[str, str], call: str, kind: str) -> None:
    """Whatever the kernel refuses, the process dies, and says what it can."""
    died_of, text = run_victim(victim_environment, kind, "main", f"forbid_{call}")
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
        assert bool(report.c_frames) == (call not in ("openat", "read"))
