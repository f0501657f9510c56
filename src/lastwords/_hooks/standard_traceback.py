"""Replace the contents of the standard `traceback` module with ours, and restore them.

The module object in `sys.modules` stays the same, and its functions, classes and constants are
replaced one by one, so that every `import traceback`, past and future, sees ours.  Meanwhile an
attribute that is set on the standard module (`traceback._RECURSIVE_CUTOFF = 5`, a patch, a mock) is
set on our module too, whose functions use it.

Functions that another module has from `from traceback import ...`, before or during the
replacement, are exchanged in that module's globals.  Classes are not: a class derived from the
standard one keeps its base, and calls to that base by name must reach it.  Objects of the standard
classes and of ours pass `isinstance` for each other, so that either module takes the other's.
"""

from __future__ import annotations

import sys

from lastwords import _standard_library as standard_library
from lastwords import traceback
from lastwords._hooks.feature import Feature
from lastwords._hooks.patches import PRINTER_NAME, has_changed_classes, is_original, namespace_of
from lastwords.traceback._counterparts import relate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, ModuleType
    from typing import Any

_ABSENT = object()
_CLASSES = ("FrameSummary", "StackSummary", "TracebackException")
_MOST_IMPORT_FRAMES = 4  # the importing module's, and those of wrappers of `__import__`
# Modules that the standard one has imported are not replaced; on 3.15 some may be lazy imports.
_Module = type(sys)
_MODULES = (_Module, getattr(standard_library.module("types"), "LazyImportType", _Module))


class _Replacement:
    """The replaced names, from one place() to its remove()."""

    def __init__(self, standard: ModuleType, ours: ModuleType) -> None:
        self.standard = standard
        self.ours = ours
        self.module_class = type(standard)
        self.originals: dict[str, Any] = {}
        self.replacements: dict[str, Any] = {}
        self.forwarded: dict[str, Any] = {}
        """Values set on the standard module by the program, and so on ours."""
        self.importers: list[dict[str, Any]] = []
        """Globals of modules that imported functions from the standard module."""

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
                self._forward(name, original)  # a patch set before keeps its effect
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
        """Note the module that imports names; the next frames' too: `__import__` may be wrapped."""
        for _ in range(_MOST_IMPORT_FRAMES):
            if frame is None:
                return
            names = frame.f_globals
            if all(names is not known for known in self.importers):
                self.importers.append(names)
            frame = frame.f_back

    def remove(self) -> bool:
        """Restore everything; may be called again if the first call was interrupted."""
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
                # Patched meanwhile; the code that did so will undo it.
                complete = complete and current is original
            elif original is _ABSENT:
                del namespace[name]
            else:
                namespace[name] = original
        return complete

    def set_attribute(self, name: str, value: object) -> object:
        """Set a name of our module; return the value for the standard module."""
        if name not in self.replacements:
            return value
        if value is self.originals[name] or is_original(value, namespace_of(self.standard)):
            self.originals[name] = value  # a patch, set before or during the replacement, is undone
            value = self.replacements[name]
        self._forward(name, value)
        return value

    def _forward(self, name: str, value: object) -> None:
        self.forwarded[name] = value
        setattr(self.ours, name, value)


def _functions(
    before: dict[str, Any], after: dict[str, Any], namespace: dict[str, Any]
) -> dict[int, Any]:
    """Return {identity of a function in `before`: the function of that name in `after`}."""
    return {
        id(function): after[name]
        for name, function in before.items()
        if is_original(function, namespace) and is_original(after[name], namespace)
    }


def _exchange(names: dict[str, Any], functions: dict[int, Any]) -> bool:
    """Exchange functions in a module's globals; return whether there were any."""
    found = [name for name, value in list(names.items()) if id(value) in functions]
    for name in found:
        names[name] = functions[id(names[name])]
    return bool(found)


def _names(ours: ModuleType, standard: dict[str, Any]) -> list[str]:
    """Return the names to replace: those that both modules have, and all public ones of 3.15."""
    names = {name for name in dir(ours) if name in standard and not name.startswith("__")}
    return sorted(names.union(ours.__all__, ["__all__"]) - {PRINTER_NAME})


def _forwarding(base: type[ModuleType], replacement: _Replacement) -> type[ModuleType]:
    class StandardTraceback(base):  # type: ignore[valid-type, misc]
        """The class of the standard module while it has lastwords' names."""

        _replacement = replacement

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, replacement.set_attribute(name, value))

        def __getattr__(self, name: str) -> Any:
            """Note a `from traceback import ...`, which first reads `__path__`."""
            if name == "__path__":
                replacement.note_importer(sys._getframe(1))
            return super().__getattribute__(name)  # raises a module's AttributeError

    StandardTraceback.__name__ = StandardTraceback.__qualname__ = base.__name__
    return StandardTraceback


class StandardTraceback(Feature):
    """The standard module's replacement as a feature of `install()`."""

    def __init__(self) -> None:
        super().__init__("traceback")
        self._current: _Replacement | None = None

    def place(self, module: ModuleType) -> None:
        if has_changed_classes(namespace_of(module)):
            return  # the program's versions may need the standard functions
        if self._current is None or self._current.standard is not module:
            self._current = _Replacement(module, traceback)
            self._current.place()

    def remove(self, module: ModuleType | None) -> bool:
        del module
        complete = self._current is None or self._current.remove()
        self._current = None
        return complete


STANDARD = StandardTraceback()
