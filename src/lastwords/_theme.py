"""Whether to colour, and with which colours.

Owns the rules of CPython 3.15: the environment (`PYTHON_COLORS`, `NO_COLOR`, `FORCE_COLOR`,
`TERM`), the `-E` flag, the terminal.  From 3.14 on the interpreter's module `_colorize` has these
rules and is called; its functions are looked up each time, because programs replace them.
"""

from __future__ import annotations

import sys

from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_HAS_THEMES = sys.version_info >= (3, 14)  # _colorize.get_theme()
_HAS_COLORIZE = sys.version_info >= (3, 13)

# Part of a traceback → its default colour in 3.15.
_DEFAULT_COLORS = {
    "type": "\x1b[1;35m",
    "message": "\x1b[35m",
    "note": "\x1b[36m",
    "filename": "\x1b[35m",
    "line_no": "\x1b[35m",
    "frame": "\x1b[35m",
    "error_highlight": "\x1b[1;31m",
    "error_range": "\x1b[31m",
    "reset": "\x1b[0m",
}


class Traceback:
    """The colours of a traceback's parts, each an attribute and an item; '' is no colour."""

    __slots__ = tuple(_DEFAULT_COLORS)

    type: str
    message: str
    note: str
    filename: str
    line_no: str
    frame: str
    error_highlight: str
    error_range: str
    reset: str

    def __init__(self, **colors: str) -> None:
        """Set each part to the given colour, or to its default."""
        for name, default in _DEFAULT_COLORS.items():
            setattr(self, name, colors.get(name, default))

    def __getitem__(self, name: str) -> str:
        """Return the colour of the part `name`.  Raises KeyError if there is no such part."""
        if name not in _DEFAULT_COLORS:
            raise KeyError(name)
        color: str = getattr(self, name)
        return color

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the parts."""
        return iter(_DEFAULT_COLORS)

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(_DEFAULT_COLORS)

    def __repr__(self) -> str:
        """Return every part with its colour."""
        return f"Traceback({', '.join(f'{name}={self[name]!r}' for name in self)})"


class Theme:
    """As `_colorize.Theme` of 3.14 and later, but with the section `traceback` alone."""

    __slots__ = ("traceback",)

    def __init__(self, traceback: Traceback) -> None:
        """Set the section `traceback`."""
        self.traceback = traceback


class _ShutdownTheme:
    """A theme without colours, for the end of the interpreter, when `_colorize` is gone."""

    __slots__ = ()

    def __getattr__(self, _: str) -> _ShutdownTheme:
        return self

    def __getitem__(self, _: str) -> _ShutdownTheme:
        return self

    def __str__(self) -> str:
        return ""

    def __format__(self, _: str) -> str:
        return ""

    def __add__(self, other: str) -> str:
        return other

    def __radd__(self, other: str) -> str:
        return other


_shutdown_theme = _ShutdownTheme()
_colored = Theme(Traceback())
_uncolored = Theme(Traceback(**dict.fromkeys(_DEFAULT_COLORS, "")))


def can_colorize(file: Any = None) -> bool:
    """Return whether to colour what is written to `file` (None: `sys.stdout`)."""
    return _safe_can_colorize(file=file)


def _safe_can_colorize(*, file: Any = None) -> bool:
    try:
        if not _HAS_COLORIZE:
            return _can_colorize(file, allowed=True)
        _colorize = standard_library.module("_colorize")
        ask = _colorize.can_colorize
        if ask is None:  # late shutdown: modules are being emptied
            return False
        if _HAS_THEMES:
            return bool(ask(file=file))
        if getattr(ask, "__module__", None) != "_colorize":  # the program's own function
            return bool(ask())
        return _can_colorize(file, allowed=_colorize.COLORIZE)
    except Exception as error:
        pass_on(error)
        return False


def _can_colorize(file: Any, *, allowed: bool) -> bool:
    import os

    environ = os.environ
    if not sys.flags.ignore_environment:
        wish = environ.get("PYTHON_COLORS")
        if wish == "0":
            return False
        if wish == "1":
            return True
    if environ.get("NO_COLOR") or not allowed:
        return False
    if environ.get("FORCE_COLOR"):
        return True
    if environ.get("TERM") == "dumb":
        return False
    if file is None:
        file = sys.stdout
    if sys.platform == "win32" and not _handles_sequences():
        return False
    if not hasattr(file, "fileno"):
        return False
    try:
        return os.isatty(file.fileno())
    except OSError as error:
        pass_on(error)
        return hasattr(file, "isatty") and bool(file.isatty())


def _handles_sequences() -> bool:
    """Return whether Windows' console understands control sequences."""
    try:
        import nt

        return bool(nt._supports_virtual_terminal())  # type: ignore[attr-defined,unused-ignore]
    except (ImportError, AttributeError) as error:
        pass_on(error)
        return False


def _safe_get_theme(*, force_color: bool = False, force_no_color: bool = False) -> Any:
    """Return the theme in force, with every part of 3.15 in its section `traceback`."""
    if not _HAS_THEMES:
        if force_color or (not force_no_color and _safe_can_colorize()):
            return _colored
        return _uncolored
    try:
        _colorize = standard_library.module("_colorize")
        if _colorize.get_theme is None:
            return _shutdown_theme
        theme = _colorize.get_theme(force_color=force_color, force_no_color=force_no_color)
        section = theme.traceback
        return theme if hasattr(section, "note") else _with_note(section)
    except Exception as error:
        pass_on(error)
        return _shutdown_theme


_last_noted: tuple[Any, Theme] | None = None
"""The last argument and result of `_with_note`: texts are remembered by the theme's identity."""


def _with_note(section: Any) -> Theme:
    """Return a theme with a section `traceback` of 3.14 (frozen) and 3.15's colour for notes."""
    global _last_noted
    last = _last_noted
    if last is None or last[0] is not section:
        colors = {name: getattr(section, name) for name in _DEFAULT_COLORS if name != "note"}
        note = _DEFAULT_COLORS["note"] if colors["reset"] else ""
        last = _last_noted = (section, Theme(Traceback(note=note, **colors)))
    return last[1]
