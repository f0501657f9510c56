"""Every position that the compiler records for the standard library, drawn by both modules.

    python tests/support/positions.py --all --color              all distinct positions (about ten minutes)
    python tests/support/positions.py --sample 20000 --seed 1    a sample of the positions
    python tests/support/positions.py --all --reference          against our full drawing, on any version

For each code object of every module under the interpreter's library directory, and for each
distinct (text of the lines, column, end column) of its instructions, the text under the frame's
header is made by the standard `traceback` and by `lastwords.traceback`; plain and, with `--color`,
coloured.  Prints the differing positions and a count; exits by 1 if there are any.

The standard module takes most of the time.  `--answers FILE` keeps digests of its texts, so that a
second run (of the package without its extension) calls it only for texts that differ.

On 3.15 the standard module is the measure.  The rules of 3.13's and 3.14's are the same for ASCII
text, and no colours are compared there.
"""

from __future__ import annotations

import argparse
import array
import random
import sys
import sysconfig
import time
import traceback
import warnings
import zlib
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

import lastwords.traceback
from lastwords import _theme as theme
from lastwords._excerpt import carets as anchors
from lastwords._excerpt import drawing as excerpt
from lastwords._excerpt import width

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
    options = {"colorize": True} if colored else {}
    shown: str = traceback.StackSummary().format_frame_summary(frame, **options)
    return shown.partition("\n")[2]


def by_reference(text: str, position: Position, *, colored: bool) -> str:
    """Draw by our own slow way, which asks the interpreter's parser."""
    colors = theme._safe_get_theme(force_color=True).traceback if colored else None
    quick, anchors._places = anchors._places, anchors._places_by_tree
    try:
        return excerpt.draw_in_full(
            Frame(text, position), anchors.should_show_carets_by_tree, colors
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
    """Yield file, source text and position of what is to be compared: each look of it once."""
    paths = sources()
    chance = random.Random(arguments.seed)
    if arguments.sample:
        chance.shuffle(paths)
    left = arguments.sample
    seen: set[int] = set()
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
            look = hash((text, position[1] - position[0], *position[2:]))
            if look in seen or (arguments.ascii and not text.isascii()):
                continue
            seen.add(look)
            yield path, text, position
            left -= 1
            if left == 0:
                return


class Answers:
    """What the standard module gives for the cases, in their order; kept as digests in a file."""

    def __init__(self, standard: Callable[..., str], path: Path | None) -> None:
        self._standard = standard
        self._path = path
        self._known = array.array("I")
        self._given = array.array("I")
        if path and path.exists():
            self._known.frombytes(path.read_bytes())

    def same(self, drawn: str, text: str, position: Position, *, colored: bool) -> bool:
        """Return whether `drawn` is the answer to the next case."""
        number = len(self._given)
        digest = zlib.crc32(drawn.encode("utf-8", "surrogatepass"))
        if number < len(self._known) and self._known[number] == digest:
            self._given.append(digest)
            return True
        expected = self._standard(text, position, colored=colored)
        self._given.append(zlib.crc32(expected.encode("utf-8", "surrogatepass")))
        return drawn == expected

    def save(self) -> None:
        """Keep the answers for the next run."""
        if self._path:
            self._path.write_bytes(self._given.tobytes())


def compare(arguments: argparse.Namespace, standard: Callable[..., str]) -> int:
    """Draw all cases by both; print what differs; return how many do."""
    differing = compared = 0
    started = time.monotonic()
    colors = (False, True) if arguments.color else (False,)
    answers = Answers(standard, arguments.answers)
    for path, text, position in cases(arguments):
        compared += 1
        for colored in colors:
            drawn = by_us(text, position, colored=colored)
            if not answers.same(drawn, text, position, colored=colored):
                differing += 1
                expected = standard(text, position, colored=colored)
                print(f"{path}:{position}\nexpected:\n{expected}drawn:\n{drawn}")
    answers.save()
    seconds = time.monotonic() - started
    print(f"{arguments.total} positions seen in {seconds:.0f} s")
    print(f"{compared} compared, {differing} differing")
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--all", action="store_true", help="compare every distinct position")
    size.add_argument("--sample", type=int, default=0, help="compare that many positions")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--color", action="store_true", help="compare the coloured text too")
    parser.add_argument("--reference", action="store_true", help="compare with our own slow way")
    parser.add_argument("--answers", type=Path, help="keep the standard module's answers here")
    arguments = parser.parse_args(namespace=argparse.Namespace(total=0))
    oldest = (3, 15) if arguments.color else (3, 13)
    if not arguments.reference and sys.version_info < oldest:
        parser.error("older interpreters have older rules: use --reference")
    arguments.ascii = not arguments.reference and sys.version_info < (3, 15)
    return (
        1 if compare(arguments, by_reference if arguments.reference else by_standard_module) else 0
    )


if __name__ == "__main__":
    sys.exit(main())
