"""The lines of source under a frame's header, with the marks under the part that failed.

Owns the layout of CPython 3.15: which lines of a range are shown, how they are dedented, where
`~` and `^` stand, and how text and marks are coloured.
"""

from __future__ import annotations

from lastwords import _backend
from lastwords import _overrides as overrides
from lastwords._contained import pass_on
from lastwords._excerpt import carets as _anchors
from lastwords._excerpt import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol

    class Frame(Protocol):
        """What is read of a frame: attributes of `FrameSummary` as in 3.15."""

        lineno: int | None
        end_lineno: int | None
        colno: int | None
        end_colno: int | None

        @property
        def line(self) -> str | None: ...
        @property
        def _original_lines(self) -> str: ...
        @property
        def _dedented_lines(self) -> str: ...


_MARGIN = "    "


_frame_class: tuple[Any, object] | None = None


def note_frame_class(cls: Any) -> None:
    """Note the class of frames and its `_dedented_lines`, whose work the short cut does itself."""
    global _frame_class
    _frame_class = (cls, cls._dedented_lines)


def _has_our_dedenting(frame: Any) -> bool:
    """Return whether the frame's dedenting is not overridden, and not done yet."""
    if _frame_class is None or not isinstance(frame, _frame_class[0]):
        return True
    own = getattr(type(frame), "_dedented_lines", None) is _frame_class[1]
    return own and frame._lines_dedented is None


_parts = overrides.Parts()
_parts.note(width, "_byte_offset_to_character_offset", "_display_width", "_wlen", "_str_width")
_parts.note(_anchors, "_extract_caret_anchors_from_line_segment")
overrides.note_functions(_anchors.should_show_carets)
_zip_parts = overrides.Parts()
_zip_parts.note(width, "_zip_display_width")


frames_without_marks = 0
"""How many frames were drawn without the marks that they should have; their texts are not kept."""


def draw(
    frame: Frame, show_carets: Callable[[int, int, list[str], Any], bool], theme: Any = None
) -> str:
    """Return the source lines of `frame` and the marks under them, '' if there is no source.

    `show_carets(start, end, lines, anchors)` returns whether marks are shown.
    `theme` is the section `traceback` of a theme, or None for text without colours.
    """
    global frames_without_marks
    try:
        return _draw(frame, show_carets, theme)
    except (ImportError, OSError, MemoryError, RecursionError) as error:
        pass_on(error)
        frames_without_marks += 1
        # No descriptor, file, memory or stack is left for what marks need.
        return _draw_without_marks(frame)


def _draw_without_marks(frame: Frame) -> str:
    line = frame.line
    return f"{_MARGIN}{line}\n" if line else ""


def _draw(frame: Frame, show_carets: Callable[[int, int, list[str], Any], bool], theme: Any) -> str:
    if (
        theme is None
        and overrides.is_ours(show_carets)
        and _parts.are_ours()
        and _has_our_dedenting(frame)
    ):
        colno, end_colno = frame.colno, frame.end_colno
        lineno, end_lineno = frame.lineno, frame.end_lineno
        if not (colno is None or end_colno is None or lineno is None or end_lineno is None):
            rows = end_lineno - lineno + 1
            drawn = _draw_lines(frame._original_lines, rows, colno, end_colno)
            if drawn is not None:
                return drawn
    return draw_in_full(frame, show_carets, theme)


def draw_lines(text: str, rows: int, colno: int, end_colno: int) -> str | None:
    """Draw one line of printable ASCII, uncoloured; None for any other source.

    The short cut of pure Python; the extension has its own.
    """
    if rows != 1 or text is None or not text.isascii():
        return None
    lines = text.splitlines()
    if len(lines) != 1 or colno < 0 or end_colno < 0:
        return None
    original = lines[0]
    if not original.isprintable() and not original.replace("\t", "").isprintable():
        return None
    line = original.lstrip(" \t")
    if not line:
        return ""
    removed = len(original) - len(line)
    start = min(max(0, colno - removed), len(line))
    end = min(max(0, end_colno - removed), len(line))
    places = _anchors._places(line[start:end])
    lines[0] = line
    if not _anchors.should_show_carets(start, end, lines, places):
        return f"{_MARGIN}{line}\n"
    if start >= end:
        marks = ""
    elif places is None:
        marks = " " * start + "^" * (end - start)
    else:
        left, right = start + places[1], start + places[3]
        marks = " " * start + "~" * (left - start) + "^" * (right - left) + "~" * (end - right)
    return f"{_MARGIN}{line}\n{_MARGIN}{marks}\n"


_draw_lines = draw_lines if _backend.native is None else _backend.native.draw_lines


def draw_in_full(
    frame: Frame,
    show_carets: Callable[[int, int, list[str], Any], bool],
    theme: Any = None,
) -> str:
    """Draw as `draw`, without short cuts: any number of lines, any text, any columns, colours."""
    dedented = frame._dedented_lines
    if not dedented or dedented.isspace():
        return ""
    colno, end_colno, lineno = frame.colno, frame.end_colno, frame.lineno
    if colno is None or end_colno is None or lineno is None:
        if "\n" in (frame.line or ""):  # given by the program; keeps its indentation
            return f"{_MARGIN}{frame.line}\n"
        # Form feeds and the like end a line here, and blank lines get no margin.
        parts = f"{frame.line}\n".splitlines(keepends=True)
        return "".join([part if part.isspace() else _MARGIN + part for part in parts])
    end_lineno = frame.end_lineno
    originals = frame._original_lines.splitlines()
    last = 0 if end_lineno is None else end_lineno - lineno
    lines = dedented.splitlines()
    # A negative number counts from the end, as in a slice; one outside of the text is cut.
    if not -len(originals) <= last < len(originals) or not lines[: last + 1]:
        last = max(0, min(last, len(originals) - 1))
    lines = lines[: last + 1] or lines[:1]
    start = width._byte_offset_to_character_offset(originals[0], colno)
    end = width._byte_offset_to_character_offset(originals[last], end_colno)
    removed = len(originals[0]) - len(lines[0])
    start, end = max(0, start - removed), max(0, end - removed)
    return _Layout(lines, start, end, theme).draw(show_carets)


class _Layout:
    """The layout of one range of source: which rows are shown, and the marks under them."""

    __slots__ = ("anchors", "end", "left", "lines", "right", "start", "theme")

    def __init__(self, lines: list[str], start: int, end: int, theme: Any) -> None:
        self.lines = lines
        self.start = start
        self.end = end
        self.theme = theme
        self.anchors: Any = None
        self.left = self.right = (0, 0)  # row and column of the anchors

    def draw(self, show_carets: Callable[[int, int, list[str], Any], bool]) -> str:
        lines, start, end = self.lines, self.start, self.end
        segment = _anchors.segment_of(lines, start, end)
        self.anchors = _anchors._extract_caret_anchors_from_line_segment(segment)
        shown = show_carets(start, end, lines, self.anchors)
        if self.anchors is not None:
            self._place_anchors()
        result: list[str] = []
        last_row = -1
        for row in self._rows():
            hidden = row - last_row - 1
            if hidden == 1:
                self._draw_row(result, row - 1, marked=shown)
            elif hidden > 1:
                result.append(f"...<{hidden} lines>...")
            self._draw_row(result, row, marked=shown)
            last_row = row
        # If lines are left out, the others may have more indentation in common.
        text = width.dedent("\n".join(result)).replace("\n", f"\n{_MARGIN}")
        return f"{_MARGIN}{text}\n"

    def _place_anchors(self) -> None:
        """Convert the anchors' offsets in the segment to columns of the lines."""
        anchors = self.anchors
        row, offset = anchors.left_end_lineno, anchors.left_end_offset
        offset += self.start if row == 0 else 0
        self.left = (row, width._display_width(self.lines[row], offset=offset))
        row, offset = anchors.right_start_lineno, anchors.right_start_offset
        offset += self.start if row == 0 else 0
        self.right = (row, width._display_width(self.lines[row], offset=offset))

    def _rows(self) -> list[int]:
        """Return the rows that are always shown, in order."""
        rows = {0, len(self.lines) - 1}
        if self.anchors is not None:
            for row, _ in (self.left, self.right):
                rows.update((row - 1, row, row + 1))
        return sorted(row for row in rows if 0 <= row < len(self.lines))

    def _draw_row(self, result: list[str], row: int, *, marked: bool) -> None:
        line = self.lines[row]
        if not marked:
            result.append(line)
        elif self.theme is None:
            result += (line, self._marks(row))
        else:
            result += _colored(line, self._marks(row), self.theme)

    def _marks(self, row: int) -> str:
        line = self.lines[row]
        begin = len(line) - len(line.lstrip())
        if row == 0:
            begin = max(begin, width._display_width(line, offset=self.start))
        offset = self.end if row == len(self.lines) - 1 else None
        columns = width._display_width(line, offset=offset)
        if begin >= columns:
            return ""
        if self.anchors is None:
            return " " * begin + "^" * (columns - begin)
        left = self._column_in(self.left, row, begin, columns)
        right = max(left, self._column_in(self.right, row, begin, columns))
        primary, secondary = self.anchors.primary_char, self.anchors.secondary_char
        return "".join(
            (" " * begin, primary * (left - begin), secondary * (right - left),
             primary * (columns - right))
        )  # fmt: skip

    @staticmethod
    def _column_in(place: tuple[int, int], row: int, begin: int, columns: int) -> int:
        """Return the column of `row` where `place` is, or the one nearest to it."""
        if place[0] != row:
            return begin if place[0] < row else columns
        return min(max(place[1], begin), columns)


def _colored(line: str, marks: str, theme: Any) -> tuple[str, str]:
    """Colour the parts of `line` and `marks` by the mark that stands under each character."""
    colored_line = ""
    colored_marks = ""
    for text, under in _runs(line, marks):
        color = ""
        if "^" in under:
            color = theme.error_highlight
        elif "~" in under:
            color = theme.error_range
        if color:
            colored_line += f"{color}{text}{theme.reset}"
            colored_marks += f"{color}{under}{theme.reset}"
        else:
            colored_line += text
            colored_marks += under
    return colored_line, colored_marks


def _runs(line: str, marks: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of `line` that have the same marks under each character, and the marks."""
    from itertools import groupby

    if line.isascii() and "\x1a" not in line and _zip_parts.are_ours():
        done = 0
        for _, group in groupby(marks):
            under = "".join(group)
            yield line[done : done + len(under)], under
            done += len(under)
        yield line[done:], ""
        return
    for _, pairs in groupby(width._zip_display_width(line, marks), key=lambda pair: pair[1]):
        text, under = map("".join, zip(*pairs, strict=True))
        yield text, under
