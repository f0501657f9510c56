"""The lines of source under a frame's header, with the marks under the part that failed.

Owns the layout of CPython 3.15: which lines of a range are shown, how they are dedented, where
`~` and `^` stand, and how text and marks are coloured.
"""

from __future__ import annotations

from lastwords import anchors as _anchors
from lastwords import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Frame(Protocol):
        """What is read of a frame: attributes of `FrameSummary` as in 3.15."""

        lineno: int | None
        end_lineno: int | None
        colno: int | None
        end_colno: int | None

        @property
        def line(self) -> str | None: ...  # noqa: D102
        @property
        def _original_lines(self) -> str: ...
        @property
        def _dedented_lines(self) -> str: ...


_MARGIN = "    "


def draw_exactly(
    frame: Frame,
    show_carets: Callable[[int, int, list[str], Any], bool],
    theme: Any = None,
) -> str:
    """Return the source lines of `frame` and the marks under them, '' if there is no source.

    `show_carets` is asked, with start, end, lines and anchors, whether marks are wanted.
    `theme` is the section `traceback` of a theme, or None for plain text.
    """
    dedented = frame._dedented_lines
    if not dedented or dedented.isspace():
        return ""
    colno, end_colno, lineno = frame.colno, frame.end_colno, frame.lineno
    if colno is None or end_colno is None or lineno is None:
        # Form feeds and the like count as line ends here; blank lines get no margin.
        parts = f"{frame.line}\n".splitlines(keepends=True)
        return "".join([part if part.isspace() else _MARGIN + part for part in parts])
    end_lineno = frame.end_lineno
    originals = frame._original_lines.splitlines()
    last = 0 if end_lineno is None else end_lineno - lineno
    lines = dedented.splitlines()
    # A negative length counts from the end, as in a slice; one outside of the text is cut.
    if not -len(originals) <= last < len(originals) or not lines[: last + 1]:
        last = max(0, min(last, len(originals) - 1))
    lines = lines[: last + 1] or lines[:1]
    start = width._byte_offset_to_character_offset(originals[0], colno)
    end = width._byte_offset_to_character_offset(originals[last], end_colno)
    removed = len(originals[0]) - len(lines[0])
    start, end = max(0, start - removed), max(0, end - removed)
    return _Layout(lines, start, end, theme).draw(show_carets)


class _Layout:
    """One range of source on its way to text."""

    __slots__ = ("anchors", "end", "lines", "start", "theme")

    def __init__(self, lines: list[str], start: int, end: int, theme: Any) -> None:
        self.lines = lines
        self.start = start
        self.end = end
        self.theme = theme
        self.anchors: Any = None

    def draw(self, show_carets: Callable[[int, int, list[str], Any], bool]) -> str:
        lines, start, end = self.lines, self.start, self.end
        if len(lines) == 1:
            segment = lines[0][start:end]
        else:
            segment = "\n".join([lines[0][start:], *lines[1:-1], lines[-1][:end]])
        self.anchors = _anchors._extract_caret_anchors_from_line_segment(segment)
        shown = show_carets(start, end, lines, self.anchors)
        if self.anchors is not None:
            self._shift_anchors()
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
        return "".join(
            [f"{_MARGIN}{line}\n" for line in width.dedent("\n".join(result)).split("\n")]
        )

    def _shift_anchors(self) -> None:
        """Turn the anchors' offsets in the segment into columns of the lines."""
        anchors = self.anchors
        left, right = anchors.left_end_offset, anchors.right_start_offset
        if anchors.left_end_lineno == 0:
            left += self.start
        if anchors.right_start_lineno == 0:
            right += self.start
        self.anchors = anchors._replace(
            left_end_offset=width._display_width(self.lines[anchors.left_end_lineno], offset=left),
            right_start_offset=width._display_width(
                self.lines[anchors.right_start_lineno], offset=right
            ),
        )

    def _rows(self) -> list[int]:
        """Return the rows that are always shown, in order."""
        rows = {0, len(self.lines) - 1}
        if self.anchors is not None:
            for row in (self.anchors.left_end_lineno, self.anchors.right_start_lineno):
                rows.update((row - 1, row, row + 1))
        return sorted(row for row in rows if 0 <= row < len(self.lines))

    def _draw_row(self, result: list[str], row: int, *, marked: bool) -> None:
        line = self.lines[row]
        if not marked:
            result.append(line)
            return
        marks = self._marks(row)
        if self.theme is None:
            result += (line, marks)
        else:
            result += _colored(line, marks, self.theme)

    def _marks(self, row: int) -> str:
        line = self.lines[row]
        blanks = len(line) - len(line.lstrip())
        first = width._display_width(line, offset=self.start) if row == 0 else 0
        final = row == len(self.lines) - 1
        columns = (
            width._display_width(line, offset=self.end) if final else width._display_width(line)
        )
        begin = max(blanks, first)
        if begin >= columns:
            return ""
        anchors = self.anchors
        if anchors is None:
            return " " * begin + "^" * (columns - begin)
        marks = []
        left = (anchors.left_end_lineno, anchors.left_end_offset)
        right = (anchors.right_start_lineno, anchors.right_start_offset)
        for column in range(columns):
            if column < begin:
                marks.append(" ")
            elif left <= (row, column) < right:
                marks.append(anchors.secondary_char)
            else:
                marks.append(anchors.primary_char)
        return "".join(marks)


def _colored(line: str, marks: str, theme: Any) -> tuple[str, str]:
    """Colour the parts of `line` and `marks` by the mark that stands under each character."""
    from itertools import groupby

    colored_line: list[str] = []
    colored_marks: list[str] = []
    for mark, group in groupby(width._zip_display_width(line, marks), key=lambda pair: pair[1]):
        pairs = list(group)
        text = "".join([pair[0] for pair in pairs])
        under = "".join([pair[1] for pair in pairs])
        color = ""
        if "^" in mark:
            color = theme.error_highlight
        elif "~" in mark:
            color = theme.error_range
        if not color:
            colored_line.append(text)
            colored_marks.append(under)
        else:
            colored_line.append(f"{color}{text}{theme.reset}")
            colored_marks.append(f"{color}{under}{theme.reset}")
    return "".join(colored_line), "".join(colored_marks)
draw = draw_exactly
