"""The rooms of src/native, as CMakeLists.txt lists them.

Run as a program, it checks each file's includes against the order of the rooms and for circles, and
file names against one another (tests compile several rooms into one directory):

    python tools/native_rooms.py
"""

from __future__ import annotations

import platform
import re
import sys
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "src" / "native"
SIBLINGS = (frozenset({"record", "watchdog"}), frozenset({"fault", "watchdog"}),
            frozenset({"excerpt", "suggest"}))  # fmt: skip
"""Rooms that may not include from one another, in either order."""


def _build_lists() -> str:
    """Return the build's text without the branch for other machines than this one."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    condition, rest = re.split(
        r"^if\(CMAKE_SYSTEM_PROCESSOR.*\n", text, maxsplit=1, flags=re.MULTILINE
    )
    branches, rest = re.split(r"^endif\(\)\n", rest, maxsplit=1, flags=re.MULTILINE)
    x86_64, other = re.split(r"^else\(\)\n", branches, maxsplit=1, flags=re.MULTILINE)
    here = x86_64 if platform.machine() in {"x86_64", "AMD64"} else other
    return condition + here + rest


def rooms() -> list[str]:
    """Return the names of the rooms, the ground floor first."""
    found = re.search(r"set\(LASTWORDS_ROOMS ([^)]*)\)", _build_lists())
    assert found is not None, "CMakeLists.txt has no LASTWORDS_ROOMS"
    return found[1].split()


def sources(context: str, *chosen: str) -> list[Path]:
    """Return the files of one context (HANDLER, THREAD or PYTHON), in all rooms or the chosen."""
    text = _build_lists()
    return [
        NATIVE / room / name
        for room in chosen or rooms()
        for names in re.findall(rf"\((?:APPEND )?{room}_{context} ([^)]*)\)", text)
        for name in names.split()
    ]


def circle() -> list[str]:
    """Return the files of a circle of includes, if any; a source and its header count as one."""
    includes: dict[str, set[str]] = {}
    for path in NATIVE.rglob("*.[ch]"):
        part = f"{path.parent.name}/{path.stem}"
        named = re.findall(r'#include "([\w/]+)\.h"', path.read_text(encoding="utf-8"))
        includes.setdefault(part, set()).update(set(named) - {part})
    try:
        TopologicalSorter(includes).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def wrong_includes() -> list[str]:
    """Return one line for each include from a room above or from a sibling."""
    floor = {room: number for number, room in enumerate(rooms())}
    wrong = []
    for path in sorted(NATIVE.rglob("*.[ch]")):
        room = path.parent.name
        for line in re.findall(r'#include "([\w/]+\.h)"', path.read_text(encoding="utf-8")):
            other = line.partition("/")[0]
            if other in floor and (floor[other] > floor[room] or {room, other} in SIBLINGS):
                wrong.append(f"{path.relative_to(ROOT)} includes {line}")
    return wrong


def repeated_names() -> list[str]:
    """Return one line for each file name that two rooms have."""
    names = Counter(path.name for path in NATIVE.rglob("*.[ch]"))
    return [f"{name} is in {count} rooms" for name, count in names.items() if count > 1]


def main() -> int:
    """Print what breaks the order, a circle, and repeated names; return 1 if there is any."""
    wrong = wrong_includes() + repeated_names()
    if found := circle():
        wrong.append("circle: " + " includes ".join(found))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
