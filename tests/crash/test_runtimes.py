"""Runtimes with handlers of the fatal signals, installed before ours and after.

A program that survives with their handlers survives with ours too; if it dies, one report comes.
"""

from __future__ import annotations

import platform
import signal

import pytest

from support import child
from support.fault_report import last_report

pytestmark = pytest.mark.native

START = """
import ctypes, os, signal, sys, threading, time
import faulthandler as standard
import lastwords
from lastwords import faulthandler as fault
library = ctypes.CDLL(os.environ["RUNTIMES"])
OPENS, LEAVES, JUMPS, SKIPS, STOPS, KILLS, EXITS, RESTORES, PASSES, MAPS = range(10)
def fails_here():
    ctypes.string_at(8)
"""
MENDS = ["OPENS", "LEAVES", "JUMPS", "SKIPS"]


def run(environment: dict[str, str], program: str) -> tuple[int, str, str]:
    """Run a program; return its status and what it wrote to the two streams."""
    done = child.python("-c", START + program, env=environment)
    return done.returncode, done.stdout, done.stderr


def check_one_report(text: str) -> None:
    """Assert that one report came, of a segmentation fault in the function that fails."""
    assert text.count("Fatal Python error") == 1
    report = last_report(text)
    assert report.error == "Segmentation fault"
    assert "fails_here" in report.current.functions


def check_death(environment: dict[str, str], program: str, output: str = "") -> None:
    """Assert that a program prints this, and dies by SIGSEGV with one report."""
    status, written, errors = run(environment, program)
    assert (status, written) == (-signal.SIGSEGV, output)
    check_one_report(errors)


def skip_unless_possible(kind: str) -> None:
    if kind == "SKIPS" and platform.machine() != "x86_64":
        pytest.skip("the instruction that is skipped is one of x86-64")


ARM = {
    "watchdog": "keep = lastwords.watchdog(3600)",
    "register": "fault.register(signal.SIGUSR1)",
    "enable": "fault.enable()",
    "later": "fault.dump_traceback_later(3600)",
    "everything": """
fault.register(signal.SIGUSR1)
fault.enable()
keep = lastwords.watchdog(0.001, repeat=True, file=os.devnull)
""",
}


@pytest.mark.parametrize("how", list(ARM))
def test_threads_that_fault_on_purpose_at_once(
    runtimes_environment: dict[str, str], how: str
) -> None:
    program = f"""
library.install(0, STOPS)
{ARM[how]}
print(*(library.stop_threads(0, 8) >= 2 for _ in range(20)))
"""
    assert run(runtimes_environment, program) == (0, "True " * 19 + "True\n", "")


def test_threads_that_fault_on_purpose_when_ours_was_put_over_their_handler_again(
    runtimes_environment: dict[str, str],
) -> None:
    program = """
fault.enable()
library.install(0, STOPS)
for _ in range(3):
    if not fault.is_enabled():
        fault.enable(all_threads=False)
print(library.stop_threads(0, 8) >= 2)
print(library.stop_threads(0, 8) >= 2, flush=True)
fails_here()
"""
    check_death(runtimes_environment, program, "True\nTrue\n")


@pytest.mark.parametrize("order", ["before", "after", "between"])
@pytest.mark.parametrize("kind", MENDS)
def test_a_fault_that_its_runtime_mends_is_no_failure(
    runtimes_environment: dict[str, str], kind: str, order: str
) -> None:
    skip_unless_possible(kind)
    program = f"""
order = {order!r}
if order != "before":
    fault.enable()
library.install(0, {kind})
if order != "after":
    fault.enable()
print([library.touch(0) for _ in range(3)], flush=True)
fails_here()
"""
    check_death(runtimes_environment, program, "[42, 42, 42]\n")


def test_each_of_several_runtimes_gets_its_own_faults(
    runtimes_environment: dict[str, str],
) -> None:
    program = """
library.install(0, OPENS)
fault.enable()
library.install(1, JUMPS)
fault.enable()
library.install(2, OPENS)
fault.enable()
fault.disable()
library.install(3, LEAVES)
fault.enable()
print([library.touch(number) for _ in range(3) for number in range(4)], flush=True)
fails_here()
"""
    check_death(runtimes_environment, program, f"{[42] * 12}\n")


def test_a_runtime_keeps_its_faults_when_ours_is_switched_off(
    runtimes_environment: dict[str, str],
) -> None:
    program = """
library.install(0, OPENS)
fault.enable()
library.install(1, OPENS)
fault.enable()
fault.disable()
print([library.touch(number) for _ in range(3) for number in range(2)], flush=True)
fails_here()
"""
    assert run(runtimes_environment, program) == (-signal.SIGSEGV, f"{[42] * 6}\n", "")


@pytest.mark.parametrize("order", ["before", "between"])
@pytest.mark.parametrize("kind", ["KILLS", "EXITS", "RESTORES", "PASSES"])
def test_a_handler_that_ends_the_process_comes_after_the_report(
    runtimes_environment: dict[str, str], kind: str, order: str
) -> None:
    program = f"""
if {order!r} == "between":
    fault.enable()
library.install(0, {kind})
fault.enable()
fails_here()
"""
    status, output, errors = run(runtimes_environment, program)
    said = {"KILLS": "killed\n", "EXITS": "exited\n", "RESTORES": "restored\n", "PASSES": ""}
    assert (status, output) == (3 if kind == "EXITS" else -signal.SIGSEGV, said[kind])
    check_one_report(errors)


def test_faults_at_once_that_look_like_failures_and_are_none(
    runtimes_environment: dict[str, str],
) -> None:
    """The first one is reported, as by the standard module; then the runtime has its place back.

    A thread that was in our handler at the time must not put the default over the runtime's.
    """
    program = """
library.install(0, MAPS)
fault.enable()
fault._implementation._break_step(2, "hang")  # so that the others are there in time
for _ in range(3):
    library.use_missing_memory(8)
print("lived")
"""
    status, output, errors = run(runtimes_environment, program)
    assert (status, output) == (0, "lived\n")
    assert errors.count("Fatal Python error: Segmentation fault\n") == 1


def test_a_runtime_that_gives_up_leaves_the_report_to_ours(
    runtimes_environment: dict[str, str],
) -> None:
    """It gets this fault first: the page is there, and closed.  It puts the default in its own place."""
    program = """
import mmap
library.install(0, OPENS)
fault.enable()
closed = mmap.mmap(-1, 4096, prot=mmap.PROT_READ)
address = ctypes.addressof(ctypes.py_object(closed))
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
page = libc.mmap(None, ctypes.c_size_t(4096), 0, 0x22, -1, 0)
def fails_here():
    ctypes.memset(page, 1, 1)
fails_here()
"""
    check_death(runtimes_environment, program)


def test_the_standard_handler_between_two_of_ours(runtimes_environment: dict[str, str]) -> None:
    """It puts back what it found, which was ours: the process dies all the same."""
    program = """
fault.enable(c_stack=False)
standard.enable()
fault.enable(c_stack=False)
fails_here()
"""
    status, _, errors = run(runtimes_environment, program)
    assert status == -signal.SIGSEGV
    assert errors.count("in fails_here") == 2  # the standard one reports too


@pytest.mark.parametrize(
    "way", ["fails_here()", "os.kill(os.getpid(), signal.SIGSEGV); time.sleep(9)"]
)
def test_a_handler_over_ours_passes_on_what_is_switched_off(
    runtimes_environment: dict[str, str], way: str
) -> None:
    program = f"""
fault.enable()
library.install(0, PASSES)
fault.enable()
fault.disable()
{way}
"""
    assert run(runtimes_environment, program) == (-signal.SIGSEGV, "", "")


def test_a_signal_that_was_sent_is_reported_first(runtimes_environment: dict[str, str]) -> None:
    program = """
library.install(0, OPENS)
fault.enable()
def fails_here():
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(9)
fails_here()
"""
    check_death(runtimes_environment, program)


def test_nothing_stays_over_a_runtime_whose_interpreter_only_watches(
    runtimes_environment: dict[str, str],
) -> None:
    """Neither watchdogs nor registered signals need a handler of faults."""
    program = """
libc = ctypes.CDLL(None)
def action(number):
    words = (ctypes.c_uint64 * 32)()
    assert libc.sigaction(number, None, words) == 0
    return words[0]
before = action(signal.SIGSEGV), action(signal.SIGBUS)
fault.register(signal.SIGUSR1, file=open(os.devnull, "w"))
fault.dump_traceback_later(3600)
keep = lastwords.watchdog(3600)
os.kill(os.getpid(), signal.SIGUSR1)
print(before == (action(signal.SIGSEGV), action(signal.SIGBUS)))
"""
    assert run(runtimes_environment, program) == (0, "True\n", "")
