"""Alternate signal stacks: which threads have one, what they cost, and what other code does to them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support import child, compiler
from support.fault_report import last_report
from support.victim import SOURCES

pytestmark = pytest.mark.native

IMPORTS = """
import ctypes, mmap, os, signal, sys, threading, time, tracemalloc
import lastwords, lastwords.faulthandler as fault
from lastwords import _native
"""


def overflows(text: str) -> bool:
    return last_report(text).error == "Segmentation fault"


# -- other runtimes --


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiler.library(SOURCES / "detach.c", tmp_path_factory.mktemp("runtime"))


DETACHING = (
    IMPORTS
    + """
library = ctypes.CDLL(sys.argv[1])
fault.enable()
taken = []
detached = []

def work(gate):
    detached.append(library.detach())
    gate.wait()

gate = threading.Event()
threads = [threading.Thread(target=work, args=(gate,)) for _ in range(60)]
for thread in threads:
    thread.start()
if sys.argv[2] == "take":  # the program's memory, perhaps where the stacks were
    for size in (1, 18, 19, 20, 300):
        taken += [mmap.mmap(-1, size * 4096) for _ in range(60)]
    for piece in taken:
        piece[:] = b"x" * len(piece)
gate.set()
for thread in threads:
    thread.join()
assert detached == [1] * 60, detached
for _ in range(3):
    more = [threading.Thread(target=sorted, args=([2, 1],)) for _ in range(60)]
    for thread in more:
        thread.start()
    for thread in more:
        thread.join()
assert all(piece[:] == b"x" * len(piece) for piece in taken)
if sys.argv[2] == "crash":
    thread = threading.Thread(target=lambda: fault._stack_overflow())
    thread.start()
    thread.join()
print("all is there")
"""
)


def test_stacks_that_another_runtime_unmapped(runtime: Path) -> None:
    """They are not unmapped again: their place may be taken by memory of the program."""
    assert child.program(DETACHING, runtime, "take", status=0).stdout == "all is there\n"


def test_stacks_that_another_runtime_unmapped_are_no_other_threads(runtime: Path) -> None:
    done = child.program(DETACHING, runtime, "crash", status=-signal.SIGSEGV)
    assert overflows(done.stderr)


NO_KEYS = (
    IMPORTS
    + """
libc = ctypes.CDLL(None)
libc.pthread_getspecific.restype = ctypes.c_void_p
keys = []
key = ctypes.c_uint()
while libc.pthread_key_create(ctypes.byref(key), None) == 0:
    keys.append(key.value)
for _ in range(int(sys.argv[1])):
    libc.pthread_key_delete(keys.pop())
gate = threading.Event()
early = threading.Thread(target=gate.wait)
early.start()
null = os.open(os.devnull, os.O_WRONLY)
fault.enable(file=null)
changed = []

def work():
    changed.extend(number for number in keys if libc.pthread_getspecific(number))
    changed.extend(["the interpreter's"] * (ctypes.pythonapi.PyGILState_Check() != 1))
    fault.dump_traceback(file=null)
    [str(n) for n in range(100)]

for _ in range(50):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
fault.register(signal.SIGUSR1, file=null)
os.kill(os.getpid(), signal.SIGUSR1)
dog = lastwords.watchdog(0.01, file=null)
while not dog.fired:
    time.sleep(0.001)
gate.set()
early.join()
print(changed, flush=True)
fault.enable()
fault._stack_overflow()
"""
)


@pytest.mark.parametrize("left", [0, 1, 2])
def test_no_thread_specific_key_is_left(left: int) -> None:
    """Keys of others stay theirs; the main thread has its stack all the same."""
    done = child.program(NO_KEYS, str(left), status=-signal.SIGSEGV)
    assert done.stdout == "[]\n"
    assert overflows(done.stderr)


# -- tools around the allocators --

AROUND = {
    "before": "tracemalloc.start(); fault.enable(); tracemalloc.stop()",
    "during": "tracemalloc.start(); fault.enable()",
    "after": "fault.enable(); tracemalloc.start(); tracemalloc.stop()",
    "around": "tracemalloc.start(); fault.enable(); tracemalloc.stop(); tracemalloc.start()",
    "again": "tracemalloc.start(); fault.enable(); tracemalloc.stop(); fault.enable();"
    "tracemalloc.start(); fault.enable(); tracemalloc.stop(); fault.disable(); fault.enable()",
}
FOREIGN = """
import crashext
for _ in range(20):  # threads that only come and go
    crashext.call_in_native_thread(lambda: None)
[bytes(n) for n in range(2000)]
crashext.call_in_native_thread(lambda: fault._stack_overflow())
"""


@pytest.mark.parametrize("setting", ["default", "malloc", "debug"])
@pytest.mark.parametrize("order", AROUND)
def test_thread_of_other_code_with_tracemalloc(
    victim_environment: dict[str, str], order: str, setting: str
) -> None:
    environment = victim_environment | {"PYTHONMALLOC": setting}
    text = IMPORTS + AROUND[order] + FOREIGN
    done = child.program(text, env=environment, status=-signal.SIGSEGV)
    assert overflows(done.stderr)


# -- what they cost --

IDLE = (
    IMPORTS
    + """
class Allocator(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("ctx", "malloc", "calloc", "realloc", "free")]

def objects():
    found = Allocator()
    ctypes.pythonapi.PyMem_GetAllocator(2, ctypes.byref(found))
    return [getattr(found, name) for name, _ in Allocator._fields_]

gate = threading.Lock()
gate.acquire()

def idle():
    gate.acquire()
    gate.release()

def is_waiting(thread):
    frame = sys._current_frames()[thread.ident]
    return (frame.f_code, frame.f_lineno) == (idle.__code__, idle.__code__.co_firstlineno + 1)

threads = [threading.Thread(target=idle, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
while not all(map(is_waiting, threads)):
    time.sleep(0.001)
before = objects()
fault.enable()
while objects() != before:  # ends: it is for a moment
    [[number] for number in range(1000)]
for _ in range(20):  # the same threads, which stay idle
    fault.disable()
    fault.enable()
    assert objects() == before
assert _native.fault.altstack_waiting() == 3
gate.release()
while _native.fault.altstack_waiting():
    time.sleep(0.001)
"""
)


def test_objects_cost_what_they_did_while_older_threads_are_idle() -> None:
    child.program(IDLE, status=0)


MANY = """
import ctypes, sys, threading, time
fault = __import__(sys.argv[1], fromlist=["enable"])
libc = ctypes.CDLL(None)
threading.stack_size(64 * 1024)
fault.enable()
if sys.argv[2] == "locked" and libc.mlockall(3) != 0:
    sys.exit("mlockall() is not permitted")

def facts():
    with open("/proc/self/status") as status, open("/proc/self/maps") as maps:
        found = dict(line.split(":", 1) for line in status)
        return int(found["VmRSS"].split()[0]), sum(1 for _ in maps)

count = 300
gate = threading.Event()
waiting = []

def wait():
    waiting.append(None)
    gate.wait()

before = facts()
threads = [threading.Thread(target=wait) for _ in range(count)]
for thread in threads:
    thread.start()
while len(waiting) < count:
    time.sleep(0.001)
after = facts()
gate.set()
for thread in threads:
    thread.join()
print(*((b - a) / count for a, b in zip(before, after)))
"""


@pytest.mark.parametrize("memory", ["free", "locked"])
def test_threads_cost_what_they_did(memory: str) -> None:
    """In kilobytes that are in use, and in mappings, also if the process locks all that it maps."""
    costs = []
    for module in ("faulthandler", "lastwords.faulthandler"):
        done = child.program(MANY, module, memory)
        if "not permitted" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stderr
        costs.append([float(cost) for cost in done.stdout.split()])
    (theirs_memory, theirs_mappings), (ours_memory, ours_mappings) = costs
    assert ours_memory < theirs_memory + 4
    assert ours_mappings < theirs_mappings + 2.5  # where the kernel has no cheap guard pages
    if "guard" in child.program(CHEAP_GUARDS).stdout:
        assert ours_mappings < theirs_mappings + 0.5


CHEAP_GUARDS = """
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
page = libc.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))
print("guard" if libc.madvise(ctypes.c_void_p(page), ctypes.c_size_t(4096), 102) == 0 else "none")
"""

# -- what tools see of a thread's start --

SEEN = """
import _thread, pickle, sys, threading, time
fault = __import__(sys.argv[1], fromlist=["enable"])
seen = []

def hook(event, args):
    if event in ("_thread.start_new_thread", "_thread.start_joinable_thread"):
        function = args[0]
        names = [getattr(function, name, None) for name in ("__name__", "__qualname__")]
        seen.append((event, *names, hasattr(function, "__self__"), len(args)))

def started():
    done.release()

sys.addaudithook(hook)
fault.enable()
thread = threading.Thread(target=sorted, args=([],), name="one")
thread.start()
thread.join()
done = _thread.allocate_lock()
done.acquire()
_thread.start_new_thread(started, ())
done.acquire()
print(seen)
for name in ("start_new_thread", "start_new", "start_joinable_thread"):
    function = getattr(_thread, name, None)
    if function is not None:
        print(name, function, pickle.loads(pickle.dumps(function)) is function)
for args in ((), (1, ()), (started,), (started, 1), (started, (), 1)):
    try:
        _thread.start_new_thread(*args)
    except TypeError as error:
        print(error)
frames = []
note = lambda frame, event, arg: frames.append((event, frame.f_code.co_name))
threading.setprofile(note)
sys.setprofile(note)
thread = threading.Thread(target=started)
thread.start()
sys.setprofile(None)
thread.join()
print([name for event, name in frames if event == "call" and "start" in name])
"""


def test_tools_see_what_they_did_of_a_threads_start() -> None:
    expected = child.program(SEEN, "faulthandler", status=0)
    done = child.program(SEEN, "lastwords.faulthandler", status=0)
    assert (done.stdout, done.stderr) == (expected.stdout, expected.stderr)
