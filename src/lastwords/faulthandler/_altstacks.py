"""Alternate signal stacks for threads: owns the wrapping of what starts them.

Without one, a thread that overflows its stack dies before any handler can run.  `install()` wraps
the functions of `_thread` that start threads, and the names that `threading` bound to them at its
import; threads started from then on get a stack when they begin and give it back when they end.
A thread that other code made gets one when it first enters the interpreter.
"""

from __future__ import annotations

import _thread
import sys

from lastwords import _backend

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    Starter = Callable[..., Any]

_fault: Any = getattr(_backend.native, "fault", None)

# Where the functions are known by which names; a version has some of them.
_PLACES = (
    ("_thread", "start_new_thread"),
    ("_thread", "start_new"),
    ("_thread", "start_joinable_thread"),
    ("threading", "_start_new_thread"),
    ("threading", "_start_joinable_thread"),
)

_wrapped: list[tuple[ModuleType, str, Starter, Starter]] = []


def _wrap(start: Starter) -> Starter:
    entry = _fault.ThreadEntry

    def start_with_stack(*args: Any, **kwargs: Any) -> Any:
        if args and callable(args[0]):
            return start(entry(args[0]), *args[1:], **kwargs)
        if callable(kwargs.get("function")):
            kwargs["function"] = entry(kwargs["function"])
        return start(*args, **kwargs)

    start_with_stack.__name__ = start.__name__
    start_with_stack.__qualname__ = start.__qualname__
    start_with_stack.__doc__ = start.__doc__
    start_with_stack.__wrapped__ = start  # type: ignore[attr-defined]
    return start_with_stack


def install() -> None:
    """Give an alternate stack to each thread started from now on; nothing if already done."""
    _fault.altstack_hook(True)
    if _wrapped:
        return
    wrappers: dict[int, Starter] = {}
    for module_name, name in _PLACES:
        module = _thread if module_name == "_thread" else sys.modules.get(module_name)
        start = getattr(module, name, None)
        if module is None or start is None:
            continue
        wrapper = wrappers.setdefault(id(start), _wrap(start))
        setattr(module, name, wrapper)
        _wrapped.append((module, name, start, wrapper))


def uninstall() -> None:
    """Undo `install()`, where nobody else has replaced the functions since."""
    for module, name, start, wrapper in _wrapped:
        if getattr(module, name, None) is wrapper:
            setattr(module, name, start)
    _wrapped.clear()
    _fault.altstack_hook(False)
