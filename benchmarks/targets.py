"""The targets: the part of the standard module's cost that ours may have."""

from __future__ import annotations

import sys
from fractions import Fraction

# name -> (from 3.13 on, on 3.11 and 3.12); None if there is no target.
TARGETS: dict[str, tuple[Fraction | None, Fraction | None]] = {
    "capture, 20 frames": (Fraction(1, 25), None),
    "capture, 200 frames": (Fraction(1, 25), None),
    "hot format, 1 frame": (Fraction(1, 15), Fraction(1, 10)),
    "hot format, 20 frames": (Fraction(1, 100), Fraction(1, 50)),
    "hot format, 200 frames": (Fraction(1, 300), Fraction(1, 100)),
    "hot format in colour, 20 frames": (Fraction(1, 50), None),
    "cold, 4 frames in 1 file": (Fraction(1, 6), Fraction(1, 2)),
    "cold, 8 frames in 3 files": (Fraction(1, 6), Fraction(1, 2)),
    "cold, 12 frames in 5 files": (Fraction(1, 6), Fraction(1, 2)),
    "RecursionError, 1,000 frames": (Fraction(1, 300), None),
    "mutual recursion, 1,000 frames": (Fraction(1, 50), None),
    "chain of 5": (Fraction(1, 30), None),
    "group of 10 x 5 frames": (Fraction(1, 20), None),
    "group of 50,000": (Fraction(1), Fraction(1)),
    "NameError with suggestions": (Fraction(1, 4), None),
    "logger.exception, 20 frames": (Fraction(1, 15), None),
    "memory of a capture, 20 frames": (Fraction(1), Fraction(1)),
    "import": (Fraction(1, 4), Fraction(1, 4)),
    "dump 1 thread × 99 frames to /dev/null": (Fraction(1, 40), Fraction(1, 40)),
    "dump 1 thread × 99 frames to a file": (Fraction(1, 80), Fraction(1, 80)),
    "dump 100 threads × 90 frames to /dev/null": (Fraction(1, 80), Fraction(1, 80)),
    "dump 100 threads × 90 frames to a file": (Fraction(1, 150), Fraction(1, 150)),
    "write(2) calls of 100 threads × 90 frames": (Fraction(1), Fraction(1)),
    "arm + cancel a watchdog": (Fraction(1, 100), Fraction(1, 100)),
    "arm + cancel a watchdog, 1,000 others": (Fraction(1, 100), Fraction(1, 100)),
    "SIGUSR1 to dump in /dev/null": (Fraction(1, 3), Fraction(1, 3)),
    "SIGUSR1 to dump in a file": (Fraction(1, 3), Fraction(1, 3)),
    "crash to death, 1 thread × 10 frames": (Fraction(1), Fraction(1)),
    "crash to death, 100 threads × 100 frames": (Fraction(1, 10), Fraction(1, 10)),
    "thread start + join, handler on against off": (Fraction(105, 100), Fraction(105, 100)),
}
# The standard module prints the threads' names from here on, and so do we.
SINCE_3_14: dict[str, Fraction] = {
    "dump 100 threads × 90 frames to /dev/null": Fraction(1, 50),
    "dump 100 threads × 90 frames to a file": Fraction(1, 100),
}
SINCE_3_15: dict[str, Fraction] = {"ModuleNotFoundError, capture": Fraction(1, 50)}


def target(name: str, version: tuple[int, int] = sys.version_info[:2]) -> Fraction | None:
    """Return the target for a case on this version; in a name, `: ` precedes the variant."""
    case = name.partition(": ")[0]
    if case in SINCE_3_15:
        return SINCE_3_15[case] if version >= (3, 15) else None
    if case in SINCE_3_14 and version >= (3, 14):
        return SINCE_3_14[case]
    return TARGETS.get(case, (None, None))[version < (3, 13)]
