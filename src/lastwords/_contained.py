"""Calls into the user's objects, which must not fail a report.

The one rule: a call into an object of the user's contains whatever that object raises,
KeyboardInterrupt and SystemExit included, and a step of our own contains `Exception` at most.
What a *signal handler* raised while the call ran is no failure of the object's: it was meant for
the program, and comes out (`pass_on`).
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, TracebackType
    from typing import Any

_traceback_of: "Any" = BaseException.__dict__["__traceback__"].__get__
_RAISES = ("RAISE_VARARGS", "RERAISE")
"""Instructions by which code raises by itself; a signal's exception turns up at any other."""


def pass_on(error: BaseException) -> None:
    """Raise the contained `error` again if a signal handler of the program raised it.

    Call it first in every `except` that stops what a call into the user's objects raised.
    """
    entry = _traceback_of(error)
    if type(error) is not KeyboardInterrupt and (
        entry is None or (entry.tb_next is None and entry.tb_frame is sys._getframe(1))
    ):
        return  # no function of the program's was running
    if _came_from_a_signal(error, entry):
        raise error


def _came_from_a_signal(error: BaseException, entry: "TracebackType | None") -> bool:
    handlers = list(_signal_handlers())
    codes = {code for handler in handlers for code in (_code_of(handler),) if code is not None}
    last = None
    while entry is not None:
        if entry.tb_frame.f_code in codes:
            return True
        entry, last = entry.tb_next, entry
    if type(error) is not KeyboardInterrupt or not any(
        getattr(handler, "__name__", None) == "default_int_handler" for handler in handlers
    ):
        return False
    from opcode import opname

    return last is None or opname[last.tb_frame.f_code.co_code[last.tb_lasti]] not in _RAISES


def _signal_handlers() -> "Iterator[Any]":
    """Yield the callables that are signal handlers now."""
    signal = sys.modules.get("_signal")
    if signal is not None:
        for number in range(1, signal.NSIG):
            handler = signal.getsignal(number)
            if callable(handler) and not isinstance(handler, int):
                yield handler


def _code_of(handler: "Any") -> "CodeType | None":
    """Return the code of a function, a method, a partial or a callable object."""
    for _ in range(8):  # wrappers of wrappers
        code = getattr(handler, "__code__", None)
        if isinstance(code, _CodeType):
            return code
        inner = getattr(handler, "__func__", None) or getattr(handler, "func", None)
        handler = inner if inner is not None else vars(type(handler)).get("__call__")
    return None


_CodeType = type(pass_on.__code__)


def _safe_string(value: "Any", what: str, func: "Any" = str) -> "Any":
    """Return `func(value)`, or a note in angle brackets when the user's code fails in any way."""
    try:
        return func(value)
    except BaseException as error:
        pass_on(error)
        return f"<{what} {func.__name__}() failed>"


def attribute(value: object, name: str, *, default: "Any") -> "Any":
    """Return an attribute of a user's object, or the default when reading it fails.

    Raises AttributeError for a missing attribute of what is no exception.
    """
    try:
        return getattr(value, name)
    except AttributeError:
        if isinstance(value, BaseException):
            return default
        raise
    except BaseException as error:
        pass_on(error)
        return default


def truth(value: object, *, default: bool) -> bool:
    """Return whether a user's object is true, or the default when it can't tell."""
    if value is True or value is False:
        return value
    try:
        return bool(value)
    except BaseException as error:
        pass_on(error)
        return default


def message_text(msg: object) -> str:
    """Return what is shown as the `msg` of a SyntaxError."""
    try:
        is_there = bool(msg)
    except BaseException as error:  # an array of truth values, say
        pass_on(error)
        is_there = True
    try:
        return str(msg) if is_there else "<no detail available>"
    except BaseException as error:
        pass_on(error)
        return "<no detail available>"


_MOST_NOTES = 100_000
"""Notes that are printed of one exception; only a sequence that never ends has more."""


def note_texts(notes: "Any") -> list[str]:
    """Return the text of each note of a sequence; what the user's objects do is contained."""
    from itertools import islice

    texts = []
    try:
        for note in islice(notes, _MOST_NOTES):
            texts.append(_safe_string(note, "note"))  # noqa: PERF401 - keeps what came
    except BaseException as error:
        pass_on(error)
        reason = _safe_string(error, "error", repr)
        texts.append(f"<iterating __notes__ failed: {reason}>")
    return texts


def is_sequence_of_notes(notes: object) -> bool:
    """Say whether the notes are to be printed one by one."""
    if type(notes) is list:
        return True
    from collections.abc import Sequence

    try:
        return isinstance(notes, Sequence) and not isinstance(notes, (str, bytes))
    except BaseException as error:
        pass_on(error)
        return False
