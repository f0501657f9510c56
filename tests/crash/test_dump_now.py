"""Dumps on request: into a pipe, of unreadable memory, of running threads."""

from __future__ import annotations

import sys

import pytest

from support import child

pytestmark = pytest.mark.native

OWN_READER = """
import os, threading, time
from lastwords import faulthandler
r, w = os.pipe(); stop = threading.Event(); got = bytearray()
def read():
    while piece := os.read(r, 65536): got.extend(piece)
reader = threading.Thread(target=read); reader.start()
def deep(n): return deep(n - 1) if n else stop.wait()
for _ in range(60): threading.Thread(target=deep, args=(60,), daemon=True).start()
time.sleep(.3); faulthandler.dump_traceback(w); os.close(w); reader.join()
print(got.count(b" in deep"), got.endswith(b" in <module>\\n"), flush=True); os._exit(0)
"""

NO_READER = """
import os, threading
from lastwords import faulthandler
r, w = os.pipe()
os.set_blocking(w, False)
try:
    while True: os.write(w, b"x" * 4096)
except BlockingIOError: pass
os.set_blocking(w, True)
faulthandler.dump_traceback(w)
print("returned")
"""

INTERRUPTED = NO_READER.replace(
    "faulthandler.dump_traceback(w)",
    """import signal
class Limit(Exception): pass
def handler(*_): raise Limit
signal.signal(signal.SIGALRM, handler); signal.setitimer(signal.ITIMER_REAL, 0.2)
try: faulthandler.dump_traceback(w)
except Limit: print("limit")""",
)


def test_a_thread_of_the_same_process_reads_all_of_it():
    done = child.python("-c", OWN_READER, status=0)
    assert done.stdout == f"{60 * 61} True\n"


def test_a_pipe_that_is_full_and_not_read():
    assert child.python("-c", NO_READER, status=0).stdout == "returned\n"


def test_a_signal_handler_ends_the_wait():
    assert child.python("-c", INTERRUPTED, status=0).stdout == "limit\nreturned\n"


CLOSED_PAGE = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
page = libc.mmap(None, 1 << 16, 0, 0x22, -1, 0)  # PROT_NONE, private, anonymous
from lastwords import faulthandler
def victim():
    code = victim.__code__
    words = (ctypes.c_uint64 * 40).from_address(id(code))
    at = next(i for i in range(40) if words[i] == id(code.co_filename))
    kept, words[at] = words[at], page + 0x100
    faulthandler.dump_traceback(1, all_threads=False)
    words[at] = kept
victim()
"""


def test_a_name_in_a_page_that_no_one_may_read():
    done = child.python("-c", CLOSED_PAGE, status=0)
    assert '  File "<invalid>", line 13 in victim\n' in done.stdout


BUSY = """
import sys, tempfile, threading, time
import lastwords
log = tempfile.TemporaryFile()
def up():
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])
def outermost(stop):
    while time.monotonic() < stop: up()
dog = lastwords.watchdog(0.003, repeat=True, file=log)
outermost(time.monotonic() + 2)
dog.cancel()
log.seek(0)
dumps = log.read().decode().split("Timeout")[1:]
print(len(dumps) > 50, sum(" in <module>\\n" not in dump for dump in dumps), sum("<invalid" in dump for dump in dumps))
"""


def test_every_dump_of_a_thread_that_runs_is_whole():
    assert child.python("-c", BUSY, status=0).stdout == "True 0 0\n"


INIT = """
from lastwords import faulthandler
class A:
    def __init__(self, n):
        if n: faulthandler.dump_traceback(1)
def make(n): return A(n)
for _ in range(5000): make(0)
make(1)
"""


def test_the_interpreter_s_own_frame_under_init_is_left_out():
    lines = child.python("-c", INIT, status=0).stdout.splitlines()[1:]
    assert [line.rpartition(" ")[2] for line in lines] == ["__init__", "make", "<module>"]
    assert "???" not in "".join(lines)


SUB_INTERPRETER = """
import threading
from lastwords import faulthandler
faulthandler.enable()
code = "import os\\ndef in_sub(): os.abort()\\nin_sub()"
try:
    from concurrent import interpreters
    one = interpreters.create(); run = lambda: one.exec(code)
except ImportError:
    try: import _interpreters as low
    except ImportError: import _xxsubinterpreters as low
    one = low.create(); run = lambda: low.run_string(one, code)
thread = threading.Thread(target=run, daemon=True); thread.start(); thread.join(5)
"""


def test_a_sub_interpreter_on_another_thread_than_it_was_made_on():
    done = child.python("-c", SUB_INTERPRETER)
    threads = [part for part in done.stderr.split("\n\n") if "hread 0x" in part.partition("\n")[0]]
    head, *others = [
        part.partition("\n")[0].split()[1 + part.startswith("Current")] for part in threads
    ]
    assert "in_sub" in threads[0]
    assert threads[0].startswith("Current thread")
    beside = dict(zip(others, threads[1:]))
    python_part = [text for ident, text in zip(others, threads[1:]) if ident == head]
    assert any("<lambda>" in text and "_bootstrap" in text for text in python_part), done.stderr
    assert any("<module>" in text and "in_sub" not in text for text in beside.values())


NAMES = """
import ctypes, sys, threading, time
from lastwords import faulthandler
PR_SET_NAME = 15
def work():
    ctypes.CDLL(None).prctl(PR_SET_NAME, b"bad\\x1b[31mname", 0, 0, 0)
    faulthandler.dump_traceback(1)
thread = threading.Thread(target=work, name="worker"); thread.start(); thread.join()
"""


def test_names_of_threads():
    headers = [
        line
        for line in child.python("-c", NAMES, status=0).stdout.splitlines()
        if "hread 0x" in line
    ]
    assert r"[bad\x1b[31mname]" in headers[0]
    if sys.version_info < (3, 14):  # the first thread bears the process's name, which says nothing
        assert "[" not in headers[1]
