"""One Ctrl-C ends a program that does nothing but log errors."""

from __future__ import annotations

import signal
import sys
import time

import pytest

from support import child

PROGRAM = """
import logging, os
logging.basicConfig(stream=open(os.devnull, "w"))
class Shop:
    stock = 1
def sell():
    try:
        Shop().stok
    except Exception:
        logging.exception("said")
for _ in range(3): sell()
print("ready", flush=True)
while True: sell()
"""


@pytest.mark.parametrize("options", [[], ["--traceback"], ["--style", "plus"]])
def test_an_interrupt_ends_it(options, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "lastwords", "run", *options, "program.py"]
    for turn in range(6):
        with child.start(*command, cwd=tmp_path) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(turn * 0.0037)  # at another place each time
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=child.TIME_LIMIT)
        assert process.returncode == -signal.SIGINT, errors
        assert errors.rstrip().endswith("KeyboardInterrupt")
