"""Call a function when a module is imported for the first time, without importing it.

The hooks change `threading`, `asyncio` and `traceback`, and must not import them in programs that
never use them.  A finder on `sys.meta_path` waits for their names and removes itself when none is
left.  It finds no module itself: the other finders do, and the module keeps its own loader and
spec.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock, get_ident

from lastwords._backend import native
from lastwords._contained import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    Callback = Callable[[ModuleType], None]

lock = RLock()
"""Held while a change is made or undone, by `install()`, `uninstall()` or after an import."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lock._at_fork_reinit)  # type: ignore[attr-defined] # typeshed lacks it

_waiting: dict[str, list[Callback]] = {}


def wait_for_import(name: str) -> ModuleType | None:
    """Wait for an import that another thread has begun; return the module, None without an import.

    Call it without the lock: that import may be waiting for it.
    """
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if not getattr(spec, "_initializing", False):
        return None
    try:
        __import__(name)
    except Exception as error:  # it is raised in the thread that imports
        pass_on(error)
    return sys.modules.get(name)


def when_imported(name: str, callback: Callback) -> None:
    """Call `callback(module)` now if the module is loaded, else once it has been.

    In the latter case an error of the callback is dropped: the import must not fail because of it.
    """
    module = sys.modules.get(name)
    if module is not None:
        callback(module)
        return
    callbacks = _waiting.setdefault(name, [])
    if callback not in callbacks:
        callbacks.append(callback)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def forget(name: str, callback: Callback) -> None:
    """Take back a call of `when_imported`; do nothing if the callback was called already."""
    callbacks = _waiting.get(name, [])
    if callback in callbacks:
        callbacks.remove(callback)
    if not callbacks:
        _waiting.pop(name, None)
    _leave_when_done()


def _leave_when_done() -> None:
    if not _waiting and _finder in sys.meta_path:
        sys.meta_path.remove(_finder)


_searching: set[tuple[int, str]] = set()
"""(thread, name) of the searches under way: another finder may call all finders, ours included."""


def _find_spec(
    name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
) -> ModuleSpec | None:
    """Return the spec of a module that is waited for, with its loader watched.

    The spec is that of the finders after ours; those before it were called already.
    """
    search = get_ident(), name
    if name not in _waiting or search in _searching:
        return None
    _searching.add(search)
    try:
        for finder in _finders_after_ours():
            find_spec = getattr(finder, "find_spec", None)
            if find_spec is None:
                continue
            spec: ModuleSpec | None = find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _watched(spec.loader, name)
                return spec
        return None
    finally:
        _searching.discard(search)


def _finders_after_ours() -> list[Any]:
    finders: list[Any] = list(sys.meta_path)
    for index, finder in enumerate(finders):
        if finder is _finder:
            return finders[index + 1 :]
    return finders


class _Finder:
    """The finder on `sys.meta_path`; importlib needs no more of it than `find_spec`."""

    find_spec = staticmethod(_find_spec if native is None else native.Hook(_find_spec))


_finder = _Finder()


def _watched(loader: Any, name: str) -> Any:
    """Return the loader with its `exec_module` replaced for one call.

    A loader that can't be changed, or is a class (for many modules), is wrapped instead.
    """
    run = loader.exec_module
    attributes: dict[str, Any] = {} if isinstance(loader, type) else getattr(loader, "__dict__", {})
    earlier = attributes.get("exec_module", _ABSENT)

    def before(module: ModuleType) -> Any:
        """Remove the replacement, so that the module's code sees its loader unchanged."""
        if module.__name__ == name:
            if wrapper is not None:
                module.__loader__ = loader
                if module.__spec__ is not None:
                    module.__spec__.loader = loader
            elif attributes.get("exec_module") is exec_module:
                if earlier is _ABSENT:
                    del loader.exec_module
                else:
                    loader.exec_module = earlier
        return run

    def after(module: ModuleType) -> None:
        if module.__name__ == name:
            _call_back(name, module)

    exec_module = _around(before, after)
    wrapper: _Loader | None = None
    try:
        if type(attributes) is dict:
            loader.exec_module = exec_module
    except Exception as error:
        pass_on(error)
    if attributes.get("exec_module") is not exec_module:
        wrapper = _Loader(loader, exec_module)
    return loader if wrapper is None else wrapper


_ABSENT = object()


def _around(before: Callable[[ModuleType], Any], after: Callback) -> Callback:
    """Return a function that calls `before(module)(module)` and then `after(module)`.

    The extension's function is in no traceback, and hides ours from profilers.
    """
    if native is not None:
        wrapped: Callback = native.around(native.Hook(before), native.Hook(after))
        return wrapped

    def around(module: ModuleType) -> None:
        before(module)(module)
        after(module)

    return around


def _call_back(name: str, module: ModuleType) -> None:
    with lock:
        for callback in list(_waiting.get(name, ())):
            try:
                callback(module)
            except Exception as error:
                pass_on(error)  # if it raises, the import fails, and the next one calls back again
        _waiting.pop(name, None)
        _leave_when_done()


class _Loader:
    """A loader with a replaced `exec_module`; all other attributes are the original's."""

    def __init__(self, loader: Any, exec_module: Callback) -> None:
        self._loader = loader
        self.exec_module = exec_module

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module while its spec has the original loader."""
        create = getattr(self._loader, "create_module", None)
        if create is None:
            return None
        spec.loader = self._loader
        try:
            module: ModuleType | None = create(spec)
            return module
        finally:
            spec.loader = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
