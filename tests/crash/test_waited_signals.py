"""A program that blocks the fatal signals and waits for them still gets those that are sent."""

from __future__ import annotations

import signal

import pytest

from support import child

pytestmark = pytest.mark.native

START = """
import ctypes, os, signal, sys, threading, time
from lastwords import faulthandler as fault
ALL = signal.valid_signals()
def block(signals):
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
"""
FAULTS = ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"]


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_thread_that_waits_for_all_signals(order: str, name: str) -> None:
    """The threads beside it were started with all of them blocked, and have entered the interpreter."""
    steps = ["fault.enable()", "block(ALL)"]
    program = f"""
{chr(10).join(steps if order == "before" else steps[::-1])}
gate = threading.Event()
for _ in range(4):
    threading.Thread(target=gate.wait, daemon=True).start()
def wait():
    print(signal.Signals(signal.sigwait(ALL)).name)
waiter = threading.Thread(target=wait)
waiter.start()
os.kill(os.getpid(), signal.{name})
waiter.join()
"""
    done = child.python("-c", START + program, status=0)
    assert (done.stdout, done.stderr) == (f"{name}\n", "")


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize(
    "way", ["os.kill(os.getpid(), {})", "signal.pthread_kill(threading.get_ident(), {})"]
)
def test_a_signal_that_waits_until_it_is_asked_for(way: str, name: str) -> None:
    number = f"signal.{name}"
    program = f"""
block({{{number}}})
fault.enable()
{way.format(number)}
print({number} in signal.sigpending(), signal.sigwait({{{number}}}) == {number})
"""
    done = child.python("-c", START + program, status=0)
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_a_signal_that_was_waiting_before() -> None:
    program = """
block({signal.SIGSEGV})
os.kill(os.getpid(), signal.SIGSEGV)
fault.enable()
print(signal.sigwait({signal.SIGSEGV}) == signal.SIGSEGV)
"""
    done = child.python("-c", START + program, status=0)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_program_that_has_unblocked_its_signals_again() -> None:
    program = """
block(ALL)
fault.enable()
signal.pthread_sigmask(signal.SIG_UNBLOCK, ALL)
os.kill(os.getpid(), signal.SIGSEGV)
time.sleep(9)
"""
    done = child.python("-c", START + program, status=-signal.SIGSEGV)
    assert done.stderr.count("Fatal Python error") == 1
