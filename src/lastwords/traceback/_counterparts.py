"""Our classes and their counterparts in the standard module: `isinstance` accepts both.

While our classes are in the standard module's place, a program has objects of both: those that it
captured before, and those that it captures now.  Afterwards it still has ours.
"""

import sys
from abc import ABCMeta as Meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_standard: "dict[type, type]" = {}
"""Our class → the standard class that it has replaced at some time."""

_frame_classes: "tuple[type, ...]" = ()
"""The standard classes FrameSummary."""


def relate(ours: Meta, standard: object) -> None:
    """Make objects of both classes pass `isinstance()` and `issubclass()` for the other one."""
    global _frame_classes
    if isinstance(standard, type) and standard is not ours:
        ours.register(standard)
        _standard[ours] = standard
        if ours.__name__ == "FrameSummary" and standard not in _frame_classes:
            _frame_classes = (*_frame_classes, standard)


def _class_of(obj: object) -> type:
    cls = type(obj)
    return _standard.get(cls, cls)


CLASS = property(_class_of, vars(object)["__class__"].__set__)
"""The `__class__` of our objects, which `isinstance()` reads."""


def reduce_list(stack: "Any", protocol: "Any", /) -> "Any":
    """Return the parts by which a stack is pickled; the default would take its `__class__`."""
    if type(stack) not in _standard:
        return list.__reduce_ex__(stack, protocol)
    return _rebuild_stack, (type(stack),), vars(stack) or None, iter(stack)


def _rebuild_stack(cls: "Any") -> "Any":
    return cls.__new__(cls)


_rebuild_stack.__module__ = "lastwords.traceback"


def as_ours(frame: "Any", cls: "Any") -> "Any":
    """Return a frame of a standard class as a frame of `cls`; any other as it is."""
    if not issubclass(type(frame), _frame_classes):
        return frame
    lines = getattr(frame, "_lines", None)
    if sys.version_info < (3, 13) and frame.end_lineno in (None, frame.lineno):
        lines = frame._line  # it keeps the first line only
    ours = cls(
        frame.filename,
        frame.lineno,
        frame.name,
        lookup_line=False,
        line=lines,
        end_lineno=frame.end_lineno,
        colno=frame.colno,
        end_colno=frame.end_colno,
    )
    ours.locals = frame.locals
    return ours
