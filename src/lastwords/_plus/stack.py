"""Stacks of the style "plus": which frames are shown, under which names, and what repeats.

Two frames are equal if their columns are equal, too.  Of equal frames in a row, and of repeated
cycles of several, the first and the last ones are shown.  A frame that asks to be hidden is left
out unless it is the last.
"""

from __future__ import annotations

import sys

from lastwords import _source
from lastwords._contained import pass_on
from lastwords._plus import source
from lastwords.traceback import _stack as standard
from lastwords.traceback import _stack_capture, _stack_text
from lastwords.traceback._frame import FrameSummary
from lastwords.traceback._stack import StackSummary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, TracebackType
    from typing import Any

    Position = tuple[int | None, int | None, int | None, int | None]

__all__ = ["PlusStack", "capture"]

_LONGEST_CYCLE = 32
"""Frames of the longest cycle that is recognised."""

_FEWEST_REPEATS = 4
"""Fewer repetitions are shown one by one."""

_SHOWN_FIRST = 3
"""Equal frames shown before their count, as in the standard text; of a cycle, one round is."""

_HIDING = ("__tracebackhide__", "__traceback_hide__")
"""Local variables by which a frame asks to be left out: pytest's and Werkzeug's."""

# Character that ends a line for str.splitlines() but not for Python → one with as many bytes in
# UTF-8, because columns are counted in bytes.
_UNCUT = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e", " ") | {"\x85": "\xa0"}
                       | dict.fromkeys("\u2028\u2029", "\ufffd"))  # fmt: skip


def _type_of_locals() -> type:
    return type(sys._getframe().f_locals)


_LOCALS_TYPES = (dict, _type_of_locals())
"""The types of `f_locals`, unless a metaclass's `__prepare__` gave another namespace."""


class PlusStack(StackSummary):
    """A stack with the text of the style "plus"."""

    changed: frozenset[int] | set[int] = frozenset()
    """Indexes of the frames whose file was edited after their code was made."""

    def format(self, **kwargs: Any) -> list[str]:
        """Return the frames, and the counts of repeated ones, as strings that end with a newline.

        `colorize` True adds ANSI colours.
        """
        palette = _stack_text.palette_for(kwargs.get("colorize", False))
        result: list[str] = []
        noted: set[str] = set()
        for start, length, repeats in _runs([_place(frame) for frame in self]):
            first = _SHOWN_FIRST if length == 1 else length
            hidden = repeats - first // length - 1
            if repeats < _FEWEST_REPEATS or not hidden:
                result += [self._text(start + i, palette, noted) for i in range(length * repeats)]
                continue
            result += [self._text(start + i, palette, noted) for i in range(first)]
            result.append(_repeated(length, hidden))
            last = start + length * (repeats - 1)
            result += [self._text(last + i, palette, noted) for i in range(length)]
        return result

    def _text(self, index: int, palette: Any, noted: set[str]) -> str:
        frame = self[index]
        text: str = _stack_text.frame_text(frame, self._should_show_carets, palette)
        if index in self.changed and frame.filename not in noted:
            noted.add(frame.filename)
            text += "    [This file was changed after it was loaded; the lines shown are new]\n"
        return text


def _place(frame: FrameSummary) -> tuple[object, ...]:
    return (
        frame.filename, frame.name, frame.lineno, frame.end_lineno, frame.colno, frame.end_colno
    )  # fmt: skip


def _repeated(frames: int, count: int) -> str:
    what = "line" if frames == 1 else f"{frames} frames"
    return f"  [Previous {what} repeated {count} more time{'s' if count > 1 else ''}]\n"


def _runs(places: list[tuple[object, ...]]) -> Iterator[tuple[int, int, int]]:
    """Yield (index of the first frame, frames of a cycle, repetitions) that cover all frames.

    Of the cycles that begin at a frame, the one that covers most frames is taken, of equals the
    shortest.
    """
    numbers: dict[tuple[object, ...], int] = {}
    here = [numbers.setdefault(place, len(numbers)) for place in places]
    start = 0
    while start < len(here):
        length, repeats = _longest_run(here, start)
        yield start, length, repeats
        start += length * repeats


def _longest_run(here: list[int], start: int) -> tuple[int, int]:
    best = (1, 1)
    for length in range(1, min(_LONGEST_CYCLE, (len(here) - start) // _FEWEST_REPEATS) + 1):
        if here[start] != here[start + length]:
            continue
        end = start + length
        while end < len(here) and here[end] == here[end - length]:
            end += 1
        repeats = (end - start) // length
        if repeats >= _FEWEST_REPEATS and repeats * length > best[0] * best[1]:
            best = (length, repeats)
    return best


def capture(
    traceback: TracebackType | None,
    limit: Any,
    lookup_lines: bool = True,
    capture_locals: bool = False,
    known: Any = None,
) -> StackSummary:
    """Return the stack of a traceback; if that fails, the standard one."""
    try:
        return _captured(traceback, limit)
    except Exception as error:
        pass_on(error)
        stack: StackSummary = standard.capture(
            traceback, limit, lookup_lines, capture_locals, known
        )
        return stack


def _captured(traceback: TracebackType | None, limit: Any) -> PlusStack:
    entries = list(_stack_capture.limited(_entries(traceback), limit))
    shown = [entry for entry in entries[:-1] if not _is_hidden(entry[0])] + entries[-1:]
    positions: dict[tuple[int, int], Position] = {}
    lines: dict[tuple[str, int], Any] = {}
    changed: dict[int, bool] = {}
    result = PlusStack()
    result.changed = set()
    for frame, lasti, lineno in shown:
        code = frame.f_code
        place = (id(code), lasti)
        if place not in positions:
            positions[place] = _stack_capture._get_code_position(code, lasti)
        summary = _summary(code, positions[place], lineno)
        _attach_lines(summary, code, frame.f_globals, lines)
        if id(code) not in changed:
            changed[id(code)] = source.has_changed(code, frame.f_globals)
        if changed[id(code)]:
            result.changed.add(len(result))
            summary.colno = summary.end_colno = None
        result.append(summary)
    return result


def _entries(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno
        traceback = traceback.tb_next


def _summary(code: CodeType, position: Position, lineno: int) -> FrameSummary:
    line, end_line, column, end_column = position
    return FrameSummary(
        code.co_filename,
        lineno if line is None else line,
        code.co_qualname,
        lookup_line=False,
        end_lineno=end_line,
        colno=column,
        end_colno=end_column,
        _code=code,
    )


def _attach_lines(
    summary: FrameSummary,
    code: CodeType,
    module_globals: dict[str, Any],
    known: dict[tuple[str, int], list[str] | None],
) -> None:
    """Look the source up, and replace characters in it that would cut a line in two."""
    filename = code.co_filename
    if filename.startswith("<"):  # typed in, or registered by a program
        _source.note_loader(filename, module_globals)
        _source.drop_if_stale(filename)
    else:
        key = (filename, id(module_globals))
        if key not in known:
            known[key] = source.lines_of(filename, module_globals)
        lines = known[key]
        if lines is not None and summary.lineno is not None and summary.end_lineno is not None:
            summary._lines = _source.join_lines(lines, summary.lineno, summary.end_lineno)
        elif _source.served_by_snapshot(filename):
            summary._lines = "\n"
    text = summary._original_lines
    if text is not None:
        summary._lines = text.translate(_UNCUT)


def _is_hidden(frame: FrameType) -> bool:
    """Return whether a frame asks to be hidden, without running code of the program."""
    code = frame.f_code
    names = (*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names)
    asked = [name for name in _HIDING if name in names]
    if not asked:
        return False
    variables = frame.f_locals
    if type(variables) not in _LOCALS_TYPES:
        return False  # a namespace of the program's own class
    for name in asked:
        value = variables.get(name)
        if type(value) in (bool, int, str) and value:
            return True
    return False
