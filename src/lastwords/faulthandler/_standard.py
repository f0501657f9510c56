"""The standard `faulthandler` with 3.15's signatures, for use without the extension.

Owns the differences between versions: arguments that the running interpreter's module doesn't have
(`c_stack` before 3.14, `max_threads` before 3.15) are left out.
"""

from __future__ import annotations

import faulthandler
import os
import sys

from lastwords import _report_header as report_header
from lastwords._contained import pass_on
from lastwords.errors import LastwordsError

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from typing import Any

_standard: Any = faulthandler

_HAS_C_STACK = sys.version_info >= (3, 14)
_HAS_MAX_THREADS = sys.version_info >= (3, 15)

cancel_dump_traceback_later = _standard.cancel_dump_traceback_later
disable = _standard.disable
is_enabled = _standard.is_enabled
unregister = getattr(_standard, "unregister", None)

_fatal_error_c_thread = getattr(_standard, "_fatal_error_c_thread", None)
_sigabrt = getattr(_standard, "_sigabrt", None)
_sigfpe = getattr(_standard, "_sigfpe", None)
_sigsegv = getattr(_standard, "_sigsegv", None)
_stack_overflow = getattr(_standard, "_stack_overflow", None)
_read_null = getattr(_standard, "_read_null", _sigsegv)


def _threads(max_threads: int) -> dict[str, int]:
    return {"max_threads": max_threads} if _HAS_MAX_THREADS else {}


def _warn_of_header(header: object) -> None:
    """Check the header, and warn that the standard module can't write it."""
    if report_header.line_maker(header):
        import warnings

        warnings.warn(
            "header is left out: it needs the extension of lastwords "
            "(see lastwords.faulthandler.backend_reason)",
            RuntimeWarning,
            stacklevel=3,
        )


def enable(
    file: Any = None,
    all_threads: bool = True,
    c_stack: bool = True,
    *,
    max_threads: int = 100,
    record: object = None,
) -> None:
    """Enable the standard fault handler; it writes no record."""
    if record is not None:
        message = "no record can be written without the extension of lastwords"
        raise LastwordsError(message, hint="see lastwords.faulthandler.backend_reason")
    if _HAS_C_STACK:
        _standard.enable(file, all_threads, c_stack, **_threads(max_threads))
    else:
        _standard.enable(file, all_threads)


def dump_traceback(
    file: Any = None,
    all_threads: bool = True,
    *,
    max_threads: int = 100,
    header: bool | str | None = None,
) -> None:
    """Dump the traceback of the current thread, or of all threads, into file."""
    line = report_header.line_maker(header)
    if line is not None:
        target = sys.stderr if file is None else file
        try:
            descriptor = target if isinstance(target, int) else target.fileno()
            if target is not descriptor:
                target.flush()
            os.write(descriptor, line())
        except Exception as error:  # the standard function raises its own error
            pass_on(error)
    _standard.dump_traceback(file, all_threads, **_threads(max_threads))


def dump_traceback_later(
    timeout: float,
    repeat: bool = False,
    file: Any = None,
    exit: bool = False,
    *,
    max_threads: int = 100,
    header: bool | str | None = None,
) -> None:
    """Dump the traceback of all threads in timeout seconds."""
    _warn_of_header(header)
    _standard.dump_traceback_later(timeout, repeat, file, exit, **_threads(max_threads))


def register(
    signum: int,
    file: Any = None,
    all_threads: bool = True,
    chain: bool = False,
    *,
    max_threads: int = 100,
    header: bool | str | None = None,
) -> None:
    """Dump the traceback when the process gets the signal signum."""
    _warn_of_header(header)
    _standard.register(signum, file, all_threads, chain, **_threads(max_threads))


def dump_c_stack(file: Any = None) -> None:
    """Dump the C stack of the current thread; before 3.14, a line that there is none."""
    if _HAS_C_STACK:
        _standard.dump_c_stack(file)
        return
    target = sys.stderr if file is None else file
    descriptor = target if isinstance(target, int) else target.fileno()
    os.write(
        descriptor,
        b"Current thread's C stack trace (most recent call first):\n"
        b"  <cannot get C stack on this system>\n",
    )


def replaced_handlers() -> dict[int, str]:
    """Return {}: the standard module can't tell which handlers were replaced."""
    return {}
