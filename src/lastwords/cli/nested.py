"""Runs a program above the frames of its caller.

Where the extension is missing, or another program has started the command (`python -m cProfile -m
lastwords run ...`).  An exception that comes out is reported as the interpreter does it;
SystemExit and KeyboardInterrupt go on to the interpreter, which knows how to end a process by them.
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


# For the functions below, which go on when the program has ended: it may have replaced or emptied
# the built-in names.
globals()["__builtins__"] = dict(vars(builtins))


def run(program: Program) -> int:
    """Run the program; return 0, or 1 after reporting an exception.

    Raises SystemExit and KeyboardInterrupt that came out of the program.
    """
    tracing = _Tracing()
    error = _outcome(program, tracing)
    # Outside of every except block: the program's hook is to see no exception being handled.
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
    """Run the program as the process's own command; return None if nothing is to be raised.

    That is so before a prompt, and with `-i` or PYTHONINSPECT, when a SystemExit would be shown and
    not be obeyed.
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
    """Ends the process like any exception."""


def _prompt_follows() -> bool:
    try:
        is_wanted = sys.flags.inspect or (
            not sys.flags.ignore_environment and os.environ.get("PYTHONINSPECT")
        )
        return bool(is_wanted and (sys.flags.interactive or os.isatty(0)))
    except Exception:  # what the program has made of `os`
        return False


class _Tracing:
    """The trace and profile functions that the program leaves on: off while ours runs.

    Those of another program, in which the command runs, stay; and C code, which can't be set again.
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
        except BaseException:  # one that raises is off afterwards
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
    """The code of the file; `__file__` and its kin are set as the interpreter does."""
    namespace["__file__"] = path
    if sys.version_info < (3, 15):
        namespace["__cached__"] = None
    if descriptor == STANDARD_INPUT:
        return _compiled(b"" if sys.stdin is None else sys.stdin.buffer.read(), path)
    with open(descriptor, "rb") as file:
        is_plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        content = file.read()
    loaders = sys.modules["_frozen_importlib_external"]
    magic: bytes = loaders.MAGIC_NUMBER
    if not path.endswith(".pyc") and not (is_plain and content[:2] == magic[:2]):
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
    """What the interpreter set for a script it takes away when the script has ended."""
    main = sys.modules.get("__main__")
    namespace: dict[str, Any] = getattr(main, "__dict__", {})
    if namespace.get("__spec__") is None:
        namespace.pop("__file__", None)
        namespace.pop("__cached__", None)


# The end of a program.


def _strip(error: BaseException) -> None:
    """Takes our own frames off the outer end of the exception's traceback."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == _HERE:
        tb = tb.tb_next
    error.__traceback__ = tb


def _flush() -> None:
    """As the interpreter does between running a program and reporting on it."""
    for name in ("stderr", "stdout"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # at exit it is tried again, and said then
            pass


def report(error: BaseException, tracing: _Tracing) -> None:
    """Does what the interpreter does with an exception that ends the program.

    `sys.last_exc` and its kin, the audit event, `sys.excepthook` and what is printed when that
    is missing or fails.  Raises the SystemExit that a hook raises.
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
    """Raises the interpreter's audit event; False if a hook forbids going on (RuntimeError)."""
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
    """Have the interpreter end the process by an exception that is reported already.

    It is to pass the hook once in silence; the hook that the program set is there again for what
    comes after.
    """
    hook = getattr(sys, "excepthook", None)

    def excepthook(kind: type[BaseException], value: BaseException, tb: object, /) -> None:
        if hook is not None:
            sys.excepthook = hook
        if value is not error and hook is not None:
            hook(kind, value, tb)

    sys.excepthook = excepthook
    raise error
