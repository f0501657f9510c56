"""Files kept for a handler or a watchdog, if dropping one runs code that calls ours again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import child

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.native

REPLACED = """
import os, signal, sys, time
from lastwords import faulthandler

class File:
    then = None
    def __init__(self): self.read, self.descriptor = os.pipe()
    def fileno(self): return self.descriptor
    def flush(self): pass
    def __del__(self):
        os.close(self.descriptor)
        os.close(self.read)
        if self.then: self.then()

def enable(file): faulthandler.enable(file)
def later(file): faulthandler.dump_traceback_later(seconds, file=file)

use, seconds, third = globals()[sys.argv[1]], 1000, File()
first = File()
first.then = lambda: use(third)
use(first)
del first
seconds = 0.1
second = File()
number = second.descriptor
use(second)  # gives the first one up, which comes back with the third
del second
fresh = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT)  # gets the number of the second
while fresh < number: fresh = os.dup(fresh)
"""


def test_report_goes_to_the_file_that_is_kept(tmp_path: Path) -> None:
    other = tmp_path / "other"
    program = REPLACED + (
        "if os.fork() == 0: os.kill(os.getpid(), signal.SIGSEGV)\n"
        "os.wait()\nos.close(third.descriptor)\nprint(os.read(third.read, 100000).decode(), flush=True)\n"
        "os._exit(0)\n"
    )
    done = child.python("-c", program, "enable", other, status=0)
    assert done.stdout.startswith("Fatal Python error: Segmentation fault")
    assert other.read_bytes() == b""


def test_watchdog_writes_to_the_file_that_is_kept(tmp_path: Path) -> None:
    other = tmp_path / "other"
    program = REPLACED + "print(os.read(third.read, 100000).decode(), flush=True)\nos._exit(0)\n"
    done = child.python("-c", program, "later", other, status=0)
    assert done.stdout.startswith("Timeout (0:00:00.100000)!")
    assert other.read_bytes() == b""


def test_what_a_signal_handler_raises_in_fileno_comes_out() -> None:
    program = """
import signal, sys
from lastwords import faulthandler

def stop(number, frame): raise TimeoutError("meant for the program")

class Stream:
    def write(self, text): return len(text)
    def flush(self): pass
    def fileno(self):
        signal.raise_signal(signal.SIGALRM)
        for _ in range(9): pass

signal.signal(signal.SIGALRM, stop)
sys.stderr = Stream()
try: faulthandler.enable()
except TimeoutError as error: print(error)
"""
    assert child.python("-c", program, status=0).stdout == "meant for the program\n"
