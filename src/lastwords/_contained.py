"""Calls into the user's objects, which must not fail a report.

The one rule: a call into an object of the user's contains whatever that object raises,
KeyboardInterrupt and SystemExit included, and a step of our own contains `Exception` at most.
What was meant for the program comes out all the same (`pass_on`): what a signal handler raised
meanwhile, and what was raised from outside in the middle of our own code.

Every such call is in this module, so that an error can be told by its traceback:

- a signal handler is in it, by its code or by its arguments: a number and the interrupted frame;
- a KeyboardInterrupt that no instruction raised is the interpreter's own handler's;
- what is no `Exception` and turned up in another module of ours came from outside
  (`PyThreadState_SetAsyncExc`).

Not told apart: a handler written in C, one that has forgotten its arguments and is no handler any
more when it raises, and an `Exception` from outside.
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
_TAKES_MORE = 0x04  # CO_VARARGS
_MOST_SIGNALS = 65
_MOST_WRAPPERS = 8


def pass_on(error: BaseException) -> None:
    """Raise the contained `error` again if it was meant for the program.

    Call it first in every `except` that stops an error.
    """
    is_usual = issubclass(type(error), Exception)
    entry = _traceback_of(error)
    if is_usual and (
        entry is None or (entry.tb_next is None and entry.tb_frame is sys._getframe(1))
    ):
        return  # no function of the program's was running
    try:
        is_meant = _came_from_a_signal(error, entry) or (not is_usual and _came_from_outside(entry))
    except (RecursionError, MemoryError):
        return  # so is what was contained, most likely
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
    """Say whether this interpreter may touch the signal handlers, objects of the main one."""
    thread = sys.modules.get("_thread")
    ask = getattr(thread, "_is_main_interpreter", None)  # since 3.13
    if ask is None:  # an interpreter with a lock of its own allows none, in 3.12
        ask = getattr(thread, "daemon_threads_allowed", None)
    return ask is None or bool(ask())


def _code_of(handler: "Any") -> "CodeType | None":
    """Return the code of a function, a method, a partial or a callable object; runs none of it."""
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
    """Say whether a function's arguments are a signal's number and the frame that calls it."""
    code = frame.f_code
    caller = frame.f_back
    count = code.co_argcount
    takes_more = code.co_flags & _TAKES_MORE
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
    """Say whether a value is of a type; `isinstance` asks the value's `__class__` too."""
    return issubclass(type(value), kind)


def _raise() -> None:
    raise  # noqa: PLE0704 - never called: its last instruction is the one of every `raise`


def _type_of_locals() -> "Any":
    """Return the type of `f_locals` of a function's frame: a dict before 3.13."""
    return type(sys._getframe().f_locals)


class _Of:
    def method(self) -> None:
        """Show what a method's type is, without an import of `types`."""


_FunctionType = type(_raise)
_LocalsProxy: "Any" = _type_of_locals()
_MethodType = type(_Of().method)
_RAISE = _raise.__code__.co_code[-2]
_THIS_FILE = _raise.__code__.co_filename
_PACKAGE = _THIS_FILE.removesuffix("_contained.py")


# -- text --


def _safe_string(value: "Any", what: str, func: "Any" = str) -> "Any":
    """Return `func(value)`, or a note in angle brackets when the user's code fails in any way."""
    try:
        return func(value)
    except BaseException as error:
        pass_on(error)
        return f"<{what} {func.__name__}() failed>"


def text_of(value: object, failed: str) -> str:
    """Return `str(value)`, or `failed` when the user's code fails."""
    try:
        return str(value)
    except BaseException as error:
        pass_on(error)
        return failed


def plain(value: "Any") -> "Any":
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
    """Return what is shown as the `msg` of a SyntaxError."""
    nothing = "<no detail available>"
    return text_of(msg, nothing) if truth(msg, default=True) else nothing


def truth(value: object, *, default: bool) -> bool:
    """Return whether a user's object is true, or the default when it can't tell: an array, say."""
    if value is True or value is False:
        return value
    try:
        return bool(value)
    except BaseException as error:
        pass_on(error)
        return default


# -- attributes and items --


def attribute(value: object, name: str, *, default: "Any") -> "Any":
    """Return an attribute of a user's object, or the default when reading it fails.

    Raises AttributeError for a missing attribute of what is no exception.
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


def read(value: object, name: str, default: "Any" = None) -> "Any":
    """Return an attribute, or the default when it is missing or can't be read."""
    try:
        return getattr(value, name, default)
    except BaseException as error:
        pass_on(error)
        return default


def item(names: "Any", name: str, default: "Any" = None) -> "Any":
    """Return what a mapping has under a name, or the default when it has none or can't tell."""
    try:
        if isinstance(names, dict):  # a defaultdict would make one up, and keep it
            return dict.get(names, name, default)
        if type(names) is _LocalsProxy:
            return names.get(name, default)
        return names[name]
    except BaseException as error:
        pass_on(error)
        return default


def pairs(variables: "Any") -> "list[tuple[Any, Any]] | None":
    """Return the items of a mapping, or None when it can't be read."""
    try:
        return list(variables.items())
    except BaseException as error:
        pass_on(error)
        return None


def sorted_by_name(variables: "dict[Any, str]") -> "list[tuple[str, str]]":
    """Return the pairs in the order of their names, which may be any keys: a class body's are."""
    try:
        return [(str(name), value) for name, value in sorted(variables.items())]
    except BaseException as error:
        pass_on(error)
        return sorted((_safe_string(name, "name"), value) for name, value in variables.items())


def taken(values: "Iterable[Any] | None", most: int) -> "list[Any] | None":
    """Return the first values of an iterable, at most so many, or None when it fails."""
    if type(values) is list:
        return values[:most]
    try:
        return list(islice(values, most))  # type: ignore[arg-type] # None fails
    except BaseException as error:
        pass_on(error)
        return None


def names_in_dir(value: object, most: int) -> "list[Any] | None":
    """Return the names in an object's `__dir__`, at most so many, or None when that fails."""
    try:
        try:
            names = value.__dir__()
        except TypeError as error:  # a class: its __dir__ is for its instances
            pass_on(error)
            names = type(value).__dir__(value)
    except BaseException as error:
        pass_on(error)
        return None
    return taken(names, most)


# -- exceptions --


def traceback_of(exc: "Any") -> "Any":
    """Return the traceback of an exception, whatever its class made of the attribute."""
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
        return _exact(names[0]), _exact(names[1])
    except AttributeError as error:
        pass_on(error)
        if _is_a(exc_type, type):  # made by type() where no __name__ was in the globals
            return type.__dict__["__qualname__"].__get__(exc_type), None
        raise
    except BaseException as error:
        pass_on(error)
        qualname, module = type.__dict__["__qualname__"], type.__dict__["__module__"]
        kind = type(exc_type)
        return qualname.__get__(exc_type, kind), module.__get__(exc_type, kind)


def _exact(text: "Any") -> "Any":
    """Return a plain str for a subclass of the user's; other values as they are."""
    return str.__str__(text) if _is_a(text, str) else text


def relatives_of(exc: BaseException) -> "tuple[Any, Any]":
    """Return the cause and the context of an exception; None for one that can't be read."""
    try:
        return exc.__cause__, exc.__context__
    except BaseException as error:
        pass_on(error)
        return read(exc, "__cause__"), read(exc, "__context__")


def suppresses_context(exc: object) -> bool:
    """Return whether an exception asks for its context not to be shown."""
    suppress = attribute(exc, "__suppress_context__", default=False)
    return suppress if type(suppress) is bool else truth(suppress, default=False)


def members_of(group: "Any") -> "list[BaseException]":
    """Return the exceptions in a group."""
    try:
        return [member for member in group.exceptions if isinstance(member, BaseException)]
    except BaseException as error:
        pass_on(error)
        return []


_MOST_NOTES = 100_000
"""Notes that are printed of one exception; only a sequence that never ends has more."""


def notes_of(exc_value: object) -> "Any":
    """Return an exception's notes, or one that says why they can't be had."""
    try:
        return getattr(exc_value, "__notes__", None)
    except BaseException as error:
        pass_on(error)
        return [f"Ignored error getting __notes__: {_safe_string(error, '__notes__', repr)}"]


def note_texts(notes: "Any") -> list[str]:
    """Return the text of each note of a sequence; what the user's objects do is contained."""
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
    from _collections_abc import Sequence

    try:
        return isinstance(notes, Sequence) and not isinstance(notes, (str, bytes))
    except BaseException as error:
        pass_on(error)
        return False
