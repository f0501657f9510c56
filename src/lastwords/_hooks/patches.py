"""Whether the program has changed the standard `traceback` module.

The interpreter (from 3.13 on) and `logging` print exceptions by that module.  If a program replaces
a part of it, that changes what they print.  It still does while lastwords prints in their place:
then ours leaves the printing to them.
"""

from __future__ import annotations

import sys

from lastwords._backend import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_INTERPRETER_USES_MODULE = sys.version_info >= (3, 13)

PRINTER_NAME = "_print_exception_bltin"
"""The function of the standard module that the interpreter calls, since 3.13."""

_METHODS = {
    "StackSummary": ("_extract_from_extended_frame_gen", "format", "format_frame_summary"),
    "TracebackException": ("__init__", "format", "format_exception_only", "print"),
}


# `types` is not imported: the program may have a file of that name.
_Module = type(sys)


def namespace_of(module: ModuleType) -> dict[str, Any]:
    """Return the module's own dict, even if its class overrides the access to attributes."""
    names: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return names


_Function = type(namespace_of)


def is_original(function: Any, names: dict[str, Any]) -> bool:
    """Return whether a function is defined in the module with these globals, or in lastwords."""
    if native is not None and type(function) is native.Hook:
        function = function.__wrapped__
    function = getattr(function, "__func__", function)
    if type(function) is not _Function:
        return False
    if function.__globals__ is names:
        return True
    module = function.__globals__.get("__name__")
    return isinstance(module, str) and module.startswith("lastwords.")


def _standard() -> dict[str, Any] | None:
    module = sys.modules.get("traceback")
    return namespace_of(module) if isinstance(module, _Module) else None


def has_changed_classes(names: dict[str, Any]) -> bool:
    """Return whether the program has replaced a class that prints, or a method of one."""
    for name, methods in _METHODS.items():
        cls = names.get(name)
        if cls is None:  # the interpreter is ending and has cleared the name
            continue
        parts = vars(cls) if isinstance(cls, type) else {}
        if not all(is_original(parts.get(method), names) for method in methods):
            return True
    return False


def _is_changed(names: dict[str, Any]) -> bool:
    printing = names.get("print_exception")
    if printing is not None and not is_original(printing, names):
        return True
    return has_changed_classes(names)


def changed() -> bool:
    """Return whether the program has changed how the standard module prints exceptions."""
    names = _standard()
    return names is not None and _is_changed(names)


def interpreter_prints_otherwise() -> bool:
    """Return whether the program has changed how the interpreter prints exceptions."""
    names = _standard() if _INTERPRETER_USES_MODULE else None
    if names is None:
        return False
    printer = names.get(PRINTER_NAME)
    return callable(printer) and not (is_original(printer, names) and not _is_changed(names))
