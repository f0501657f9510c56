"""The first line of a dump with the argument `header`, in pure Python.

Owns the line's text and the argument's errors, for use without the extension, which has the same.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT_BYTES = 200
_MARK = b"..."
_ESCAPES = ((2, b"x"), (4, b"u"), (8, b"U"))  # digits and letter


def _escaped(char: str) -> bytes:
    if char.isprintable():
        return char.encode()
    digits, letter = next(size for size in _ESCAPES if ord(char) < 16 ** size[0])
    return b"\\%c%0*x" % (letter, digits, ord(char))


def _one_line(text: str) -> bytes:
    """Return a text in one line: escaped, and cut after a whole character at `_TEXT_BYTES`."""
    shown = fits = b""
    for char in text:
        piece = _escaped(char)
        if len(shown) + len(piece) > _TEXT_BYTES:
            return fits + _MARK
        shown += piece
        if len(shown) + len(_MARK) <= _TEXT_BYTES:
            fits = shown
    return shown


def line_maker(header: object) -> Callable[[], bytes] | None:
    """Return a function that makes the line at the time of the dump, or None without a header.

    Raises TypeError if `header` is not None, a bool or a str.
    """
    if header is None or header is False:
        return None
    if header is not True and not isinstance(header, str):
        raise TypeError(
            "header must be None, True (process and time) or a str (a text besides), "
            f"not {type(header).__name__}"
        )
    text = _one_line(header) if isinstance(header, str) else b""
    behind = b": " + text if text else b""

    def line() -> bytes:
        now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        return b"== Process %d, %s%s ==\n" % (os.getpid(), now.encode(), behind)

    return line
