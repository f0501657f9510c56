"""The text of an exception near the stack's limit, made with few nested calls.

Owns what is printed if formatting an exception in full raises RecursionError: each exception of the
chain with its frames, lines, message and notes; no marks, no colours, no members of groups.
"""

import sys

from lastwords import _contained as contained
from lastwords._contained import pass_on
from lastwords.traceback._exception_text import _cause_message, _context_message
from lastwords.traceback._stack_capture import resolve_limit
from lastwords.traceback._stack_text import _RECURSIVE_CUTOFF, _repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_LINKS = 1000
"""Exceptions that are followed along a chain."""


def lines_of(value: "Any", tb: "Any", limit: "Any", chain: "Any") -> list[str]:
    """Return the text as a list of strings that each end in a newline."""
    links = [(value, tb, "")]
    seen = {id(value)}
    while chain and len(links) < _MOST_LINKS:
        value = links[-1][0]
        earlier, context = contained.relatives_of(value)
        between = _cause_message
        if (earlier is None or id(earlier) in seen) and not contained.suppresses_context(value):
            earlier, between = context, _context_message
        if not isinstance(earlier, BaseException) or id(earlier) in seen:
            break
        seen.add(id(earlier))
        links.append((earlier, earlier.__traceback__, between))
    result: list[str] = []
    for exc, entry, following in reversed(links):
        if entry is not None:
            result.append("Traceback (most recent call last):\n")
            _add_frames(result, entry, limit)
        result += _final_lines(exc)
        if following:
            result.append(following)
    return result


def _add_frames(result: list[str], tb: "Any", limit: "Any") -> None:
    entries = []
    while tb is not None:
        entries.append(tb)
        tb = tb.tb_next
    limit = resolve_limit(limit)
    if limit is not None:
        entries = entries[:limit] if limit >= 0 else entries[limit:]
    last: "tuple[str, int, str] | None" = None
    repeats = 0
    for tb in entries:
        code = tb.tb_frame.f_code
        place = (code.co_filename, tb.tb_lineno, code.co_name)
        if place != last:
            if repeats > _RECURSIVE_CUTOFF:
                result.append(_repeated(repeats - _RECURSIVE_CUTOFF))
            last, repeats = place, 0
        repeats += 1
        if repeats <= _RECURSIVE_CUTOFF:
            result.append('  File "{}", line {}, in {}\n'.format(*place))
            line = _source_line(place[0], place[1], tb.tb_frame.f_globals)
            if line:
                result.append(f"    {line}\n")
    if repeats > _RECURSIVE_CUTOFF:
        result.append(_repeated(repeats - _RECURSIVE_CUTOFF))


def _source_line(filename: str, lineno: int, names: "dict[str, Any]") -> "Any":
    try:
        known = sys.modules["linecache"].cache.get(filename)
        if known is not None and len(known) > 1:
            return known[2][lineno - 1].strip()
        return sys.modules["linecache"].getline(filename, lineno, names).strip()
    except BaseException as error:
        pass_on(error)  # the loader's, a missing line, or no stack left for it
        return ""


def _final_lines(value: "Any") -> list[str]:
    if value is None:
        return ["NoneType: None\n"]
    name, module = contained.names_of(type(value))
    if module not in ("__main__", "builtins"):
        name = f"{module if isinstance(module, str) else '<unknown>'}.{name}"
    message = contained.text_of(value, "<exception str() failed>")
    result = [f"{name}: {message}\n" if message else f"{name}\n"]
    notes = contained.notes_of(value)
    if isinstance(notes, (list, tuple)):
        for note in contained.note_texts(notes):
            result += [f"{line}\n" for line in note.split("\n")]
    return result
