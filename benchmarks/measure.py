"""Time two ways of doing the same work, in turn, in one process."""

from __future__ import annotations

import gc
import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Work = "Callable[[], object]"
SHORTEST_ROUND = 0.004  # seconds: far above the clock's resolution


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds for one call of each side: the medians of rounds made in turn."""

    ours: float
    standard: float

    @property
    def ratio(self) -> float:
        """Return our time divided by the standard module's."""
        return self.ours / self.standard


def _loops(work: Callable[[], object]) -> int:
    """Return how many calls take at least SHORTEST_ROUND."""
    loops = 1
    while True:
        start = perf_counter()
        for _ in range(loops):
            work()
        if perf_counter() - start >= SHORTEST_ROUND:
            return loops
        loops *= 2


def _round(work: Callable[[], object], loops: int) -> float:
    """Return the time of one call, by the best of three runs of `loops` calls."""
    best = float("inf")
    for _ in range(3):
        start = perf_counter()
        for _ in range(loops):
            work()
        best = min(best, perf_counter() - start)
    return best / loops


def in_turn(
    ours: Callable[[], object], standard: Callable[[], object], *, rounds: int = 9
) -> Comparison:
    """Measure both, A B A B..., after a warm-up of each."""
    ours()
    standard()
    loops = _loops(ours), _loops(standard)
    times: tuple[list[float], list[float]] = ([], [])
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            times[0].append(_round(ours, loops[0]))
            times[1].append(_round(standard, loops[1]))
    finally:
        if enabled:
            gc.enable()
    return Comparison(statistics.median(times[0]), statistics.median(times[1]))


def once_each(
    prepare: Callable[[], object],
    ours: Callable[[object], object],
    standard: Callable[[object], object],
    *,
    rounds: int = 40,
) -> Comparison:
    """Measure work that can be done only once after each preparation (untimed)."""
    times: tuple[list[float], list[float]] = ([], [])
    enabled = gc.isenabled()
    for number in range(2 * rounds + 4):
        side = number % 2
        thing = prepare()
        gc.collect(0)
        gc.disable()
        start = perf_counter()
        (ours, standard)[side](thing)
        elapsed = perf_counter() - start
        if enabled:
            gc.enable()
        if number >= 4:  # the first rounds of each side include imports
            times[side].append(elapsed)
    return Comparison(statistics.median(times[0]), statistics.median(times[1]))
