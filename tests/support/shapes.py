"""Exceptions of every shape, described as plain data and built live.

A *shape* is a JSON-able dictionary: a list of exception nodes that refer to one another by number
(so chains, sharing and cycles all come out of the same form), the source files that their frames
point into, and nothing else.  The frames are real frames with real tracebacks, but their names and
positions are written into the code object's location table by hand.  So a shape gives the same
tracebacks under every compiler, and what CPython 3.15 prints for it can be expected everywhere.
"""

from __future__ import annotations

import functools
import linecache
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, TracebackType

LONG_FORM = 14  # location table entry with line and column deltas
NO_COLUMNS = 13
NO_LOCATION = 15
UNITS_PER_ENTRY = 8


# -- types with something odd about them -------------------------------------------------------


class Outer:
    """Holds a nested class, whose qualified name has a dot."""

    class Inner(ValueError):
        """A nested exception."""


class OddModule(ValueError):
    """Its module is not a string."""

    __module__ = 3  # type: ignore[assignment]


class NoneModule(ValueError):
    """Its module is None."""

    __module__ = None  # type: ignore[assignment]


class DottedModule(ValueError):
    """Pretends to live in a package."""

    __module__ = "some.package"


class Renamed(ValueError):
    """Its qualified name was replaced after the fact."""


Renamed.__qualname__ = "Strange name\nof <two> lines"


class StrFails(ValueError):
    """str() of it raises."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class StrFailsHard(ValueError):
    """str() of it raises something that is no Exception."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class StrIsNotText(ValueError):
    """str() of it returns a number."""

    def __str__(self) -> str:
        return 3  # type: ignore[return-value]


class StrSubclass(ValueError):
    """str() of it gives an instance of a subclass of str."""

    def __str__(self) -> str:
        return Text("a text of its own kind")


class Text(str):
    """A string that must not be asked for anything."""

    __slots__ = ()

    def __str__(self) -> str:
        return "the text in other words"


class NotesFail(ValueError):
    """Reading its notes raises."""

    @property
    def __notes__(self) -> list[str]:
        raise RuntimeError("no notes")


class FamilyGroup(ExceptionGroup):
    """A group of the user's own."""


class Awkward:
    """An object whose str() and repr() raise."""

    def __str__(self) -> str:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


class TwoLines:
    """An object whose str() and repr() have two lines."""

    def __str__(self) -> str:
        return "first\nsecond"

    def __repr__(self) -> str:
        return "<first\nsecond>"


for _cls in (
    Outer, Outer.Inner, Renamed, StrFails, StrFailsHard, StrIsNotText, StrSubclass, NotesFail, FamilyGroup,
):  # fmt: skip
    _cls.__module__ = "shapes"  # as it is recorded, however this module was imported

# No MemoryError: CPython makes new ones from old ones without clearing __suppress_context__.
PLAIN_TYPES: dict[str, type[BaseException]] = {
    cls.__name__: cls
    for cls in (
        ValueError, KeyError, OSError, StopIteration, AssertionError, SystemExit, KeyboardInterrupt,
        RecursionError, ZeroDivisionError, GeneratorExit, OddModule, NoneModule,
        DottedModule, Renamed, StrFails, StrFailsHard, StrIsNotText, StrSubclass, NotesFail,
        Outer.Inner,
    )
}  # fmt: skip
GROUP_TYPES: dict[str, type[BaseExceptionGroup[Any]]] = {
    cls.__name__: cls for cls in (ExceptionGroup, BaseExceptionGroup, FamilyGroup)
}
SYNTAX_TYPES: dict[str, type[SyntaxError]] = {
    cls.__name__: cls for cls in (SyntaxError, IndentationError, TabError)
}
OBJECTS: dict[str, Callable[[], object]] = {
    "awkward": Awkward, "two lines": TwoLines, "none": lambda: None, "int": lambda: 7,
    "bytes": lambda: b"b\nc", "tuple": lambda: ("a", "b\nc"), "empty": list, "text": lambda: Text("x\ny"),
    "dict": lambda: {"a": 1},
}  # fmt: skip


def value(spec: object) -> object:
    """Return the object that a JSON value stands for: ``{"object": name}`` is one of OBJECTS."""
    if isinstance(spec, dict):
        if "object" in spec:
            return OBJECTS[spec["object"]]()
        return tuple(value(item) for item in spec["tuple"])
    if isinstance(spec, list):
        return [value(item) for item in spec]
    return spec


# -- frames ------------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """A number in the location table's unsigned form: six bits a byte, low ones first."""
    out = bytearray()
    while number >= 64:
        out.append(0x40 | (number & 0x3F))
        number >>= 6
    out.append(number)
    return bytes(out)


def signed_varint(number: int) -> bytes:
    """A number in the location table's signed form."""
    return varint((-number << 1) | 1 if number < 0 else number << 1)


def one_location(units: int, delta: int | None, span: tuple[int, int, int] | None) -> bytes:
    """A location table that gives the same position to every one of `units` code units.

    `delta` is the line counted from co_firstlineno, None for "no location"; `span` is
    (lines spanned, column, end column), None for "no columns".
    """
    out = bytearray()
    while units > 0:
        run = min(units, UNITS_PER_ENTRY)
        form = NO_LOCATION if delta is None else LONG_FORM if span else NO_COLUMNS
        out.append(0x80 | (form << 3) | (run - 1))
        if delta is not None:
            out += signed_varint(delta)
            delta = 0
            if span:
                out += b"".join(varint(n) for n in (span[0], span[1] + 1, span[2] + 1))
        units -= run
    return bytes(out)


def code_at(frame: dict[str, Any], body: str) -> CodeType:
    """Code that runs `body`, all of it at the place that `frame` names."""
    code = compile(body, frame["filename"], "exec")
    lineno = frame["lineno"]
    span = None
    if frame.get("colno") is not None:
        span = (frame["end_lineno"] - lineno, frame["colno"], frame["end_colno"])
    return code.replace(
        co_name=frame["name"],
        co_qualname=frame["name"],
        co_firstlineno=1,
        co_linetable=one_location(
            len(code.co_code) // 2, None if lineno is None else lineno - 1, span
        ),
    )


def traceback_through(frames: list[dict[str, Any]], exc: BaseException) -> TracebackType | None:
    """Raise `exc` through `frames` (outermost first) and return the traceback of those alone."""
    if not frames:
        return None
    call: Any = None
    for frame in reversed(frames):
        names: dict[str, Any] = {"__name__": frame.get("module", "shape")}
        names.update({"call": call} if call else {"exc": exc})
        if "loader" in frame:
            names["__loader__"] = Loader(frame["loader"])
        body = code_at(frame, "call()" if call else "raise exc")
        call = functools.partial(
            exec, body, names, {k: value(v) for k, v in frame.get("locals", {}).items()}
        )
    context = exc.__context__
    try:
        call()
    except BaseException as caught:  # noqa: BLE001  any type of exception is one of ours
        if caught is not exc:
            raise
        found = caught.__traceback__
    exc.__context__ = context
    assert found is not None
    return found.tb_next


class Loader:
    """A module loader that knows one source."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, _name: str) -> str:
        """Return the source of the one module."""
        return self.source


# -- exceptions --------------------------------------------------------------------------------


def make(node: dict[str, Any], members: list[BaseException]) -> BaseException:
    """Return the exception of one node, without relatives."""
    name = node["type"]
    args = [value(arg) for arg in node.get("args", ())]
    if name in GROUP_TYPES:
        cls: type[BaseException] = GROUP_TYPES[name]
        if not issubclass(cls, Exception) or all(isinstance(m, Exception) for m in members):
            return cls(node["message"], members)
        return BaseExceptionGroup(node["message"], members)
    if name in SYNTAX_TYPES:
        exc = SYNTAX_TYPES[name](*args)
        for key, val in node.get("attributes", {}).items():
            setattr(exc, key, value(val))
        return exc
    return PLAIN_TYPES[name](*args)


def build(shape: dict[str, Any]) -> BaseException:
    """Return the live exception of a shape: its node 0, with all relatives."""
    nodes = shape["nodes"]
    built: list[BaseException] = [None] * len(nodes)  # type: ignore[list-item]
    for number in reversed(range(len(nodes))):
        members = [built[i] for i in nodes[number].get("members", ())]
        built[number] = make(nodes[number], members)
    for node, exc in zip(nodes, built, strict=True):
        if "notes" in node and not isinstance(exc, NotesFail):
            exc.__notes__ = value(node["notes"])  # type: ignore[assignment]
        exc.__traceback__ = traceback_through(node.get("frames", []), exc)
    for node, exc in zip(nodes, built, strict=True):
        if node.get("context") is not None:
            exc.__context__ = built[node["context"]]
        if node.get("cause") is not None:
            exc.__cause__ = built[node["cause"]]
        if "suppress" in node:
            exc.__suppress_context__ = node["suppress"]
    return built[0]


def write_files(shape: dict[str, Any], folder: Path) -> None:
    """Put a shape's source files into `folder`, which is to be the current directory."""
    for name, text in shape.get("files", {}).items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    linecache.clearcache()


def remove_files(shape: dict[str, Any], folder: Path) -> None:
    """Take them away again."""
    for name in shape.get("files", {}):
        (folder / name).unlink(missing_ok=True)
    linecache.clearcache()


def exceptions_of(exc: BaseException) -> list[BaseException]:
    """Every exception that hangs on `exc`, each once."""
    seen: dict[int, BaseException] = {}
    todo: list[BaseException | None] = [exc]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen[id(one)] = one
        todo += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
    return list(seen.values())


def main() -> None:
    """Print what the standard module makes of a shape on standard input."""
    import json
    import traceback

    shape = json.load(sys.stdin)
    write_files(shape, Path())
    sys.stdout.write("".join(traceback.format_exception(build(shape))))


if __name__ == "__main__":
    main()
