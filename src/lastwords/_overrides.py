"""What a program has put in the place of our parts: asked before every short cut.

The one rule: a short cut is taken only while every part that it stands for is the one that we
shipped.  A part is a name of a module or a class, or a function that a caller hands in.  All is
compared by identity, since what a program puts in a part's place may compare in any way.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

replaced: set[str] = set()
"""Names of `lastwords.traceback` that are replaced; while there are any, no short cut is taken."""


class Parts:
    """Names as they are when they are noted, for which one short cut stands."""

    __slots__ = ("_attributes", "_entries")

    def __init__(self) -> None:
        self._attributes: list[tuple[object, str, object]] = []
        self._entries: list[tuple[Mapping[str, object], str, object]] = []

    def note(self, owner: object, *names: str) -> None:
        """Note what a module or a class holds by these names now."""
        held = vars(owner)
        for name in names:
            part = held[name]
            if getattr(owner, name) is part:
                self._attributes.append((owner, name, part))
            else:  # a class method, say, is bound anew each time
                self._entries.append((held, name, part))

    def note_values(self, owner: object, values: "Mapping[str, object]") -> None:
        """Note what a module should hold; None for a name: it isn't ours already."""
        self._entries += [(vars(owner), name, value or Parts) for name, value in values.items()]

    def are_ours(self) -> bool:
        """Return whether all of them are what they were."""
        for owner, name, part in self._attributes:
            if getattr(owner, name, None) is not part:
                return False
        for held, name, part in self._entries:  # noqa: SIM110 - a call for each would cost more
            if held.get(name) is not part:
                return False
        return True


class Classes:
    """Whole classes, of which nothing may be replaced, added or taken away."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[type, dict[str, object]] = {}

    def note(self, *classes: type) -> None:
        """Note all that these classes hold now."""
        self._held.update((cls, dict(vars(cls))) for cls in classes)

    def are_ours(self) -> bool:
        """Say whether they hold what they held, and no more."""
        for cls, held in self._held.items():
            now = vars(cls)
            if len(now) != len(held) or any(now.get(name) is not held[name] for name in held):
                return False
        return True


_functions: dict[int, object] = {}


def note_functions(*functions: object) -> None:
    """Note functions of ours that callers hand in, as functions or as methods of any object."""
    _functions.update((id(function), function) for function in functions)


def is_ours(function: object) -> bool:
    """Say whether a function, or the one behind a method, is one of those."""
    return id(getattr(function, "__func__", function)) in _functions


def takes_colorize(function: "Any") -> bool:
    """Say whether a method that a program overrode takes the `colorize` argument (new in 3.13)."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    has_keywords = 0x08
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return bool(code.co_flags & has_keywords) or "colorize" in names


def call(method: "Any", colorize: object) -> "Any":
    """Call a method that a program may have overridden before it took `colorize`."""
    if is_ours(method) or takes_colorize(method):
        return method(colorize=colorize)
    return method()
