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
    Functions = tuple[Printer, Formatter]

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


_STANDARD_FUNCTIONS: Functions = (_print_standard, _format_standard)


def functions_of(style: str) -> Functions:
    """Return the functions of a style, with their modules loaded.

    They print an exception, and return its text without colours.  Raises StyleError if there is no
    such style.
    """
    if style == STANDARD:
        return _STANDARD_FUNCTIONS
    if style == PLUS:
        from lastwords import _plus

        return _plus.print_exception, _plus.format_exception
    known = " or ".join(map(repr, STYLES))
    raise StyleError(f"there is no style {style!r}", hint=f"style is {known}")


class _InForce:
    functions = _STANDARD_FUNCTIONS


def put_in_force(wanted: Iterable[str]) -> None:
    """Put the last style that isn't the standard one in force; without one, the standard style."""
    style = STANDARD
    for asked in wanted:
        if asked != STANDARD:
            style = asked
    _InForce.functions = functions_of(style)


def print_exception(value: BaseException, tb: TracebackType | None, collected: Any) -> None:
    """Print in the style in force; if that fails, in the standard style."""
    print_styled, _ = _InForce.functions
    if print_styled is not _print_standard:
        try:
            print_styled(value, tb, collected)
        except BaseException as error:
            pass_on(error)
        else:
            return
    _print_standard(value, tb, collected)


def format_exception(value: BaseException, tb: TracebackType | None) -> str:
    """Return the text of an exception in the style in force; if that fails, in the standard one."""
    _, format_styled = _InForce.functions
    if format_styled is not _format_standard:
        try:
            return format_styled(value, tb)
        except BaseException as error:
            pass_on(error)
    return _format_standard(value, tb)
