"""Under a filter of system calls, as sandboxes have, dumps come out and no call is fatal."""

from __future__ import annotations

import signal

import pytest

from support import child
from support.fault_report import last_report, parse
from support.system_calls import FILTER, X86_64_ONLY

pytestmark = [pytest.mark.native, X86_64_ONLY]

START = (
    FILTER
    + """
import os, signal, sys, threading, time
import lastwords
from lastwords import faulthandler as fault

CALLS = {"msync": 26, "process_vm_readv": 310, "kcmp": 312}

def forbid(names, answer):
    filter_calls([CALLS[name] for name in names], answer, ALLOW)

def below():
    started.set()
    stop.wait()
started, stop = threading.Event(), threading.Event()
threading.Thread(target=below, daemon=True).start()
started.wait()
"""
)
USES = {  # what may come before the filter, and the dump
    "direct": ("", "fault.dump_traceback()"),
    "signal": ("fault.register(signal.SIGUSR1)", "os.kill(os.getpid(), signal.SIGUSR1)"),
    "watchdog": (
        "long = lastwords.watchdog(3600)",
        "dog = lastwords.watchdog(0.01, repeat=True)\nwhile dog.fired < 2: time.sleep(0.01)",
    ),
}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("how", list(USES))
@pytest.mark.parametrize("answer", ["KILL", "EPERM"])
def test_dumps_come_out(answer: str, how: str, order: str) -> None:
    prepare, dump = USES[how]
    lines = [f"forbid(CALLS, {answer})", prepare]
    code = "\n".join([*(lines if order == "before" else lines[::-1]), dump, "os._exit(0)"])
    done = child.python("-c", START + code, status=0)
    text = done.stderr
    if how == "watchdog":  # the next one may be cut by the end
        text = "Timeout" + text.split("Timeout")[1]
    functions = [name for thread in parse(text).threads for name in thread.functions]
    assert {"below", "<module>"} <= set(functions)


@pytest.mark.parametrize("answer", ["KILL", "EPERM"])
def test_a_failure_is_reported(answer: str) -> None:
    code = f"""
forbid(CALLS, {answer})
fault.enable()
def fails_here():
    ctypes.string_at(8)
fails_here()
"""
    done = child.python("-c", START + code)
    assert done.returncode == -signal.SIGSEGV
    report = last_report(done.stderr)
    assert "fails_here" in report.current.functions
    assert any("below" in thread.functions for thread in report.threads)
