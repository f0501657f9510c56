"""Drop-in for the standard `faulthandler`, at the level of CPython 3.15.

Owns the public names.  `backend` says what implements them: "native", lastwords' own fault
handler, or "standard", the interpreter's own module, if the extension is missing or can't read this
interpreter (`backend_reason` says why).  With "standard", the functions take 3.15's arguments and
leave out what the standard module of this version can't do.

If the standard handler was enabled by `-X faulthandler`, `PYTHONFAULTHANDLER` or `-X dev`,
importing this module enables ours in its place.
"""

from __future__ import annotations

import sys

from lastwords import _backend

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from typing import Any

backend_reason: str | None = _backend.missing
"""Why `backend` is "standard", in a sentence; None if it is "native"."""

if _backend.native is not None:
    backend_reason = _backend.native._dump_refusal()

backend: str = "native" if backend_reason is None else "standard"
"""What implements the functions: "native" or "standard"."""

_implementation: Any
if backend == "native":
    _implementation = getattr(_backend.native, "fault", None)
else:
    from lastwords.faulthandler import _standard as _implementation

cancel_dump_traceback_later = _implementation.cancel_dump_traceback_later
disable = _implementation.disable
dump_c_stack = _implementation.dump_c_stack
dump_traceback = _implementation.dump_traceback
dump_traceback_later = _implementation.dump_traceback_later
enable = _implementation.enable
is_enabled = _implementation.is_enabled
register = _implementation.register
replaced_handlers = _implementation.replaced_handlers
unregister = _implementation.unregister
_fatal_error_c_thread = _implementation._fatal_error_c_thread
_read_null = _implementation._read_null
_sigabrt = _implementation._sigabrt
_sigfpe = _implementation._sigfpe
_sigsegv = _implementation._sigsegv
_stack_overflow = _implementation._stack_overflow

__all__ = [
    "backend",
    "backend_reason",
    "cancel_dump_traceback_later",
    "disable",
    "dump_c_stack",
    "dump_traceback",
    "dump_traceback_later",
    "enable",
    "is_enabled",
    "register",
    "replaced_handlers",
    "unregister",
]


def _is_enabled_by_settings() -> bool:
    import os

    return (
        "faulthandler" in sys._xoptions
        or sys.flags.dev_mode
        or (not sys.flags.ignore_environment and bool(os.environ.get("PYTHONFAULTHANDLER")))
    )


def _standard_choice(standard: Any) -> tuple[int, int, int, int] | None:
    """Return (descriptor, all_threads, c_stack, max_threads) of the standard handler, or None.

    None if they can't be found out.
    """
    if sys.version_info >= (3, 12):
        found: tuple[int, int, int, int] | None = _implementation._standard_choice()
        return found
    import gc

    # 3.11 keeps them out of reach.  But a `stderrprinter` (for descriptor 2) is the file that the
    # interpreter's settings gave it: it was enabled by these, with the defaults.
    first = any(type(one).__name__ == "stderrprinter" for one in gc.get_referents(standard))
    return (2, 1, 1, 100) if first else None


def _take_over() -> None:
    """If the interpreter's settings enabled the standard handler, enable ours in its place.

    Ours writes to the same file, which a program may have changed since (a test runner does so).
    If that can't be found out, the standard handler stays enabled.
    """
    if not _is_enabled_by_settings():
        return
    import faulthandler as standard

    if not standard.is_enabled() or is_enabled():
        return
    choice = _standard_choice(standard)
    if choice is not None:
        descriptor, all_threads, c_stack, max_threads = choice
        standard.disable()
        enable(descriptor, bool(all_threads), bool(c_stack), max_threads=max_threads)


def _switch_record(path: Any) -> None:
    from lastwords.faulthandler._crash_record import set_record_path

    set_record_path(path)


if backend == "native":
    _implementation._set_record_switch(_switch_record)
    _take_over()
