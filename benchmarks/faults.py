"""The cost of lastwords.faulthandler and the watchdogs, against the standard faulthandler."""

from __future__ import annotations

import contextlib
import faulthandler as standard
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from measure import Comparison, in_turn
from storms import storms

import lastwords.faulthandler as ours
from lastwords import _backend
from lastwords.watchdog import watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAR = 3600
DEPTH = 99
THREADS, THREAD_DEPTH = 100, 90
OTHERS = 1000
CRASHES = 25  # of each kind; the fastest is taken, as other processes only slow one down
# Many short rounds in turn, and the lower quartiles: other processes then affect both sides alike.
THREAD_ROUNDS, THREAD_STARTS = 200, 25
KIB = 1024


def below(depth: int, work: Callable[[], Any]) -> Any:
    """Call `work` below that many frames."""
    return below(depth - 1, work) if depth > 1 else work()


@contextlib.contextmanager
def many_threads() -> Iterator[None]:
    """Run THREADS threads, of which all but this one wait below THREAD_DEPTH frames."""
    end = threading.Event()
    own = THREAD_DEPTH - 6  # threading's own frames, and those of Event.wait()
    threads = [
        threading.Thread(target=below, args=(own, end.wait), name=f"worker {number}")
        for number in range(THREADS - 1)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join()


def both_targets(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield the targets of dumps: /dev/null and a file."""
    with open(os.devnull, "w") as nowhere, (folder / "dump").open("w") as file:
        yield "/dev/null", nowhere
        yield "a file", file


def dumps(folder: Path) -> Iterator[tuple[str, Comparison]]:
    """Measure dump_traceback() of one thread and of many."""

    def compare(file: Any, depth: int) -> Comparison:
        return below(
            depth,
            lambda: in_turn(
                lambda: ours.dump_traceback(file), lambda: standard.dump_traceback(file)
            ),
        )

    for name, file in both_targets(folder):
        yield f"dump 1 thread × 99 frames to {name}", compare(file, DEPTH)
    with many_threads():
        for name, file in both_targets(folder):
            yield f"dump 100 threads × 90 frames to {name}", compare(file, THREAD_DEPTH)
        with (folder / "dump").open("w+") as file:
            writes = below(THREAD_DEPTH, lambda: _backend.native._dump_text(file.fileno()))  # type: ignore[union-attr]
            allowed = (folder / "dump").stat().st_size / (60 * KIB) + 2
            yield "write(2) calls of 100 threads × 90 frames", Comparison(writes, allowed)


def arm_standard() -> None:
    """Arm and cancel the standard module's only watchdog."""
    standard.dump_traceback_later(FAR)
    standard.cancel_dump_traceback_later()


def arm_ours() -> None:
    """Arm and cancel ours by the same functions."""
    ours.dump_traceback_later(FAR)
    ours.cancel_dump_traceback_later()


def arming(_folder: Path) -> Iterator[tuple[str, Comparison]]:
    """Measure arming and cancelling, alone and beside many other watchdogs."""
    dog = watchdog(FAR)

    def arm_block() -> None:
        with dog:
            pass

    for label, others in (("", 0), (", 1,000 others", OTHERS)):
        kept = [watchdog(FAR + number) for number in range(others)]
        yield f"arm + cancel a watchdog{label}", in_turn(arm_block, arm_standard)
        yield (
            f"make, arm + cancel a watchdog{label}",
            in_turn(lambda: watchdog(FAR).cancel(), arm_standard),
        )
        yield f"dump_traceback_later + cancel{label}", in_turn(arm_ours, arm_standard)
        del kept


def signals(folder: Path) -> Iterator[tuple[str, Comparison]]:
    """Measure the time from SIGUSR1 to the end of the dump."""
    pid = os.getpid()
    for name, file in both_targets(folder):
        ours.register(signal.SIGUSR1, file)
        standard.register(signal.SIGUSR2, file)
        try:
            yield (
                f"SIGUSR1 to dump in {name}",
                below(
                    10,
                    lambda: in_turn(
                        lambda: os.kill(pid, signal.SIGUSR1), lambda: os.kill(pid, signal.SIGUSR2)
                    ),
                ),
            )
        finally:
            ours.unregister(signal.SIGUSR1)
            standard.unregister(signal.SIGUSR2)


CRASH = """
import os, resource, threading, time
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import lastwords.faulthandler, faulthandler
module = {module}
module.enable()
def below(depth, work):
    return below(depth - 1, work) if depth > 1 else work()
def die():
    os.write(1, b"%r" % time.monotonic())
    faulthandler._sigsegv()
end = threading.Event()
for _ in range({threads} - 1):
    threading.Thread(target=below, args=({depth} - 6, end.wait)).start()
below({depth}, die)
"""


def time_of_death(module: str, threads: int, depth: int) -> float:
    """Return the seconds from just before the crash to the end of the process."""
    code = CRASH.format(module=module, threads=threads, depth=depth)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        said = child.stdout.read()  # ends when the process does
        return time.monotonic() - float(said)


def crashes(_folder: Path) -> Iterator[tuple[str, Comparison]]:
    """Measure the time from a crash to the end of the process, with the report written."""
    for threads, depth in ((1, 10), (100, 100)):
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(CRASHES):
            times[0].append(time_of_death("lastwords.faulthandler", threads, depth))
            times[1].append(time_of_death("faulthandler", threads, depth))
        many = f"{threads} threads" if threads > 1 else "1 thread"
        name = f"crash to death, {many} × {depth} frames"
        yield name, Comparison(min(times[0]), min(times[1]))


def threads(_folder: Path) -> Iterator[tuple[str, Comparison]]:
    """Measure a thread's start and end with ours enabled (alternate stacks) and not enabled."""

    def start_and_join() -> None:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()

    times: tuple[list[float], list[float]] = ([], [])
    with open(os.devnull, "w") as nowhere:
        for number in range(2 * THREAD_ROUNDS):
            side = number % 2
            if side == 0:
                ours.enable(nowhere)
            for timed in (False, True):  # the first round fills the pools of stacks again
                start = time.perf_counter()
                for _ in range(THREAD_STARTS):
                    start_and_join()
                if timed:
                    times[side].append((time.perf_counter() - start) / THREAD_STARTS)
            ours.disable()
    yield (
        "thread start + join, handler on against off",
        Comparison(statistics.quantiles(times[0])[0], statistics.quantiles(times[1])[0]),
    )


CASES = {
    "dump": dumps,
    "arm": arming,
    "signal": signals,
    "crash": crashes,
    "threads": threads,
    "storm": storms,
}
