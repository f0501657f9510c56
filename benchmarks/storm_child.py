"""A fixed amount of work, while dumps come each millisecond: storm_child.py MODULE HOW ROUNDS LOG.

Print the id of the thread that the parent should send SIGUSR1 to (0: the process), and, when the
work is done, the seconds it took.  HOW is none, watchdog, signal or foreign.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import sys
import threading
import time

WORKERS = 4


def recurse(depth: int) -> int:
    return recurse(depth - 1) + 1 if depth else 0


def generate(depth: int):
    yield depth
    if depth:
        yield from generate(depth - 1)


def raise_deep(depth: int) -> None:
    if depth:
        raise_deep(depth - 1)
    raise KeyError(depth)


def one_round(number: int) -> None:
    """Do one round of work: recursion, generators, new code, an exception, garbage."""
    recurse(100)
    sum(generate(20))
    names: dict[str, object] = {}
    exec(
        compile("def made(x):\n    return [x for _ in range(3)]\nmade(1)", "<made>", "exec"), names
    )
    with contextlib.suppress(KeyError):
        raise_deep(20)
    if number % 20 == 0:
        gc.collect(0)


def work(rounds: int) -> None:
    for number in range(rounds):
        one_round(number)
        if number % 20 == 0:
            short = threading.Thread(target=one_round, args=(1,))
            short.start()
            short.join()


def foreign_thread() -> int:
    """Start a thread that never runs Python, but waits for a lock; return its kernel id."""
    libc = ctypes.CDLL(None)
    lock, thread = ctypes.create_string_buffer(64), ctypes.c_ulong()
    libc.pthread_mutex_lock(lock)
    before = set(os.listdir("/proc/self/task"))
    libc.pthread_create(ctypes.byref(thread), None, libc.pthread_mutex_lock, lock)
    foreign_thread.kept = lock  # type: ignore[attr-defined]
    (new,) = set(os.listdir("/proc/self/task")) - before
    return int(new)


def main() -> None:
    module, how, rounds = importlib.import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open(sys.argv[4], "a") as log:
        if how == "watchdog":
            module.dump_traceback_later(0.001, repeat=True, file=log)
        else:
            module.register(signal.SIGUSR1, log)
        print(foreign_thread() if how == "foreign" else 0, flush=True)
        threads = [threading.Thread(target=work, args=(rounds,)) for _ in range(WORKERS)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(time.perf_counter() - start, flush=True)
        os._exit(0)  # signals still come


if __name__ == "__main__":
    main()
