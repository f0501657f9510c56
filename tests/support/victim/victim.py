"""A program that crashes as its arguments say: victim.py KIND CONTEXT [SPOIL[:DETAIL...]].

The crash happens below the function `crash_here`, which the tests look for in the report.
"""

from __future__ import annotations

import _thread
import gc
import json
import os
import re
import sys
import threading
import time
from functools import partial

import crashext

import lastwords._native
import lastwords.faulthandler

KIND = sys.argv[1]
CONTEXT = sys.argv[2]
SPOIL, *DETAILS = sys.argv[3].split(":") if len(sys.argv) > 3 else ["nothing"]
FOREVER = 60
LITTLE_STACK = 64 * 1024
together = threading.Barrier(2)
enabled = threading.Event()


# Kinds of crashes: those that start in Python are here, all others are the extension's.


def recurse_through_c() -> None:
    crashext.call_with_large_frame(recurse_through_c)


def load_deep_json() -> None:
    crashext.shrink_stack(LITTLE_STACK)
    json.loads("[" * 1_000_000)


def compile_deep_regex() -> None:
    """Overflow the stack in C: what checks a compiled pattern recurses there."""
    crashext.shrink_stack(LITTLE_STACK)
    re.compile("(?:" * 2000 + "ab" + "|c)*" * 2000)


def replace(_match: object = None) -> str:
    return re.sub("a", replace, "a")


def replace_in_replacement() -> None:
    crashext.shrink_stack(LITTLE_STACK)
    replace()


KINDS_IN_PYTHON = {
    "python_recursion": recurse_through_c,
    "deep_json": load_deep_json,
    "deep_regex": compile_deep_regex,
    "replacing": replace_in_replacement,
}


def crash_here() -> None:
    if CONTEXT == "two_python_threads":
        together.wait()
    if KIND in KINDS_IN_PYTHON:
        KINDS_IN_PYTHON[KIND]()
    elif CONTEXT in {"without_gil", "two_python_threads"}:
        crashext.crash_without_gil(KIND)
    else:
        crashext.crash(KIND)


# What else is wrong.


def hold_loader_lock() -> None:
    library = os.environ["CRASHEXT_SLOW"]
    threading.Thread(target=crashext.open_slowly, args=(library,), daemon=True).start()
    time.sleep(0.3)


def start_many_threads() -> None:
    for _ in range(150):
        threading.Thread(target=time.sleep, args=(FOREVER,), daemon=True).start()


SPOILS = {
    "nothing": lambda: None,
    "earlier_handler": lambda: None,  # it was installed before ours
    "filename": lambda: crashext.spoil_filename(spoil_and_crash.__code__),
    "frame_chain": crashext.spoil_frame_chain,  # of the frame that calls this
    "code": partial(crashext.spoil_code_and_crash, KIND),  # the same
    "thread_list": crashext.spoil_thread_list,
    "loader_lock": hold_loader_lock,
    "malloc_lock": crashext.hold_malloc_lock,
    "many_threads": start_many_threads,
    "forbid": crashext.forbid,
    "step": lambda step, how: lastwords._native.fault._break_step(int(step), how),
}


def spoil_and_crash() -> None:
    SPOILS[SPOIL](*DETAILS)
    crash_here()


# Where it crashes.


def crash_in_thread() -> None:
    thread = threading.Thread(target=spoil_and_crash, name="worker")
    thread.start()
    thread.join()


def crash_in_bare_thread() -> None:
    _thread.start_new_thread(spoil_and_crash, ())
    time.sleep(FOREVER)


def wait_for_early_thread() -> None:
    time.sleep(FOREVER)


def crash_in_two_python_threads() -> None:
    threading.Thread(target=spoil_and_crash, name="worker").start()
    spoil_and_crash()


class Collected:
    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        spoil_and_crash()


def crash_in_collection() -> None:
    Collected()
    gc.collect()


def crash_in_import() -> None:
    import victim_module  # noqa: F401


def crash_in_fork() -> None:
    child = os.fork()
    if child == 0:
        spoil_and_crash()
    _, status = os.waitpid(child, 0)
    os._exit(100 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else 1)


CONTEXTS = {
    "main": spoil_and_crash,
    "without_gil": spoil_and_crash,
    "thread": crash_in_thread,
    "bare_thread": crash_in_bare_thread,
    "early_thread": wait_for_early_thread,
    "early_native_thread": wait_for_early_thread,
    "native_thread": lambda: crashext.crash_in_native_thread(KIND),
    "native_thread_python": lambda: crashext.call_in_native_thread(spoil_and_crash),
    "two_threads": lambda: crashext.crash_in_two_threads(KIND),
    "two_python_threads": crash_in_two_python_threads,
    "collecting": crash_in_collection,
    "import": crash_in_import,
    "finalised": lambda: crashext.crash_at_exit(KIND),
    "fork": crash_in_fork,
}


# Threads that run before the handler is enabled.


def wait_and_crash() -> None:
    enabled.wait()
    spoil_and_crash()


def start_early_thread() -> None:
    threading.Thread(target=wait_and_crash, name="worker").start()


def start_early_native_thread() -> None:
    threading.Thread(target=crashext.call_in_native_thread, args=(wait_and_crash,)).start()


EARLY = {"early_thread": start_early_thread, "early_native_thread": start_early_native_thread}


if __name__ == "__main__":
    if SPOIL == "earlier_handler":
        for signum in (6, 7, 8, 11):
            crashext.install_handler(signum)
    if CONTEXT in EARLY:
        EARLY[CONTEXT]()
        time.sleep(0.1)  # so that the native one is where it waits
    lastwords.faulthandler.enable(record=os.environ.get("VICTIM_RECORD"))
    sys.setrecursionlimit(10**6)
    enabled.set()
    CONTEXTS[CONTEXT]()
