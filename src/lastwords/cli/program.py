"""Runs a program in this process so that it is the program.

A fresh `__main__`, `sys.argv` and `sys.path[0]` are made as the interpreter makes them, and the
code runs with no frame of ours beneath it (where the extension is there).  An exception that
comes out is reported as the interpreter does it; SystemExit and KeyboardInterrupt go on to the
interpreter, which knows how to end a process by them.  The rules are those that CPython 3.15
shows; what differs between versions (attributes of `__main__`, `-c` in linecache, dedenting) is
as on the running one.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

from lastwords._backend import native
from lastwords._hooks import uncaught
from lastwords._source import give_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any


EXIT_CANNOT_OPEN = 2
_HERE = __file__
_kept: list[object] = []  # the __main__ that we were started by


class CannotOpenError(Exception):
    """The script can't be read; the text is the interpreter's."""


def run(kind: str, target: str, arguments: list[str]) -> int:
    """Runs `target`, a path, module or code; returns 0, or 1 after reporting an exception.

    Raises SystemExit and KeyboardInterrupt that came out of the program.
    """
    main = _fresh_main()
    error = _outcome(main, kind, target, arguments)
    # Outside of every except block: the program's hook is to see no exception being handled.
    if isinstance(error, CannotOpenError):
        sys.stderr.write(f"{error}\n")
        return EXIT_CANNOT_OPEN
    try:
        if error is None:
            _flush()
        elif isinstance(error, SystemExit):
            raise error
        else:
            report(error)
    finally:
        if sys.version_info >= (3, 14) or not isinstance(error, SystemExit):
            _forget_file(main)
    if isinstance(error, KeyboardInterrupt):
        _end_by_interrupt(error)
    return 0 if error is None else 1


def _outcome(
    main: ModuleType, kind: str, target: str, arguments: list[str]
) -> BaseException | None:
    body = {"script": _script, "module": _module, "code": _code, "stdin": _stdin}[kind]
    try:
        body(main, target, arguments)
    except BaseException as error:
        _strip(error)
        return error
    return None


def _fresh_main() -> ModuleType:
    main = ModuleType("__main__")
    namespace = main.__dict__
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    namespace["__builtins__"] = sys.modules["builtins"]
    namespace["__loader__"] = sys.modules["_frozen_importlib"].BuiltinImporter
    _kept.append(sys.modules.get("__main__"))
    sys.modules["__main__"] = main
    return main


def _set_file(main: ModuleType, path: str, loader: object) -> None:
    main.__dict__["__file__"] = path
    if sys.version_info < (3, 15):
        main.__dict__["__cached__"] = None
    if loader is not None:
        main.__dict__["__loader__"] = loader


def _forget_file(main: ModuleType) -> None:
    """What the interpreter set for a script it takes away when the script has ended."""
    if main.__dict__.get("__spec__") is None:
        main.__dict__.pop("__file__", None)
        main.__dict__.pop("__cached__", None)


def _set_path0(entry: str) -> None:
    """Replaces what the interpreter put there for us, unless it was told to put nothing."""
    if not sys.flags.safe_path:
        sys.path[:1] = [entry]


def _call(function: Callable[..., Any], *arguments: object) -> None:
    if native is None:
        function(*arguments)
    else:
        native.call_at_bottom(function, *arguments)


# The four kinds of program.


def _script(main: ModuleType, target: str, arguments: list[str]) -> None:
    sys.argv = [target, *arguments]
    if target in ("", "."):
        path = os.getcwd()
    else:  # not normalised: the interpreter doesn't, and it shows in tracebacks
        path = target if os.path.isabs(target) else os.path.join(os.getcwd(), target)
    if _importer(path) is not None:  # a directory or a zip file
        sys.path[: 0 if sys.flags.safe_path else 1] = [path]
        _run_module("__main__", False)
        return
    _check_readable(path)
    sys.audit("cpython.run_file", path)
    _set_path0(os.path.dirname(os.path.realpath(path)))
    loaders = sys.modules["_frozen_importlib_external"]
    if _is_bytecode(path):
        _set_file(main, path, loaders.SourcelessFileLoader("__main__", path))
        _call(exec, _bytecode(path), main.__dict__)
        return
    _set_file(main, path, loaders.SourceFileLoader("__main__", path))
    if native is not None:
        native.run_file(path, main.__dict__)
        return
    with open(path, "rb") as file:
        source = file.read()
    exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)  # noqa: S102 - the job


def _module(main: ModuleType, target: str, arguments: list[str]) -> None:
    del main
    sys.argv = ["-m", *arguments]
    try:
        _set_path0(os.getcwd())
    except OSError:
        _set_path0("")
    _run_module(target, True)


def _run_module(name: str, alter_argv: bool) -> None:
    import runpy

    sys.audit("cpython.run_module", name)
    # What the interpreter itself calls for -m, directories and zip files: its messages and its
    # frames are part of what `python -m` prints.
    _call(runpy._run_module_as_main, name, alter_argv)  # type: ignore[attr-defined]


def _code(main: ModuleType, target: str, arguments: list[str]) -> None:
    sys.argv = ["-c", *arguments]
    _set_path0("")
    source = target + "\n"
    if sys.version_info >= (3, 14):
        source = _dedented(source)
    sys.audit("cpython.run_command", target + "\n")
    code = compile(source, "<string>", "exec", dont_inherit=True)
    give_lines(code, source)
    _call(exec, code, main.__dict__)


def _stdin(main: ModuleType, target: str, arguments: list[str]) -> None:
    del target
    sys.argv = ["-", *arguments]
    _set_path0("")
    _set_file(main, "<stdin>", None)
    sys.audit("cpython.run_stdin")
    if native is not None:
        native.run_stdin(main.__dict__)
        return
    source = sys.stdin.buffer.read()
    exec(compile(source, "<stdin>", "exec", dont_inherit=True), main.__dict__)  # noqa: S102


# What they need.


def _importer(path: str) -> object:
    """The path entry finder of a directory or zip file; None for a plain file."""
    try:
        return sys.path_importer_cache[path]
    except KeyError:
        pass
    for hook in sys.path_hooks:
        try:
            finder = hook(path)
        except ImportError:
            continue
        sys.path_importer_cache[path] = finder
        return finder
    return None


def _check_readable(path: str) -> None:
    try:
        os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        program = sys.orig_argv[0] if sys.orig_argv else sys.executable
        message = f"{program}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
        raise CannotOpenError(message) from None


_PYC_MAGIC_LENGTH = 16


def _is_bytecode(path: str) -> bool:
    if path.endswith(".pyc"):
        return True
    with open(path, "rb") as file:
        start = file.read(2)
    magic: bytes = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
    return start == magic[:2]


def _bytecode(path: str) -> object:
    import marshal

    with open(path, "rb") as file:
        content = file.read()
    magic: bytes = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
    if content[:4] != magic:
        message = "Bad magic number in .pyc file"
        raise RuntimeError(message)
    code: object = marshal.loads(content[_PYC_MAGIC_LENGTH:])  # noqa: S302 - the program to run
    return code


def _dedented(source: str) -> str:
    """Takes off the indentation that all lines of `-c` have in common, as 3.14 and later do."""
    lines = source.splitlines(keepends=True)
    margin: str | None = None
    for line in lines:
        text = line.lstrip(" \t")
        if not text.strip():
            continue
        indent = line[: len(line) - len(text)]
        margin = indent if margin is None else _common_start(margin, indent)
    if not margin:
        return source
    return "".join(line[len(margin) :] if line.strip() else line.lstrip(" \t") for line in lines)


def _common_start(one: str, other: str) -> str:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]


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
        _call(hook, *arguments)
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
