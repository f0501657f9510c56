"""Our classes and the standard module's: objects of the one count as the other's.

While ours are in the standard module's place, a program has objects of both: what it captured
before, and what it captures now; and afterwards it still has ours.
"""

import sys
from abc import ABCMeta as Meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_standard: "dict[type, type]" = {}
"""The standard class by ours, of those that a program may have got in its place."""

_frame_classes: "tuple[type, ...]" = ()
"""The standard classes of frames."""


def relate(ours: Meta, standard: object) -> None:
    """Let the objects of both classes pass `isinstance()` and `issubclass()` for the other."""
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
"""The `__class__` of our objects, which `isinstance()` looks at."""


def reduce_list(stack: "Any", protocol: "Any", /) -> "Any":
    """Return the parts by which a list is pickled: as usual, pickle would look at `__class__`."""
    if type(stack) not in _standard:
        return list.__reduce_ex__(stack, protocol)
    return _rebuild_stack, (type(stack),), vars(stack) or None, iter(stack)


def _rebuild_stack(cls: "Any") -> "Any":
    return cls.__new__(cls)


_rebuild_stack.__module__ = "lastwords.traceback"


def as_ours(frame: "Any", cls: "Any") -> "Any":
    """Return a frame of the standard class as one of ours; any other as it is."""
    if not issubclass(type(frame), _frame_classes):
        return frame
    lines = getattr(frame, "_lines", None)
    if sys.version_info < (3, 13) and frame.end_lineno in (None, frame.lineno):
        lines = frame._line  # the first line is all that it keeps
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
