"""A program that starts and ends the interpreter repeatedly has a fault handler each time."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

import lastwords
from support import child
from support.fault_report import last_report

pytestmark = pytest.mark.native

USE = f"""
import sys
sys.path.insert(0, {str(Path(lastwords.__file__).parent.parent)!r})
import os, threading, time
import lastwords, lastwords.faulthandler as fault
fault.enable(c_stack=False)
fault.register(10, file=open(os.devnull, "w"))
dog = lastwords.watchdog(0.001, file=os.devnull, repeat=True)
fault.dump_traceback_later(1000)
thread = threading.Thread(target=int)
thread.start()
thread.join()
while not dog.fired:
    time.sleep(0.001)
os.kill(os.getpid(), 10)
assert fault.is_enabled()
"""
CRASH = USE + "\ndef crash_here():\n    fault._sigsegv()\ncrash_here()\n"


def test_many_interpreters_one_after_the_other(host: Path) -> None:
    home = {"PYTHONHOME": sys.base_prefix}
    done = child.command(host, USE, USE, USE, CRASH, env=home, status=-signal.SIGSEGV)
    assert last_report(done.stderr).current.functions == ["crash_here", "<module>"]


OVERFLOW = (
    USE
    + """
def overflow_here():
    fault._stack_overflow()
thread = threading.Thread(target=overflow_here)
thread.start()
thread.join()
"""
)


def test_threads_of_a_later_interpreter_have_alternate_stacks(host: Path) -> None:
    """The interpreter may have put its own allocators back in between."""
    home = {"PYTHONHOME": sys.base_prefix}
    done = child.command(host, USE, USE, OVERFLOW, env=home, status=-signal.SIGSEGV)
    assert "overflow_here" in last_report(done.stderr).current.functions
