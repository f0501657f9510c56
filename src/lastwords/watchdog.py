"""Watchdogs: deadlines that say where every thread is when they pass.

Owns `watchdog`.  Any number of them are independent of one another and of
`faulthandler.dump_traceback_later()`; one timer thread serves all.  Where the native part is not
installed, `watchdog` raises `RuntimeError` when it is made.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

try:
    from lastwords import _native
except ImportError:
    _native = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["watchdog"]


class _Unavailable:
    """Stands where the native class would be."""

    def __new__(cls, *_args: object, **_kwargs: object) -> _Unavailable:
        message = (
            "lastwords.watchdog needs the native part of lastwords; see lastwords.native_status()"
        )
        raise RuntimeError(message)


_Base: Any = _Unavailable if _native is None else _native.fault.Watchdog


class watchdog(_Base):  # noqa: N801  (used like a function)
    """watchdog(seconds, *, name=None, repeat=False, exit=False, file=None, after_fork=False)

    A deadline `seconds` (a positive int or float) from now, unless it is cancelled or moved before.
    When it passes, the tracebacks of all threads are written to `file`, under a line
    `Timeout (0:00:05)!` and, for a watchdog with a name, `Watchdog: NAME`.

    repeat: again every `seconds`.  exit: end the process with status 1 after the dump.
    file: a path (opened for appending), a descriptor, or an object with `fileno()`; by default
    `sys.stderr`, or the real standard error where that has no descriptor.
    after_fork: stays armed in a child made by `os.fork()`.
    max_threads: how many threads are shown, 0 for the default of 100.

    It is armed when it is made.  As a context manager it starts anew at the beginning of the block
    and is cancelled at its end; as a decorator, around each call of the function, or around the whole of
    a coroutine (each call has a watchdog of its own).  A watchdog that is garbage is cancelled.

    Raises ValueError and OverflowError for a time that is none, OSError when the path can't be
    opened, RuntimeError where lastwords' native part is missing or can't read this interpreter.
    """

    __slots__ = ()

    def __call__(self, function: Function) -> Function:
        """Decorate a function: each call has a watchdog of its own."""
        from functools import wraps
        from inspect import iscoroutinefunction

        self.cancel()
        seconds, options = self._options
        options["name"] = self.name or getattr(function, "__qualname__", None)

        @wraps(function)
        async def guarded_coroutine(*args: Any, **kwargs: Any) -> Any:
            with watchdog(seconds, **options):
                return await function(*args, **kwargs)

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            with watchdog(seconds, **options):
                return function(*args, **kwargs)

        wrapper = guarded_coroutine if iscoroutinefunction(function) else guarded
        return wrapper  # type: ignore[return-value]


if _native is not None and hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.fault.restart_after_fork)


class _CallableModule(ModuleType):
    """`lastwords.watchdog` is the class, also when this module was imported under that name."""

    def __call__(self, *args: Any, **kwargs: Any) -> watchdog:
        return watchdog(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
