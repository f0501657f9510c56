"""Costs besides time: the import, the memory of a capture, memory that never comes back."""

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
    """Seconds that the import takes in a fresh interpreter, medians of runs made in turn."""
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
        del found[0]  # that run may have had to compile
    return Comparison(*(statistics.median(found) for found in times.values()))


def retained(module: Any, exc: BaseException, count: int = 50) -> float:
    """Bytes that one captured exception keeps, measured over `count` of them."""
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
    """Bytes kept by the capture of 20 frames."""
    exc = workloads.Project(folder, 20, 4).run()
    return Comparison(retained(ours, exc), retained(standard, exc))


def resident() -> int:
    """Bytes of this process in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


SOURCE = "def fail():\n    raise ValueError({number})\n\nfail()\n"


def churn(count: int) -> None:
    """Compile, raise in, format and drop so many functions."""
    for number in range(count):
        code = compile(SOURCE.format(number=number), f"<churn {number % 7}>", "exec")
        ours.format_exception(workloads.failure(lambda c=code: exec(c, {})))


def leak(count: int = 100_000) -> tuple[int, int]:
    """Bytes more after `count` functions were compiled, raised in and dropped: traced, resident."""
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
