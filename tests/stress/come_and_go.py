"""Interpreters that come and go on several threads under dumps: come_and_go.py HOW SECONDS LOG.

Each has a lock of its own (CPython 3.12 and later), so that none of them waits while a dump is made.
Ends with status 0 and prints how many there were.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import sys
import threading
import time

import lastwords.faulthandler as fault
from lastwords.watchdog import watchdog

HOW, SECONDS, LOG = sys.argv[1], float(sys.argv[2]), sys.argv[3]
END = time.monotonic() + SECONDS
WAYS = ("_interpreters", "_xxsubinterpreters")  # what it is called, and was called until 3.12
low = importlib.import_module(next(filter(importlib.util.find_spec, WAYS)))
WORK = """
def below(depth):
    return below(depth - 1) if depth else sum(i for i in range(3000))
for _ in range(20):
    below(30)
"""
done = [0] * 3


def work(index: int) -> None:
    while time.monotonic() < END:
        number = low.create()
        low.run_string(number, WORK)
        low.destroy(number)
        done[index] += 1


def main() -> None:
    log = open(LOG, "a")  # noqa: SIM115  (kept to the end)
    if os.environ.get("CHURN_ENABLE"):
        fault.enable(log)
    dog = watchdog(0.001, repeat=True, file=log) if HOW == "watchdog" else None
    if HOW == "signal":
        fault.register(signal.SIGUSR1, log)
    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(done))]
    for thread in threads:
        thread.start()
    while time.monotonic() < END:
        if HOW == "signal":
            os.kill(os.getpid(), signal.SIGUSR1)
        elif HOW == "direct":
            fault.dump_traceback(log)
        time.sleep(0.001)
    for thread in threads:
        thread.join()
    if dog:
        dog.cancel()
    print(sum(done))


main()
