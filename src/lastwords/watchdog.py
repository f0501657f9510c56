"""Watchdogs: deadlines that say where every thread is when they pass.

Owns `watchdog`.  Any number of them are independent of one another and of
`faulthandler.dump_traceback_later()`; one timer thread serves all.  Where the native part is not
installed, the standard timers and the standard dump do the work, and `watchdog.backend` says so.
"""

from __future__ import annotations

import sys

from lastwords import _backend
from lastwords._contained import pass_on

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["watchdog"]


_fault: Any = getattr(_backend.native, "fault", None)
_Base: Any
if _fault is None:
    from lastwords._timer import TimerWatchdog as _Base
else:
    _Base = _fault.Watchdog


class watchdog(_Base):  # type: ignore[misc]  # noqa: N801 - used like a function
    """A deadline; when it passes, the tracebacks of all threads are written.

    `watchdog(seconds, *, name=None, repeat=False, exit=False, file=None, after_fork=False,
    max_threads=0, header=None, threads="all")` comes `seconds` (a positive int or float) from now,
    unless it is cancelled or moved before.  The dump begins with a line `Timeout (0:00:05)!` and,
    where there is a name, `Watchdog: NAME`.

    repeat: again every `seconds`.  exit: end the process with status 1 after the dump.
    file: what `faulthandler` takes (a descriptor or an object with `fileno()`), or a path, opened
    for appending; by default `sys.stderr`, or the real standard error if that has no descriptor.
    after_fork: stays armed in a child made by `os.fork()`.
    max_threads: how many threads are shown, 0 for the default of 100.
    header: True begins the dump with a line that says the process and the time (UTC); a str is a
    text that this line ends with, made one printable line and cut at 200 bytes.
    threads: which threads are shown.  "all" of them, newest first; "own first", the one that armed
    the watchdog (made it, entered its block or extended it last) before the others, also where
    there are more than `max_threads`; or only its "own".  `Armed by: a thread that has ended` says
    that it is not there any more.

    It is armed when it is made.  As a context manager it starts anew at the beginning of the block
    and is cancelled at its end; as a decorator, around each call of the function, or around the
    whole of a coroutine (each call has a watchdog of its own).  A watchdog that is garbage is
    cancelled.

    `watchdog.backend` is "native", or "standard" where lastwords' native part is missing: then a
    thread waits for each watchdog, and a hang in C code that keeps the interpreter's lock is not
    seen.

    Raises ValueError and OverflowError for a time that is none, ValueError for other `threads`,
    TypeError for a name or a header that is no string, OSError when the path can't be opened, what
    `faulthandler.enable()` raises for what is no file, RuntimeError if lastwords' native part can't
    read this interpreter.
    """

    __module__ = "lastwords"

    __slots__ = ()

    backend = "standard" if _fault is None else "native"

    def __call__(self, function: Function) -> Function:
        """Decorate a function: each call has a watchdog of its own."""
        from functools import wraps
        from inspect import iscoroutinefunction

        self.cancel()
        seconds, options = self._options
        options["name"] = self.name or getattr(function, "__qualname__", None)

        @wraps(function)
        async def guarded_coroutine(*args: Any, **kwargs: Any) -> Any:
            with _another(seconds, options):
                return await function(*args, **kwargs)

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            with _another(seconds, options):
                return function(*args, **kwargs)

        if iscoroutinefunction(function):
            return guarded_coroutine  # type: ignore[return-value]
        return guarded  # type: ignore[return-value]


def _another(seconds: float, options: dict[str, Any]) -> watchdog:
    """Return one for a call of a decorated function, which a file that is gone is not to stop."""
    try:
        return watchdog(seconds, **options)
    except (OSError, ValueError) as error:
        pass_on(error)
        return watchdog(seconds, **{**options, "file": None})


class _CallableModule(type(sys)):  # type: ignore[misc]
    """`lastwords.watchdog` is the class, also when this module was imported under that name."""

    def __call__(self, *args: Any, **kwargs: Any) -> watchdog:
        return watchdog(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
