"""Crash reporters of libraries, before ours and after: one report of ours, and one call of theirs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support import child, compiler
from support.fault_report import last_report
from support.victim import SOURCES

pytestmark = pytest.mark.native

START = """
import ctypes, os, signal, sys, time
from lastwords import faulthandler as fault
library = ctypes.CDLL(sys.argv[1])
RETURNS, RAISES, PUTS_BACK_AND_RAISES, CALLS_BARE, CALLS_NOWHERE, PASSES = range(6)
"""
FAILURES = {
    "reads": "ctypes.string_at(8)",
    "writes": "library.write_to_closed_page()",
    "is sent it": "os.kill(os.getpid(), signal.SIGSEGV); time.sleep(9)",
}


@pytest.fixture(scope="module")
def reporters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiler.library(SOURCES / "reporters.c", tmp_path_factory.mktemp("reporters"))


def check(reporters: Path, order: str, failure: str) -> None:
    """Assert that the process dies of its failure, with one report of each."""
    program = f"def fails_here():\n    {FAILURES[failure]}\n{order}\nfails_here()\n"
    done = child.python("-c", START + program, reporters)
    assert done.returncode == -signal.SIGSEGV
    assert done.stdout == "reporter\n"
    assert done.stderr.count("Fatal Python error") == 1
    assert "fails_here" in last_report(done.stderr).current.functions


@pytest.mark.parametrize("failure", ["reads", "writes"])
def test_one_that_is_to_be_called_once(reporters: Path, failure: str) -> None:
    """It returns, and the kernel has put the default in its place: it is no runtime."""
    check(reporters, "library.install(signal.SIGSEGV, RETURNS, 1); fault.enable()", failure)


@pytest.mark.parametrize("kind", ["RAISES", "PUTS_BACK_AND_RAISES"])
@pytest.mark.parametrize("failure", list(FAILURES))
def test_one_that_raises_the_signal_again(reporters: Path, failure: str, kind: str) -> None:
    """Its signal is blocked while it runs, so that it has ended nothing yet."""
    check(reporters, f"library.install(signal.SIGSEGV, {kind}, 0); fault.enable()", failure)


@pytest.mark.parametrize("kind", ["CALLS_BARE", "CALLS_NOWHERE"])
@pytest.mark.parametrize("failure", list(FAILURES))
def test_one_that_calls_ours_with_the_number_alone(
    reporters: Path, failure: str, kind: str
) -> None:
    check(reporters, f"fault.enable(); library.install(signal.SIGSEGV, {kind}, 0)", failure)


def test_a_registered_signal_that_is_passed_on_with_the_number_alone(reporters: Path) -> None:
    program = """
signal.signal(signal.SIGUSR1, lambda *_: print("python"))
fault.register(signal.SIGUSR1, chain=True)
library.install(signal.SIGUSR1, CALLS_BARE, 0)
signal.raise_signal(signal.SIGUSR1)
"""
    done = child.python("-u", "-c", START + program, reporters, status=0)
    assert done.stdout == "reporter\npython\n"
    assert "<module>" in done.stderr


@pytest.mark.parametrize("failure", list(FAILURES))
def test_one_between_two_of_ours_is_called_once(reporters: Path, failure: str) -> None:
    order = "fault.enable(); library.install(signal.SIGSEGV, PASSES, 0); fault.enable()"
    check(reporters, order, failure)
