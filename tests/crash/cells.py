"""The ways to crash and the places to crash in; runs the victim and checks what every report has."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fault_report import Report

VICTIM = Path(__file__).resolve().parent / "victim.py"
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
# as it does when somebody lowers RLIMIT_STACK or hands a thread a stack of his own.
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


IMPORTS = (  # before what run_code() runs
    "import os, signal, sys, threading, time\nimport lastwords, lastwords.faulthandler as fault\n"
)


def run_code(
    code: str, environment: dict[str, str], **options: object
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", IMPORTS + code],
        env=environment,
        timeout=TIME_LIMIT,
        check=False,
        **({"capture_output": True} | options),
    )
