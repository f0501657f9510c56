"""The timer thread is there while something is armed, and no longer."""

from __future__ import annotations

import pytest

from support import child, interpreters

pytestmark = pytest.mark.native

# What a process of one thread may do: without a warning, on 3.12 and later, and at all.
FACTS = """
import ctypes, os, sys, threading, time, warnings
import lastwords
import lastwords.faulthandler as fault

warned = []
warnings.simplefilter("always")
warnings.showwarning = lambda message, *where: warned.append(str(message))

def count():
    return len(os.listdir("/proc/self/task"))

def until_alone():
    while count() > 1:
        time.sleep(0.001)

def facts():
    found = [count()]
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    found += [os.waitpid(pid, 0)[1], *warned]
    libc = ctypes.CDLL(None, use_errno=True)
    CLONE_NEWUSER = 0x10000000
    found.append(libc.unshare(CLONE_NEWUSER) and os.strerror(ctypes.get_errno()))
    return found

def later_and_cancel():
    fault.dump_traceback_later(100)
    fault.cancel_dump_traceback_later()

def watchdog_and_cancel():
    lastwords.watchdog(100).cancel()

def fires():
    dog = lastwords.watchdog(0.001, file=os.devnull)
    while not dog.fired:
        time.sleep(0.001)
    until_alone()  # it was at work, and ends by itself

def many():
    dogs = [lastwords.watchdog(100 + number) for number in range(100)]
    assert count() == 2
    for dog in dogs:
        dog.cancel()

USES = {
    "nothing": int,
    "enable": fault.enable,
    "dump": lambda: fault.dump_traceback(file=os.open(os.devnull, os.O_WRONLY)),
    "register": lambda: fault.register(10),
    "later": later_and_cancel,
    "watchdog": watchdog_and_cancel,
    "fires": fires,
    "many": many,
}
"""


TRIALS = 10


def facts_after(use: str) -> str:
    return child.program(FACTS + f"USES[{use!r}]()\nprint(facts())", status=0).stdout


@pytest.mark.parametrize(
    "use", ["enable", "dump", "register", "later", "watchdog", "fires", "many"]
)
def test_process_is_as_without(use: str) -> None:
    """Straight after the last cancel; unshare() may be forbidden here, with or without us."""
    nothing = facts_after("nothing")
    assert nothing.startswith("[1, 0, ")
    # The thread gets 20 ms to end, which on a busy machine may not be enough every time.
    assert nothing in (facts_after(use) for _ in range(TRIALS))


ARMED = """
dog = lastwords.watchdog(100)
assert count() == 2
pid = os.fork()
warned.clear()  # it is right to warn here
if pid == 0:
    assert count() == 1 and not dog.armed
    watchdog_and_cancel()
    until_alone()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert count() == 2 and dog.cancel()
until_alone()
print(facts())
"""


def test_thread_of_an_armed_one_stays_over_a_fork() -> None:
    assert child.program(FACTS + ARMED, status=0).stdout == facts_after("nothing")


IN_TURN = """
for _ in range(5):
    for _ in range(1000):
        watchdog_and_cancel()
        later_and_cancel()
    pid = os.fork()
    if pid == 0:
        os._exit(count() - 1)
    assert os.waitpid(pid, 0)[1] == 0
for _ in range(1000):
    watchdog_and_cancel()
until_alone()  # the thread lingers, and ends by itself
print(facts())
"""


def test_program_that_arms_and_cancels_in_turn() -> None:
    assert child.program(FACTS + IN_TURN, status=0).stdout == facts_after("nothing")


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
os.setuid(65534)
for arm in (lambda: fault.dump_traceback_later(100), lambda: lastwords.watchdog(100)):
    try:
        arm()
    except (RuntimeError, OSError) as error:
        print(type(error).__name__)
fault.cancel_dump_traceback_later()
print(count())
"""


def test_no_thread_to_be_had() -> None:
    done = child.program(FACTS + LIMITED)
    if "PermissionError" in done.stderr:
        pytest.skip("only root can give up its rights for the test")
    assert done.stdout == "RuntimeError\nBlockingIOError\n1\n", done.stderr


SUB = """
text = '''
import builtins, ctypes, lastwords, lastwords.faulthandler as fault
builtins.kept = [lastwords.watchdog(100, exit=True), lastwords.watchdog(100, repeat=True)]
ctypes.pythonapi.Py_IncRef(ctypes.py_object(builtins.kept[0]))  # it outlives its interpreter
fault.dump_traceback_later(100, exit=True)
'''
with_own = lastwords.watchdog(200)
for _ in range(2):
    number = create()
    run_in(number, text)
    assert count() == 2
    destroy(number)
    assert with_own.armed and count() == 2
with_own.cancel()
fires()  # another one, after which the thread ends only if nothing else is armed
print(facts())
"""


def test_what_a_sub_interpreter_armed_ends_with_it() -> None:
    done = child.program(FACTS + interpreters.PRELUDE + SUB, status=0)
    assert done.stdout == facts_after("nothing")
