"""Puts lastwords in the place of the interpreter's hooks, and takes it out again.

`install()` covers what happens to exceptions that nobody caught: in the main thread
(`sys.excepthook`), in other threads (`threading.excepthook`), where nothing can be raised
(`sys.unraisablehook`), in asyncio's loops; and, when asked, the standard `traceback` module for
the whole process.  Every call can be undone by itself, in any order; a hook that somebody else
has put over ours stays where it is, and ours then passes everything on to what was there before.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock

from lastwords._backend import native
from lastwords._hooks import asyncio_log, styles, uncaught
from lastwords._hooks import on_import as onimport
from lastwords._hooks import standard_traceback as stdlib_traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType
    from typing import Any, Protocol, Self

    Hook = Callable[..., Any]

    class _Feature(Protocol):
        name: str

        def acquire(self) -> object: ...
        def release(self, token: Any) -> bool: ...


__all__ = ["Installation", "install", "uninstall"]

_lock = RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_lock._at_fork_reinit)  # type: ignore[attr-defined]


class _Layer:
    """One hook of ours, and what it lies on."""

    __slots__ = ("active", "hook", "previous", "users")

    def __init__(self, previous: Hook) -> None:
        self.previous = previous
        self.hook: Hook = previous
        self.active = True
        self.users = 0


def _standing_on(layer: _Layer, hooks: dict[int, _Layer]) -> Hook:
    """What to restore when `layer` goes: layers below it that were given back don't count."""
    previous = layer.previous
    while (below := hooks.get(id(previous))) is not None and not below.active:
        previous = below.previous
    return previous


class _AttributeHook:
    """A hook that is an attribute of a module: `sys.excepthook` and its like."""

    def __init__(
        self, name: str, module: str, attribute: str, standard: str, make: Callable[[_Layer], Hook]
    ) -> None:
        self.name = name
        self.module = module
        self.attribute = attribute
        self.standard = standard
        self.make = make
        self.layers: dict[int, _Layer] = {}  # by the identity of their hook

    def acquire(self) -> object:
        """A new layer on top of what is there, or a share of ours if that is on top already."""
        pending = _Pending(self)
        onimport.when_imported(self.module, pending)
        return pending

    def place(self, module: ModuleType) -> _Layer | None:
        current = module.__dict__.get(self.attribute)
        layer = self.layers.get(id(current))
        if layer is None:
            if current is None:  # deleted, or set to None: the standard one is below ours
                current = module.__dict__.get(self.standard)
            if not callable(current):
                return None
            layer = _Layer(current)
            layer.hook = self.make(layer)
            self.layers[id(layer.hook)] = layer
            setattr(module, self.attribute, layer.hook)
        layer.active = True  # it may lie there unused, left under a hook that has gone since
        layer.users += 1
        return layer

    def release(self, token: _Pending) -> bool:
        onimport.forget(self.module, token)
        layer = token.layer
        if layer is None:
            return True
        layer.users -= 1
        if layer.users:
            return True
        layer.active = False
        module = sys.modules.get(self.module)
        if module is None or module.__dict__.get(self.attribute) is not layer.hook:
            # Somebody's hook lies over ours and may call it; ours stays, passing everything on.
            return False
        setattr(module, self.attribute, _standing_on(layer, self.layers))
        del self.layers[id(layer.hook)]
        return True


class _Pending:
    """A layer, or the wish for one until its module is imported."""

    __slots__ = ("feature", "layer")

    def __init__(self, feature: _AttributeHook) -> None:
        self.feature = feature
        self.layer: _Layer | None = None

    def __call__(self, module: ModuleType) -> None:
        with _lock:
            self.layer = self.feature.place(module)


def _hook(function: Hook) -> Hook:
    """Return the function as a hook: works where the stack ends, and no profiler sees into it."""
    if native is None:
        return function
    hook: Hook = native.Hook(function)
    return hook


def _traced(function: Hook, *args: object) -> None:
    """Call a hook of the program's, which a profiler or tracer is to see."""
    if native is None:
        function(*args)
    else:
        native.traced(function, *args)


_Everything = BaseException  # by this name it is found when the program has emptied `builtins`


# The hooks themselves.  Each tries ours and, whatever goes wrong in it, what was there before:
# that is C code for the most part, which works when no Python code can run any more.


def _excepthook(layer: _Layer) -> Hook:
    report = uncaught.print_exception

    def excepthook(
        exc_type: type[BaseException], value: BaseException, tb: TracebackType | None, /
    ) -> None:
        """Prints an exception that ends the program or a REPL's statement."""
        if layer.active:
            try:
                report(exc_type, value, tb)
            except _Everything:
                pass
            else:
                return
        _traced(layer.previous, exc_type, value, tb)

    return _hook(excepthook)


def _threading_excepthook(layer: _Layer) -> Hook:
    report = uncaught.print_in_thread

    def excepthook(args: Any, /) -> None:
        """Prints an exception that ends a thread."""
        if layer.active:
            try:
                report(args)
            except _Everything:
                pass
            else:
                return
        _traced(layer.previous, args)

    return _hook(excepthook)


def _unraisablehook(layer: _Layer) -> Hook:
    report = uncaught.print_unraisable

    def unraisablehook(unraisable: Any, /) -> None:
        """Prints an exception that could not be raised."""
        if layer.active:
            try:
                report(unraisable)
            except _Everything:
                pass
            else:
                return
        _traced(layer.previous, unraisable)

    return _hook(unraisablehook)


class _Switch:
    """What is either in place or not, however many asked for it."""

    def __init__(self, name: str, place: Callable[[], None], remove: Callable[[], bool]) -> None:
        self.name = name
        self._place = place
        self._remove = remove
        self._users = 0

    def acquire(self) -> object:
        if not self._users:
            self._place()
        self._users += 1
        return None

    def release(self, token: object) -> bool:  # noqa: ARG002 - the protocol's
        self._users -= 1
        return bool(self._users) or self._remove()


_FEATURES: dict[str, _Feature] = {
    feature.name: feature
    for feature in (
        _AttributeHook("excepthook", "sys", "excepthook", "__excepthook__", _excepthook),
        _AttributeHook(
            "threading", "threading", "excepthook", "__excepthook__", _threading_excepthook
        ),
        _AttributeHook(
            "unraisable", "sys", "unraisablehook", "__unraisablehook__", _unraisablehook
        ),
        _Switch("asyncio", asyncio_log.place, asyncio_log.remove),
        _Switch("traceback", stdlib_traceback.place, stdlib_traceback.remove),
    )
}

_installations: list[Installation] = []


class Installation:
    """What one call of `install()` has put in place.

    A context manager: leaving the `with` block undoes this call, and only this.
    """

    __slots__ = ("_style", "_tokens")

    def __init__(self, style: str = styles.STANDARD) -> None:
        self._style = style
        self._tokens: dict[str, object] = {}

    @property
    def active(self) -> tuple[str, ...]:
        """The names of install()'s options that this installation holds; empty once undone."""
        return tuple(self._tokens)

    def uninstall(self) -> tuple[str, ...]:
        """Undoes the call of `install()` that returned this; a second time does nothing.

        Returns the names of the hooks that could not be taken out because somebody else's lie
        over them.  Those pass everything on to what was there before `install()`.
        """
        with _lock:
            tokens, self._tokens = self._tokens, {}
            if self in _installations:
                _installations.remove(self)
                styles.use(installation._style for installation in _installations)
            covered = [
                name for name in reversed(tokens) if not _FEATURES[name].release(tokens[name])
            ]
        return tuple(reversed(covered))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.uninstall()

    def __repr__(self) -> str:
        return f"<lastwords.Installation of {', '.join(self.active) or 'nothing'}>"


def install(
    *,
    excepthook: bool = True,
    threading: bool = True,
    unraisable: bool = True,
    asyncio: bool = True,
    traceback: bool = False,
    style: str = styles.STANDARD,
) -> Installation:
    """Has exceptions that nobody caught reported by lastwords, in the text of CPython 3.15.

    excepthook: `sys.excepthook`, for the main thread.
    threading: `threading.excepthook`, for other threads.
    unraisable: `sys.unraisablehook`, for finalizers, callbacks and the like.
    asyncio: what event loops log about exceptions of tasks and callbacks (their logger,
        `asyncio`); handlers and formatters stay as they are.
    traceback: also the standard `traceback` module's functions and classes, for the whole
        process: `logging`, `unittest` and every library that uses them, whether it imported the
        module or names from it.
    style: what the three hooks print: "standard", the text of CPython 3.15, or "plus", which says
        more where that is poor.  Of the calls in force the last one decides that asks for another
        style than the standard one.  Raises StyleError, a ValueError, for other styles.

    May be called again, from any thread: each call is undone by its own `uninstall()` or `with`
    block.  Hooks set later by others stay on top.  Nothing is imported for it: what concerns
    `threading`, `asyncio` and `traceback` waits until the program imports them.
    """
    wanted = {
        "excepthook": excepthook,
        "threading": threading,
        "unraisable": unraisable,
        "asyncio": asyncio,
        "traceback": traceback,
    }
    styles.printer(style)  # is there one?
    installation = Installation(style)
    with _lock:
        if not _installations:
            uncaught.prepare()
        try:
            for name, on in wanted.items():
                if on:
                    installation._tokens[name] = _FEATURES[name].acquire()
        except BaseException:
            installation.uninstall()
            raise
        _installations.append(installation)
        styles.use(one._style for one in _installations)
    return installation


def uninstall() -> tuple[str, ...]:
    """Undoes every `install()` that is still in place, the last one first.

    Returns the names of the hooks that could not be taken out, as `Installation.uninstall()` does.
    """
    covered: dict[str, None] = {}
    with _lock:
        for installation in reversed(_installations.copy()):
            covered.update(dict.fromkeys(installation.uninstall()))
    return tuple(covered)
