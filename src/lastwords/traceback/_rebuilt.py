"""Traceback objects made from captured stacks.

A traceback needs frames, and a frame needs code that ran.  So for each frame of the stack a line of
code that raises is run, with the frame's file name, name, line and columns.
"""

import sys

from lastwords import _source as source
from lastwords.traceback._stack_capture import _TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

    from lastwords.traceback._frame import FrameSummary
    from lastwords.traceback._stack import StackSummary

_LARGEST_LINE = (1 << 31) - 1
_UNKNOWN = -1
_MOST_LINES = 1_000_000
"""Lines of the longest text that is made for a file from the lines of the stack's frames."""

# The location table of a code object (CPython 3.11 and later): an entry covers at most eight units.
_ENTRY = 0x80
_LONG_FORM = 14
_NO_COLUMNS = 13
_NO_LOCATION = 15
_MOST_UNITS = 8
_UNIT = 2


def traceback_of(frames: "StackSummary") -> "TracebackType | None":
    """Return a traceback with the places of `frames`, or None without frames."""
    loaders: dict[str, _Lines] = {}
    for summary in frames:
        loaders.setdefault(summary.filename, _Lines()).add(summary)
    made: TracebackType | None = None
    for summary in reversed(frames):
        entry = _entry(summary, loaders[summary.filename])
        lineno = summary.lineno if _is_line_number(summary.lineno) else _UNKNOWN
        made = _TracebackType(made, entry.tb_frame, entry.tb_lasti, lineno)
    return made


class _Lines:
    """The loader of a file that may be missing; it gives the lines of the stack's frames."""

    def __init__(self) -> None:
        self._lines: dict[int, str] = {}

    def add(self, summary: "FrameSummary") -> None:
        text = summary._original_lines
        if text and summary.lineno is not None:
            self._lines.update(enumerate(text.removesuffix("\n").split("\n"), summary.lineno))

    def get_source(self, _name: str = "") -> str | None:
        """Return a text that has the known lines at their numbers, or None without any."""
        numbers = [number for number in self._lines if 0 < number <= _MOST_LINES]
        if not numbers:
            return None
        return "".join(self._lines.get(n, "") + "\n" for n in range(1, max(numbers) + 1))


def _entry(summary: "FrameSummary", loader: _Lines) -> "TracebackType":
    code = _code(summary)
    if summary.filename.startswith("<") and source.interactive_lines(code) is None:
        text = loader.get_source()  # linecache calls no loader for such a name
        if text is not None:
            source.register_source(code, text)
    name = summary.filename
    spec = sys.modules["_frozen_importlib"].ModuleSpec(name, loader, origin=name)
    namespace = {"__name__": name, "__loader__": loader, "__spec__": spec, "error": _RaisedError}
    try:
        exec(code, namespace)  # noqa: S102 - one line of ours
    except _RaisedError as error:
        entry = error.__traceback__.tb_next  # type: ignore[union-attr] # the line above
        error.__traceback__ = None
    del namespace["error"]
    return entry  # type: ignore[return-value] # the code raises


class _RaisedError(Exception):
    """Raised by the line of code."""


_TEMPLATE = compile("raise error", "", "exec")


def _is_line_number(line: "Any") -> bool:
    return type(line) is int and 0 <= line <= _LARGEST_LINE


def _code(summary: "Any") -> "CodeType":
    known = _is_line_number(summary.lineno)
    name = str(summary.name)
    units = len(_TEMPLATE.co_code) // _UNIT
    return _TEMPLATE.replace(
        co_filename=summary.filename,
        co_name=name,
        co_qualname=name,
        co_firstlineno=summary.lineno if known else 1,
        co_linetable=_location_table(summary, units) if known else _table(_NO_LOCATION, b"", units),
    )


def _location_table(summary: "Any", units: int) -> bytes:
    """Return a table that gives every unit the frame's range."""
    end = summary.end_lineno
    columns = summary.colno, summary.end_colno
    if None in columns or end is None or not summary.lineno <= end <= _LARGEST_LINE:
        return _table(_NO_COLUMNS, _number(0), units)
    if not all(0 <= column < _LARGEST_LINE for column in columns):
        return _table(_NO_COLUMNS, _number(0), units)
    numbers = (0, end - summary.lineno, columns[0] + 1, columns[1] + 1)
    return _table(_LONG_FORM, b"".join(map(_number, numbers)), units)


def _table(form: int, rest: bytes, units: int) -> bytes:
    table = b""
    while units > 0:
        table += bytes((_ENTRY | form << 3 | min(units, _MOST_UNITS) - 1,)) + rest
        units -= _MOST_UNITS
    return table


def _number(value: int) -> bytes:
    """Return a number in six-bit pieces, the lowest first."""
    pieces = []
    while value > 0x3F:  # noqa: PLR2004 - six bits
        pieces.append(value & 0x3F | 0x40)
        value >>= 6
    return bytes((*pieces, value))
