"""Start the program after our own frames have ended, so that none of them is beneath it.

The command leaves by an exception, as a failing program does.  The interpreter, which has no frame
left, calls `sys.excepthook`.  That is a launcher of the extension (bind_run.c), which runs the
program by the interpreter's own functions and lets the interpreter report its errors.
"""

from __future__ import annotations

import sys

from lastwords._backend import native
from lastwords._hooks import uncaught
from lastwords.cli.program import CannotOpenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from lastwords.cli.program import Program, Start


class _Leave(BaseException):
    """Raised to leave our frames."""


def can_launch(caller: FrameType) -> bool:
    """Return whether `caller` is `__main__` and was started by the interpreter itself.

    If another program started it (`python -m cProfile -m lastwords`), the exception would end that
    program.
    """
    main = sys.modules.get("__main__")
    frame: FrameType | None = caller
    if native is None or main is None or caller.f_globals is not main.__dict__:
        return False
    if caller.f_code.co_name == "<module>":
        frame = caller.f_back
    while frame is not None and frame.f_globals.get("__name__") == "runpy":  # python -m
        frame = frame.f_back
    return frame is None


def launch(program: Program) -> None:
    """Leave our frames by an exception and run the program, which ends the process.

    Returns only if an audit hook forbids the interpreter to call `sys.excepthook`.
    """
    previous = sys.excepthook

    def prepare(
        kind: type[BaseException], value: BaseException, tb: TracebackType | None
    ) -> Start | int | None:
        try:
            sys.excepthook = previous
            if kind is not _Leave:  # another exception came first, an interrupt for example
                previous(kind, value, tb)
                return None
            _forget(value, tb)
            return program.prepare()
        except CannotOpenError as error:
            uncaught.write(uncaught.stderr(), f"{error}\n")
            return error.status
        except KeyboardInterrupt as error:  # reported as if the program had raised it
            error.__traceback__ = None
            return error, None

    launcher = native.launcher(prepare)  # type: ignore[union-attr]  # see can_launch()
    leave = _Leave()
    try:
        sys.audit("sys.excepthook", launcher, _Leave, leave, None)
    except Exception:
        return
    sys.excepthook = launcher
    raise leave


def _forget(value: BaseException, tb: TracebackType | None) -> None:
    """Drop the interpreter's references to our exception, and the variables of our frames."""
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        sys.__dict__.pop(name, None)
    value.__traceback__ = None
    while tb is not None:
        tb.tb_frame.clear()
        following, tb.tb_next = tb.tb_next, None
        tb = following
