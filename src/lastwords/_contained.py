"""Calls into the user's objects, which must not fail a report.

The one rule: a call into an object of the user's contains all that the object raises,
KeyboardInterrupt and SystemExit included; a step of our own contains `Exception` at most.  Two
kinds of errors are meant for the program, and `pass_on` raises them again: what a signal handler
raised during the call, and what another thread or a debugger raised in the middle of our own code.

All such calls are in this module.  So the traceback of an error says where it comes from:

- from a signal handler, if a frame of one is in it (known by its code, or by its arguments: a
  signal's number and the interrupted frame);
- from the interpreter's own handler of SIGINT, if it is a KeyboardInterrupt and the last
  instruction is no `raise`;
- from outside (`PyThreadState_SetAsyncExc`), if it is no `Exception` and was raised in another
  module of ours.

Not recognised, and so contained: what comes of a handler written in C; of a handler that deleted
its arguments and was replaced before it raised; an `Exception` from outside.
"""

import sys
from itertools import islice, pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType, TracebackType
    from typing import Any

_traceback_of: "Any" = BaseException.__dict__["__traceback__"].__get__
_mro_of: "Any" = type.__dict__["__mro__"].__get__
_CO_VARARGS = 0x04  # inspect.CO_VARARGS, without the costly import
_MOST_SIGNALS = 65
_MOST_WRAPPERS = 8


def pass_on(error: BaseException) -> None:
    """Raise the contained `error` again if it was meant for the program.

    Call it first in every `except` that stops an error.
    """
    is_exception = issubclass(type(error), Exception)
    entry = _traceback_of(error)
    if is_exception and (
        entry is None or (entry.tb_next is None and entry.tb_frame is sys._getframe(1))
    ):
        return  # no function of the program's was running
    try:
        is_meant = _came_from_a_signal(error, entry) or (
            not is_exception and _came_from_outside(entry)
        )
    except (RecursionError, MemoryError):
        return  # `error` is most likely one of these two as well
    if is_meant:
        raise error


def _came_from_a_signal(error: BaseException, entry: "TracebackType | None") -> bool:
    handlers = tuple(_signal_handlers())
    codes = {_code_of(handler) for handler in handlers}
    last = None
    while entry is not None:
        if entry.tb_frame.f_code in codes or _is_called_as_a_handler(entry.tb_frame):
            return True
        entry, last = entry.tb_next, entry
    if type(error) is not KeyboardInterrupt:
        return False
    if getattr(sys.modules.get("_signal"), "default_int_handler", None) not in handlers:
        return False
    return last is None or last.tb_frame.f_code.co_code[last.tb_lasti] != _RAISE


def _came_from_outside(entry: "TracebackType | None") -> bool:
    if entry is None:
        return False
    while entry.tb_next is not None:
        entry = entry.tb_next
    path = entry.tb_frame.f_code.co_filename
    return path.startswith(_PACKAGE) and path != _THIS_FILE


def _signal_handlers() -> "Iterator[Any]":
    """Yield the callables that are signal handlers now."""
    signal = sys.modules.get("_signal")
    if signal is not None and _is_main_interpreter():
        for number in range(1, signal.NSIG):
            handler = signal.getsignal(number)
            if handler is not None and not isinstance(handler, int):
                yield handler


def _is_main_interpreter() -> bool:
    """Return whether this is the main interpreter: the signal handlers are objects of that one."""
    thread = sys.modules.get("_thread")
    ask = getattr(thread, "_is_main_interpreter", None)  # since 3.13
    if ask is None:  # 3.12: an interpreter with a lock of its own allows no daemon threads
        ask = getattr(thread, "daemon_threads_allowed", None)
    return ask is None or bool(ask())


def _code_of(handler: "Any") -> "CodeType | None":
    """Return the code of a function, a method, a partial or a callable object; run none of it."""
    partial = getattr(sys.modules.get("functools"), "partial", None)
    for _ in range(_MOST_WRAPPERS):
        kind = type(handler)
        if kind is _FunctionType:
            code: CodeType = handler.__code__
            return code
        if kind is _MethodType:
            handler = handler.__func__
        elif kind is partial:
            handler = handler.func
        else:
            calls = [vars(entry).get("__call__") for entry in _mro_of(kind)]
            handler = next(filter(None, calls), None)
    return None


def _is_called_as_a_handler(frame: "FrameType") -> bool:
    """Return whether a function was called with a signal's number and the frame that calls it."""
    code = frame.f_code
    caller = frame.f_back
    count = code.co_argcount
    takes_more = code.co_flags & _CO_VARARGS
    if caller is None or not (count or takes_more):
        return False
    variables = frame.f_locals
    values: list[Any] = [variables.get(name) for name in code.co_varnames[:count]]
    if takes_more:
        more = variables.get(code.co_varnames[count + code.co_kwonlyargcount])
        values += more if type(more) is tuple else ()
    return any(
        after is caller and _is_a(before, int) and 0 < int.__index__(before) < _MOST_SIGNALS
        for before, after in pairwise(values)
    )


def _is_a(value: object, kind: type) -> bool:
    """Return whether a value's type is `kind` or a subclass; isinstance() reads `__class__` too."""
    return issubclass(type(value), kind)


def _raise(error: BaseException) -> None:
    """Exist to show which instruction `raise` is."""
    raise error


def _type_of_locals() -> "Any":
    """Return the type of `f_locals` of a function's frame: a dict before 3.13."""
    return type(sys._getframe().f_locals)


class _WithMethod:
    def method(self) -> None:
        """Exist as a method, to learn the type of methods without an import of `types`."""


_FunctionType = type(_raise)
_LocalsProxy: "Any" = _type_of_locals()
_MethodType = type(_WithMethod().method)
_RAISE = _raise.__code__.co_code[-2]
_THIS_FILE = _raise.__code__.co_filename
_PACKAGE = _THIS_FILE.removesuffix("_contained.py")


# -- text --


def _safe_string(value: "Any", what: str, func: "Any" = str) -> "Any":
    """Return `func(value)`, or a text in angle brackets if the user's code raises anything."""
    try:
        return func(value)
    except BaseException as error:
        pass_on(error)
        return f"<{what} {func.__name__}() failed>"


def text_of(value: object, failed: str) -> str:
    """Return `str(value)`, or `failed` if the user's code raises."""
    try:
        return str(value)
    except BaseException as error:
        pass_on(error)
        return failed


def json_value(value: "Any") -> "Any":
    """Return the value if JSON can hold it as it is, else its text."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    try:
        for kind in (bool, int, str):
            if isinstance(value, kind):
                return kind(value) if kind is not str else str.__str__(value)
        return str(value)
    except BaseException as error:
        pass_on(error)
        return "<value str() failed>"


def message_text(msg: object) -> str:
    """Return the text that stands for the `msg` of a SyntaxError."""
    nothing = "<no detail available>"
    return text_of(msg, nothing) if truth(msg, default=True) else nothing


def truth(value: object, *, default: bool) -> bool:
    """Return whether an object is true, or the default if its `__bool__` raises, as an array's."""
    if value is True or value is False:
        return value
    try:
        return bool(value)
    except BaseException as error:
        pass_on(error)
        return default


# -- attributes and items --


def exception_attribute(value: object, name: str, *, default: "Any") -> "Any":
    """Return an attribute of an exception, or the default if it is missing or reading it fails.

    Raises AttributeError for a missing attribute of an object that is no exception.
    """
    try:
        return getattr(value, name)
    except AttributeError as error:
        pass_on(error)
        if _is_a(value, BaseException):
            return default
        raise
    except BaseException as error:
        pass_on(error)
        return default


def read_attribute(value: object, name: str, default: "Any" = None) -> "Any":
    """Return an attribute, or the default if it is missing or reading it fails."""
    try:
        return getattr(value, name, default)
    except BaseException as error:
        pass_on(error)
        return default


def mapping_item(names: "Any", name: str, default: "Any" = None) -> "Any":
    """Return the value of a name in a mapping, or the default if it is missing or that fails."""
    try:
        if isinstance(names, dict):  # past `__missing__`: a defaultdict would add the name
            return dict.get(names, name, default)
        if type(names) is _LocalsProxy:
            return names.get(name, default)
        return names[name]
    except BaseException as error:
        pass_on(error)
        return default


def items_of(variables: "Any") -> "list[tuple[Any, Any]] | None":
    """Return the items of a mapping, or None if reading them fails."""
    try:
        return list(variables.items())
    except BaseException as error:
        pass_on(error)
        return None


def sorted_by_name(variables: "dict[Any, str]") -> "list[tuple[str, str]]":
    """Return the pairs sorted by name; in a class body a name may be any object."""
    try:
        return [(str(name), value) for name, value in sorted(variables.items())]
    except BaseException as error:
        pass_on(error)
        return sorted((_safe_string(name, "name"), value) for name, value in variables.items())


def first_items(values: "Iterable[Any] | None", most: int) -> "list[Any] | None":
    """Return the first `most` values of an iterable, or None if it fails."""
    if type(values) is list:
        return values[:most]
    try:
        return list(islice(values, most))  # type: ignore[arg-type] # None fails
    except BaseException as error:
        pass_on(error)
        return None


def names_in_dir(value: object, most: int) -> "list[Any] | None":
    """Return the first `most` names of an object's `__dir__`, or None if it fails."""
    try:
        try:
            names = value.__dir__()
        except TypeError as error:  # a class: its __dir__ is for its instances
            pass_on(error)
            names = type(value).__dir__(value)
    except BaseException as error:
        pass_on(error)
        return None
    return first_items(names, most)


# -- exceptions --


def traceback_of(exc: "Any") -> "Any":
    """Return the traceback of an exception, even if its class overrides the attribute."""
    try:
        return exc.__traceback__
    except BaseException as error:
        pass_on(error)
        if not _is_a(exc, BaseException):
            raise
        return _traceback_of(exc)


def names_of(exc_type: "Any") -> "tuple[Any, Any]":
    """Return the qualified name and the module of an exception's class."""
    if exc_type is None:
        return None, None
    try:
        names = exc_type.__qualname__, exc_type.__module__
        if type(names[0]) is str is type(names[1]):
            return names
        return _without_subclass(names[0]), _without_subclass(names[1])
    except AttributeError as error:
        pass_on(error)
        if _is_a(exc_type, type):  # made by type() without a __name__ in the globals: no __module__
            return type.__dict__["__qualname__"].__get__(exc_type), None
        raise
    except BaseException as error:
        pass_on(error)
        qualname, module = type.__dict__["__qualname__"], type.__dict__["__module__"]
        kind = type(exc_type)
        return qualname.__get__(exc_type, kind), module.__get__(exc_type, kind)


def _without_subclass(text: "Any") -> "Any":
    """Return an object of a subclass of str as a str; other values as they are."""
    return str.__str__(text) if _is_a(text, str) else text


def relatives_of(exc: BaseException) -> "tuple[Any, Any]":
    """Return the cause and the context of an exception; None for each that can't be read."""
    try:
        return exc.__cause__, exc.__context__
    except BaseException as error:
        pass_on(error)
        return read_attribute(exc, "__cause__"), read_attribute(exc, "__context__")


def suppresses_context(exc: object) -> bool:
    """Return an exception's `__suppress_context__` as a bool."""
    suppress = exception_attribute(exc, "__suppress_context__", default=False)
    return suppress if type(suppress) is bool else truth(suppress, default=False)


def members_of(group: "Any") -> "list[BaseException]":
    """Return the exceptions in a group; none if they can't be read."""
    try:
        return [member for member in group.exceptions if isinstance(member, BaseException)]
    except BaseException as error:
        pass_on(error)
        return []


_MOST_NOTES = 100_000
"""Bound on the notes of one exception: a sequence may have no end."""


def notes_of(exc_value: object) -> "Any":
    """Return an exception's notes; if reading them fails, one note that says so."""
    try:
        return getattr(exc_value, "__notes__", None)
    except BaseException as error:
        pass_on(error)
        return [f"Ignored error getting __notes__: {_safe_string(error, '__notes__', repr)}"]


def note_texts(notes: "Any") -> list[str]:
    """Return the text of each note; if the sequence fails, the last one says so."""
    texts = []
    try:
        for note in islice(notes, _MOST_NOTES):
            texts.append(_safe_string(note, "note"))  # noqa: PERF401 - keeps those before an error
    except BaseException as error:
        pass_on(error)
        reason = _safe_string(error, "error", repr)
        texts.append(f"<iterating __notes__ failed: {reason}>")
    return texts


def is_sequence_of_notes(notes: object) -> bool:
    """Return whether the notes are a sequence, each of whose items is printed."""
    if type(notes) is list:
        return True
    from _collections_abc import Sequence

    try:
        return isinstance(notes, Sequence) and not isinstance(notes, (str, bytes))
    except BaseException as error:
        pass_on(error)
        return False
