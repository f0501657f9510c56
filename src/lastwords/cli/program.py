"""The program of `lastwords run`, and its environment, as the interpreter makes them.

Owns how `__main__`, `sys.argv` and `sys.path[0]` are set, and what starts the program: an open
file, code, or the function of `runpy` that runs a module.  The rules are those of CPython 3.15;
what differs between versions (attributes of `__main__`, dedenting of `-c`) follows the running one.
"""

from __future__ import annotations

import os
import stat
import sys
from types import ModuleType

from lastwords._contained import pass_on
from lastwords._hooks import uncaught
from lastwords._source import register_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    # A file's descriptor and path, code of `__main__`, a function and its arguments, or an
    # exception that ends the program before it starts.
    Start = (
        tuple[int, str]
        | tuple[CodeType, None]
        | tuple[Callable[..., object], tuple[object, ...]]
        | tuple[BaseException, None]
    )

STANDARD_INPUT = -1
"""In place of a descriptor: `sys.stdin`, as the interpreter has opened it."""


EXIT_CANNOT_OPEN = 2
EXIT_CANNOT_CONTINUE = 1


class CannotOpenError(Exception):
    """The script can't be read; message and exit `status` are the interpreter's."""

    def __init__(self, message: str, status: int) -> None:
        program = sys.orig_argv[0] if sys.orig_argv else sys.executable
        super().__init__(f"{program}: {message}")
        self.status = status


class Program:
    """A program to run; `kind` is one of script, module, code, stdin."""

    def __init__(self, kind: str, target: str, arguments: list[str]) -> None:
        self.kind = kind
        self.target = target
        self.arguments = arguments
        self._replaced: object = None  # our own __main__, kept alive

    def prepare(self) -> Start:
        """Set up the program's environment; return what starts it.

        Raises CannotOpenError if the script can't be read.
        """
        make = {"script": _script, "module": _module, "code": _code, "stdin": _stdin}[self.kind]
        try:
            return make(self.target, self.arguments)
        except CannotOpenError:
            raise
        except BaseException as error:  # code that doesn't compile, or an interrupt
            error.__traceback__ = None
            return error, None
        finally:
            self._replaced, sys.modules["__main__"] = sys.modules.get("__main__"), fresh_main()


def fresh_main() -> ModuleType:
    """Return a `__main__` as the interpreter makes it before it starts a program."""
    main = ModuleType("__main__")
    namespace = main.__dict__
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    namespace["__builtins__"] = sys.modules["builtins"]
    namespace["__loader__"] = sys.modules["_frozen_importlib"].BuiltinImporter
    return main


def _set_path0(*entry: str) -> None:
    """Replace the first entry of `sys.path`, which the interpreter made for us, if there is one."""
    if not sys.flags.safe_path:
        sys.path[: _own_entries()] = entry


def _own_entries() -> int:
    """Return how many entries of `sys.path` are ours: none if `-m` had no working directory."""
    started_by_m = getattr(sys.modules.get("__main__"), "__spec__", None) is not None
    return 0 if sys.flags.safe_path or (started_by_m and _working_directory() is None) else 1


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it has been removed
        return None


# -- the four kinds of program --


def _script(target: str, arguments: list[str]) -> Start:
    sys.argv = [target, *arguments]
    folder = _working_directory()
    if target in ("", ".") and folder is not None:
        path = folder
    else:  # not normalised: the interpreter doesn't, and it shows in tracebacks
        path = os.path.join(folder or "", target)
    if _path_entry_finder(path) is not None:  # a directory or a zip file
        sys.path[: _own_entries()] = [path]
        return _run_module("__main__", False)
    sys.audit("cpython.run_file", path)
    _set_path0(_folder(path))
    return _open_script(path), path


def _module(target: str, arguments: list[str]) -> Start:
    sys.argv = ["-m", *arguments]
    folder = _working_directory()
    _set_path0(*() if folder is None else (folder,))
    return _run_module(target, True)


def _run_module(name: str, alter_argv: bool) -> Start:
    import runpy

    sys.audit("cpython.run_module", name)
    # What the interpreter itself calls for -m, directories and zip files: its messages and its
    # frames are part of what `python -m` prints.
    return runpy._run_module_as_main, (name, alter_argv)  # type: ignore[attr-defined]


def _code(target: str, arguments: list[str]) -> Start:
    sys.argv = ["-c", *arguments]
    _set_path0("")
    try:
        target.encode()
    except UnicodeEncodeError:
        text = "Unable to decode the command from the command line:\n"
        uncaught.write(uncaught.stderr(), text)
        raise
    source = target + "\n"
    if sys.version_info >= (3, 14):
        source = _dedented(source)
    sys.audit("cpython.run_command", target + "\n")
    code = compile(source, "<string>", "exec", dont_inherit=True)
    register_source(code, source)
    return code, None


def _stdin(target: str, arguments: list[str]) -> Start:
    del target
    sys.argv = ["-", *arguments]
    _set_path0("")
    sys.audit("cpython.run_stdin")
    return STANDARD_INPUT, "<stdin>"


# -- parts of these --


def _path_entry_finder(path: str) -> object:
    """Return the path entry finder of a directory or zip file; None for other files."""
    try:
        return sys.path_importer_cache[path]
    except KeyError:
        pass
    for hook in sys.path_hooks:
        try:
            finder = hook(path)
        except ImportError:
            continue
        except Exception as error:  # without a working directory, for example
            pass_on(error)
            file = uncaught.stderr()
            uncaught.write(file, "Failed checking if argv[0] is an import path entry\n")
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            uncaught.print_exception(type(error), error, error.__traceback__)
            return None
        sys.path_importer_cache[path] = finder
        return finder
    return None


def _folder(path: str) -> str:
    """Return the folder of a script, symbolic links resolved; of a pipe, the folder of its name."""
    try:
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    except OSError:
        pass
    try:
        path = os.path.realpath(path, strict=True)
    except OSError:
        pass
    return os.path.dirname(path)


def _open_script(path: str) -> int:
    """Return a descriptor of the file, which is opened only once: it may be a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        message = f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
        raise CannotOpenError(message, EXIT_CANNOT_OPEN) from None
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        message = f"{path!r} is a directory, cannot continue"
        raise CannotOpenError(message, EXIT_CANNOT_CONTINUE)
    return descriptor


def _dedented(source: str) -> str:
    """Remove the common indentation of the lines of `-c`, as CPython 3.14 and later do."""
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
