"""A program that forbids itself all but a few system calls runs, and dies, as with the standard module."""

from __future__ import annotations

import signal

import pytest

from support import child
from support.fault_report import last_report
from support.system_calls import FILTER, X86_64_ONLY

pytestmark = [pytest.mark.native, X86_64_ONLY]

START = (
    FILTER
    + """
import os, resource, signal, sys
from lastwords import faulthandler as fault
# What interpreters use: files and memory; signals and threads; the process; newer forms of the same.
CALLS = [*range(6), *range(7, 22), 24, 28, 32, 33, 35, 39, 41, 42, 56, 60, 61, 63, 72, 79, 80, 89]
CALLS += [96, 97, 98, 131, 157, 158, 186, 202, 204, 217, 218, 228, 230, 231, 234, 257, 262, 270, 271]
CALLS += [273, 292, 293, 302, 318, 332, 334, 435]
"""
)
WAITING = {7, 271}  # poll, ppoll
OPENING = {2, 257}


def forbid(answer: str, missing: set[int] | None = None) -> str:
    calls = f"[one for one in CALLS if one not in {missing or set()}]"
    return f"filter_calls({calls}, ALLOW, {answer})\n"


def check(program: str, status: int) -> None:
    done = child.python("-c", START + program)
    assert done.returncode == status
    assert done.stderr.count("Fatal Python error") == 1
    assert "fails_here" in last_report(done.stderr).current.functions


@pytest.mark.parametrize("answer", ["KILL", "TRAP", "EPERM", "ENOSYS"])
@pytest.mark.parametrize(
    ("failure", "signum"), [("ctypes.string_at(8)", signal.SIGSEGV), ("os.abort()", signal.SIGABRT)]
)
def test_a_failure_is_reported_and_stays_the_same(answer: str, failure: str, signum: int) -> None:
    program = f"def fails_here():\n    {failure}\nfault.enable()\n{forbid(answer)}fails_here()\n"
    check(program, -signum)


@pytest.mark.parametrize("missing", [WAITING, OPENING], ids=["poll", "open"])
@pytest.mark.parametrize("answer", ["EPERM", "ENOSYS"])
def test_a_failure_is_reported_when_even_less_is_allowed(answer: str, missing: set[int]) -> None:
    program = f"""
def fails_here():
    ctypes.string_at(8)
fault.enable()
{forbid(answer, missing)}
fails_here()
"""
    check(program, -signal.SIGSEGV)


USES = {
    "direct": ("", "fault.dump_traceback()"),
    "signal": ("fault.register(signal.SIGUSR1)", "signal.raise_signal(signal.SIGUSR1)"),
}


@pytest.mark.parametrize("how", list(USES))
@pytest.mark.parametrize("answer", ["KILL", "TRAP"])
def test_dumps_are_not_fatal(answer: str, how: str) -> None:
    prepare, dump = USES[how]
    done = child.python("-c", f"{START}{prepare}\n{forbid(answer)}{dump}\n", status=0)
    assert "in <module>" in done.stderr


@pytest.mark.parametrize("how", list(USES))
@pytest.mark.parametrize("missing", [WAITING, OPENING], ids=["poll", "open"])
@pytest.mark.parametrize("answer", ["EPERM", "ENOSYS"])
def test_dumps_come_out_when_even_less_is_allowed(answer: str, missing: set[int], how: str) -> None:
    prepare, dump = USES[how]
    done = child.python("-c", f"{START}{prepare}\n{forbid(answer, missing)}{dump}\n", status=0)
    assert "in <module>" in done.stderr


def test_a_dump_into_a_pipe_where_no_file_may_grow() -> None:
    program = "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\nfault.dump_traceback()\n"
    assert "in <module>" in child.python("-c", START + program, status=0).stderr
