"""Watchdogs: deadlines at which the tracebacks of all threads are written.

Owns `watchdog`.  Watchdogs are independent of one another and of
`faulthandler.dump_traceback_later()`; one timer thread serves all.  Without the extension,
`threading.Timer` and the standard dump do the work, and `watchdog.backend` says so.
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
    max_threads=0, header=None, threads="all")` passes `seconds` (a positive int or float) from now,
    unless it is cancelled or moved before.  The dump begins with a line `Timeout (0:00:05)!` and,
    if there is a name, `Watchdog: NAME`.

    repeat: fire again every `seconds`.
    exit: end the process with status 1 after the dump.
    file: a descriptor or an object with `fileno()`, as `faulthandler` takes, or a path, which is
    opened for appending; by default `sys.stderr`, or descriptor 2 if that has none.
    after_fork: stay armed in a child made by `os.fork()`.
    max_threads: the most threads that are shown; 0 for the default of 100.
    header: True begins the dump with a line that has the process and the time (UTC); a str is a
    text at the end of this line, made one printable line and cut at 200 bytes.
    threads: which threads are shown: "all", newest first; "own first", the thread that armed the
    watchdog, then the others; "own", that thread alone.  The thread that armed it is the last one
    that made it, entered its block or extended it.  If that has ended, the dump says
    `Armed by: a thread that has ended`.

    A watchdog is armed when it is made.  As a context manager it starts anew when the block begins
    and is cancelled when the block ends.  As a decorator it gives each call of the function, or of
    the coroutine, a watchdog of its own.  A watchdog that is garbage is cancelled.

    `watchdog.backend` is "native", or "standard" if lastwords' extension is missing: then each
    watchdog is a thread, and a hang in C code that keeps the interpreter's lock is not reported.

    Raises ValueError or OverflowError for a time that is not positive or too long, ValueError for
    other `threads`, TypeError for a name that is no str or a header that is neither a bool nor a
    str, OSError if the path can't be opened, what `faulthandler.enable()` raises if `file` is no
    file, RuntimeError if lastwords' extension can't read this interpreter.
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
    """Return a watchdog for one call; if its file can't be used now, one for standard error."""
    try:
        return watchdog(seconds, **options)
    except (OSError, ValueError) as error:
        pass_on(error)
        return watchdog(seconds, **{**options, "file": None})


class _CallableModule(type(sys)):  # type: ignore[misc]
    """Makes `lastwords.watchdog(...)` work after `import lastwords.watchdog`, too."""

    def __call__(self, *args: Any, **kwargs: Any) -> watchdog:
        return watchdog(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
