"""The distance of two names, the nearest of many names, and the text of a suggestion.

Owns the distance of "Did you mean": replacing, inserting or deleting costs `_MOVE_COST`, changing
the case of a letter `_CASE_COST`.  `closest()` measures UTF-8 bytes on every version, as CPython
3.13 and later do; the extension does it if it is there.
"""

from __future__ import annotations

from lastwords import _backend
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    # A namespace, or a list of names as `dir()` gives.
    Source = dict[Any, Any] | list[Any]


_MAX_CANDIDATE_ITEMS = 750
_MAX_STRING_SIZE = 40
_MOVE_COST = 2
_CASE_COST = 1


def _substitution_cost(ch_a: str, ch_b: str) -> int:
    """Return the cost of replacing `ch_a` by `ch_b`."""
    if ch_a == ch_b:
        return 0
    return _CASE_COST if ch_a.lower() == ch_b.lower() else _MOVE_COST


def _levenshtein_distance(a: str, b: str, max_cost: int) -> int:
    """Return the distance of two strings by characters, or `max_cost + 1` if that is less."""
    if a == b:
        return 0
    start, left_end, right_end = _unequal_part(a, b)
    left, right = a[start:left_end], b[start:right_end]
    if not left or not right:
        return _MOVE_COST * (len(left) + len(right))
    if len(left) > _MAX_STRING_SIZE or len(right) > _MAX_STRING_SIZE:
        return max_cost + 1
    folded = [c.lower() for c in left], [c.lower() for c in right]
    return _table_distance((left, right), folded, max_cost)


def _unequal_part(a: Sequence[object], b: Sequence[object]) -> tuple[int, int, int]:
    """Return where the common beginning ends, and where the common end begins in each."""
    start, left_end, right_end = 0, len(a), len(b)
    shorter = min(left_end, right_end)
    while start < shorter and a[start] == b[start]:
        start += 1
    while left_end > start and right_end > start and a[left_end - 1] == b[right_end - 1]:
        left_end -= 1
        right_end -= 1
    return start, left_end, right_end


def _table_distance(
    sides: tuple[Sequence[object], Sequence[object]],
    folded: tuple[Sequence[object], Sequence[object]],
    most: int,
) -> int:
    """Return the distance by the classic table, row by row; `most + 1` if it is above `most`."""
    (across, down), (across_folded, down_folded) = sides, folded
    if len(down) < len(across):
        across, down = down, across
        across_folded, down_folded = down_folded, across_folded
    if (len(down) - len(across)) * _MOVE_COST > most:
        return most + 1
    row = list(range(_MOVE_COST, _MOVE_COST * (len(across) + 1), _MOVE_COST))
    result = 0
    for index, item in enumerate(down):
        diagonal = result = index * _MOVE_COST
        least = most + 1
        for column, above in enumerate(row):
            if item == across[column]:
                cost = diagonal
            else:
                same_letter = down_folded[index] == across_folded[column]
                cost = diagonal + (_CASE_COST if same_letter else _MOVE_COST)
            diagonal = above
            result = min(cost, result + _MOVE_COST, above + _MOVE_COST)
            row[column] = result
            least = min(least, result)
        if least > most:
            return most + 1
    return result


def closest(candidates: list[str], wrong: str) -> str | None:
    """Return the candidate nearest to `wrong`, the first of equals, never `wrong` itself.

    None if all are too far, or if there are more than `_MAX_CANDIDATE_ITEMS`.
    """
    found = closest_by_bytes(candidates, wrong)
    if found is not None or len(candidates) > _MAX_CANDIDATE_ITEMS:
        return found
    # By bytes, one letter of two bytes costs as much as two: search again by characters, as CPython
    # does.  If the texts are ASCII, that finds no more than the search by bytes did.
    if wrong.isascii() and len(candidates) < _MAX_CANDIDATE_ITEMS:
        if "".join(candidates).isascii():
            return None
        candidates = [name for name in candidates if not name.isascii()]
    return _closest_by_characters(candidates, wrong)


def closest_by_bytes(candidates: list[str], wrong: str) -> str | None:
    """Return the nearest candidate by UTF-8 bytes, by the fastest means; None for 750 or more."""
    if len(candidates) >= _MAX_CANDIDATE_ITEMS:
        return None
    if _backend.native is not None:
        found = _backend.native.closest((candidates,), wrong, False, False)
        return None if found is NotImplemented else found
    try:
        from _suggestions import (  # type: ignore[import-not-found]
            _generate_suggestions,
        )
    except ImportError as error:
        pass_on(error)
        return _closest_in_python(candidates, wrong)
    try:
        return _generate_suggestions(candidates, wrong)  # type: ignore[no-any-return]
    except (UnicodeError, TypeError) as error:  # lone surrogates, subclasses of list and str
        pass_on(error)
        return _closest_in_python(candidates, wrong)


def _closest_by_characters(candidates: list[str], wrong: str) -> str | None:
    """Return the nearest candidate by characters, at a distance below the length of `wrong`."""
    if len(wrong) > _MAX_STRING_SIZE:
        return None
    winner = None
    best = len(wrong)
    for candidate in candidates:
        if candidate == wrong:
            continue
        most = min((len(wrong) + len(candidate) + 3) * _MOVE_COST // 6, best - 1)
        if abs(len(wrong) - len(candidate)) * _MOVE_COST > most:
            continue
        distance = _levenshtein_distance(wrong, candidate, most)
        if distance <= most:
            winner, best = candidate, distance
    return winner


def _closest_in_python(candidates: list[str], wrong: str) -> str | None:
    """Return what `closest_by_bytes` does, in pure Python."""
    wanted = wrong.encode("utf-8", "surrogatepass")
    length = len(wanted)
    letters = wanted.lower() + wanted.upper()
    # In longer candidates, of one byte a character, the insertions alone cost too much.
    longest = (7 * length + 3) // 5
    winner = None
    best = _MOVE_COST * (length + longest)
    for candidate in candidates:
        if len(candidate) > longest:
            continue
        text = candidate.encode("utf-8", "surrogatepass")
        most = (length + len(text) + 3) * _MOVE_COST // 6
        if most >= best:
            most = best - 1
        # Each byte that only one side has must be replaced or deleted.
        if len(text.translate(None, letters)) * _MOVE_COST > most:
            continue
        if len(wanted.translate(None, text.lower() + text.upper())) * _MOVE_COST > most:
            continue
        distance = _byte_distance(wanted, text, most)
        if 0 < distance <= most:
            winner, best = candidate, distance
    return winner


def _byte_distance(a: bytes, b: bytes, most: int) -> int:
    """Return the distance of two UTF-8 texts by bytes, where only ASCII letters have a case."""
    start, left_end, right_end = _unequal_part(a, b)
    left, right = a[start:left_end], b[start:right_end]
    if not left or not right:
        return _MOVE_COST * (len(left) + len(right))
    if len(left) > _MAX_STRING_SIZE or len(right) > _MAX_STRING_SIZE:
        return most + 1
    return _table_distance((left, right), (left.lower(), right.lower()), most)


def normalized(name: str) -> str:
    """Return the name as the compiler normalises it."""
    if name.isascii():
        return name
    composed: str = standard_library.module("unicodedata").normalize("NFKC", name)
    return composed


def choose(
    sources: tuple[Source, ...],
    raw: str,
    wanted: str,
    *,
    hide_private: bool = False,
    smallest: bool = False,
) -> str | None:
    """Return the name in the sources that is nearest to `wanted`, or None if none is near.

    `raw` is the wanted name as it was written, before normalisation.  Of equally near names the
    first is taken, or with `smallest` the first in the order of strings.  Objects that are no
    strings are passed over.
    """
    if raw == wanted and _backend.native is not None:
        found: str | None = _backend.native.closest(sources, wanted, hide_private, smallest)
        if found is not NotImplemented:
            return found
    everything: list[object] = []
    for source in sources:
        everything += source
    names = strings(everything)
    if smallest:
        names.sort()
    if wanted != raw and wanted in names:
        return wanted
    if hide_private:
        names = [name for name in names if name[:1] != "_"]
    return closest(names, wanted)


def strings(names: list[Any]) -> list[str]:
    """Return those of the objects that are strings."""
    try:
        "".join(names)  # nearly always all are strings: the fastest way to check
    except TypeError as error:
        pass_on(error)
        return [name for name in names if isinstance(name, str)]
    return names


def did_you_mean(suggestion: str | None) -> str:
    """Return the text that follows a message; a name that is not ASCII is shown escaped, too."""
    if not suggestion:
        return ""
    if suggestion.isascii():
        return f". Did you mean: '{suggestion}'?"
    return f". Did you mean: '{suggestion}' ({suggestion!a})?"
