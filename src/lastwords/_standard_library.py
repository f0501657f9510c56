"""Imports from the standard library, past files of the program with the same names.

A file beside a program may have the name of a standard module (`token.py`), and is then what
`import` finds.  A report must not run it; before CPython 3.13 the interpreter's own report imports
nothing.  So the modules come from the standard library's directory; one that the program hides is
loaded under a name of ours, with its own imports.  The program's imports find what they would find
without us.
"""

from __future__ import annotations

import builtins
import os
import sys
from _thread import RLock

from lastwords._backend import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

NEEDED = (
    *("__future__", "_colorize", "_heapq", "_missing_stdlib_info", "_opcode_metadata"),
    *("_py_warnings", "_weakrefset", "annotationlib", "ast", "codeop", "collections"),
    *("contextlib", "copy", "copyreg", "dataclasses", "difflib", "dis", "enum"),
    *("functools", "heapq", "importlib", "inspect", "keyword", "linecache", "opcode"),
    *("operator", "re", "reprlib", "token", "tokenize", "types", "unicodedata", "warnings"),
    "weakref",
)
"""The modules that reports import, and their imports, without built-in and frozen ones."""

_importlib: Any = sys.modules["_frozen_importlib"]
_path_finder: Any = sys.modules["_frozen_importlib_external"].PathFinder
_Module = type(sys)
_namespace = vars(_Module)["__dict__"].__get__  # runs no code of lazy modules


def _find_directories() -> tuple[str, ...]:
    """Return the directories of the standard library, or none if they can't be known."""
    file = getattr(os, "__file__", None)
    home = os.path.dirname(file) if file else getattr(sys, "_stdlib_dir", None)
    if not home:
        return ()
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    extensions = os.path.join(sys.base_exec_prefix, sys.platlibdir, version, "lib-dynload")
    windows = os.path.join(sys.base_exec_prefix, "DLLs")
    return home, os.path.join(home, "lib-dynload"), extensions, windows


_directories = _find_directories()

_trusted: dict[str, ModuleType] = {}
"""Modules in `sys.modules` that are no files of the program, as `module()` has found."""

_private: dict[str, ModuleType] = {}
"""Name → the module that was loaded under a name of ours."""

_loading: dict[str, ModuleType] = {}
_lock = RLock()
"""Held while modules are loaded under a name of ours."""


def module(name: str) -> Any:
    """Import a module of the standard library.  Raises what `import` raises if it fails.

    If `sys.modules` has an object of the program in its place that is from no file, return that.
    """
    found = sys.modules.get(name)
    if found is not None and _trusted.get(name) is found:
        return found
    return _private[name] if name in _private else _first(name)


def _first_use(name: str) -> Any:
    hidden = _is_from_elsewhere(name) if name in sys.modules else is_hidden(NEEDED)
    if hidden and _find(name, _directories) is not None:
        return _load(name)
    __import__(name)
    found = sys.modules[name]
    if isinstance(found, _Module):
        _trusted[name] = found
    return found


# At the end of the stack too: a Hook grants some levels.
_first = _first_use if native is None else native.Hook(_first_use)


def is_hidden(names: Iterable[str]) -> bool:
    """Return whether `import` finds, or has found, another file for one of these modules."""
    path = [entry for entry in sys.path or () if isinstance(entry, str)]
    homes = [path.index(entry) for entry in _directories if entry in path]
    before = path[: min(homes, default=0)]
    for name in names:
        if name in sys.modules:
            if _is_from_elsewhere(name):
                return True
        elif _find(name, before) is not None and not _is_built_in(name):
            return True
    return False


def _is_from_elsewhere(name: str) -> bool:
    """Return whether the loaded module is a file outside the standard library."""
    found = sys.modules[name]
    if not _directories or not isinstance(found, _Module):
        return False
    names = _namespace(found)
    origin = getattr(names.get("__spec__"), "origin", None) or names.get("__file__")
    if not isinstance(origin, str) or origin in ("built-in", "frozen"):
        return False
    directory, file = os.path.split(origin)
    if file.startswith("__init__."):
        directory = os.path.dirname(directory)
    return directory not in _directories


def _is_built_in(name: str) -> bool:
    return any(
        finder.find_spec(name) is not None
        for finder in (_importlib.BuiltinImporter, _importlib.FrozenImporter)
    )


def _find(name: str, path: Sequence[str]) -> ModuleSpec | None:
    """Return the spec of a module on a path; None if there is none, or only a namespace package."""
    spec: ModuleSpec | None = _path_finder.find_spec(name, path) if path else None
    return spec if spec is not None and spec.loader is not None else None


def _load(name: str) -> ModuleType:
    """Return the standard module: the one that the program has imported, or one of our own."""
    top, _, rest = name.partition(".")
    if _is_built_in(top) or (top in sys.modules and not _is_from_elsewhere(top)):
        __import__(name)
        return sys.modules[name]
    with _lock:
        found = _private.get(name) or _loading.get(name)
        if found is not None:
            return found
        path: Sequence[str] = _directories
        package = None
        if rest:
            package = _load(name.rpartition(".")[0])
            path = package.__path__
        spec = _find(name, path)
        if spec is None:
            message = f"No module named {name!r}"
            raise ModuleNotFoundError(message, name=name)
        found = _run(spec)
        if package is not None:
            setattr(package, name.rpartition(".")[2], found)
        _private[name] = found
        return found


def _run(spec: ModuleSpec) -> ModuleType:
    """Run a module under a name of ours, by which its classes can be looked up."""
    made: ModuleType = _importlib.module_from_spec(spec)
    loader: Any = spec.loader
    code = loader.get_code(spec.name)
    if code is None:  # an extension module, which imports nothing
        loader.exec_module(made)
        return made
    alias = f"{__name__}.{spec.name}"
    names = _namespace(made)
    names["__name__"] = alias
    names["__builtins__"] = {**vars(builtins), "__import__": _import}
    _loading[spec.name] = sys.modules[alias] = made
    try:
        exec(code, names)  # noqa: S102 - as an import does
    except BaseException:
        del sys.modules[alias]
        raise
    finally:
        _loading.pop(spec.name, None)
    return made


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: object = None,  # noqa: ARG001 - a part of the protocol
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """Do what `__import__` does, for the modules that we have loaded."""
    if level:
        package = (globals or {})["__spec__"].parent
        base = package.rsplit(".", level - 1)[0]
        name = f"{base}.{name}" if name else base
    found = _load(name)
    if not fromlist:
        return _load(name.partition(".")[0])
    for part in fromlist:
        if part != "*" and not hasattr(found, part) and hasattr(found, "__path__"):
            _load(f"{name}.{part}")
    return found


def _after_fork() -> None:
    """Drop the modules that another thread of the parent was loading."""
    _lock._at_fork_reinit()  # type: ignore[attr-defined] # typeshed lacks it
    _loading.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
