"""Dumps on signals: registered again, over other handlers and under them, and unregistered."""

from __future__ import annotations

import signal

import pytest

import lastwords.faulthandler as fault
from support import child

pytestmark = pytest.mark.native

START = """
import ctypes, os, signal, sys, threading, time, warnings
from lastwords import faulthandler as fault
me = os.getpid()
libc = ctypes.CDLL(None)
def action(number):
    words = (ctypes.c_uint64 * 32)()
    assert libc.sigaction(number, None, words) == 0
    return words[0]
"""


def run(program: str, **options: object) -> tuple[int, str, str]:
    done = child.python("-W", "ignore", "-c", START + program, **options)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("first", ["", "chain=True"])
def test_registered_again_to_chain_it_ends_the_program_once(first: str) -> None:
    program = f"""
fault.register(signal.SIGUSR1, all_threads=False, {first})
fault.register(signal.SIGUSR1, all_threads=False, chain=True)
os.kill(me, signal.SIGUSR1)
"""
    status, _, errors = run(program)
    assert status == -signal.SIGUSR1
    assert errors.count("Stack (most recent call first):") == 1


def test_registered_again_not_to_chain_it_lives_on() -> None:
    program = """
fault.register(signal.SIGUSR1, all_threads=False, chain=True)
fault.register(signal.SIGUSR1, all_threads=False)
os.kill(me, signal.SIGUSR1)
print("lived")
"""
    status, output, errors = run(program)
    assert (status, output) == (0, "lived\n")
    assert errors.count("Stack (most recent call first):") == 1


def test_a_handler_that_was_put_over_ours_stays_when_ours_is_taken_off() -> None:
    program = """
fault.register(signal.SIGUSR1)
signal.signal(signal.SIGUSR1, lambda *_: print("theirs"))
print(fault.unregister(signal.SIGUSR1))
os.kill(me, signal.SIGUSR1)
"""
    assert run(program) == (0, "True\ntheirs\n", "")


def test_a_handler_that_has_ours_for_its_own_earlier_one() -> None:
    """It calls ours and ours calls it: each once, and without end before."""
    program = """
class Action(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("rest", ctypes.c_uint64 * 32)]
kind = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
earlier = Action()
calls = 0
@kind
def theirs(number, info, context):
    global calls
    calls += 1
    kind(earlier.handler)(number, info, context)
fault.register(signal.SIGUSR1, all_threads=False)
assert libc.sigaction(signal.SIGUSR1, None, ctypes.byref(earlier)) == 0
now = Action.from_buffer_copy(earlier)
now.handler = ctypes.cast(theirs, ctypes.c_void_p).value
assert libc.sigaction(signal.SIGUSR1, ctypes.byref(now), None) == 0
fault.unregister(signal.SIGUSR1)
fault.register(signal.SIGUSR1, all_threads=False, chain=True)
os.kill(me, signal.SIGUSR1)
print(calls)
"""
    status, output, errors = run(program)
    assert (status, output) == (0, "1\n")
    assert errors.count("Stack (most recent call first):") == 1


def test_each_dump_goes_where_it_was_to_go_while_it_is_registered_again() -> None:
    """A dump that began keeps its file until it ends; none goes to standard error instead."""
    program = """
import tempfile
with tempfile.TemporaryDirectory() as folder:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])  # the others get it, and no lock
    logs = [open(f"{folder}/{number}", "a") for number in range(40)]
    fault.register(signal.SIGALRM, file=logs[0])
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    while sum(os.path.getsize(log.name) > 0 for log in logs) < 30:
        for log in logs:
            fault.register(signal.SIGALRM, file=log)
    signal.setitimer(signal.ITIMER_REAL, 0)
    fault.register(signal.SIGALRM, file=logs[0])
    stop.set()
    for thread in threads:
        thread.join()
    opened = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")
              if os.path.exists(f"/proc/self/fd/{number}")]
    print(sum(name.startswith(folder) for name in opened) - len(logs))
"""
    # One duplicate is left: that of the last file.
    assert run(program) == (0, "1\n", "")


@pytest.mark.parametrize(
    ("signum", "chain", "handler", "warned"),
    [
        (signal.SIGUSR1, True, signal.SIG_DFL, True),
        (signal.SIGUSR2, True, signal.SIG_DFL, True),
        (signal.SIGRTMIN + 3, True, signal.SIG_DFL, True),
        (signal.SIGUSR1, False, signal.SIG_DFL, False),
        (signal.SIGUSR1, True, signal.SIG_IGN, False),
        (signal.SIGUSR1, True, print, False),
        # What ends programs anyway is chained on purpose.
        (signal.SIGTERM, True, signal.SIG_DFL, False),
        (signal.SIGWINCH, True, signal.SIG_DFL, False),
    ],
)
def test_chaining_to_nothing_is_warned_of(
    signum: int,
    chain: bool,
    handler: object,
    warned: bool,  # noqa: FBT001  (parameters)
) -> None:
    before = signal.signal(signum, handler)
    try:
        if warned:
            with pytest.warns(RuntimeWarning, match="ends the process after the dump") as caught:
                fault.register(signum, 2, chain=chain)
            assert caught[0].filename == __file__
        else:
            fault.register(signum, 2, chain=chain)
    finally:
        fault.unregister(signum)
        signal.signal(signum, before)


def test_a_warning_that_is_an_error_registers_nothing() -> None:
    program = """
warnings.simplefilter("error")
try:
    fault.register(signal.SIGUSR1, chain=True)
except RuntimeWarning:
    print(fault.unregister(signal.SIGUSR1), action(signal.SIGUSR1))
"""
    assert run(program) == (0, "False 0\n", "")


WAYS = {
    "register": "fault.register(signal.SIGUSR1, null)\ndump = lambda: os.kill(me, signal.SIGUSR1)",
    "watchdog": """
import lastwords
dog = lastwords.watchdog(0.0005, repeat=True, file=null)
def dump():
    before = dog.fired
    while dog.fired == before:
        time.sleep(0.0005)
""",
}


@pytest.mark.parametrize("way", list(WAYS))
def test_only_a_program_that_dumps_often_gets_a_handler_of_faults(way: str) -> None:
    program = f"""
null = open(os.devnull, "w")
{WAYS[way]}
dump()
print(action(signal.SIGSEGV), action(signal.SIGBUS))
for _ in range(100):
    dump()
print(action(signal.SIGSEGV) == action(signal.SIGBUS) != 0, flush=True)
fault.enable(c_stack=False)
fault.disable()
ctypes.string_at(8)
"""
    status, output, errors = run(program)
    assert (status, errors) == (-signal.SIGSEGV, "")
    assert output == "0 0\nTrue\n" or way == "watchdog"
    assert output.endswith("True\n")


def test_disable_leaves_a_handler_that_a_dump_of_another_thread_needs() -> None:
    """The dump waits for the reader of a full pipe; what it has still to read may be gone by then."""
    program = """
import lastwords
def deep(n):
    return deep(n - 1) if n else wait()
def wait():
    waiting.append(None)
    gate.wait()
gate, waiting = threading.Event(), []
threads = [threading.Thread(target=deep, args=(80,), daemon=True) for _ in range(90)]
for thread in threads:
    thread.start()
while len(waiting) < len(threads):
    time.sleep(0.001)
reader, writer = os.pipe()
fault.enable(open(os.devnull, "w"))
dog = lastwords.watchdog(0.001, file=writer)
while not dog.fired:
    time.sleep(0.001)
fault.disable()
print(fault.is_enabled(), action(signal.SIGSEGV) != 0, action(signal.SIGFPE))
text = b""
while text.count(b"in deep") < 80 * 90:
    text += os.read(reader, 65536)
while action(signal.SIGSEGV):
    fault.enable(open(os.devnull, "w"))
    fault.disable()
os._exit(0) if print("put back", flush=True) is None else None
"""
    assert run(program) == (0, "False True 0\nput back\n", "")
