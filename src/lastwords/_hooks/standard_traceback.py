"""Replaces the contents of the standard `traceback` module with ours, and gives them back.

The module object in `sys.modules` stays the standard one, so that every `import traceback`, past
and future, sees ours: its functions, classes and constants are replaced one by one.  While they
are, an attribute that is set on the standard module (`traceback._RECURSIVE_CUTOFF = 5`, a patch, a
mock) is set on ours too, where it has its effect.

Functions that a module takes by `from traceback import ...`, before or while they are replaced, are
exchanged in that module's globals.  Classes taken that way are not: a class made from the standard
one keeps its base, and calls to that base by name must go on meeting it.  Objects of the standard
classes and of ours count as each other's, so that what one of them made can be given to the other.
"""

from __future__ import annotations

import sys

from lastwords import _standard_library as standard_library
from lastwords import traceback
from lastwords._hooks.feature import Feature
from lastwords._hooks.patches import PRINTER, has_changed_classes, is_original, namespace_of
from lastwords.traceback._kin import relate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, ModuleType
    from typing import Any

_ABSENT = object()
_CLASSES = ("FrameSummary", "StackSummary", "TracebackException")
_MOST_IMPORT_FRAMES = 4  # of the module that imports, and of what was put around `__import__`
# Modules that the standard one has imported stay; on 3.15 it may not have looked at them yet.
_Module = type(sys)
_MODULES = (_Module, getattr(standard_library.module("types"), "LazyImportType", _Module))


class _Replacement:
    """What was put where; one object from place() to remove()."""

    def __init__(self, standard: ModuleType, ours: ModuleType) -> None:
        self.standard = standard
        self.ours = ours
        self.module_class = type(standard)
        self.originals: dict[str, Any] = {}
        self.replacements: dict[str, Any] = {}
        self.forwarded: dict[str, Any] = {}
        """Patches of the standard module, as they were set on ours."""
        self.importers: list[dict[str, Any]] = []
        """The globals of modules that have functions of the standard module by name."""

    def place(self) -> None:
        namespace = namespace_of(self.standard)
        for name in _names(self.ours, namespace):
            original = namespace.get(name, _ABSENT)
            if not isinstance(original, _MODULES):
                self.originals[name] = original
                self.replacements[name] = getattr(self.ours, name)
        self.standard.__class__ = _forwarding(self.module_class, self)
        for name in _CLASSES:
            relate(self.replacements[name], self.originals[name])
        for name, replacement in self.replacements.items():
            original = self.originals[name]
            is_patched = callable(original) and not is_original(original, namespace)
            if type(replacement) is type(relate) and is_patched:
                self._forward(name, original)  # a patch from before keeps its effect
            else:
                namespace[name] = replacement
        exchange = _functions(self.originals, self.replacements, namespace)
        for module_name, module in list(sys.modules.items()):
            if not isinstance(module, _Module) or module is self.standard:
                continue
            if module_name != "lastwords" and not module_name.startswith("lastwords."):
                names = namespace_of(module)
                if _exchange(names, exchange):
                    self.importers.append(names)

    def note_importer(self, frame: FrameType | None) -> None:
        """Note a module that imports names; the import may go through functions of others."""
        for _ in range(_MOST_IMPORT_FRAMES):
            if frame is None:
                return
            names = frame.f_globals
            if all(names is not known for known in self.importers):
                self.importers.append(names)
            frame = frame.f_back

    def remove(self) -> bool:
        """Give everything back; again if the first time was interrupted."""
        if getattr(type(self.standard), "_replacement", None) is self:
            self.standard.__class__ = self.module_class
        namespace = namespace_of(self.standard)
        exchange = _functions(self.replacements, self.originals, namespace)
        for names in self.importers:
            _exchange(names, exchange)
        for name, patch in self.forwarded.items():
            if getattr(self.ours, name) is patch:
                setattr(self.ours, name, self.replacements[name])
        complete = True
        for name, replacement in self.replacements.items():
            current, original = namespace.get(name, _ABSENT), self.originals[name]
            if current is not replacement:
                # Patched meanwhile, by code that will take its patch back.
                complete = complete and current is original
            elif original is _ABSENT:
                del namespace[name]
            else:
                namespace[name] = original
        return complete

    def set_attribute(self, name: str, value: object) -> object:
        """Set a name of ours; return what the standard module is to hold."""
        if name not in self.replacements:
            return value
        if value is self.originals[name] or is_original(value, namespace_of(self.standard)):
            self.originals[name] = value  # a patch, of now or from before, is taken back
            value = self.replacements[name]
        self._forward(name, value)
        return value

    def _forward(self, name: str, value: object) -> None:
        self.forwarded[name] = value
        setattr(self.ours, name, value)


def _functions(
    before: dict[str, Any], after: dict[str, Any], namespace: dict[str, Any]
) -> dict[int, Any]:
    """Return the functions to put in the place of others, by the identity of those."""
    return {
        id(function): after[name]
        for name, function in before.items()
        if is_original(function, namespace) and is_original(after[name], namespace)
    }


def _exchange(names: dict[str, Any], functions: dict[int, Any]) -> bool:
    """Exchange functions in a module's globals; False if there are none."""
    found = [name for name, value in list(names.items()) if id(value) in functions]
    for name in found:
        names[name] = functions[id(names[name])]
    return bool(found)


def _names(ours: ModuleType, standard: dict[str, Any]) -> list[str]:
    """Return the names to replace: those that both modules have, and all public ones of 3.15's."""
    names = {name for name in dir(ours) if name in standard and not name.startswith("__")}
    return sorted(names.union(ours.__all__, ["__all__"]) - {PRINTER})


def _forwarding(base: type[ModuleType], replacement: _Replacement) -> type[ModuleType]:
    class StandardTraceback(base):  # type: ignore[valid-type, misc]
        """The standard module while lastwords' names are in it."""

        _replacement = replacement

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, replacement.set_attribute(name, value))

        def __getattr__(self, name: str) -> Any:
            """Learn of `from traceback import ...`: it asks whether the module is a package."""
            if name == "__path__":
                replacement.note_importer(sys._getframe(1))
            return super().__getattribute__(name)  # the error of a module

    StandardTraceback.__name__ = StandardTraceback.__qualname__ = base.__name__
    return StandardTraceback


class StandardTraceback(Feature):
    """The replacement in place, if any."""

    def __init__(self) -> None:
        super().__init__("traceback")
        self._current: _Replacement | None = None

    def place(self, module: ModuleType) -> None:
        if has_changed_classes(namespace_of(module)):
            return  # what the program made of them works with the standard functions
        if self._current is None or self._current.standard is not module:
            self._current = _Replacement(module, traceback)
            self._current.place()

    def remove(self, module: ModuleType | None) -> bool:
        del module
        complete = self._current is None or self._current.remove()
        self._current = None
        return complete


STANDARD = StandardTraceback()
