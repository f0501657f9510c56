"""How a syntax error is shown: where it is, the line, the caret, and a keyword meant instead.

Owns the part of a SyntaxError's text that no other exception has, by the rules of CPython 3.15 on
every version; carets stand right after tabs too.
"""

from __future__ import annotations

import sys

from lastwords._contained import message_text, pass_on
from lastwords._excerpt import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from lastwords._theme import Traceback

    class SyntaxErrorParts(Protocol):
        """What a TracebackException notes down of a SyntaxError."""

        filename: object
        lineno: object
        end_lineno: object
        text: object
        offset: object
        end_offset: object
        msg: object


_MARGIN = "    "
# Limits of the search for a misspelt keyword: characters compiled, names tried, keywords per name.
_MOST_CODE = 1024
_MOST_NAMES = 10
_MOST_KEYWORDS = 3
_SIMILAR = 0.5  # what difflib calls a ratio
_MOST_CARETS = 1000  # under a line that isn't there
_ONLY_AST = 0x400  # PyCF_ONLY_AST
_RECORDS_PLACE = sys.version_info >= (3, 14)  # SyntaxError._metadata
_COMPILE_COMMAND_HAS_FLAGS = sys.version_info >= (3, 14)

_PLAIN = ("", "", "", "", "", "")


def format_syntax_error(
    te: SyntaxErrorParts, stype: str, theme: Traceback | None = None
) -> Iterator[str]:
    """Yield the lines after the traceback: place, source and caret, type and message.

    `te` is a TracebackException of a SyntaxError, `stype` the qualified name of its type.  May
    change `te`: see find_keyword_typos().
    """
    find = getattr(te, "_find_keyword_typos", None)  # a subclass may have one of its own
    if find is None:
        find_keyword_typos(te)
    else:
        find()
    kind, message, filename, line_no, highlight, reset = _colors(theme)
    suffix = ""
    if te.lineno is not None:
        yield (
            f'  File {filename}"{te.filename or "<string>"}"{reset}, '
            f"line {line_no}{te.lineno}{reset}\n"
        )
    elif te.filename is not None:
        suffix = f" ({te.filename})"
    if isinstance(te.text, str):
        yield from _excerpt(te, te.text, highlight, reset)
    yield f"{kind}{stype}{reset}: {message}{message_text(te.msg)}{reset}{suffix}\n"


def _colors(theme: Traceback | None) -> tuple[str, ...]:
    if theme is None:
        return _PLAIN
    return (
        theme.type,
        theme.message,
        theme.filename,
        theme.line_no,
        theme.error_highlight,
        theme.reset,
    )


def _excerpt(te: SyntaxErrorParts, text: str, highlight: str, reset: str) -> Iterator[str]:
    """The line, and the carets under the range, as far as it lies within the line."""
    whole = text.rstrip("\n")
    shown = whole.lstrip(" \n\f")
    if te.offset is None:
        yield f"{_MARGIN}{shown}\n"
        return
    if not isinstance(te.offset, int):
        return
    start, end = _range(te, te.offset, len(whole), has_text=bool(text))
    removed = len(whole) - len(shown)
    start, end = start - 1 - removed, end - 1 - removed
    if start < 0:
        yield f"{_MARGIN}{shown}\n"
        return
    before, marked, after = shown[:start], shown[start:end], shown[end:]
    carets = "^" * (width._display_width(marked) if marked else min(end - start, _MOST_CARETS))
    yield f"{_MARGIN}{before}{highlight}{marked}{reset}{after}\n"
    yield f"{_MARGIN}{_blank(before)}{highlight}{carets}{reset}\n"


def _range(te: SyntaxErrorParts, offset: int, length: int, *, has_text: bool) -> tuple[int, int]:
    """Where the carets begin and end, from 1, one caret at least."""
    end: int = length + 1
    if te.lineno == te.end_lineno:
        end = te.end_offset if isinstance(te.end_offset, int) and te.end_offset else offset
    if has_text:
        offset = min(offset, length + 1)
        end = min(end, length + 1)
    if offset >= end or end < 0:
        end = offset + 1
    return offset, end


def _blank(text: str) -> str:
    """White space that is as wide as the text, wherever the tab stops of the terminal are."""
    return "\t".join([" " * width._display_width(part) for part in text.split("\t")])


def find_keyword_typos(te: SyntaxErrorParts) -> None:
    """Put a keyword's name into `te.msg` where a name that isn't one is what's wrong.

    `te.lineno`, `text` and the offsets then are those of the name.  Each of the first names in
    the block is replaced by the keywords most like it, until something compiles.  Never raises.
    """
    try:
        msg = te.msg
        if not isinstance(msg, str):
            return
        if msg != "invalid syntax" and "Perhaps you forgot a comma" not in msg:
            return
        block = _block(te)
        if block is None or _compiles(block[0]):
            return
        _try_keywords(te, *block)
    except BaseException as error:  # a source beyond the compiler's limits, a broken __str__
        pass_on(error)
        return


def _block(te: SyntaxErrorParts) -> tuple[str, int] | None:
    """The source up to the end of the error's line, dedented, and its first line's number."""
    metadata = getattr(te, "_exc_metadata", None)
    if metadata is None:
        if _RECORDS_PLACE:
            return None
        metadata = (0, 0, None)
    first, _, source = metadata
    if not te.text or not isinstance(te.text, str):
        return None
    last = int(te.lineno)  # type: ignore[call-overload]
    start = max(first - 1, 0)
    if source is None:
        lines = _lines_of_file(te)
        if lines is None:
            start, last, lines = last - 1, 1, te.text.splitlines()
            return _limited(lines[:1], start)
        if not _RECORDS_PLACE:
            start = _start_of_block(lines, last)
    else:
        lines = source.splitlines()
    return _limited(lines[start:last], start)


def _limited(lines: list[str], start: int) -> tuple[str, int] | None:
    code = width.dedent("\n".join(lines))
    return (code, start + 1) if len(code) <= _MOST_CODE else None


def _lines_of_file(te: SyntaxErrorParts) -> list[str] | None:
    import linecache

    lines = linecache.getlines(te.filename) if isinstance(te.filename, str) else []
    return "".join(lines).splitlines() if lines else None


def _start_of_block(lines: list[str], last: int) -> int:
    """The index of the outermost statement's line that the error's line belongs to."""
    within = (" ", "\t", "\f", "#", ")", "]", "}", "else", "elif", "except", "finally")
    start = min(last, len(lines)) - 1
    while start > 0 and (not lines[start].strip() or lines[start].startswith(within)):
        start -= 1
    while start > 0 and lines[start - 1].startswith("@"):
        start -= 1
    return max(start, 0)


def _compiles(code: str) -> bool:
    """Whether the code is whole and right, or the beginning of something that may be right."""
    import codeop

    try:
        if _COMPILE_COMMAND_HAS_FLAGS:
            codeop.compile_command(code, symbol="exec", flags=_ONLY_AST)  # type: ignore[call-arg]
        else:
            codeop.compile_command(code, symbol="exec")
    except SyntaxError:
        return False
    return True


def _try_keywords(te: SyntaxErrorParts, code: str, first_line: int) -> None:
    lines = code.split("\n")
    for name, (row, start), (_, end) in _names(code):
        line = lines[row - 1]
        for keyword in _similar_keywords(name):
            changed = line[:start] + keyword + line[end:]
            if _compiles("\n".join([*lines[: row - 1], changed, *lines[row:]])):
                te.msg = f"invalid syntax. Did you mean '{keyword}'?"
                te.lineno = te.end_lineno = str(first_line + row - 1)
                te.text = line
                te.offset, te.end_offset = start + 1, end + 1
                return


def _names(code: str) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Return the first names that aren't keywords, with their beginnings and ends.

    No generator, which would be left in the middle of its work: what a signal handler raises while
    one is closed is lost.
    """
    import io
    import keyword
    import tokenize

    names: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    try:
        for token in tokens:
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                names.append((token.string, token.start, token.end))
            if len(names) == _MOST_NAMES:
                tokens.close()
    except (tokenize.TokenError, SyntaxError):  # the code ends in the middle of something
        pass
    return names


def _similar_keywords(name: str) -> list[str]:
    import difflib
    import keyword

    from lastwords._suggest.nearest import closest_by_bytes

    keywords = list(keyword.kwlist)
    nearest = closest_by_bytes(keywords, name)
    similar = difflib.get_close_matches(name, keywords, n=_MOST_KEYWORDS, cutoff=_SIMILAR)
    if nearest is not None:
        similar.insert(0, nearest)
    # The nearest is often among the similar ones too and then takes two of the places.
    return list(dict.fromkeys(similar[:_MOST_KEYWORDS]))
