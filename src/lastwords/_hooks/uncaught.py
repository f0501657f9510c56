"""Print uncaught exceptions as the interpreter's own hooks of 3.15 do.

Owns the texts of `sys.excepthook`, `threading.excepthook` and `sys.unraisablehook`, and how they
are written: whole, in one write, and if `sys.stderr` fails, elsewhere, so that the first error is
not lost.
"""

from __future__ import annotations

import os
import sys

import lastwords._excerpt.syntax_error
import lastwords._suggest.keywords  # noqa: F401 - a report needs it; see prepare()
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on
from lastwords._excerpt import carets
from lastwords._hooks import styles
from lastwords.traceback import _functions as traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from types import TracebackType
    from typing import Any

STDERR_FILENO = 2


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _Stderr:
    """The file that descriptor 2 was when the hooks were installed; it may become another file."""

    identity = _identity(STDERR_FILENO)


def prepare() -> None:
    """Prepare for failures: note which file descriptor 2 is.

    It is written to later only if it is still the same file.  All that prints an exception is
    imported with this module: a failing program may not be able to import (no descriptors, files
    upgraded under it, another root).
    """
    _Stderr.identity = _identity(STDERR_FILENO)


class _Collector:
    """Stands for `file` and collects what is printed; whether to colour is decided by `file`."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        self.parts.append(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _UncoloredCollector(_Collector):
    """Like `_Collector`, but never coloured: for a file whose attributes raise."""

    def __init__(self) -> None:
        super().__init__(None)

    def isatty(self) -> bool:
        return False


def text_of(
    exc_type: type[BaseException] | None,
    value: BaseException | None,
    tb: TracebackType | None,
    file: Any,
) -> str:
    """Return the text of an exception, coloured if `file` is a terminal with colours.

    The traceback is `tb`, or the exception's own if that is None; `tb` is set on an exception that
    has none, as `sys.excepthook` does.  If there is a type but no value (as from C code), the text
    has the type and the traceback, where 3.15 prints `NoneType: None`.
    """
    if value is None:
        return _text_without_value(exc_type, tb)
    if not isinstance(value, BaseException):
        kind = type(value).__name__
        return f"TypeError: print_exception(): Exception expected for value, {kind} found\n"
    try:
        if tb is not None and value.__traceback__ is None:
            value.__traceback__ = tb
    except BaseException as error:  # the exception's class may override the attribute
        pass_on(error)
    collected: Any = _Collector(file)
    try:
        styles.print_exception(value, tb, collected)
    except BaseException as error:  # an attribute of the file raised
        pass_on(error)
        collected = _UncoloredCollector()
        styles.print_exception(value, tb, collected)
    return "".join(collected.parts)


def _text_without_value(exc_type: type[BaseException] | None, tb: TracebackType | None) -> str:
    if exc_type is None or not isinstance(exc_type, type):
        return "NoneType: None\n"
    lines = ["Traceback (most recent call last):\n", *traceback.format_tb(tb)] if tb else []
    name = exc_type.__qualname__
    if exc_type.__module__ not in ("builtins", "__main__"):
        name = f"{exc_type.__module__}.{name}"
    return "".join([*lines, name, "\n"])


def write(file: Any, text: str) -> None:
    """Write to `file`; if that fails, to `sys.__stderr__`, then to descriptor 2.

    Raises only what a signal handler raised.  Characters that can't be encoded are escaped.
    """
    fallback = getattr(sys, "__stderr__", None)
    targets = [file] if fallback is None or fallback is file else [file, fallback]
    for target in targets:
        if target is not None and _try_write(target, text):
            return
    if _Stderr.identity is None or _identity(STDERR_FILENO) != _Stderr.identity:
        return
    try:
        os.write(STDERR_FILENO, text.encode("utf-8", "backslashreplace"))
    except OSError:
        return


def _try_write(target: Any, text: str) -> bool:
    try:
        try:
            target.write(text)
        except UnicodeEncodeError as error:
            encoding = error.encoding
            target.write(text.encode(encoding, "backslashreplace").decode(encoding))
    except BaseException as error:
        pass_on(error)
        return False
    try:
        target.flush()
    except BaseException as error:
        pass_on(error)
    return True


def stderr() -> Any:
    """Return `sys.stderr`, which may be None: then nothing is to be printed."""
    try:
        return sys.stderr
    except AttributeError:  # deleted, not set to None: print all the same
        return sys.__stderr__


def print_exception(
    exc_type: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
) -> None:
    """Print what `sys.excepthook` prints."""
    file = stderr()
    if file is not None:
        write(file, text_of(exc_type, value, tb, file))
    if exc_type is KeyboardInterrupt:
        load_what_runs_text()


def load_what_runs_text() -> None:
    """Import now what a later report of a thread may need and what runs source text when imported.

    The interpreter ends by SIGINT only if the last source text that it ran raised a
    KeyboardInterrupt, so none may run later.  (`namedtuple` runs some.)
    """
    try:
        standard_library.module("tokenize")
        carets._Anchors  # noqa: B018 - a namedtuple, made at its first use
    except Exception as error:
        pass_on(error)


def print_in_thread(args: threading.ExceptHookArgs) -> None:
    """Print what `threading.excepthook` prints; nothing for SystemExit."""
    if args.exc_type is SystemExit:
        return
    thread = args.thread
    file = stderr()
    if file is None:
        # Without sys.stderr, use the one of the time when the thread was made.
        file = getattr(thread, "_stderr", None)
        if file is None:
            return
    text = text_of(args.exc_type, args.exc_value, args.exc_traceback, file)
    write(file, f"Exception in thread {_name_of(thread)}:\n{text}")


def _name_of(thread: object) -> str:
    try:
        name = getattr(thread, "name", None)
        if name is not None:
            return str(name)
    except BaseException as error:
        pass_on(error)
    from _thread import get_ident

    return str(get_ident())


def print_unraisable(args: sys.UnraisableHookArgs) -> None:
    """Print what `sys.unraisablehook` prints."""
    file = stderr()
    if file is None:
        return
    text = text_of(args.exc_type, args.exc_value, args.exc_traceback, file)
    write(file, _ignored_in(args.err_msg, args.object) + text)


def _ignored_in(message: object, source: object) -> str:
    if source is None:
        return "" if message is None else f"{message}:\n"
    try:
        shown = repr(source)
    except BaseException as error:
        pass_on(error)
        shown = "<object repr() failed>"
    return f"{'Exception ignored in' if message is None else message}: {shown}\n"
