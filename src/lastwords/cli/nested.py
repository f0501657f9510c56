"""Runs a program above the frames of its caller.

Where the extension is missing, or another program has started the command (`python -m cProfile -m
lastwords run ...`).  An exception that comes out is reported as the interpreter does it;
SystemExit and KeyboardInterrupt go on to the interpreter, which knows how to end a process by them.
"""

from __future__ import annotations

import sys

from lastwords._hooks import uncaught
from lastwords.cli.program import STANDARD_INPUT, CannotOpenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

    from lastwords.cli.program import Program, Start

_HERE = __file__


def run(program: Program) -> int:
    """Run the program; return 0, or 1 after reporting an exception.

    Raises SystemExit and KeyboardInterrupt that came out of the program.
    """
    error = _outcome(program)
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
            report(error)
    finally:
        if sys.version_info >= (3, 14) or not isinstance(error, SystemExit):
            _forget_file()
    if isinstance(error, KeyboardInterrupt):
        _end_by_interrupt(error)
    return 0 if error is None else 1


def _outcome(program: Program) -> BaseException | None:
    try:
        _start(program.prepare())
    except BaseException as error:
        _strip(error)
        return error
    return None


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
        return _compiled(sys.stdin.buffer.read(), path)
    with open(descriptor, "rb") as file:
        content = file.read()
    loaders = sys.modules["_frozen_importlib_external"]
    magic: bytes = loaders.MAGIC_NUMBER
    if not path.endswith(".pyc") and content[:2] != magic[:2]:
        namespace["__loader__"] = loaders.SourceFileLoader("__main__", path)
        return _compiled(content, path)
    namespace["__loader__"] = loaders.SourcelessFileLoader("__main__", path)
    if content[:4] != magic:
        message = "Bad magic number in .pyc file"
        raise RuntimeError(message)
    import marshal

    code: CodeType = marshal.loads(content[_PYC_MAGIC_LENGTH:])  # noqa: S302 - the program to run
    return code


def _compiled(source: bytes, path: str) -> CodeType:
    code: CodeType = compile(source, path, "exec", dont_inherit=True)
    return code


def _forget_file() -> None:
    """What the interpreter set for a script it takes away when the script has ended."""
    namespace = sys.modules["__main__"].__dict__
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


def report(error: BaseException) -> None:
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
    failure = _failure_of(hook, kind, error, tb)
    if failure is None:
        return
    if isinstance(failure, SystemExit):
        raise failure
    file = uncaught.stderr()
    uncaught.write(file, "Error in sys.excepthook:\n")
    uncaught.print_exception(type(failure), failure, failure.__traceback__)
    uncaught.write(file, "\nOriginal exception was:\n")
    uncaught.print_exception(kind, error, tb)
    if isinstance(failure, KeyboardInterrupt):
        _end_by_interrupt(failure)


def _failure_of(hook: Any, *arguments: object) -> BaseException | None:
    try:
        hook(*arguments)
    except BaseException as failure:
        _strip(failure)
        return failure
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


def _end_by_interrupt(error: KeyboardInterrupt) -> None:
    """Has the interpreter end the process by SIGINT, once it has shut down in order.

    It does so for a KeyboardInterrupt that reaches it.  Reported already, it is to pass the hook
    once in silence; the hook that the program set is there again for what comes after.
    """
    hook = getattr(sys, "excepthook", None)

    def excepthook(kind: type[BaseException], value: BaseException, tb: object, /) -> None:
        if hook is not None:
            sys.excepthook = hook
        if value is not error and hook is not None:
            hook(kind, value, tb)

    sys.excepthook = excepthook
    raise error
