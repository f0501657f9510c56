"""Each way to crash, on each kind of thread: the report comes, and the signal is the same."""

from __future__ import annotations

import platform
import re
import signal

import pytest

from support.fault_report import last_report
from support.victim.cells import (
    EXTENSIONS,
    KINDS,
    KINDS_IN_PYTHON,
    MESSAGES,
    NAMES,
    check_common,
    run_victim,
)

pytestmark = pytest.mark.native

LIBC = platform.libc_ver()[0]
PYTHON_CONTEXTS = (
    "main",
    "thread",
    "bare_thread",
    "native_thread_python",
    "early_thread",
    "early_native_thread",
    "without_gil",
    "two_python_threads",
    "collecting",
    "import",
    "fork",
)
NATIVE_CONTEXTS = ("native_thread", "two_threads")
# A thread that never enters the interpreter has no alternate stack: without one nothing can run.
NO_STACK = tuple(
    (kind, context)
    for kind in ("stack_overflow", "smashed_stack")
    for context in ("native_thread", "two_threads")
)
# The interpreter, or the library of C++, writes a text of its own first, in pieces, and so does the
# other thread while ours is written: no line need be whole, and a reader that is strict can't be.
# test_two_threads_that_say_something_first looks for what must be there.
MIXED = tuple(
    (kind, context)
    for kind in ("fatal_error", "terminate")
    for context in ("two_threads", "two_python_threads")
)
# What C libraries say when the other thread fails, between any two lines of the report.
SAID_BY_OTHERS = re.compile(
    r"^(?:(?!Abort message: ).*Assertion `nowhere != 0' failed\."
    r"|(?:free|malloc)\(\): .*)\n",
    re.MULTILINE,
)

SHORT = (
    *((kind, "main") for kind in (*KINDS, *KINDS_IN_PYTHON)),
    *((kind, "thread") for kind in ("segv_read", "null_jump", "abort", "killed")),
    *(("stack_overflow", context) for context in PYTHON_CONTEXTS[1:6]),
    *((kind, "thread") for kind in KINDS_IN_PYTHON),
    ("python_recursion", "early_thread"),
    *(("segv_read", context) for context in (*PYTHON_CONTEXTS[6:], *NATIVE_CONTEXTS)),
)
FULL = tuple(
    cell
    for cell in (
        *((kind, context) for kind in KINDS for context in (*PYTHON_CONTEXTS, *NATIVE_CONTEXTS)),
        *((kind, context) for kind in KINDS_IN_PYTHON for context in PYTHON_CONTEXTS),
    )
    if cell not in {*SHORT, *NO_STACK, *MIXED}
)


def check_cell(environment: dict[str, str], kind: str, context: str) -> None:
    expected = (KINDS | KINDS_IN_PYTHON)[kind]
    died_of, text = run_victim(environment, kind, context)
    if context.startswith("two_"):
        text = SAID_BY_OTHERS.sub("", text)
    report = last_report(text)
    check_common(report, died_of, expected)
    assert report.c_frames
    if kind == "killed":  # the kernel chooses the thread: the main one when it may
        threads = report.threads if context not in NATIVE_CONTEXTS else []
        assert not threads or any("crash_here" in thread.functions for thread in threads)
    elif context in NATIVE_CONTEXTS:
        assert report.current.marks == ["<no Python frame>"]
    elif kind == "replacing":  # the hundred innermost frames are shown
        assert {"replace", "sub"} <= set(report.current.functions)
    else:
        assert "crash_here" in report.current.functions
    if kind in MESSAGES and LIBC == "glibc":
        assert MESSAGES[kind] in (report.abort_message or "")
    if context == "collecting":
        assert "Garbage-collecting" in report.current.marks
    assert report.extensions == EXTENSIONS


@pytest.mark.parametrize(("kind", "context"), SHORT)
def test_crash_is_reported(victim_environment: dict[str, str], kind: str, context: str) -> None:
    check_cell(victim_environment, kind, context)


@pytest.mark.full
@pytest.mark.parametrize(("kind", "context"), FULL)
def test_crash_is_reported_everywhere(
    victim_environment: dict[str, str], kind: str, context: str
) -> None:
    check_cell(victim_environment, kind, context)


def test_after_the_interpreter_has_ended_nothing_of_ours_is_there(
    victim_environment: dict[str, str],
) -> None:
    died_of, text = run_victim(victim_environment, "segv_read", "finalised")
    assert (died_of, text) == (signal.SIGSEGV, "")


@pytest.mark.parametrize(("kind", "context"), NO_STACK)
def test_without_an_alternate_stack_it_dies_all_the_same(
    victim_environment: dict[str, str], kind: str, context: str
) -> None:
    died_of, text = run_victim(victim_environment, kind, context)
    assert (died_of, text) == (signal.SIGSEGV, "")


@pytest.mark.parametrize(("kind", "context"), MIXED)
def test_two_threads_that_say_something_first(
    victim_environment: dict[str, str], kind: str, context: str
) -> None:
    died_of, text = run_victim(victim_environment, kind, context)
    possible = {signal.SIGABRT}
    if (kind, context) == ("fatal_error", "two_python_threads"):
        # Before it aborts, each thread shows the other's frames, which change meanwhile: the
        # interpreter itself may fail in that, with our handler or without.
        possible |= {signal.SIGSEGV, signal.SIGBUS}
    assert died_of in possible
    assert text.count(f"Fatal Python error: {NAMES[died_of]}\n") == 1
    assert "\nCurrent thread's C stack trace (most recent call first):\n  Binary file" in text
    assert re.search(
        r"in crash_here\n" if context != "two_threads" else "<no Python frame>\n", text
    )
    assert "Extension modules: crashext, lastwords._native (total: 2)\n" in text


def test_two_failing_threads(victim_environment: dict[str, str]) -> None:
    """One reports; the other waits and is named."""
    died_of, text = run_victim(victim_environment, "segv_read", "two_threads")
    report = last_report(text)
    assert died_of == signal.SIGSEGV
    assert text.count("Fatal Python error") == 1
    assert report.also in (["Segmentation fault"], [])  # [] when it came too late to be named
