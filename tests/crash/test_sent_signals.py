"""A fatal signal that is sent during a dump ends the program, and is not taken for a failed read."""

from __future__ import annotations

import signal
import sys

import pytest

from support import child

pytestmark = pytest.mark.native

DUMPS = """
import os, sys, threading
from lastwords import faulthandler as fault
null = os.open(os.devnull, os.O_WRONLY)
fault.enable(file=null)
gate = threading.Event()
def deep(n):
    return gate.wait() if n == 0 else deep(n - 1)
for _ in range(20):
    threading.Thread(target=deep, args=(60,), daemon=True).start()
print("ready", flush=True)
while True:
    fault.dump_traceback(file=null)
"""
TRIALS = 12


@pytest.mark.parametrize("signum", [signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS])
def test_it_ends_the_program(signum: signal.Signals) -> None:
    """With tests/native's check of lw_guard_recover(): here the moment is left to chance."""
    for _ in range(TRIALS):
        with child.start(sys.executable, "-c", DUMPS) as process:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signum)
            assert process.wait(child.TIME_LIMIT) == -signum
