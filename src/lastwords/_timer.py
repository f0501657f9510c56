"""`watchdog` without the extension: `threading.Timer` and the standard dump.

Owns the pure-Python watchdog, with the native one's arguments, errors and text.  Its dump needs the
interpreter's lock, so it can't report a hang in C code that keeps the lock; and each armed watchdog
is a thread.
"""

from __future__ import annotations

import os
import sys

from lastwords import _report_header as report_header
from lastwords._contained import pass_on

TYPE_CHECKING = False  # typing costs import time
if TYPE_CHECKING:
    from threading import Thread, Timer
    from types import FrameType
    from typing import Any, Self

_LONGEST = 2**63 / 1e9
_NAME_BYTES = 127
_MOST_FRAMES, _MOST_THREADS = 100, 100
_THREADS = ("all", "own first", "own")
_LARGEST_INT = 2**31 - 1  # of C


def _positive(seconds: Any) -> float:
    """Return the seconds as a float.  Raises what the native watchdog raises."""
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


def _checked_threads(threads: object) -> str:
    if isinstance(threads, str) and threads in _THREADS:
        return threads
    shown = f"'{threads}'" if isinstance(threads, str) else type(threads).__name__
    raise ValueError(f"threads must be 'own first', 'own' or 'all', not {shown}")


def _descriptor(file: Any) -> tuple[int, bool]:
    """Return a descriptor for `file`, and whether this function opened it."""
    if isinstance(file, (str, bytes)) or hasattr(file, "__fspath__"):
        return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666), True
    if file is not None:
        return _number_of(file), False
    try:
        return _number_of(sys.stderr), False
    except Exception as error:  # a notebook's stream, a test's capture: the real standard error
        pass_on(error)
        return 2, False


def _number_of(file: Any) -> int:
    """Return the descriptor of a file as `faulthandler` takes it.  Raises what that raises."""
    if isinstance(file, int):
        if file < 0:
            raise ValueError("file is not a valid file descriptor")
        if file > _LARGEST_INT:
            raise OverflowError("Python int too large to convert to C int")
        return file
    number = file.fileno()
    if not isinstance(number, int) or not 0 <= number <= _LARGEST_INT:
        raise RuntimeError("file.fileno() is not a valid file descriptor")
    return number


class TimerWatchdog:
    """The base of `lastwords.watchdog` without the extension; see there."""

    __slots__ = (
        "__weakref__",
        "_after_fork",
        "_exit",
        "_fd",
        "_file",
        "_fired",
        "_header",
        "_max_threads",
        "_name",
        "_opened",
        "_owner",
        "_repeat",
        "_seconds",
        "_threads",
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
        header: bool | str | None = None,
        threads: str = "all",
    ) -> None:
        self._timer: Timer | None = None
        self._owner: Thread
        self._opened = False
        self._seconds = _positive(seconds)
        self._name = _one_line(name)
        self._repeat, self._exit, self._after_fork = bool(repeat), bool(exit), bool(after_fork)
        self._max_threads = max_threads
        self._header, _ = header, report_header.line_maker(header)
        self._threads = _checked_threads(threads)
        self._file = file
        self._fired = 0
        self._fd, self._opened = _descriptor(file)
        self._note_owner()
        self._arm(self._seconds)

    def _note_owner(self) -> None:
        if self._threads != "all":
            from threading import current_thread

            self._owner = current_thread()

    def _arm(self, seconds: float) -> None:
        import weakref
        from threading import TIMEOUT_MAX, Timer

        self.cancel()
        self._timer = Timer(min(seconds, TIMEOUT_MAX), _fire, (weakref.ref(self),))
        self._timer.daemon = True
        self._timer.start()
        if self._after_fork:
            _armed_after_fork.add(self)

    def cancel(self) -> bool:
        """Disarm the watchdog; return whether it was armed.  Never waits for a dump."""
        timer, self._timer = self._timer, None
        if timer is None:
            return False
        timer.cancel()
        return True

    def extend(self, seconds: float | None = None, /) -> None:
        """Move the deadline to `seconds` from now; by default as many as before."""
        if seconds is not None:
            self._seconds = _positive(seconds)
        self._note_owner()
        self._arm(self._seconds)

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
        """Return whether a deadline is set."""
        return self._timer is not None

    @property
    def fired(self) -> int:
        """Return how many times the deadline has passed."""
        return self._fired

    @property
    def seconds(self) -> float:
        """Return the time given, in seconds."""
        return self._seconds

    @property
    def name(self) -> str | None:
        """Return the name given, or None."""
        return self._name

    @property
    def _options(self) -> tuple[float, dict[str, Any]]:
        return self._seconds, {
            "repeat": self._repeat,
            "exit": self._exit,
            "file": self._file,
            "after_fork": self._after_fork,
            "max_threads": self._max_threads,
            "header": self._header,
            "threads": self._threads,
        }


def _header(watchdog: TimerWatchdog) -> bytes:
    microseconds = -int(-watchdog._seconds * 1_000_000 // 1)
    seconds, rest = divmod(microseconds, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:06}" if rest else ""
    name = f"Watchdog: {watchdog._name}\n" if watchdog._name else ""
    line = report_header.line_maker(watchdog._header)
    text = f"Timeout ({hours}:{minutes:02}:{seconds:02}{fraction})!\n{name}".encode()
    return line() + text if line else text


def _stack(ident: int, frame: FrameType | None) -> bytes:
    """Return a thread's stack in the form of the standard dump."""
    lines = [f"Thread {ident:#018x} (most recent call first):\n"]
    while frame is not None and len(lines) <= _MOST_FRAMES:
        code, line = frame.f_code, frame.f_lineno
        shown = "???" if line is None else line
        lines.append(f'  File "{code.co_filename}", line {shown} in {code.co_name}\n')
        frame = frame.f_back
    return "".join(lines).encode("ascii", "backslashreplace")


def _own_dump(watchdog: TimerWatchdog) -> bytes:
    """Return a dump that begins with the thread that armed the watchdog."""
    from threading import get_ident

    frames = sys._current_frames()
    ident = watchdog._owner.ident or 0
    # If it has ended, a newer thread may have its ident.
    own = frames.pop(ident, None) if watchdog._owner.is_alive() else None
    begin = "" if own else "Armed by: a thread that has ended\n"
    stacks = [_stack(ident, own)] if own else []
    if watchdog._threads == "own first":
        frames.pop(get_ident(), None)  # the timer's
        stacks += [_stack(ident, frame) for ident, frame in frames.items()]
    most = watchdog._max_threads or _MOST_THREADS
    if len(stacks) > most:
        stacks[max(most, 0) :] = [b"...\n"]
    return begin.encode() + b"\n".join(stacks)


def _fire(reference: Any) -> None:
    """Write the dump.  Runs on the timer's thread."""
    from faulthandler import dump_traceback
    from threading import current_thread

    watchdog = reference()
    if watchdog is None or watchdog._timer is not current_thread():
        return
    watchdog._timer = None
    own = None if watchdog._threads == "all" else _own_dump(watchdog)
    try:
        os.write(watchdog._fd, _header(watchdog) + (own or b""))
        if own is None:
            dump_traceback(watchdog._fd)
    except OSError:  # a closed descriptor, or a pipe without a reader
        pass
    watchdog._fired += 1  # last: who waits for it finds the text, and may end
    if watchdog._exit:
        os._exit(1)
    if watchdog._repeat:
        watchdog._arm(watchdog._seconds)


class _ArmedAfterFork:
    """The watchdogs to arm again after a fork: a child has none of the timers' threads."""

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


_armed_after_fork = _ArmedAfterFork()
