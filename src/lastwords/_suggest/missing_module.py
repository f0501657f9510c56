"""Which module the program may have meant instead of one that wasn't found.

Owns the search behind a ModuleNotFoundError's suggestion: the modules that `discover()` of the
finders on `sys.meta_path` gives (CPython 3.15), with a scan of our own for importlib's PathFinder,
on every version; and extension modules that were built for another interpreter.

The search looks at hundreds of files, and waits until the text is read.  At capture only `sys.path`
and the parent package's place are noted.
"""

from __future__ import annotations

import os
import sys
import time

from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on
from lastwords._suggest.nearest import choose, did_you_mean, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

machinery: Any = sys.modules["_frozen_importlib_external"]
"""`importlib.machinery`, of which the program may have another."""

_EXTENSION_SUFFIX = ".pyd" if sys.platform == "win32" else ".so"
_SUFFIXES = (
    *machinery.EXTENSION_SUFFIXES,
    *machinery.SOURCE_SUFFIXES,
    *machinery.BYTECODE_SUFFIXES,
)
_FILE_LOADERS = (
    machinery.SourceFileLoader,
    machinery.SourcelessFileLoader,
    machinery.ExtensionFileLoader,
)
# Names that are taken from one finder; more than 750 candidates give no suggestion anyway.
_MOST_NAMES = 10_000
_MOST_LISTINGS = 256
# A directory that changed less than this before it was read may have changed again since, with the
# same time stamp.
_SETTLED_NS = 2_000_000_000

_listings: dict[str, tuple[int, list[str], list[str]]] = {}


class MissingModule:
    """A name that couldn't be imported, and where it was looked for.

    Calling it gives `message` with the suggestion.  Holds strings only.
    """

    __slots__ = ("directory", "locations", "message", "name", "parent", "path")

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.message = message
        self.path = _strings(sys.path)
        self.parent = name.rpartition(".")[0]
        self.locations: tuple[str, ...] | None = None
        self.directory: str | None = None
        if self.parent:
            self._note_parent()

    def _note_parent(self) -> None:
        """Note where the parent package is, without importing it as the standard module does."""
        try:
            spec: Any
            if self.parent in sys.modules:
                spec = sys.modules[self.parent].__spec__
            else:
                spec = _find_spec(self.parent)
            self.parent = spec.name
            if spec.submodule_search_locations is not None:
                self.locations = _strings(spec.submodule_search_locations)
            if type(spec.loader) in _FILE_LOADERS:
                self.directory = os.path.dirname(spec.loader.path)
        except BaseException as error:
            pass_on(error)

    def __call__(self) -> str:
        """Return the message with its suggestion; raise only what a signal handler raised."""
        try:
            found = self.incompatible_extension()
            if found:
                return f"{self.message}. {different_version(found)}"
            return self.message + did_you_mean(self.nearest())
        except BaseException as error:
            pass_on(error)
            return self.message

    def __eq__(self, other: object) -> bool:
        if type(other) is not MissingModule:
            return NotImplemented
        return all(getattr(self, slot) == getattr(other, slot) for slot in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def incompatible_extension(self) -> str | None:
        """Return the file name of an extension module of this name for another Python, or None."""
        start = self.name.rpartition(".")[2] + "."
        if not self.parent:
            return min(_with_start(self._directories(self.path), start), default=None)
        if self.directory is not None:
            return next(_with_start([self.directory], start), None)
        if self.locations is not None and _are_directories(self.locations):
            return min(_with_start(self._directories(self.locations), start), default=None)
        return _find_in_resources(self.parent, start)

    @staticmethod
    def _directories(path: tuple[str, ...]) -> Iterator[str]:
        return (entry for entry in dict.fromkeys(path) if os.path.isdir(entry))

    def nearest(self) -> str | None:
        """Return the full name of the module with the nearest name, or None."""
        wanted = normalized(self.name)
        return choose((list(self._candidates()),), self.name, wanted)

    def _candidates(self) -> Iterator[str]:
        for finder in list(sys.meta_path):
            try:
                if finder is machinery.PathFinder:
                    names = self._on_path()
                else:
                    names = _discovered(finder, self.parent)
            except BaseException as error:
                pass_on(error)
                continue
            yield from names

    def _on_path(self) -> list[str]:
        path = self.path
        prefix = ""
        if self.parent:
            if self.locations is None:
                return []
            path = self.locations
            prefix = self.parent + "."
        names: list[str] = []
        for entry in dict.fromkeys(path):
            importer = sys.path_importer_cache.get(entry or os.getcwd(), _FileFinder)
            if importer is _FileFinder or type(importer) is _FileFinder:
                names += [prefix + name for name in _listing(entry or ".")[0]]
            elif importer is not None:
                names += _discovered(importer, self.parent)
        return names


_FileFinder = machinery.FileFinder


def different_version(found: str) -> str:
    """Return the sentence about an extension module that this interpreter can't load."""
    return f"Although a module with this name was found for a different Python version ({found})."


def _strings(path: Iterable[object]) -> tuple[str, ...]:
    return tuple([entry for entry in path if type(entry) is str])


def _are_directories(locations: tuple[str, ...]) -> bool:
    return all(os.path.isdir(entry) for entry in locations)


def _find_spec(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - ModuleSpec | None
    """Return the spec of a package that isn't imported, without importing its parents."""
    spec = None
    locations = None
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        spec = machinery.PathFinder.find_spec(".".join(parts[:count]), locations)
        if spec is None:
            return None
        locations = spec.submodule_search_locations
        if locations is None and count < len(parts):
            return None
    return spec


def _discovered(finder: object, parent: str) -> list[str]:
    """Return the names that a finder's `discover()` gives; none if it has no such method."""
    from itertools import islice

    discover = getattr(finder, "discover", None)
    if discover is None:
        return []
    spec = sys.modules[parent].__spec__ if parent else None
    names = [found.name for found in islice(discover(spec), _MOST_NAMES)]
    return [name for name in names if isinstance(name, str)]


def _with_start(directories: Iterable[str], start: str) -> Iterator[str]:
    for directory in directories:
        for name in _listing(directory)[1]:
            if name.startswith(start):
                yield name


def _find_in_resources(package: str, start: str) -> str | None:
    """Return the extension module of a package in a zip file or behind another loader, or None."""
    if sys.modules.get(package) is None or standard_library.is_hidden(sys.stdlib_module_names):
        return None
    import importlib.resources

    for entry in importlib.resources.files(package).iterdir():
        if entry.name.startswith(start) and entry.name.endswith(_EXTENSION_SUFFIX):
            return entry.name
    return None


def _listing(directory: str) -> tuple[list[str], list[str]]:
    """Return the modules in a directory, and all file names there with an extension's suffix.

    Both in the order of the directory's entries.
    """
    try:
        changed = os.stat(directory).st_mtime_ns
        known = _listings.get(directory)
        if known is not None and known[0] == changed:
            return known[1:]
        modules, extensions = _scan(directory)
    except (OSError, ValueError) as error:
        pass_on(error)
        return [], []
    if time.time_ns() - changed > _SETTLED_NS and os.path.isabs(directory):
        if len(_listings) >= _MOST_LISTINGS:
            _listings.clear()
        _listings[directory] = (changed, modules, extensions)
    return modules, extensions


def _scan(directory: str) -> tuple[list[str], list[str]]:
    modules = []
    extensions = []
    with os.scandir(directory) as entries:
        for entry in entries:
            name = entry.name
            if name.endswith(_EXTENSION_SUFFIX):
                extensions.append(name)
            module = _module_name(entry)
            if module is not None:
                modules.append(module)
    return modules, extensions


def _module_name(entry: os.DirEntry[str]) -> str | None:
    """Return the name under which a directory's entry could be imported, or None."""
    name = entry.name
    if "." not in name:
        return name if name != "__pycache__" and entry.is_dir() else None
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and "." not in name[: -len(suffix)]:
            return name[: -len(suffix)] if entry.is_file() else None
    return None
