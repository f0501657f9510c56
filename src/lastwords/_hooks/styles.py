"""The styles in which the hooks print an exception, and which one is in force."""

from __future__ import annotations

from lastwords import _theme as theme
from lastwords._contained import pass_on
from lastwords.errors import StyleError
from lastwords.traceback import _functions as traceback
from lastwords.traceback._exception import traceback_of
from lastwords.traceback._stack_capture import BUILTIN_EXCEPTION_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any

    Printer = Callable[[BaseException, TracebackType | None, Any], None]
    Formatter = Callable[[BaseException, TracebackType | None], str]

STANDARD = "standard"
PLUS = "plus"
STYLES = (STANDARD, PLUS)


def _print_standard(value: BaseException, tb: TracebackType | None, file: Any) -> None:
    if tb is None or tb is traceback_of(value):
        traceback._print_exception_bltin(value, file)
        return
    colorize = theme._safe_can_colorize(file=file)
    limit: Any = BUILTIN_EXCEPTION_LIMIT
    traceback.print_exception(type(value), value, tb, limit=limit, file=file, colorize=colorize)


def _format_standard(value: BaseException, tb: TracebackType | None) -> str:
    return "".join(traceback.format_exception(type(value), value, tb))


def printer(style: str) -> Printer:
    """Return the function that prints an exception in this style, with its modules loaded.

    Raises StyleError if there is no such style.
    """
    if style == STANDARD:
        return _print_standard
    if style == PLUS:
        from lastwords import _plus

        return _plus.print_exception
    known = " or ".join(map(repr, STYLES))
    raise StyleError(f"there is no style {style!r}", hint=f"style is {known}")


def _formatter(style: str) -> Formatter:
    """Return the function that gives an exception's text in this style, without colours."""
    if style == PLUS:
        from lastwords import _plus

        return _plus.format_exception
    return _format_standard


class _InForce:
    style = STANDARD
    formatter = staticmethod(_format_standard)
    printer = staticmethod(_print_standard)


def put_in_force(wanted: Iterable[str]) -> None:
    """Put the last style that isn't the standard one in force; without one, the standard style."""
    style = STANDARD
    for asked in wanted:
        if asked != STANDARD:
            style = asked
    _InForce.printer, _InForce.style = printer(style), style  # type: ignore[assignment]
    _InForce.formatter = _formatter(style)  # type: ignore[assignment]


def print_exception(value: BaseException, tb: TracebackType | None, collected: Any) -> None:
    """Print in the style in force; if that fails, in the standard style."""
    if _InForce.style != STANDARD:
        try:
            _InForce.printer(value, tb, collected)
        except BaseException as error:
            pass_on(error)
        else:
            return
    _print_standard(value, tb, collected)


def format_exception(value: BaseException, tb: TracebackType | None) -> str:
    """Return the text of an exception in the style in force; if that fails, in the standard one."""
    if _InForce.style != STANDARD:
        try:
            return _InForce.formatter(value, tb)
        except BaseException as error:
            pass_on(error)
    return _format_standard(value, tb)
