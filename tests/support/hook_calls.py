"""Call the hooks for uncaught exceptions as the interpreter does."""

from __future__ import annotations

import sys
import threading
from typing import Any


def call(
    name: str,
    details: tuple[Any, Any, Any],
    *,
    thread: threading.Thread | None = None,
    message: str | None = None,
    source: object = None,
) -> None:
    """Call the hook now in place with (type, exception, traceback).

    `name` is "excepthook", "threading" or "unraisable"; `thread` goes to the second, which is
    otherwise given the main thread, `message` and `source` to the third.
    """
    if name == "excepthook":
        sys.excepthook(*details)
    elif name == "threading":
        where = thread or threading.main_thread()
        threading.excepthook(threading.ExceptHookArgs((*details, where)))
    else:
        sys.unraisablehook(_unraisable_class()((*details, message, source)))


def _unraisable_class() -> Any:
    """Return the class of what `sys.unraisablehook` is called with; it has no name to import."""
    seen: list[type] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda args: seen.append(type(args))

    class Dies:
        def __del__(self) -> None:
            raise ValueError

    Dies()
    sys.unraisablehook = before
    return seen[0]
