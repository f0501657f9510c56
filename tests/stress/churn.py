"""A healthy program under load and constant dumps: churn.py HOW SECONDS LOG.

Threads start, end, recurse, compile and drop code, run generators, raise, and collect garbage.  It
ends with status 0 and prints how much work was done.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time

import lastwords.faulthandler as fault
from lastwords.watchdog import watchdog

HOW, SECONDS, LOG = sys.argv[1], float(sys.argv[2]), sys.argv[3]
END = time.monotonic() + SECONDS
done = [0] * 8


def recurse(depth: int) -> int:
    return recurse(depth - 1) + 1 if depth else 0


def generate(depth: int):
    yield depth
    if depth:
        yield from generate(depth - 1)


def compile_and_drop(number: int) -> None:
    names: dict[str, object] = {}
    source = f"def made_{number}(x):\n    return [x for _ in range(3)]\nmade_{number}({number})"
    exec(compile(source, f"<made {number} é>", "exec"), names)  # noqa: S102


def raise_deep(depth: int) -> None:
    try:
        if depth:
            raise_deep(depth - 1)
        raise KeyError(depth)
    except KeyError as error:
        raise ValueError(depth) from error


def one_round(number: int) -> None:
    recurse(number % 150)
    sum(generate(number % 40))
    compile_and_drop(number)
    with contextlib.suppress(ValueError):
        raise_deep(10)
    if number % 20 == 0:
        gc.collect(0)


def work(index: int) -> None:
    number = 0
    while time.monotonic() < END:
        number += 1
        one_round(number)
        done[index] += 1
        if number % 5 == 0:
            short = threading.Thread(target=one_round, args=(number,))
            short.start()
            short.join()


def send_signals() -> None:
    while time.monotonic() < END:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.001)


def send_to_foreign_thread() -> None:
    """To a thread that never runs Python: it waits for a lock for ever, and is asked for dumps."""
    libc = ctypes.CDLL(None)
    libc.calloc.restype = ctypes.c_void_p
    lock = ctypes.c_void_p(libc.calloc(1, 64))  # never freed: the thread looks at it to the end
    thread = ctypes.c_ulong()
    libc.pthread_mutex_lock(lock)
    libc.pthread_create(ctypes.byref(thread), None, libc.pthread_mutex_lock, lock)
    while time.monotonic() < END:
        libc.pthread_kill(thread, signal.SIGUSR1)
        time.sleep(0.001)


SENDERS = {"signal": send_signals, "foreign": send_to_foreign_thread}


def main() -> None:
    log = open(LOG, "a")  # noqa: SIM115  (kept to the end)
    if os.environ.get("CHURN_ENABLE"):
        fault.enable(log)
    dog = watchdog(0.001, repeat=True, file=log) if HOW == "watchdog" else None
    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    if HOW in SENDERS:
        fault.register(signal.SIGUSR1, log)
        threads.append(threading.Thread(target=SENDERS[HOW]))
    for thread in threads:
        thread.start()
    while HOW == "direct" and time.monotonic() < END:
        fault.dump_traceback(log)
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    if dog:
        dog.cancel()
    print(sum(done))


main()
