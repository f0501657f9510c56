"""A report never waits for ever, never changes the signal, and can always be requested."""

from __future__ import annotations

import os
import platform
import signal
import sys
from pathlib import Path

import pytest

from support import child
from support.fault_report import last_report, parse
from support.victim import PROGRAM
from support.victim.cells import IMPORTS

pytestmark = pytest.mark.native

SEGV_MAPERR = 1
UNMAPPED = 0x7000DEAD0008  # what the victim reads


@pytest.fixture
def full_pipe():
    """The writing end of a full, blocking pipe without a reader."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for size in (65536, 4096, 1):
        try:
            while True:
                os.write(writer, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(writer, True)
    yield writer
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("kind", ["segv_read", "abort", "stack_overflow"])
def test_dies_with_a_full_pipe(
    victim_environment: dict[str, str], full_pipe: int, kind: str
) -> None:
    died_of = signal.SIGABRT if kind == "abort" else signal.SIGSEGV
    command = (PROGRAM, kind, "main")
    child.python(*command, env=victim_environment, stderr=full_pipe, status=-died_of)


def test_cancel_does_not_wait_for_the_dump(
    victim_environment: dict[str, str], full_pipe: int
) -> None:
    code = """
fd = int(sys.argv[1])
fault.dump_traceback_later(0.05, repeat=True, file=fd)
time.sleep(0.5)
fault.cancel_dump_traceback_later()
print("cancelled")
"""
    command = ("-c", IMPORTS + code, str(full_pipe))
    done = child.python(*command, env=victim_environment, pass_fds=[full_pipe])
    assert done.stdout == "cancelled\n"


@pytest.mark.parametrize("kind", ["segv_read", "abort", "divide_by_zero", "bus_error"])
def test_earlier_handler_gets_the_signal_as_it_was(
    victim_environment: dict[str, str], kind: str
) -> None:
    done = child.python(PROGRAM, kind, "thread", "earlier_handler", env=victim_environment)
    report, told = done.stderr.split("earlier handler: ")
    if kind == "abort":
        assert "crash_here" in last_report(report).current.functions
    else:  # it is asked first whether it made the fault, and ends the process
        assert report == ""
    assert done.returncode == 42  # the earlier handler's own end
    word, signum, _, code, _, address = told.split()
    assert word == "signal"
    if kind == "segv_read":
        assert (int(signum), int(code), int(address, 16)) == (11, SEGV_MAPERR, UNMAPPED)
    elif kind == "abort":
        assert (int(signum), int(code)) == (6, -6)  # SI_TKILL: sent by abort() itself
    elif kind == "divide_by_zero":
        assert (int(signum), int(code)) == (8, 1)  # FPE_INTDIV
    else:
        assert (int(signum), int(code)) == (7, 2)  # BUS_ADRERR


def test_replaced_handler_is_noticed_and_named(victim_environment: dict[str, str]) -> None:
    code = """
import crashext
fault.enable()
print(fault.is_enabled(), fault.replaced_handlers())
crashext.install_handler(signal.SIGSEGV)
signal.signal(signal.SIGFPE, signal.SIG_DFL)
print(fault.is_enabled(), {k: os.path.basename(v) for k, v in fault.replaced_handlers().items()})
fault.enable()
print(fault.is_enabled(), fault.replaced_handlers())
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    first, second, third = done.stdout.splitlines()
    assert first == "True {}"
    assert second.startswith("False {8: 'default', 11: 'crashext.")
    assert third == "True {}"


@pytest.mark.parametrize("signum", ["SIGUSR1", "SIGUSR2"])
def test_errno_is_kept(victim_environment: dict[str, str], signum: str) -> None:
    code = f"""
import crashext
fault.register(signal.{signum}, file=open("/dev/full", "w"))
print(crashext.errno_across_signal(signal.{signum}))
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert done.stdout == "77\n"


def test_child_of_a_fork_reports_for_itself(victim_environment: dict[str, str]) -> None:
    code = """
fault.enable(c_stack=False)
child = os.fork()
if child == 0:
    fault._sigsegv()
os.waitpid(child, 0)
fault._sigabrt()
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert done.stderr.count("Fatal Python error: Segmentation fault") == 1
    assert done.stderr.count("Fatal Python error: Aborted") == 1
    assert done.returncode == -signal.SIGABRT


def test_enable_on_another_thread_serves_the_main_one(victim_environment: dict[str, str]) -> None:
    code = """
import crashext
thread = threading.Thread(target=fault.enable)
thread.start()
thread.join()
for _ in range(1000):
    pass
print(crashext.alternate_stack_size() > 0)
"""
    assert child.python("-c", IMPORTS + code, env=victim_environment).stdout == "True\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="there is no C stack on other machines")
@pytest.mark.parametrize("where", ["main", "thread"])
def test_c_stack_is_what_the_c_library_finds(
    victim_environment: dict[str, str], where: str
) -> None:
    code = """
import crashext
from functools import partial
def call():
    print([hex(a) for a in crashext.call_and_trace(partial(fault.dump_c_stack, 1))], flush=True)
if sys.argv[1] == "main":
    sorted([1], key=lambda _: call())
else:
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
"""
    done = child.python("-c", IMPORTS + code, where, env=victim_environment, status=0)
    dump, found = done.stdout.split("['")[0], done.stdout.splitlines()
    expected = eval(next(line for line in found if line.startswith("['0x")))
    ours = [line.rsplit("[", 1)[1][:-1] for line in dump.splitlines() if "Binary file" in line]
    start = ours.index(expected[0])
    assert ours[start:] == expected[: len(ours) - start]
    assert len(ours) - start >= min(len(expected), 10)


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE])
def test_killed_by_another_process(
    victim_environment: dict[str, str], signum: signal.Signals
) -> None:
    code = """
fault.enable(c_stack=False)
def wait_here():
    os.write(1, b"ready\\n")
    time.sleep(60)
wait_here()
"""
    with child.start(sys.executable, "-c", IMPORTS + code, env=victim_environment) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        victim.send_signal(signum)
        _, errors = victim.communicate(timeout=child.TIME_LIMIT)
    assert victim.returncode == -signum
    assert last_report(errors).current.functions == ["wait_here", "<module>"]


def test_deep_json_on_a_whole_stack(victim_environment: dict[str, str]) -> None:
    """Overflows where nothing limits the recursion; from 3.12 on the interpreter ends it in time."""
    code = """
import json
fault.enable()
sys.setrecursionlimit(2**31 - 1)
try:
    json.loads("[" * 10_000_000)
except RecursionError:
    os._exit(7)
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    if sys.version_info >= (3, 12):
        assert (done.returncode, done.stderr) == (7, "")
        return
    report = last_report(done.stderr)
    assert done.returncode == -signal.SIGSEGV
    assert report.current.functions[:2] == ["raw_decode", "decode"]
    assert report.c_mark == "truncated rest of calls"


def test_matching_a_regex_needs_no_stack(victim_environment: dict[str, str]) -> None:
    """The matcher keeps its state on the heap: only what checks a compiled pattern recurses in C,
    and replacement functions (the crash matrix has both)."""
    code = """
import crashext, re
pattern = re.compile("(?:(a|b)*?c?)*$")
fault.enable()
crashext.shrink_stack(32 * 1024)
print(pattern.match("ab" * 100_000).end())
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert (done.returncode, done.stdout) == (0, "200000\n")


LATER = """fault.dump_traceback_later(0.4, repeat=True, file=log)
    last = lastwords.watchdog(0.6, file=os.devnull)"""
TWO = """dogs = [lastwords.watchdog(seconds, file=log) for seconds in (0.4, 0.5)]
    last = lastwords.watchdog(0.6, file=os.devnull)"""
UNTIL_LAST = "while not last.fired: time.sleep(0.01)"  # deadlines pass one after the other


@pytest.mark.parametrize(
    ("start", "ask"),
    [
        ("fault.register(10, log)", "os.kill(os.getpid(), 10)"),
        (LATER, UNTIL_LAST),
        (TWO, UNTIL_LAST),
    ],
)
def test_dumps_while_malloc_is_locked(
    victim_environment: dict[str, str], tmp_path: Path, start: str, ask: str
) -> None:
    """A process that can't allocate any more can still be asked where it is."""
    log = tmp_path / "log"
    code = f"""
import crashext
log = open({str(log)!r}, "a")
def stuck():
    {start}
    crashext.hold_malloc_lock()
    {ask}
    os._exit(7)
stuck()
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert (done.returncode, done.stderr) == (7, "")
    shown = parse(log.read_text())
    assert len(shown.threads) >= (2 if start == TWO else 1)
    assert all(thread.functions == ["stuck", "<module>"] for thread in shown.threads)


@pytest.mark.parametrize("attempt", range(3))
def test_crash_in_a_storm(victim_environment: dict[str, str], attempt: int) -> None:
    """Dumps by a watchdog and on a signal go on while a thread fails."""
    code = """
nowhere = open(os.devnull, "w")
fault.enable()
fault.register(10, nowhere)
dog = lastwords.watchdog(0.001, repeat=True, file=nowhere)
def below(depth):
    return below(depth - 1) if depth else 0
def work():
    while True:
        below(50)
def send():
    while True:
        os.kill(os.getpid(), 10)
        time.sleep(0.0002)
for target in (work, work, send):
    threading.Thread(target=target, daemon=True).start()
time.sleep(0.5)
def fails_here():
    fault._sigsegv()
fails_here()
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    report = last_report(done.stderr)
    assert done.returncode == -signal.SIGSEGV
    assert report.current.functions == ["fails_here", "<module>"]
    assert report.sections[:2] == ["current", "native"]
    assert len(report.threads) == 4


def test_alternate_stack_has_a_guard_page(victim_environment: dict[str, str]) -> None:
    code = """
import ctypes
fault.enable()
class Stack(ctypes.Structure):
    _fields_ = [("low", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]
stack = Stack()
ctypes.CDLL(None).sigaltstack(None, ctypes.byref(stack))
memory = open("/proc/self/mem", "rb", buffering=0)
def readable(address):
    try:
        memory.seek(address)
        return memory.read(1) != b""
    except OSError:
        return False
page = 4096  # the guard is the lowest page of the stack, or the one below it
print(stack.size >= 64 * 1024, readable(stack.low + page), readable(stack.low) and readable(stack.low - 1))
"""
    assert child.python("-c", IMPORTS + code, env=victim_environment).stdout == "True True False\n"
