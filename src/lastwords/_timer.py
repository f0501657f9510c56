"""What `watchdog` is without the native part: `threading.Timer` and the standard dump.

Owns the pure-Python form of a watchdog, with the native one's arguments, errors and text.  It
can't report a hang in C code that keeps the interpreter's lock, which its dump needs; and each
armed watchdog is a thread.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from threading import Timer
    from typing import Any, Self

_LONGEST = 2**63 / 1e9
_NAME_BYTES = 127


def _positive(seconds: Any) -> float:
    """Return the seconds as a float; raise what the native form raises."""
    if not isinstance(seconds, int):
        seconds = float.__float__(seconds) if isinstance(seconds, float) else _as_float(seconds)
    if seconds != seconds:  # noqa: PLR0124 - NaN
        raise ValueError("Invalid value NaN (not a number)")
    if not -_LONGEST < seconds < _LONGEST:
        raise OverflowError("timestamp out of range for C PyTime_t")
    if seconds <= 0:
        raise ValueError("timeout must be greater than 0")
    return float(seconds)


def _as_float(seconds: Any) -> float:
    if isinstance(seconds, (str, bytes, bytearray)):
        raise TypeError(f"must be real number, not {type(seconds).__name__}")
    return float(seconds)


def _one_line(name: object) -> str | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(f"name must be a str or None, not {type(name).__name__}")
    shown = "".join(["?" if char < " " else char for char in name])
    return shown.encode()[:_NAME_BYTES].decode("utf-8", "ignore")


def _descriptor(file: Any) -> tuple[int, bool]:
    """Return a descriptor for `file`, and whether it was opened here."""
    if isinstance(file, (str, bytes)) or hasattr(file, "__fspath__"):
        return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666), True
    if isinstance(file, int):
        if file < 0:
            raise ValueError("file is not a valid file descriptor")
        return file, False
    try:
        return (sys.stderr if file is None else file).fileno(), False
    except Exception:  # a notebook's stream, a test's capture: the real standard error
        return 2, False


class TimerWatchdog:
    """See `lastwords.watchdog`, whose base this is without the native part."""

    __slots__ = (
        "__weakref__",
        "_after_fork",
        "_exit",
        "_fd",
        "_file",
        "_fired",
        "_max_threads",
        "_name",
        "_opened",
        "_repeat",
        "_seconds",
        "_timer",
    )

    def __init__(
        self,
        seconds: float,
        *,
        name: str | None = None,
        repeat: bool = False,
        exit: bool = False,
        file: Any = None,
        after_fork: bool = False,
        max_threads: int = 0,
    ) -> None:
        self._timer: Timer | None = None
        self._opened = False
        self._seconds = _positive(seconds)
        self._name = _one_line(name)
        self._repeat, self._exit, self._after_fork = bool(repeat), bool(exit), bool(after_fork)
        self._max_threads = max_threads
        self._file = file
        self._fired = 0
        self._fd, self._opened = _descriptor(file)
        self._arm(self._seconds)

    def _arm(self, seconds: float) -> None:
        import weakref
        from threading import TIMEOUT_MAX, Timer

        self.cancel()
        self._timer = Timer(min(seconds, TIMEOUT_MAX), _fire, (weakref.ref(self),))
        self._timer.daemon = True
        self._timer.start()
        if self._after_fork:
            _kept.add(self)

    def cancel(self) -> bool:
        """Disarm; return whether it was armed.  Never waits for a dump."""
        timer, self._timer = self._timer, None
        if timer is None:
            return False
        timer.cancel()
        return True

    def extend(self, seconds: float | None = None, /) -> None:
        """Move the deadline to `seconds`, by default as many as at first, from now."""
        self._arm(self._seconds if seconds is None else _positive(seconds))

    def __enter__(self) -> Self:
        self.extend()
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.cancel()

    def __del__(self) -> None:
        self.cancel()
        if self._opened:
            os.close(self._fd)

    @property
    def armed(self) -> bool:
        """Whether a deadline is ahead."""
        return self._timer is not None

    @property
    def fired(self) -> int:
        """How many times the deadline passed."""
        return self._fired

    @property
    def seconds(self) -> float:
        """The time given, in seconds."""
        return self._seconds

    @property
    def name(self) -> str | None:
        """The name given, or None."""
        return self._name

    @property
    def _options(self) -> tuple[float, dict[str, Any]]:
        return self._seconds, {
            "repeat": self._repeat,
            "exit": self._exit,
            "file": self._file,
            "after_fork": self._after_fork,
            "max_threads": self._max_threads,
        }


def _header(watchdog: TimerWatchdog) -> bytes:
    microseconds = -int(-watchdog._seconds * 1_000_000 // 1)
    seconds, rest = divmod(microseconds, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:06}" if rest else ""
    name = f"Watchdog: {watchdog._name}\n" if watchdog._name else ""
    return f"Timeout ({hours}:{minutes:02}:{seconds:02}{fraction})!\n{name}".encode()


def _fire(reference: Any) -> None:
    """Write the dump; runs on the timer's thread."""
    from faulthandler import dump_traceback
    from threading import current_thread

    watchdog = reference()
    if watchdog is None or watchdog._timer is not current_thread():
        return
    watchdog._timer = None
    watchdog._fired += 1
    try:
        os.write(watchdog._fd, _header(watchdog))
        dump_traceback(watchdog._fd)
    except OSError:  # the descriptor was closed, or nobody reads
        pass
    if watchdog._exit:
        os._exit(1)
    if watchdog._repeat:
        watchdog._arm(watchdog._seconds)


class _Kept:
    """The watchdogs that stay armed in a child; a child has none of the timers' threads."""

    def __init__(self) -> None:
        self.references: Any = None

    def add(self, watchdog: TimerWatchdog) -> None:
        import weakref

        if self.references is None:
            self.references = weakref.WeakSet()
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self.arm_again)
        self.references.add(watchdog)

    def arm_again(self) -> None:
        for watchdog in list(self.references):
            if watchdog._timer is not None:
                watchdog._timer = None
                watchdog._arm(watchdog._seconds)


_kept = _Kept()
