"""The style "plus": the standard text with what it leaves out, and without what it gets wrong.

Owns what is printed of an exception if the user chose this style; the drop-in functions never use
it.  Chains, groups, notes and marks are TracebackException's.
"""

from __future__ import annotations

from lastwords import _theme as theme
from lastwords._plus import source
from lastwords._plus.exception import PlusException
from lastwords.traceback._exception import traceback_of
from lastwords.traceback._stack_capture import BUILTIN_EXCEPTION_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

__all__ = ["format_exception", "print_exception"]


def print_exception(value: BaseException, tb: TracebackType | None, file: Any) -> None:
    """Print an exception with a traceback (None: its own) to `file`, coloured on a terminal."""
    if tb is None:
        tb = traceback_of(value)
    colorize = theme._safe_can_colorize(file=file)
    limit: Any = BUILTIN_EXCEPTION_LIMIT
    file.write(format_exception(value, tb, limit=limit, colorize=colorize))


def format_exception(
    value: BaseException,
    tb: TracebackType | None,
    *,
    limit: int | None = None,
    colorize: bool = False,
) -> str:
    """Return the text of an exception with the given traceback."""
    try:
        te = PlusException(type(value), value, tb, limit=limit, compact=True)
        return "".join(te.format(colorize=colorize))
    finally:
        source.forget_compiled()
