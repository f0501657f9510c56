"""Puts the house's traceback in the place of the standard `traceback` module, and takes it out.

The module object in `sys.modules` stays the standard one, so that every `import traceback`, past
and future, sees ours: its functions, classes and constants are replaced one by one.  While they
are, an attribute that somebody sets on the standard module (`traceback._RECURSIVE_CUTOFF = 5`, a
patch, a mock) is set on ours too, where it has its effect.

Functions that a module took by `from traceback import ...` before are replaced in that module's
globals.  Classes taken that way are not: a class made from the standard one keeps its base, and
calls to that base by name must go on meeting it.
"""

from __future__ import annotations

import sys
import types
from types import FunctionType, ModuleType

from lastwords._hooks import on_import as onimport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STANDARD = "traceback"
_ABSENT = object()
# Modules that the standard one has imported stay; on 3.15 it may not have looked at them yet.
_MODULES = (ModuleType, getattr(types, "LazyImportType", ModuleType))


def _module_dict(module: ModuleType) -> dict[str, Any]:
    """The module's own dict, whatever its class makes of attributes."""
    namespace: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return namespace


class _Replacement:
    """What was put where; one object from place() to remove()."""

    def __init__(self, standard: ModuleType, ours: ModuleType) -> None:
        self.standard = standard
        self.ours = ours
        self.module_class = type(standard)
        self.originals: dict[str, Any] = {}
        self.replacements: dict[str, Any] = {}
        self.importers: list[tuple[dict[str, Any], str, Any, Any]] = []

    def place(self) -> None:
        namespace = _module_dict(self.standard)
        for name in _names(self.ours, namespace):
            original = namespace.get(name, _ABSENT)
            if isinstance(original, _MODULES):
                continue
            replacement = getattr(self.ours, name)
            self.originals[name] = original
            self.replacements[name] = replacement
        namespace.update(self.replacements)
        self.standard.__class__ = _forwarding(self.module_class, self)
        self._place_in_importers()

    def _place_in_importers(self) -> None:
        ours = {
            id(original): self.replacements[name]
            for name, original in self.originals.items()
            if type(original) is FunctionType
        }
        for module_name, module in list(sys.modules.items()):
            if not isinstance(module, ModuleType) or module is self.standard:
                continue
            if module_name == "lastwords" or module_name.startswith("lastwords."):
                continue
            namespace = _module_dict(module)
            for name, value in list(namespace.items()):
                if type(value) is FunctionType and id(value) in ours:
                    namespace[name] = ours[id(value)]
                    self.importers.append((namespace, name, value, ours[id(value)]))

    def remove(self) -> bool:
        if getattr(type(self.standard), "_replacement", None) is self:
            self.standard.__class__ = self.module_class
        complete = True
        for namespace, name, original, replacement in self.importers:
            if namespace.get(name) is replacement:
                namespace[name] = original
        namespace = _module_dict(self.standard)
        for name, replacement in self.replacements.items():
            if namespace.get(name, _ABSENT) is not replacement:
                complete = False  # patched meanwhile; whoever did it will take it back
            elif self.originals[name] is _ABSENT:
                del namespace[name]
            else:
                namespace[name] = self.originals[name]
        return complete

    def set_attribute(self, name: str, value: object) -> object:
        """Sets a name of ours; returns what the standard module is to hold."""
        if name not in self.replacements:
            return value
        if value is self.originals[name]:
            value = self.replacements[name]  # a patch from before is taken back: then it's ours
        setattr(self.ours, name, value)
        return value


def _names(ours: ModuleType, standard: dict[str, Any]) -> list[str]:
    """The names to replace: those that both modules have, and all public ones of 3.15's."""
    names = {name for name in dir(ours) if name in standard and not name.startswith("__")}
    return sorted(names.union(ours.__all__, ["__all__"]))


def _forwarding(base: type[ModuleType], replacement: _Replacement) -> type[ModuleType]:
    class StandardTraceback(base):  # type: ignore[valid-type, misc]
        """The standard module while lastwords' names are in it."""

        _replacement = replacement

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, replacement.set_attribute(name, value))

    StandardTraceback.__name__ = StandardTraceback.__qualname__ = base.__name__
    return StandardTraceback


class _State:
    """The replacement in place, if any."""

    current: _Replacement | None = None


def _loaded(module: ModuleType) -> None:
    import lastwords.traceback as ours

    replacement = _Replacement(module, ours)
    replacement.place()
    _State.current = replacement


def place() -> None:
    """Takes effect when the standard module is imported, or now."""
    onimport.when_imported(_STANDARD, _loaded)


def remove() -> bool:
    """Undoes `place()`; False if some names were patched by somebody else meanwhile."""
    onimport.forget(_STANDARD, _loaded)
    current, _State.current = _State.current, None
    return current is None or current.remove()
