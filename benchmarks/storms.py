"""The cost of frequent dumps for the dumped program: the same work with and without them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator

CHILD = Path(__file__).with_name("storm_child.py")
ROUNDS = 1500
RUNS = 5
MILLISECOND = 0.001
WAYS = {
    "watchdog": "a watchdog each 1 ms",
    "signal": "SIGUSR1 at 1 kHz",
    "foreign": "SIGUSR1 at 1 kHz on a thread without Python",
}


def seconds_of_work(module: str, how: str, log: Path) -> float | None:
    """Return how long the child worked, or None if it died."""
    number = 0 if how in {"none", "watchdog"} else signal.SIGUSR1  # 0 sends no signal
    libc = ctypes.CDLL(None)
    with subprocess.Popen(
        [sys.executable, str(CHILD), module, how, str(ROUNDS), str(log)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        thread = int(child.stdout.readline() or 0)
        while child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                if thread:
                    libc.tgkill(child.pid, thread, number)
                else:
                    os.kill(child.pid, number)
            time.sleep(MILLISECOND)
        said = child.stdout.read()
    log.unlink(missing_ok=True)
    return float(said) if child.returncode == 0 and said else None


def storms(folder: Path) -> Iterator[tuple[str, Comparison]]:
    """Compare the work under a storm with the work without, for ours and the standard module."""
    modules = {"": "lastwords.faulthandler", ", standard module": "faulthandler"}
    kinds = [(label, module, how) for how in WAYS for label, module in modules.items()]
    log = folder / "storm.log"
    found: dict[tuple[str, str], list[float | None]] = {}
    calm: list[float | None] = []
    for _ in range(RUNS):  # in turn, so that other processes affect all alike
        calm.append(seconds_of_work("lastwords.faulthandler", "none", log))
        for label, module, how in kinds:
            found.setdefault((label, how), []).append(seconds_of_work(module, how, log))
    base = min(seconds for seconds in calm if seconds)
    for (label, how), times in found.items():
        lived = [seconds for seconds in times if seconds is not None]
        name = f"work under {WAYS[how]}{label}"
        if len(lived) < RUNS:
            print(f"{name}: died in {RUNS - len(lived)} of {RUNS} runs", flush=True)
        if lived:
            yield name, Comparison(min(lived), base)
