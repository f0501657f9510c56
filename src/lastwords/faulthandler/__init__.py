"""Drop-in for the standard `faulthandler`, at the level of CPython 3.15.

Owns the module's face.  `backend` says what is behind it: "native" is lastwords' own fault core;
"standard" is the interpreter's own module, where the native part is not installed or refuses to
read this interpreter (`backend_reason` says why): the functions then take 3.15's arguments, and
leave out what the standard module of this version can't do.

Importing this module takes over from the standard one when that was enabled by `-X faulthandler`,
`PYTHONFAULTHANDLER` or `-X dev`.
"""

from __future__ import annotations

import sys

from lastwords import _backend

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from typing import Any

backend_reason: str | None = _backend.missing
"""Why `backend` is "standard", in a sentence; None when it is "native"."""

if _backend.native is not None:
    backend_reason = _backend.native._dump_refusal()

backend: str = "native" if backend_reason is None else "standard"
"""What is behind the functions: "native" or "standard"."""

_behind: Any
if backend == "native":
    _behind = getattr(_backend.native, "fault", None)
else:
    from lastwords.faulthandler import _standard as _behind

cancel_dump_traceback_later = _behind.cancel_dump_traceback_later
disable = _behind.disable
dump_c_stack = _behind.dump_c_stack
dump_traceback = _behind.dump_traceback
dump_traceback_later = _behind.dump_traceback_later
enable = _behind.enable
is_enabled = _behind.is_enabled
register = _behind.register
replaced_handlers = _behind.replaced_handlers
unregister = _behind.unregister
_fatal_error_c_thread = _behind._fatal_error_c_thread
_read_null = _behind._read_null
_sigabrt = _behind._sigabrt
_sigfpe = _behind._sigfpe
_sigsegv = _behind._sigsegv
_stack_overflow = _behind._stack_overflow

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


def _was_asked_for() -> bool:
    import os

    return (
        "faulthandler" in sys._xoptions
        or sys.flags.dev_mode
        or (not sys.flags.ignore_environment and bool(os.environ.get("PYTHONFAULTHANDLER")))
    )


def _standard_choice(standard: Any) -> tuple[int, int, int, int] | None:
    """Return what the standard handler was enabled with; None if only it knows."""
    if sys.version_info >= (3, 12):
        found: tuple[int, int, int, int] | None = _behind._standard_choice()
        return found
    import gc

    # Its first file, which the interpreter has made for descriptor 2, is reached from nowhere else.
    first = any(type(one).__name__ == "stderrprinter" for one in gc.get_referents(standard))
    return (2, 1, 1, 100) if first else None


def _take_over() -> None:
    """Enable ours in place of the standard handler that the interpreter's settings enabled.

    It may have been given another file since (a test runner does so): ours takes that over.  If the
    file can't be known, the standard handler goes on.
    """
    if not _was_asked_for():
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
    from lastwords.faulthandler._crash_record import switch

    switch(path)


if backend == "native":
    _behind._set_record_switch(_switch_record)
    _take_over()
