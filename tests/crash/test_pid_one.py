"""Process 1 of a container is not killed by a signal with the default action."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

import pytest

from support import child
from support.fault_report import Report, parse

pytestmark = pytest.mark.native

CLONE_NEWPID = 0x20000000
START = """
import ctypes, os, signal, sys
from lastwords import faulthandler as fault
assert os.getpid() == 1
def fails_here(how):
    how()
fault.enable(c_stack=False)
"""


def can_make_namespaces() -> bool:
    child_pid = os.fork()
    if child_pid == 0:
        os._exit(ctypes.CDLL(None).unshare(CLONE_NEWPID) != 0)
    return os.waitpid(child_pid, 0)[1] == 0


@pytest.fixture
def run_as_first() -> Callable[[str], tuple[int, list[Report]]]:
    """Return a function that runs a program as process 1; it returns the status and the reports."""
    if not can_make_namespaces():
        pytest.skip("no rights to make a PID namespace")

    def run(program: str) -> tuple[int, list[Report]]:
        parent = f"""
        import ctypes, subprocess, sys
        assert ctypes.CDLL(None).unshare({CLONE_NEWPID}) == 0
        print(subprocess.run([sys.executable, "-c", sys.argv[1]]).returncode)
        """
        done = child.program(parent, START + program, status=0)
        mark = "Fatal Python error"
        return int(done.stdout.split()[-1]), [
            parse(mark + text) for text in done.stderr.split(mark)[1:]
        ]

    return run


def test_abort_is_reported_once(
    run_as_first: Callable[[str], tuple[int, list[Report]]],
) -> None:
    status, reports = run_as_first("fails_here(os.abort)")
    assert status == -signal.SIGSEGV  # of the instruction that abort() ends with
    assert [report.error for report in reports] == ["Aborted"]


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE])
@pytest.mark.parametrize("way", ["kill(1, {})", "kill(1, {}); kill(1, {})"])
def test_it_lives_on_after_a_signal_and_a_failure_is_still_reported(
    run_as_first: Callable[[str], tuple[int, list[Report]]], signum: signal.Signals, way: str
) -> None:
    sends = "os." + way.replace("; ", "; os.").replace("{}", str(int(signum)))
    status, reports = run_as_first(f"{sends}\nfails_here(lambda: ctypes.string_at(8))")
    assert status == -signal.SIGSEGV
    assert len(reports) == 2 + way.count(";")
    assert reports[-1].error == "Segmentation fault"
    assert "fails_here" in reports[-1].current.functions


def test_a_failure_after_a_signal_that_the_thread_sent_itself(
    run_as_first: Callable[[str], tuple[int, list[Report]]],
) -> None:
    """As abort() begins, but the process lives on: what fails later is no end of an abort()."""
    program = "signal.raise_signal(signal.SIGABRT)\nfails_here(lambda: ctypes.string_at(8))"
    status, reports = run_as_first(program)
    assert status == -signal.SIGSEGV
    assert [report.error for report in reports] == ["Aborted", "Segmentation fault"]
    assert "fails_here" in reports[-1].current.functions
