"""The kernel kills a process past all handlers for a fault whose signal the thread blocks."""

from __future__ import annotations

import signal

import pytest

from support import child
from support.fault_report import last_report

pytestmark = pytest.mark.native

START = """
import ctypes, os, signal, sys, threading
from lastwords import faulthandler as fault
def fails_here():
    ctypes.string_at(8)
"""
BLOCK_ALL = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"


def check(done: object) -> None:
    assert done.returncode == -signal.SIGSEGV
    assert "fails_here" in last_report(done.stderr).current.functions


def test_a_thread_of_other_code_that_blocks_all_signals(
    runtimes_environment: dict[str, str],
) -> None:
    program = """
fault.enable()
library = ctypes.CDLL(os.environ["RUNTIMES"])
library.call_with_signals_blocked(ctypes.CFUNCTYPE(None)(fails_here))
"""
    check(child.python("-c", START + program, env=runtimes_environment))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_thread_that_was_started_while_all_signals_were_blocked(when: str) -> None:
    """Pools are started so, and a child of a program that blocks them."""
    before, after = ("fault.enable()\n", "") if when == "before" else ("", "fault.enable()\n")
    program = f"""
{before}{BLOCK_ALL}
{after}
thread = threading.Thread(target=fails_here)
thread.start()
thread.join()
"""
    check(child.python("-c", START + program))


def test_a_program_that_was_started_with_all_signals_blocked() -> None:
    program = f"{BLOCK_ALL}os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])"
    check(child.python("-c", START + program, START + "fault.enable()\nfails_here()"))


def test_only_the_signals_of_instructions_are_unblocked() -> None:
    program = f"""
{BLOCK_ALL}
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
fault.enable()
freed = blocked - signal.pthread_sigmask(signal.SIG_BLOCK, [])
print(sorted(freed))
"""
    done = child.python("-c", START + program, status=0)
    expected = [signal.SIGILL, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV]
    assert done.stdout == f"{sorted(expected)}\n"
