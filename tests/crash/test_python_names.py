"""Dumps have Python's names of threads before 3.14, too, where the kernel doesn't know them."""

from __future__ import annotations

import re
import signal
import sys

import pytest

from support import child

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        sys.version_info >= (3, 14), reason="the interpreter gives the names to the kernel"
    ),
]

PRELUDE = """
import _thread, os, resource, signal, sys, threading, time
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from lastwords import faulthandler as fault
import lastwords
gate = threading.Event()
ready = []
def wait_here(*ignored):
    ready.append(1)
    gate.wait()
def start(count, thread):
    thread.daemon = True
    thread.start()
    while len(ready) < count:
        time.sleep(0.001)
    return thread
"""


def names(text: str) -> dict[str, str | None]:
    """Return {function: thread name}, by the function `role_…` in each stack, or the outermost one."""
    found = {}
    for header, stack in re.findall(r"(?m)^(.*hread 0x.*)\n((?:  .*\n)*)", text):
        [name] = re.findall(r"hread 0x\w+(?: \[(.*)\])? \(most", header) or [None]
        own = re.findall(r" in (\w+)\n", stack)
        key = next((one for one in own if one.startswith("role_")), own[-1] if own else "")
        found[key] = name or None
    return found


KINDS = """
def role_plain(): wait_here()
def role_default(): wait_here()
def role_renamed(): wait_here()
def role_subclass(): wait_here()
def role_dict(): wait_here()
def role_many(): wait_here()
def role_timer(): wait_here()
def role_raw(): wait_here()
def role_long(): wait_here()
def role_odd(): wait_here()
def role_wide(): wait_here()
def role_deep(n=200): role_deep(n - 1) if n else wait_here()
def role_number(): wait_here()
class Early(threading.Thread):
    def __init__(self, **options):
        self.first, self.second = 1, 2
        super().__init__(**options)
start(1, threading.Thread(target=role_plain, name="worker-3"))
start(2, threading.Thread(target=role_default))
start(3, threading.Thread(target=role_renamed, name="before")).name = "after"
start(4, Early(target=role_subclass, name="early"))
thread = threading.Thread(target=role_dict, name="has a dict")
vars(thread)["_extra"] = 1
vars(thread).pop("_extra")
start(5, thread)
thread = threading.Thread(target=role_many, name="many attributes")
for i in range(60):
    setattr(thread, f"attribute{i}", i)
start(6, thread)
timer = threading.Timer(0.001, role_timer)
timer.name = "the timer"
start(7, timer)
_thread.start_new_thread(role_raw, ())
start(9, threading.Thread(target=role_long, name="x" * 100))
start(10, threading.Thread(target=role_odd, name="a\\nb\\x1b[31m"))
start(11, threading.Thread(target=role_wide, name="Stra\\xdfe \\u6771"))
start(12, threading.Thread(target=role_deep, name="deep"))
thread = threading.Thread(target=role_number)
start(13, thread)._name = 7
"""

EXPECTED = {
    "role_plain": "worker-3",
    "role_default": "Thread-1 (role_default)",
    "role_renamed": "after",
    "role_subclass": "early",
    "role_dict": "has a dict",
    "role_many": "many attributes",
    "role_timer": "the timer",
    "role_raw": None,
    "role_long": "x" * 61 + "...",
    "role_odd": r"a\x0ab\x1b[31m",
    "role_wide": r"Stra\xdfe \u6771",
    "role_deep": "deep",
    "role_number": None,
}

WAYS = {
    "dump": "fault.dump_traceback(2)",
    "again": "fault.dump_traceback(open(os.devnull, 'w')); fault.dump_traceback(2)",
    "enabled": "fault.enable(open(os.devnull, 'w')); fault.dump_traceback(2)",
    "register": "fault.register(signal.SIGUSR1, 2); os.kill(os.getpid(), signal.SIGUSR1)",
    # Deadlines pass one after the other: the first dump is whole when the second begins.
    "watchdog": "dogs = lastwords.watchdog(0.01), lastwords.watchdog(0.02, file=os.devnull)\n"
    "while not dogs[1].fired: time.sleep(0.01)",
    "crash": "fault.enable(2, c_stack=False); fault._sigsegv()",
}


@pytest.mark.parametrize("way", list(WAYS))
def test_names_of_threads(way: str) -> None:
    program = PRELUDE + KINDS + WAYS[way] + "\nsys.stderr.flush(); os._exit(0)\n"
    done = child.program(program, status=-signal.SIGSEGV if way == "crash" else 0)
    found = names(done.stderr)
    main = {key: found.pop(key) for key in list(found) if key not in EXPECTED}
    assert found == EXPECTED
    assert list(main.values()) == [None]  # the first thread has no name: it is the first


def test_the_thread_that_asks() -> None:
    program = """
def role_own():
    fault.dump_traceback(2)
thread = threading.Thread(target=role_own, name="asks")
thread.start(); thread.join()
"""
    assert names(child.program(PRELUDE + program, status=0).stderr)["role_own"] == "asks"


def test_a_new_name_is_seen() -> None:
    program = """
def role_own():
    for number in range(3):
        threading.current_thread().name = f"name {number}"
        fault.dump_traceback(2)
        time.sleep(0.03)
thread = threading.Thread(target=role_own)
thread.start(); thread.join()
"""
    text = child.program(PRELUDE + program, status=0).stderr
    assert re.findall(r"\[(.*)\]", text) == ["name 0", "name 1", "name 2"]


def test_corrupt_thread_objects_do_no_harm() -> None:
    """Every word of the object and before it overwritten in turn: a name, or none, and the frames."""
    program = """
import ctypes
def role_plain(): wait_here()
thread = start(1, threading.Thread(target=role_plain, name="worker-3"))
fault.enable(open(os.devnull, "w"))
address = id(thread)
words = (ctypes.c_uint64 * 24).from_address(address - 32)
for index in range(24):
    for bad in (0, 8, 2**47 - 8, 2**64 - 8, 0x4141414141414141, address + 1):
        kept = words[index]
        words[index] = bad
        try:
            fault.dump_traceback(2, max_threads=3)
        finally:
            words[index] = kept
os._exit(0)
"""
    done = child.program(PRELUDE + program, status=0)
    assert done.stderr.count(" in role_plain\n") == 24 * 6
