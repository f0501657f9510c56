"""The handlers are switched on and off while other threads dump: nothing dies."""

from __future__ import annotations

import pytest

from support import child

pytestmark = pytest.mark.native

CHURN = """
import os, signal, sys, threading, time
import lastwords
from lastwords import faulthandler as fault
null = open(os.devnull, "w")
stop = False
def recurse(depth):
    return recurse(depth - 1) if depth else [object() for _ in range(3)]
def work():
    while not stop:
        thread = threading.Thread(target=recurse, args=(50,))
        thread.start()
        recurse(30)
        thread.join()
"""
DUMPS = {
    "watchdog": "keep = [lastwords.watchdog(0.0005, repeat=True, file=null) for _ in range(3)]",
    "signal": """
fault.register(signal.SIGUSR1, null)
def send():
    while not stop:
        os.kill(os.getpid(), signal.SIGUSR1)
threading.Thread(target=send).start()
""",
}


@pytest.mark.parametrize("how", list(DUMPS))
def test_enable_and_disable_while_other_threads_dump(how: str) -> None:
    code = f"""
{DUMPS[how]}
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(400):
    fault.enable(null)
    time.sleep(0.001)
    fault.disable()
stop = True
for thread in threads:
    thread.join()
print("lived")
"""
    done = child.python("-c", CHURN + code, status=0)
    assert (done.stdout, done.stderr) == ("lived\n", "")
