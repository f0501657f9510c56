"""Whether a program has replaced parts of ours: checked before every short cut.

The one rule: a short cut does the work of several parts, and is taken only while each of them is
the one that we shipped.  A part is a name in a module or a class, or a function that a caller hands
in.  Parts are compared by identity: a program's object may define `__eq__` in any way.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

replaced: set[str] = set()
"""Replaced names of `lastwords.traceback`.  While there are any, no short cut is taken."""


class Parts:
    """The parts of one short cut: names of modules and classes with the values they had."""

    __slots__ = ("_attributes", "_entries")

    def __init__(self) -> None:
        self._attributes: list[tuple[object, str, object]] = []
        self._entries: list[tuple[Mapping[str, object], str, object]] = []

    def note(self, owner: object, *names: str) -> None:
        """Note the present values of these names of a module or a class."""
        held = vars(owner)
        for name in names:
            part = held[name]
            if getattr(owner, name) is part:
                self._attributes.append((owner, name, part))
            else:  # a class method, for example, is bound anew each time
                self._entries.append((held, name, part))

    def note_values(self, owner: object, values: "Mapping[str, object]") -> None:
        """Note the values that a module should have; None marks a name that is replaced already."""
        self._entries += [(vars(owner), name, value or Parts) for name, value in values.items()]

    def are_ours(self) -> bool:
        """Return whether every name has the value that was noted."""
        for owner, name, part in self._attributes:
            if getattr(owner, name, None) is not part:
                return False
        for held, name, part in self._entries:  # noqa: SIM110 - a call for each would cost more
            if held.get(name) is not part:
                return False
        return True


class Classes:
    """Classes in which no attribute may be replaced, added or deleted."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[type, dict[str, object]] = {}

    def note(self, *classes: type) -> None:
        """Note the present attributes of these classes."""
        self._held.update((cls, dict(vars(cls))) for cls in classes)

    def are_ours(self) -> bool:
        """Return whether every class has exactly the attributes that were noted."""
        for cls, held in self._held.items():
            now = vars(cls)
            if len(now) != len(held) or any(now.get(name) is not held[name] for name in held):
                return False
        return True


_functions: dict[int, object] = {}


def note_functions(*functions: object) -> None:
    """Note functions of ours that may be handed in, by themselves or as methods."""
    _functions.update((id(function), function) for function in functions)


def is_ours(function: object) -> bool:
    """Return whether a function, or the function of a method, was noted as ours."""
    return id(getattr(function, "__func__", function)) in _functions


def takes_colorize(function: "Any") -> bool:
    """Return whether a method takes the argument `colorize`, which is new in 3.13."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    has_keywords = 0x08
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return bool(code.co_flags & has_keywords) or "colorize" in names


def call(method: "Any", colorize: object) -> "Any":
    """Call a method that a program may have overridden without the argument `colorize`."""
    if id(getattr(method, "__func__", None)) in _functions or takes_colorize(method):
        return method(colorize=colorize)
    return method()
