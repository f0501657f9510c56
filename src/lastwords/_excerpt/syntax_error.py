"""How a syntax error is shown: where it is, the line, the caret.

Owns the part of a SyntaxError's text that no other exception has, by the rules of CPython 3.15 on
every version; carets stand right after tabs too.
"""

from __future__ import annotations

from lastwords._contained import message_text
from lastwords._excerpt import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from lastwords._theme import Traceback

    class SyntaxErrorParts(Protocol):
        """What a TracebackException keeps of a SyntaxError."""

        filename: object
        lineno: object
        end_lineno: object
        text: object
        offset: object
        end_offset: object
        msg: object


_MARGIN = "    "
_MOST_CARETS = 1000  # beyond the end of the line

_NO_COLORS = ("", "", "", "", "", "")


def format_syntax_error(
    te: SyntaxErrorParts, stype: str, theme: Traceback | None = None
) -> Iterator[str]:
    """Yield the lines after the traceback: place, source and caret, type and message.

    `te` is a TracebackException of a SyntaxError, `stype` the qualified name of its type.
    """
    kind, message, filename, line_no, highlight, reset = _colors(theme)
    suffix = ""
    if te.lineno is not None:
        yield (
            f'  File {filename}"{te.filename or "<string>"}"{reset}, '
            f"line {line_no}{te.lineno}{reset}\n"
        )
    elif te.filename is not None:
        suffix = f" ({te.filename})"
    if isinstance(te.text, str):
        yield from _excerpt(te, te.text, highlight, reset)
    yield f"{kind}{stype}{reset}: {message}{message_text(te.msg)}{reset}{suffix}\n"


def _colors(theme: Traceback | None) -> tuple[str, ...]:
    if theme is None:
        return _NO_COLORS
    return (
        theme.type,
        theme.message,
        theme.filename,
        theme.line_no,
        theme.error_highlight,
        theme.reset,
    )


def _excerpt(te: SyntaxErrorParts, text: str, highlight: str, reset: str) -> Iterator[str]:
    """Yield the line, and carets under the part of the range that lies in the line."""
    whole = text.rstrip("\n")
    shown = whole.lstrip(" \n\f")
    if te.offset is None:
        yield f"{_MARGIN}{shown}\n"
        return
    if not isinstance(te.offset, int):
        return
    start, end = _range(te, te.offset, len(whole), has_text=bool(text))
    removed = len(whole) - len(shown)
    start, end = start - 1 - removed, end - 1 - removed
    if start < 0:
        yield f"{_MARGIN}{shown}\n"
        return
    before, marked, after = shown[:start], shown[start:end], shown[end:]
    carets = "^" * (width._display_width(marked) if marked else min(end - start, _MOST_CARETS))
    yield f"{_MARGIN}{before}{highlight}{marked}{reset}{after}\n"
    yield f"{_MARGIN}{_blank(before)}{highlight}{carets}{reset}\n"


def _range(te: SyntaxErrorParts, offset: int, length: int, *, has_text: bool) -> tuple[int, int]:
    """Return where the carets begin and end, from 1; at least one caret."""
    end: int = length + 1
    if te.lineno == te.end_lineno:
        end = te.end_offset if isinstance(te.end_offset, int) and te.end_offset else offset
    if has_text:
        offset = min(offset, length + 1)
        end = min(end, length + 1)
    if offset >= end or end < 0:
        end = offset + 1
    return offset, end


def _blank(text: str) -> str:
    """Return white space as wide as the text; tabs stay, so that the tab stops don't matter."""
    return "\t".join([" " * width._display_width(part) for part in text.split("\t")])
