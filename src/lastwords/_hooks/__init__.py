"""Put lastwords in the place of the interpreter's hooks, and take it out again.

`install()` replaces what reports uncaught exceptions: in the main thread (`sys.excepthook`), in
other threads (`threading.excepthook`), where nothing can be raised (`sys.unraisablehook`), in
asyncio's loops; and, if asked to, the standard `traceback` module for the whole process.  Each call
can be undone on its own, in any order.  Hooks of other libraries stay in charge, whether they were
set before or after (`interpreter`).
"""

from __future__ import annotations

from lastwords._hooks import styles, uncaught
from lastwords._hooks.asyncio_log import ASYNCIO
from lastwords._hooks.interpreter import EXCEPTHOOK, PRINTER, THREADING, UNRAISABLE
from lastwords._hooks.on_import import lock
from lastwords._hooks.standard_traceback import STANDARD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from lastwords._hooks.feature import Feature

__all__ = ["Installation", "install", "uninstall"]

_FEATURES: dict[str, tuple[Feature, ...]] = {
    "excepthook": (EXCEPTHOOK, PRINTER),
    "threading": (THREADING, PRINTER),
    "unraisable": (UNRAISABLE, PRINTER),
    "asyncio": (ASYNCIO,),
    "traceback": (STANDARD, PRINTER),
}
"""Option of `install()` → what it puts in place."""

_installations: list[Installation] = []


class Installation:
    """What one call of `install()` has put in place.

    As a context manager it undoes this call, and only this, at the end of the `with` block.
    """

    __module__ = "lastwords"

    __slots__ = ("_active", "_style")

    def __init__(self, style: str = styles.STANDARD) -> None:
        self._style = style
        self._active: list[str] = []

    @property
    def active(self) -> tuple[str, ...]:
        """Return the options of `install()` that this call holds; none once it is undone."""
        return tuple(self._active)

    def uninstall(self) -> tuple[str, ...]:
        """Undo the call of `install()` that returned this; do nothing if that was done before.

        Returns the names of the hooks that could not be taken out, because another library has set
        one since that may call ours.  These hooks of ours pass everything on to the interpreter's.
        """
        covered: list[str] = []
        with lock:
            while self._active:
                name = self._active[-1]
                complete = [feature.release(self) for feature in _FEATURES[name]]
                if not all(complete):
                    covered.insert(0, name)
                self._active.pop()
            if self in _installations:
                _installations.remove(self)
                styles.put_in_force(installation._style for installation in _installations)
        return tuple(covered)

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
    """Report uncaught exceptions by lastwords, in the text of CPython 3.15.

    excepthook: replace `sys.excepthook`, for the main thread.
    threading: replace `threading.excepthook`, for other threads.
    unraisable: replace `sys.unraisablehook`, for finalizers, callbacks and the like.
    asyncio: format the exceptions of tasks and callbacks that event loops log (to the logger
        `asyncio`); handlers and formatters stay as they are.
    traceback: replace the functions and classes of the standard `traceback` module too, for the
        whole process: `logging`, `unittest` and every library that uses them, whether it imported
        the module or names from it.
    style: how the three hooks print and event loops log: "standard", the text of CPython 3.15, or
        "plus", which adds what the standard text leaves out.  If several calls are in force, the
        last one with another style than "standard" decides.  Raises StyleError, a ValueError, for
        an unknown style.

    Our hooks replace the interpreter's own, in `sys.__excepthook__` and the like too.  A hook of
    another library, set before or after, stays in charge: it is called as before, and prints or
    passes on.  What it passes on to the interpreter's own hook is printed by lastwords from CPython
    3.13 on (`sys.unraisablehook`: 3.15), by the interpreter on older versions.  If a program
    changes how the standard `traceback` module prints, its change still takes effect.

    May be called again, from any thread; each call is undone by its own `uninstall()` or `with`
    block.  No module is imported for it: `threading`, `asyncio` and `traceback` are changed when
    the program imports them.
    """
    wanted = {
        "excepthook": excepthook,
        "threading": threading,
        "unraisable": unraisable,
        "asyncio": asyncio,
        "traceback": traceback,
    }
    styles.functions_of(style)  # raises StyleError before anything is changed
    names = [name for name, on in wanted.items() if on]
    if not _installations:
        uncaught.prepare()
    installation = Installation(style)
    try:
        with lock:
            _installations.append(installation)
            styles.put_in_force(one._style for one in _installations)
            for name in names:
                installation._active.append(name)
                for feature in _FEATURES[name]:
                    feature.acquire(installation)
        for name in names:
            for feature in _FEATURES[name]:
                feature.place_after_import()
        return installation  # noqa: TRY300 - an interruption of this line undoes it too
    except BaseException:
        installation.uninstall()
        raise


def uninstall() -> tuple[str, ...]:
    """Undo every call of `install()` that is in force, the last one first.

    Returns the names of the hooks that could not be taken out, as `Installation.uninstall()` does.
    """
    covered: dict[str, None] = {}
    with lock:
        for installation in reversed(_installations.copy()):
            covered.update(dict.fromkeys(installation.uninstall()))
    return tuple(covered)
