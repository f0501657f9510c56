"""A program that crashes as its arguments say: victim.py KIND CONTEXT [SPOIL].

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

import crashext

import lastwords._native
import lastwords.faulthandler

KIND = sys.argv[1]
CONTEXT = sys.argv[2]
SPOIL = sys.argv[3] if len(sys.argv) > 3 else "nothing"
FOREVER = 60
LITTLE_STACK = 64 * 1024
together = threading.Barrier(2)


def crash_here() -> None:
    if CONTEXT == "two_python_threads":
        together.wait()
    if KIND == "python_recursion":
        recurse_through_c()
    elif KIND == "deep_json":
        crashext.shrink_stack(LITTLE_STACK)
        json.loads("[" * 1_000_000)
    elif KIND == "deep_regex":  # what checks a compiled pattern recurses in C
        crashext.shrink_stack(LITTLE_STACK)
        re.compile("(?:" * 2000 + "ab" + "|c)*" * 2000)
    elif KIND == "replacing":
        crashext.shrink_stack(LITTLE_STACK)
        replace()
    elif CONTEXT in {"without_gil", "two_python_threads"}:
        crashext.crash_without_gil(KIND)
    else:
        crashext.crash(KIND)


def replace(_match: object = None) -> str:
    return re.sub("a", replace, "a")


def recurse_through_c() -> None:
    crashext.call_with_large_frame(recurse_through_c)


def spoil_and_crash() -> None:
    if SPOIL == "filename":
        crashext.spoil_filename(spoil_and_crash.__code__)
    elif SPOIL == "frame_chain":
        crashext.spoil_frame_chain(sys._getframe())
    elif SPOIL == "code":
        crashext.spoil_code_and_crash(sys._getframe(), KIND)
    elif SPOIL == "thread_list":
        crashext.spoil_thread_list()
    elif SPOIL == "loader_lock":
        threading.Thread(
            target=crashext.open_slowly, args=(os.environ["CRASHEXT_SLOW"],), daemon=True
        ).start()
        time.sleep(0.3)
    elif SPOIL == "malloc_lock":
        crashext.hold_malloc_lock()
    elif SPOIL == "many_threads":
        for _ in range(150):
            threading.Thread(target=time.sleep, args=(FOREVER,), daemon=True).start()
    elif SPOIL.startswith("forbid_"):
        crashext.forbid(SPOIL[7:])
    elif SPOIL.startswith("step_"):
        step, how = SPOIL[5:].split("_")
        lastwords._native.fault._break_step(int(step), how)
    crash_here()


class Collected:
    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        spoil_and_crash()


ENABLED = threading.Event()


def wait_and_crash() -> None:
    ENABLED.wait()
    spoil_and_crash()


def start_early() -> None:
    """Start threads that run before the handler is enabled."""
    if CONTEXT == "early_thread":
        threading.Thread(target=wait_and_crash, name="worker").start()
    elif CONTEXT == "early_native_thread":
        threading.Thread(target=crashext.call_in_native_thread, args=(wait_and_crash,)).start()
    time.sleep(0.1)  # so that the native one is where it waits


def run() -> None:
    sys.setrecursionlimit(10**6)
    ENABLED.set()
    if CONTEXT == "thread":
        thread = threading.Thread(target=spoil_and_crash, name="worker")
        thread.start()
        thread.join()
    elif CONTEXT == "bare_thread":
        _thread.start_new_thread(spoil_and_crash, ())
        time.sleep(FOREVER)
    elif CONTEXT.startswith("early_"):
        time.sleep(FOREVER)
    elif CONTEXT == "native_thread":
        crashext.crash_in_native_thread(KIND)
    elif CONTEXT == "native_thread_python":
        crashext.call_in_native_thread(spoil_and_crash)
    elif CONTEXT == "two_threads":
        crashext.crash_in_two_threads(KIND)
    elif CONTEXT == "two_python_threads":
        threading.Thread(target=spoil_and_crash, name="worker").start()
        spoil_and_crash()
    elif CONTEXT == "collecting":
        Collected()
        gc.collect()
    elif CONTEXT == "import":
        import victim_module  # noqa: F401
    elif CONTEXT == "finalised":
        crashext.crash_at_exit(KIND)
    elif CONTEXT == "fork":
        child = os.fork()
        if child == 0:
            spoil_and_crash()
        _, status = os.waitpid(child, 0)
        os._exit(100 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else 1)
    else:
        spoil_and_crash()


if __name__ == "__main__":
    if SPOIL == "earlier_handler":
        for signum in (6, 7, 8, 11):
            crashext.install_handler(signum)
    if CONTEXT.startswith("early_"):
        start_early()
    lastwords.faulthandler.enable(record=os.environ.get("VICTIM_RECORD"))
    run()
