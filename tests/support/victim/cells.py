"""The ways to crash; run the victim and check what every report must contain."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from support import child
from support.victim import PROGRAM

if TYPE_CHECKING:
    from support.fault_report import Report

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
    "killed": signal.SIGSEGV,  # by another process
    "stack_overflow": signal.SIGSEGV,
    "divide_by_zero": signal.SIGFPE,
    "illegal_instruction": signal.SIGILL,
    "bus_error": signal.SIGBUS,
    "abort": signal.SIGABRT,
    "failed_assertion": signal.SIGABRT,
    "double_free": signal.SIGABRT,
    "corrupt_heap": signal.SIGABRT,
    "terminate": signal.SIGABRT,
    "fatal_error": signal.SIGABRT,
}
# Crashes that need a Python frame to start from.  A stack overflow in the last three is real on
# every version, though later ones count or measure first: the stack ends before they think it does,
# as after a program lowers RLIMIT_STACK or gives a thread a stack of its own.
KINDS_IN_PYTHON = {
    "python_recursion": signal.SIGSEGV,
    "deep_json": signal.SIGSEGV,
    "deep_regex": signal.SIGSEGV,
    "replacing": signal.SIGSEGV,  # re.sub() whose replacement calls re.sub()
}
MESSAGES = {  # what the C library said before it aborted
    "failed_assertion": "failed_assertion: Assertion `nowhere != 0' failed.",
    "double_free": "double free",
    "corrupt_heap": "malloc(): ",
}
EXTENSIONS = ["crashext", "lastwords._native"]


def run_victim(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run the victim; return the number of the signal it died of, and what it wrote."""
    done = child.python(PROGRAM, *arguments, env=environment)
    died_of = done.returncode - 100 if arguments[1] == "fork" else -done.returncode
    return died_of, done.stderr


def check_common(report: Report, died_of: int, expected: signal.Signals) -> None:
    """Assert what every report has."""
    assert died_of == expected
    assert report.error == NAMES[expected]
    assert report.sections[0] == "current"
    assert report.sections[1] == "native"


IMPORTS = (  # before the programs of tests
    "import os, signal, sys, threading, time\nimport lastwords, lastwords.faulthandler as fault\n"
)
