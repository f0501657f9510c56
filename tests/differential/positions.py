"""Every position that the compiler records for the standard library, drawn by both modules.

    python positions.py --all                      all distinct positions (minutes)
    python positions.py --sample 20000 --seed 1    a sample of the positions
    python positions.py --all --reference          against our own slow way, on any version

For each code object of every module under the interpreter's library directory, and for each
distinct (line, end line, column, end column) of its instructions, the text under the frame's header
is made by the standard `traceback` of CPython 3.15 and by `lastwords.traceback`; plain and, with
`--color`, coloured.  Prints the differing positions and a count; exits by 1 if there are any.
"""

from __future__ import annotations

import argparse
import random
import sys
import sysconfig
import traceback
import warnings
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import lastwords.traceback
from lastwords import anchors, excerpt, theme, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# (line, end line, column, end column), lines counted from 1, columns in bytes of UTF-8
Position = tuple[int, int, int, int]


class Frame:
    """As much of a FrameSummary as is drawn."""

    __slots__ = ("_dedented_lines", "_original_lines", "colno", "end_colno", "end_lineno", "lineno")

    def __init__(self, text: str, position: Position) -> None:
        self.lineno, self.end_lineno, self.colno, self.end_colno = position
        self._original_lines = text
        self._dedented_lines = width.dedent(text)

    @property
    def line(self) -> str:
        return self._original_lines.partition("\n")[0].strip()


def sources() -> list[Path]:
    """Return the library's own Python files (not what was installed beside it), in order."""
    root = Path(sysconfig.get_path("stdlib"))
    return sorted(
        path
        for path in root.rglob("*.py")
        if "site-packages" not in path.parts and "dist-packages" not in path.parts
    )


def positions_of(code: CodeType, found: set[Position]) -> int:
    """Add the distinct complete positions of `code` and the code in it; return how many in all."""
    total = 0
    for line, end_line, column, end_column in code.co_positions():
        total += 1
        if None not in (line, end_line, column, end_column):
            found.add((line, end_line, column, end_column))  # type: ignore[arg-type]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            total += positions_of(constant, found)
    return total


def compiled(path: Path) -> tuple[CodeType, list[str]] | None:
    """Compile a file; None for those that are broken on purpose."""
    import tokenize

    try:
        with tokenize.open(path) as file:
            source = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(source, str(path), "exec", dont_inherit=True), source.split("\n")
    except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError, MemoryError):
        return None


def by_standard_module(text: str, position: Position, *, colored: bool) -> str:
    """Draw by the standard module: what it prints under the header."""
    line, end_line, column, end_column = position
    frame = traceback.FrameSummary(
        "f", line, "n", line=text, end_lineno=end_line, colno=column, end_colno=end_column
    )
    shown: str = traceback.StackSummary().format_frame_summary(frame, colorize=colored)
    return shown.partition("\n")[2]


def by_reference(text: str, position: Position, *, colored: bool) -> str:
    """Draw by our own slow way, which asks the interpreter's parser."""
    colors = theme._safe_get_theme(force_color=True).traceback if colored else None
    quick, anchors._places = anchors._places, anchors._exact_places
    try:
        return excerpt.draw_exactly(
            Frame(text, position), anchors.should_show_carets_exactly, colors
        )
    finally:
        anchors._places = quick


def by_us(text: str, position: Position, *, colored: bool) -> str:
    """Draw as the drop-in module does."""
    line, end_line, column, end_column = position
    frame = lastwords.traceback.FrameSummary(
        "f", line, "n", line=text, end_lineno=end_line, colno=column, end_colno=end_column
    )
    shown: str = lastwords.traceback.StackSummary().format_frame_summary(frame, colorize=colored)
    return shown.partition("\n")[2]


def cases(arguments: argparse.Namespace) -> Iterator[tuple[Path, str, Position]]:
    """Yield file, source text and position of what is to be compared."""
    paths = sources()
    chance = random.Random(arguments.seed)
    if arguments.sample:
        chance.shuffle(paths)
    left = arguments.sample
    for path in paths:
        unit = compiled(path)
        if unit is None:
            continue
        code, lines = unit
        found: set[Position] = set()
        arguments.total += positions_of(code, found)
        some = sorted(found)
        if arguments.sample:
            some = chance.sample(some, min(len(some), max(20, arguments.sample // 50)))
        for position in some:
            text = "".join([f"{line.rstrip()}\n" for line in lines[position[0] - 1 : position[1]]])
            yield path, text, position
            left -= 1
            if left == 0:
                return


def compare(arguments: argparse.Namespace, standard: Callable[..., str]) -> int:
    """Draw all cases by both; print what differs; return how many do."""
    differing = compared = 0
    colors = (False, True) if arguments.color else (False,)
    for path, text, position in cases(arguments):
        compared += 1
        for colored in colors:
            expected: Any = standard(text, position, colored=colored)
            drawn = by_us(text, position, colored=colored)
            if drawn != expected:
                differing += 1
                print(f"{path}:{position}\nexpected:\n{expected}drawn:\n{drawn}")
    print(f"{arguments.total} positions seen, {compared} compared, {differing} differing")
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--all", action="store_true", help="compare every distinct position")
    size.add_argument("--sample", type=int, default=0, help="compare that many positions")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--color", action="store_true", help="compare the coloured text too")
    parser.add_argument("--reference", action="store_true", help="compare with our own slow way")
    arguments = parser.parse_args(namespace=argparse.Namespace(total=0))
    if not arguments.reference and sys.version_info < (3, 15):
        parser.error("older interpreters have older rules: use --reference")
    return (
        1 if compare(arguments, by_reference if arguments.reference else by_standard_module) else 0
    )


if __name__ == "__main__":
    sys.exit(main())
