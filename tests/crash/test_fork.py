"""Forks, by Python and by C, with fork handlers of other libraries: no process waits for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import child, compiler
from support.victim import SOURCES

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of which programs ask to call Python functions in fork handlers."""
    return compiler.library(SOURCES / "atfork.c", tmp_path_factory.mktemp("atfork"))


# What is done by another library's handler, which may need what ours would hold.
ACTIONS = """
import ctypes, os, signal, sys, threading, warnings
import lastwords
import lastwords.faulthandler as fault

warnings.simplefilter("ignore")
log = open(os.devnull, "w")

def start_thread():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

def watch():
    return lastwords.watchdog(3600, file=log).cancel()

ACTIONS = {
    "start a thread": start_thread,
    "arm": lambda: fault.dump_traceback_later(3600, file=log),
    "cancel": fault.cancel_dump_traceback_later,
    "enable": lambda: fault.enable(file=log),
    "dump": lambda: fault.dump_traceback(file=log),
    "register": lambda: fault.register(signal.SIGUSR1, file=log),
    "watchdog": watch,
}
C = ctypes.CDLL(sys.argv[1])
HANDLER = ctypes.PYFUNCTYPE(None)
"""
ONE_FORK = (
    ACTIONS
    + """
order, place, is_ready = sys.argv[2], int(sys.argv[3]), sys.argv[4] == "used"

def trial(action):
    function = HANDLER(action)
    C.set_call(place, function)
    if order == "first":
        C.install()
    if is_ready:
        for use in ACTIONS.values():
            use()
        keep = lastwords.watchdog(3600, file=log, after_fork=True)
    if order == "last":
        C.install()
    pid = ctypes.PyDLL(None).fork()
    if pid == 0:
        start_thread()
        watch()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    os._exit(status != 0)

for name, action in ACTIONS.items():
    print(name, flush=True)
    pid = os.fork()
    if pid == 0:
        trial(action)
    assert os.waitpid(pid, 0)[1] == 0
print("done")
"""
)


@pytest.mark.parametrize("state", ["unused", "used"])
@pytest.mark.parametrize("place", [0, 1, 2], ids=["before", "parent", "child"])
@pytest.mark.parametrize("order", ["first", "last"])
def test_fork_handlers_of_other_libraries(
    handlers: Path, order: str, place: int, state: str
) -> None:
    """Each may use all of ours, whether it is called before ours or after, for the first time or not."""
    done = child.program(ONE_FORK, handlers, order, str(place), state, status=0)
    assert done.stdout.splitlines()[-1] == "done"


STORM = (
    ACTIONS
    + """
keep = lastwords.watchdog(3600, file=log, after_fork=True)
left = lastwords.watchdog(3600, file=log)
fast = lastwords.watchdog(0.001, file=log, repeat=True)

def work(action):
    while True:
        action()

knows = sys.argv[2] == "os"
fork = os.fork if knows else ctypes.PyDLL(None).fork
for action in list(ACTIONS.values())[:5] + [watch]:
    if knows:
        threading.Thread(target=work, args=(action,), daemon=True).start()
for number in range(150):
    watch()  # the timer thread is in one state or another
    pid = fork()
    if pid == 0:
        signal.alarm(40)
        assert keep.armed and keep.cancel() and not keep.armed
        assert not left.armed and not left.cancel()
        left.extend()
        assert left.armed and left.cancel()
        for action in ACTIONS.values():
            action()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, number
print("done", flush=True)
os._exit(0)
"""
)


@pytest.mark.parametrize("maker", ["os", "C"])
def test_forks_while_other_threads_are_at_work(handlers: Path, maker: str) -> None:
    """The child of os.fork(), and of a fork in C without Python's fork functions.

    With that the interpreter waits for ever if another thread of Python wanted its lock, so that
    the timer thread is the only other one.
    """
    done = child.program(STORM, handlers, maker, status=0)
    assert done.stdout == "done\n"


FROM_THREAD = (
    ACTIONS
    + """
def fork_here():
    pid = os.fork()
    if pid == 0:
        signal.alarm(40)
        for action in ACTIONS.values():
            action()
        again = os.fork()
        if again == 0:
            for action in ACTIONS.values():
                action()
            print(keep.armed, flush=True)
            os._exit(0)
        os._exit(os.waitpid(again, 0)[1] != 0)
    statuses.append(os.waitpid(pid, 0)[1])

statuses = []
fault.enable(file=log)
keep = lastwords.watchdog(3600, file=log, after_fork=True)
for _ in range(10):
    thread = threading.Thread(target=fork_here)
    thread.start()
    thread.join()
print(statuses)
"""
)


def test_forks_from_a_thread_and_of_a_child(handlers: Path) -> None:
    done = child.program(FROM_THREAD, handlers, status=0)
    assert done.stdout.splitlines() == ["True"] * 10 + [str([0] * 10)]


SPAWN = (
    ACTIONS
    + """
import subprocess
keep = lastwords.watchdog(0.001, file=log, repeat=True)
for _ in range(30):
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)  # vfork or posix_spawn
    subprocess.run(["true"], preexec_fn=watch, check=True)  # Python code between fork and exec
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
print("done")
"""
)


def test_other_ways_to_start_a_process(handlers: Path) -> None:
    assert child.program(SPAWN, handlers, status=0).stdout == "done\n"


SUB = """
import ctypes, os, sys
try:
    import _interpreters
    number = _interpreters.create("legacy")
    run = _interpreters.exec
except ImportError:
    import _xxsubinterpreters as _interpreters
    number = _interpreters.create(isolated=False)
    run = _interpreters.run_string
import lastwords
keep = lastwords.watchdog(3600, after_fork=True)
run(number, '''
import builtins, ctypes, os, sys
sys.path[:0] = %r
import lastwords
builtins.keep = lastwords.watchdog(3600, after_fork=True)
pid = ctypes.PyDLL(None).fork()  # os.fork() can't be called here
if pid == 0:
    os._exit(0 if keep.armed and keep.cancel() else 1)
print(os.waitpid(pid, 0)[1], flush=True)
''' % sys.path)
pid = ctypes.PyDLL(None).fork()  # in the child of os.fork() such interpreters end, and Python with them
if pid == 0:
    os._exit(0 if keep.armed and keep.cancel() else 1)
print(os.waitpid(pid, 0)[1], flush=True)
"""


def test_forks_with_a_sub_interpreter() -> None:
    assert child.program(SUB, status=0).stdout == "0\n0\n"
