"""Under a filter of system calls, as sandboxes have, dumps come out and no call is fatal."""

from __future__ import annotations

import platform
import signal

import pytest

from support import child
from support.fault_report import last_report, parse

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of calls on x86-64"),
]

FILTER = """
import ctypes, os, signal, struct, sys, threading, time
import lastwords
from lastwords import faulthandler as fault

CALLS = {"msync": 26, "process_vm_readv": 310, "kcmp": 312}
ALLOW, KILL, EPERM = 0x7FFF0000, 0x80000000, 0x00050001

def forbid(names, answer):
    program = [(0x20, 0, 0, 0)]  # load the number of the call
    for name in names:
        program += [(0x15, 0, 1, CALLS[name]), (0x06, 0, 0, answer)]
    program.append((0x06, 0, 0, ALLOW))
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    lines = ctypes.create_string_buffer(code)
    whole = struct.pack("HxxxxxxP", len(program), ctypes.addressof(lines))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.c_char_p(whole), 0, 0) == 0

def below():
    return stop.wait()
stop = threading.Event()
threading.Thread(target=below, daemon=True).start()
"""
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
    done = child.python("-c", FILTER + code, status=0)
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
    done = child.python("-c", FILTER + code)
    assert done.returncode == -signal.SIGSEGV
    report = last_report(done.stderr)
    assert "fails_here" in report.current.functions
    assert any("below" in thread.functions for thread in report.threads)
