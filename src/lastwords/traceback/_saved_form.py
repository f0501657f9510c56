"""Exceptions as JSON-able data and back: `to_dict`, `from_dict`, pickling and copying.

Owns the form, and when two exceptions are equal.  An exception and all its relatives are one flat
list, in which causes, contexts and members are indexes: without nesting, nothing is too deep for a
reader.

    {"lastwords": 1, "exceptions": [{"type": ..., "cause": 1, "stack": [...]}, ...]}

The first entry is the exception itself.  Objects of which only the text is shown are kept as text.
"""

from lastwords import _contained as contained
from lastwords._contained import json_value
from lastwords.traceback import _frame as frames
from lastwords.traceback._saved_values import (
    JSON_TYPES,
    NONE,
    damaged,
    of_type,
    unwrap,
    wrap,
)
from lastwords.traceback._stack import StackSummary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lastwords.traceback._exception import TracebackException

    Link = tuple[int | None, int | None, list[int | None] | None]
    """Indexes of the cause, the context and the members."""

_SYNTAX_FIELDS = ("filename", "lineno", "end_lineno", "text", "offset", "end_offset", "msg")


def _saved_notes(notes: "Any") -> "Any":
    """Return the notes as strings, or {"repr": text} for notes that are no sequence."""
    if notes is None:
        return None
    if contained.is_sequence_of_notes(notes):
        return contained.note_texts(notes)
    return {"repr": contained._safe_string(notes, "__notes__", func=repr)}


class _CapturedNotes:
    """Stands for notes that are no sequence: its `repr()` is the captured text."""

    __module__ = "lastwords.traceback"
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> "tuple[Any, ...]":
        return _CapturedNotes, (self.text,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CapturedNotes) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]


def _node(te: "TracebackException") -> dict[str, "Any"]:
    """Return one exception as data, without its relatives."""
    node = {
        "type": te.exc_type_qualname,
        "module": json_value(te.exc_type_module),
        "has_type": te._have_exc_type,
        "message": te._str,
        "notes": _saved_notes(te.__notes__),
        "suppress_context": bool(te.__suppress_context__),
        "max_group_width": te.max_group_width,
        "max_group_depth": te.max_group_depth,
        "stack": [frames.fields_of(frame) for frame in te.stack],
    }
    if te._is_syntax_error:
        te._find_keyword_typos()
        node["syntax"] = _syntax_fields(te)
    return node


def _syntax_fields(te: "TracebackException") -> dict[str, "Any"]:
    """Return the fields of a SyntaxError such that its text stays the same.

    A `text` that is no string is dropped; a false `filename` becomes "".
    """
    fields = {name: json_value(getattr(te, name, None)) for name in _SYNTAX_FIELDS}
    if not isinstance(te.text, str):
        fields["text"] = None
    if type(te.msg) not in JSON_TYPES:
        fields["msg"] = contained.message_text(te.msg)
    if te.lineno is not None and not contained.truth(te.filename, default=True):
        fields["filename"] = ""
    return fields


def _shown_fields(te: "TracebackException") -> dict[str, "Any"]:
    """Return the text that is shown of attributes that may hold any object."""
    syntax = _syntax_fields(te) if te._is_syntax_error else {}
    return {"__notes__": _saved_notes(te.__notes__), **syntax}


_RELATIVES = ("__cause__", "__context__", "exceptions")
_NOT_COMPARED = ("_exc_type", "_exc_metadata")
"""Attributes that pickles and the saved form leave out; the type's names are compared instead."""


def equal(left: "TracebackException", right: "TracebackException") -> bool:
    """Compare two exceptions and all their relatives, attribute by attribute."""
    pending = [(left, right)]
    seen: set[tuple[int, int]] = set()
    while pending:
        left, right = pending.pop()
        if left is right or (id(left), id(right)) in seen:
            continue
        seen.add((id(left), id(right)))
        str(left), str(right)  # makes deferred messages
        ours, theirs = dict(vars(left)), dict(vars(right))
        for name in _NOT_COMPARED:
            ours.pop(name, None)
            theirs.pop(name, None)
        for name in _RELATIVES:
            one, other = ours.pop(name, None), theirs.pop(name, None)
            if isinstance(one, list) and isinstance(other, list):
                if len(one) != len(other):
                    return False
                pending.extend(zip(one, other, strict=True))
            elif hasattr(one, "__dict__") and hasattr(other, "__dict__"):
                pending.append((one, other))
            elif one != other:
                return False
        ours.update(_shown_fields(left))
        theirs.update(_shown_fields(right))
        if ours != theirs:
            return False
    return True


def flatten(top: "TracebackException", *, pickled: bool = False) -> list[tuple["Any", "Link"]]:
    """Return [(exception, links)] with every exception once, `top` first; `pickled`: its state."""
    order = [top]
    index_of = {id(top): 0}
    links: list[Link] = []

    def place(te: "TracebackException | None") -> int | None:
        if te is None:
            return None
        if id(te) not in index_of:
            index_of[id(te)] = len(order)
            order.append(te)
        return index_of[id(te)]

    for te in order:  # the loop appends to it
        members = te.exceptions
        links.append(
            (
                place(te.__cause__),
                place(te.__context__),
                None if members is None else [place(member) for member in members],
            )
        )
    if not pickled:
        return [(te, link) for te, link in zip(order, links, strict=True)]
    return [(_state(te), link) for te, link in zip(order, links, strict=True)]


def _state(te: "TracebackException") -> tuple[type, type, dict[str, "Any"]]:
    """Return what is pickled of one exception: its attributes, without the exception's class."""
    te._str  # noqa: B018 - makes a deferred message
    state = {
        name: value
        for name, value in vars(te).items()
        if name not in ("__cause__", "__context__", "exceptions", "_deferred_str")
    }
    state["_exc_type"] = None
    state["__notes__"] = _notes_from(_saved_notes(te.__notes__))
    state["stack"] = list(te.stack)
    return type(te), type(te.stack), state


def _notes_from(notes: "Any") -> "Any":
    return _CapturedNotes(notes["repr"]) if isinstance(notes, dict) else notes


def _rebuild_exception(entries: list[tuple["Any", "Link"]]) -> "TracebackException":
    """Make exceptions from the result of `flatten(pickled=True)`; pickles call this."""
    made: list[TracebackException] = []
    for (kind, stack_kind, state), _link in entries:
        te = kind.__new__(kind)
        te.__dict__.update(state)
        te.stack = stack_kind(state["stack"])
        made.append(te)
    _link_up(made, [link for _state, link in entries])
    return made[0]


_rebuild_exception.__module__ = "lastwords.traceback"


def _link_up(made: list["TracebackException"], links: list["Link"]) -> None:
    for te, (cause, context, members) in zip(made, links, strict=True):
        te.__cause__ = None if cause is None else made[cause]
        te.__context__ = None if context is None else made[context]
        te.exceptions = (
            None if members is None else [made[member] for member in members if member is not None]
        )


def to_dict(top: "TracebackException") -> dict[str, "Any"]:
    """Return what `TracebackException.to_dict` returns."""
    nodes = []
    for te, (cause, context, members) in flatten(top):
        nodes.append({**_node(te), "cause": cause, "context": context, "members": members})
    return wrap("exceptions", nodes)


def from_dict(data: "Any", cls: type["TracebackException"]) -> "TracebackException":
    """Return what `TracebackException.from_dict` returns."""
    nodes = unwrap(data, "exceptions")
    try:
        links = [(node["cause"], node["context"], node["members"]) for node in nodes]
        _check_links(links)
        made = [_rebuild_node(node, cls) for node in nodes]
        _link_up(made, links)
        return made[0]
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise damaged("exceptions", error) from error


def _check_links(links: list["Link"]) -> None:
    """Raise ValueError if a link is out of range or part of a cycle."""
    related = [[i for i in (a, b, *(members or ())) if i is not None] for a, b, members in links]
    arrivals = [0] * len(links)
    for indexes in related:
        for index in indexes:
            if type(index) is not int or not 0 <= index < len(links):
                raise ValueError(f"there is no exception number {index!r}")
            arrivals[index] += 1
    ends = [index for index, count in enumerate(arrivals) if not count]
    for index in ends:  # the loop appends to it: Kahn's topological sort
        for following in related[index]:
            arrivals[following] -= 1
            if not arrivals[following]:
                ends.append(following)
    if len(ends) < len(links):
        raise ValueError("an exception is its own cause, context or member")


def _rebuild_node(node: dict[str, "Any"], cls: type["TracebackException"]) -> "TracebackException":
    te = cls.__new__(cls)
    te.max_group_width = of_type(node["max_group_width"], *JSON_TYPES)
    te.max_group_depth = of_type(node["max_group_depth"], *JSON_TYPES)
    te.stack = StackSummary(
        frames.from_fields(frames.FrameSummary, fields) for fields in of_type(node["stack"], list)
    )
    te._exc_type = None
    te._str = of_type(node["message"], str)
    te.__notes__ = _notes_from(_checked_notes(node["notes"]))
    te._is_syntax_error = "syntax" in node
    te._have_exc_type = of_type(node["has_type"], bool)
    te.exc_type_qualname = of_type(node["type"], str, NONE)
    te.exc_type_module = of_type(node["module"], *JSON_TYPES)
    if te._is_syntax_error:
        for name in _SYNTAX_FIELDS:
            setattr(te, name, of_type(node["syntax"][name], *JSON_TYPES))
        te._exc_metadata = None
    te.__suppress_context__ = of_type(node["suppress_context"], bool)
    return te


def _checked_notes(notes: "Any") -> "Any":
    if type(notes) is dict:
        of_type(notes["repr"], str)
    elif notes is not None:
        for note in of_type(notes, list):
            of_type(note, str)
    return notes
