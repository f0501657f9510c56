"""Run a program above the frames of its caller.

Used without the extension, or if another program has started the command (`python -m cProfile -m
lastwords run ...`).  An exception that leaves the program is reported as the interpreter does it;
SystemExit and KeyboardInterrupt are passed on to the interpreter, which ends the process by them.
"""

from __future__ import annotations

import builtins
import os
import stat
import sys
from types import CodeType

from lastwords._hooks import uncaught
from lastwords.cli.program import STANDARD_INPUT, CannotOpenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, NoReturn

    from lastwords.cli.program import Program, Start

_HERE = __file__


# The functions below run after the program, which may have replaced or emptied the built-in names.
globals()["__builtins__"] = dict(vars(builtins))


def run(program: Program) -> int:
    """Run the program; return 0, or 1 after reporting an exception.

    Raises SystemExit and KeyboardInterrupt that came out of the program.
    """
    tracing = _Tracing()
    error = _outcome(program, tracing)
    # Outside of every except block, so that the program's hook sees no exception being handled.
    if isinstance(error, CannotOpenError):
        uncaught.write(uncaught.stderr(), f"{error}\n")
        return error.status
    try:
        if error is None:
            _flush()
        elif isinstance(error, SystemExit):
            raise error
        else:
            report(error, tracing)
    finally:
        if sys.version_info >= (3, 14) or not isinstance(error, SystemExit):
            _forget_file()
        tracing.resume()
    if isinstance(error, KeyboardInterrupt):
        uncaught.load_what_runs_text()
        _leave(error)  # the interpreter then ends the process by SIGINT
    return 0 if error is None else 1


def run_command(program: Program) -> int | None:
    """Run the program as the process's own command; return its status, or None before a prompt.

    With `-i` or PYTHONINSPECT the caller may not exit, since a SystemExit would be shown and not be
    obeyed: return None then too, and end with status 1 by another exception if there is no prompt.
    """
    status = run(program)
    if _prompt_follows():
        return None
    if not sys.flags.inspect:
        return status
    if status:
        _leave(_StatusOne())
    return None


class _StatusOne(BaseException):
    """Raised to end the process with status 1."""


def _prompt_follows() -> bool:
    try:
        is_wanted = sys.flags.inspect or (
            not sys.flags.ignore_environment and os.environ.get("PYTHONINSPECT")
        )
        return bool(is_wanted and (sys.flags.interactive or os.isatty(0)))
    except Exception:  # what the program has made of `os`
        return False


class _Tracing:
    """Switches trace and profile functions that the program leaves on off while our code runs.

    Those that were on before the program stay on; so do those in C, which can't be set again.
    """

    def __init__(self) -> None:
        self._before = sys.gettrace(), sys.getprofile()
        self._left_on: list[tuple[Callable[[Any], object], Any]] = []

    def suspend(self) -> None:
        for get, change, before in (
            (sys.gettrace, sys.settrace, self._before[0]),
            (sys.getprofile, sys.setprofile, self._before[1]),
        ):
            current = get()
            if current is not before and callable(current):
                change(None)
                self._left_on.append((change, current))

    def resume(self) -> None:
        while self._left_on:
            change, current = self._left_on.pop()
            change(current)


def _outcome(program: Program, tracing: _Tracing) -> BaseException | None:
    outcome = None
    try:
        _start(program.prepare())
    except BaseException as error:
        outcome = error
    for _ in range(2):
        try:
            tracing.suspend()
        except BaseException:  # the interpreter switches off a trace function that raises
            continue
        break
    if outcome is not None:
        _strip(outcome)
    return outcome


def _start(start: Start) -> None:
    first: Any
    second: Any
    first, second = start
    namespace = sys.modules["__main__"].__dict__
    if isinstance(first, int):
        exec(_code_of_file(first, second, namespace), namespace)  # noqa: S102 - the job
    elif isinstance(first, BaseException):
        raise first
    elif callable(first):
        first(*second)
    else:
        exec(first, namespace)  # noqa: S102 - the job


_PYC_MAGIC_LENGTH = 16


def _code_of_file(descriptor: int, path: str, namespace: dict[str, Any]) -> CodeType:
    """Return the code of a file; set `__file__` and the like as the interpreter does."""
    namespace["__file__"] = path
    if sys.version_info < (3, 15):
        namespace["__cached__"] = None
    if descriptor == STANDARD_INPUT:
        return _compiled(b"" if sys.stdin is None else sys.stdin.buffer.read(), path)
    with open(descriptor, "rb") as file:
        is_regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        content = file.read()
    loaders = sys.modules["_frozen_importlib_external"]
    magic: bytes = loaders.MAGIC_NUMBER
    if not path.endswith(".pyc") and not (is_regular and content[:2] == magic[:2]):
        namespace["__loader__"] = loaders.SourceFileLoader("__main__", path)
        return _compiled(content, path)
    namespace["__loader__"] = loaders.SourcelessFileLoader("__main__", path)
    if content[:4] != magic:
        message = "Bad magic number in .pyc file"
        raise RuntimeError(message)
    import marshal

    code: CodeType | None
    try:
        code = marshal.loads(content[_PYC_MAGIC_LENGTH:])  # noqa: S302 - the program to run
    except Exception:
        code = None
    if not isinstance(code, CodeType):
        message = "Bad code object in .pyc file"
        raise RuntimeError(message)  # noqa: TRY004 - the interpreter's own
    return code


def _compiled(source: bytes, path: str) -> CodeType:
    code: CodeType = compile(source, path, "exec", dont_inherit=True)
    return code


def _forget_file() -> None:
    """Remove the names that the interpreter removes from `__main__` when a script has ended."""
    main = sys.modules.get("__main__")
    namespace: dict[str, Any] = getattr(main, "__dict__", {})
    if namespace.get("__spec__") is None:
        namespace.pop("__file__", None)
        namespace.pop("__cached__", None)


# -- the end of a program --


def _strip(error: BaseException) -> None:
    """Remove our own frames from the outer end of the exception's traceback."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == _HERE:
        tb = tb.tb_next
    error.__traceback__ = tb


def _flush() -> None:
    """Flush the standard streams, as the interpreter does before it reports an exception."""
    for name in ("stderr", "stdout"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # the interpreter tries again at exit, and reports the error
            pass


def report(error: BaseException, tracing: _Tracing) -> None:
    """Do what the interpreter does with an exception that ends the program.

    Set `sys.last_exc` and the like, raise the audit event and call `sys.excepthook`; print the
    exception if that is missing or fails.  Raises the SystemExit that a hook raises.
    """
    _flush()
    kind, tb = type(error), error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, tb
    hook = getattr(sys, "excepthook", _NO_HOOK)
    if not _audited(hook, kind, error, tb):
        return
    if hook is _NO_HOOK:
        uncaught.write(uncaught.stderr(), "sys.excepthook is missing\n")
        uncaught.print_exception(kind, error, tb)
        return
    failure = _failure_of(tracing, hook, kind, error, tb)
    if failure is None:
        return
    if isinstance(failure, SystemExit):
        raise failure
    file = uncaught.stderr()
    uncaught.write(file, "Error in sys.excepthook:\n")
    uncaught.print_exception(type(failure), failure, failure.__traceback__)
    uncaught.write(file, "\nOriginal exception was:\n")
    uncaught.print_exception(kind, error, tb)


def _failure_of(tracing: _Tracing, hook: Any, *arguments: object) -> BaseException | None:
    try:
        tracing.resume()
        hook(*arguments)
    except BaseException as failure:
        _strip(failure)
        return failure
    finally:
        tracing.suspend()
    return None


_NO_HOOK = object()


def _audited(
    hook: object, kind: type[BaseException], error: BaseException, tb: TracebackType | None
) -> bool:
    """Raise the audit event; return False if a hook forbids to go on by a RuntimeError."""
    try:
        sys.audit("sys.excepthook", None if hook is _NO_HOOK else hook, kind, error, tb)
    except RuntimeError:
        return False
    except BaseException as failure:
        _strip(failure)
        details = (type(failure), failure, failure.__traceback__, None, None)
        uncaught.write(uncaught.stderr(), "Exception ignored in audit hook:\n")
        uncaught.print_exception(*details[:3])
    return True


def _leave(error: BaseException) -> NoReturn:
    """Make the interpreter end the process by an exception that was reported before.

    A hook of ours drops the exception without a report and puts the program's hook back.
    """
    hook = getattr(sys, "excepthook", None)

    def excepthook(kind: type[BaseException], value: BaseException, tb: object, /) -> None:
        if hook is not None:
            sys.excepthook = hook
        if value is not error and hook is not None:
            hook(kind, value, tb)

    sys.excepthook = excepthook
    raise error
