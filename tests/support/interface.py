"""Describe a module's names, signatures, constants and class members as JSON-able data."""

from __future__ import annotations

import inspect
import types
from typing import Any

CONSTANTS = (int, str, bytes, bool, tuple)
# Members that every class has, or that only depend on how it was compiled.
NOT_COMPARED = {
    "__annotate_func__", "__annotations_cache__", "__classcell__", "__dict__", "__doc__", "__firstlineno__", "__module__",
    "__static_attributes__", "__weakref__", "__annotations__", "__type_params__", "__orig_bases__",
    # The storage of a class is its own affair; named tuples got __replace__ in 3.13.
    "__slots__", "__replace__",
    # How ours pickles and copies: the standard classes have none of their own.
    "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__copy__", "__deepcopy__",
}  # fmt: skip


def signature(function: object) -> str:
    """Return the signature's text, without annotations."""
    found = inspect.signature(function)  # type: ignore[arg-type]
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def member(obj: object) -> str:
    """One class member in words."""
    match obj:
        case staticmethod():
            return f"staticmethod{signature(obj.__func__)}"
        case classmethod():
            return f"classmethod{signature(obj.__func__)}"
        case types.FunctionType():
            return f"def{signature(obj)}"
        case tuple() | str() | int() | None:
            return repr(obj)
    return "attribute" if hasattr(type(obj), "__get__") else type(obj).__name__


def one(obj: object) -> Any:
    """One name of a module."""
    if isinstance(obj, types.ModuleType):
        return "module"
    if isinstance(obj, type):
        members = {k: member(v) for k, v in vars(obj).items() if k not in NOT_COMPARED}
        return {
            "builtin base": next(b.__name__ for b in obj.__mro__ if b.__module__ == "builtins"),
            "members": members,
            "signature": class_signature(obj),
        }
    if isinstance(obj, types.FunctionType) or hasattr(type(obj), "cache_clear"):
        return f"def{signature(obj)}"
    if isinstance(obj, CONSTANTS):
        return repr(obj)
    return "object"


def class_signature(cls: type) -> str:
    """Return the signature of calling a class."""
    try:
        return signature(cls)
    except ValueError:
        return "none"


def describe(module: types.ModuleType, names: list[str]) -> dict[str, Any]:
    """Every one of `names` that the module has."""
    return {name: one(getattr(module, name)) for name in names if hasattr(module, name)}


def names_of(module: types.ModuleType) -> list[str]:
    """Return the module's names, without those that every module has."""
    return sorted(
        n for n in vars(module) if not (n.startswith("__") and n != "__all__") and n != "lazy"
    )
