"""Costs of imports and of memory: the import, the memory of a capture, leaks."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import traceback as standard
import tracemalloc
from typing import TYPE_CHECKING, Any

import workloads
from measure import Comparison

import lastwords.traceback as ours

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = "from time import perf_counter as t; a = t(); import {name}; b = t(); print(b - a)"


def import_time(rounds: int = 15) -> Comparison:
    """Return the seconds of an import in a fresh interpreter: medians of runs in turn."""
    times: dict[str, list[float]] = {"lastwords.traceback": [], "traceback": []}
    # Both come compiled, as an installer leaves them.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(rounds + 1):
        for name, found in times.items():
            done = subprocess.run(
                [sys.executable, "-c", IMPORT.format(name=name)],
                capture_output=True,
                text=True,
                check=True,
                env=environment,
            )
            found.append(float(done.stdout))
    for found in times.values():
        del found[0]  # the first run may have compiled
    return Comparison(*(statistics.median(found) for found in times.values()))


def retained(module: Any, exc: BaseException, count: int = 50) -> float:
    """Return the bytes that one captured exception keeps, measured over `count` of them."""
    kept: list[object] = [module.TracebackException.from_exception(exc) for _ in range(3)]
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept += [module.TracebackException.from_exception(exc) for _ in range(count)]
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / count
    finally:
        tracemalloc.stop()


def capture_memory(folder: Path) -> Comparison:
    """Return the bytes that a capture of 20 frames keeps."""
    exc = workloads.Project(folder, 20, 4).run()
    return Comparison(retained(ours, exc), retained(standard, exc))


def resident() -> int:
    """Return the bytes of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


SOURCE = "def fail():\n    raise ValueError({number})\n\nfail()\n"


def churn(count: int) -> None:
    """Compile functions, format an exception of each, and drop them."""
    for number in range(count):
        code = compile(SOURCE.format(number=number), f"<churn {number % 7}>", "exec")
        ours.format_exception(workloads.failure(lambda c=code: exec(c, {})))


def leak(count: int = 100_000) -> tuple[int, int]:
    """Return the growth in bytes, (traced, resident), after `count` functions came and went."""
    churn(2000)
    gc.collect()
    resident_before = resident()
    churn(count)
    gc.collect()
    resident_after = resident()
    tracemalloc.start()
    try:
        churn(200)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        churn(count // 10)
        gc.collect()
        traced = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return traced, resident_after - resident_before
