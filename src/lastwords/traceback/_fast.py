"""Capturing and formatting by the extension, and what it has to know for that.

Owns the bridge to the extension, which gets our classes and linecache's functions from here.  Its
functions give the same text as those in Python, or return None if a class or a function has been
replaced or the exception needs more than they do: then the functions in Python do the work.
"""

import os
import sys

from lastwords import _backend
from lastwords import _overrides as overrides
from lastwords import _source as source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

_native = _backend.native
usable = _native is not None
_classes = overrides.Classes()


def connect(
    classes: tuple[type, type, type, type],
    render: "Callable[..., str]",
    messages: tuple[str, str, str],
) -> None:
    """Give the extension our classes of frames, stacks, exceptions and the print context."""
    if _native is None:
        return
    _classes.note(*classes)
    _native.configure(classes, render, _lines_for_capture, _classes.are_ours, *messages)


def watch_linecache(linecache: "Any") -> None:
    """Let the extension use linecache's entries while its functions are the original ones."""
    if _native is None:
        return
    functions = source.own_functions(linecache)
    if None in functions.values():
        return
    names = vars(linecache)
    watched = [(names, name, value) for name, value in functions.items()]
    frozen_prefix = "<frozen " if sys.version_info >= (3, 14) else None
    _native.watch(
        names,
        getattr(linecache, "_interactive_cache", source._registered),
        frozen_prefix,
        (*watched, (vars(os), "stat", os.stat)),
    )


source.when_loaded = watch_linecache


def _lines_for_capture(
    filename: str, module_globals: dict[str, "Any"], code: "CodeType"
) -> list[str] | None:
    """Return the lines of a file that is not in linecache; None if each frame must look them up."""
    lines = source.fresh_lines(filename)
    if lines is not None:
        return lines
    source.note_loader(filename, module_globals)
    lines = source.snapshot(filename)
    if lines is None:
        if not source.served_by_snapshot(filename):
            return None
        if filename.startswith("<"):
            lines = source.interactive_lines(code)
    return lines if type(lines) is list else list(lines or ())


if _native is None:
    FrameIterator = KnownFiles = None
    classes_are_ours = None

    def capture(traceback: "Any", skip: int, most: int, known: "Any", /) -> "Any":
        """Return None: there is no extension."""

    def capture_iterator(iterator: "Any", most: int, /) -> "Any":
        """Return None: there is no extension."""

    def format_stack(frames: "Any", palette: "Any", /) -> "Any":
        """Return None: there is no extension."""

    def format_exception(value: "Any", traceback: "Any", palette: "Any", /) -> "Any":
        """Return None: there is no extension."""

else:
    FrameIterator = _native.FrameIterator
    KnownFiles = _native.KnownFiles
    classes_are_ours = _native.classes_are_ours
    capture = _native.capture
    capture_iterator = _native.capture_iterator
    format_stack = _native.format_stack
    format_exception = _native.format_exception
