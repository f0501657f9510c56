"""Display width of source text, and the byte, character and column arithmetic around it.

Owns the rules that decide how many terminal columns a piece of source text takes, those of
CPython 3.15: a combining or format character takes none, an East Asian wide one two, a terminal
control sequence none, TAB one.  Widths come from the running interpreter's own Unicode database.
"""

from __future__ import annotations

from lastwords import _standard_library as standard_library

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

_SOFT_HYPHEN = "\xad"  # a format character that is nevertheless drawn
_SUBSTITUTE = "\x1a"  # drawn as ^Z
_ESCAPE = "\x1b"


def __getattr__(name: str) -> re.Pattern[str]:
    """Compile `_ANSI_ESCAPE_SEQUENCE` at its first use: most text needs no `re`."""
    if name != "_ANSI_ESCAPE_SEQUENCE":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    pattern: re.Pattern[str] = standard_library.module("re").compile(r"\x1b\[[ -@]*[A-~]")
    globals()[name] = pattern
    return pattern


def _str_width(c: str) -> int:
    """Return the number of columns that the single character `c` takes: 0, 1 or 2."""
    if c.isascii():
        return 1
    unicodedata = standard_library.module("unicodedata")
    if unicodedata.combining(c):
        return 0
    if unicodedata.category(c) == "Cf" and c != _SOFT_HYPHEN:
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def _wlen(s: str) -> int:
    """Return the number of columns that `s` takes, without its control sequences."""
    columns = len(s) if s.isascii() else sum(map(_str_width, s))
    if _SUBSTITUTE in s:
        columns += s.count(_SUBSTITUTE)
    if _ESCAPE in s:
        pattern = globals().get("_ANSI_ESCAPE_SEQUENCE") or __getattr__("_ANSI_ESCAPE_SEQUENCE")
        columns -= sum(map(len, pattern.findall(s)))
    return columns


def _display_width(line: str, offset: int | None = None) -> int:
    """Return the number of columns of `line`, or of its first `offset` characters."""
    return _wlen(line if offset is None else line[:offset])


def _zip_display_width(line: str, carets: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pair each grapheme of `line` with the part of `carets` that is drawn under it."""
    from itertools import islice

    under = iter(carets)
    for grapheme in _graphemes(line):
        yield grapheme, "".join(islice(under, _wlen(grapheme)))


def _byte_offset_to_character_offset(str: str, offset: int) -> int:
    """Return how many characters the first `offset` bytes of `str` in UTF-8 hold."""
    if str.isascii():
        # A slice, so that negative offsets count from the end and large ones are cut.
        return len(str[:offset])
    try:
        encoded = str.encode()
    except UnicodeEncodeError:  # lone surrogates: not from a compiler, so any count will do
        encoded = str.encode("utf-8", "replace")
    return len(encoded[:offset].decode("utf-8", "replace"))


def _graphemes(text: str) -> Iterable[str]:
    if text.isascii() and _SUBSTITUTE not in text:
        return text
    unicodedata = standard_library.module("unicodedata")
    try:
        split = unicodedata.iter_graphemes  # type: ignore[attr-defined,unused-ignore]
    except AttributeError:  # before 3.15
        from lastwords._excerpt.graphemes import iter_graphemes as split
    return map(str, split(text))


def dedent(text: str) -> str:
    """Remove the blanks (spaces and tabs) that all lines of `text` begin with.

    Lines of white space alone become empty and are not counted.  The rules are those of
    `textwrap.dedent` in CPython 3.14 and later.
    """
    if "\n" not in text:
        return "" if text.isspace() else text.lstrip(" \t")
    lines = [("" if line.isspace() else line) for line in text.split("\n")]
    # What the least and the greatest line in lexical order have in common, all lines have.
    solid = [line for line in lines if line]
    if not solid:
        return "\n".join(lines)
    least, greatest = min(solid), max(solid)
    margin = 0
    for margin, char in enumerate(least):
        if char not in " \t" or char != greatest[margin]:
            break
    if not margin:
        return "\n".join(lines)
    return "\n".join([line[margin:] for line in lines])
