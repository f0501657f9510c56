"""Which keyword was meant, if a misspelt one is the cause of a syntax error."""

from __future__ import annotations

import sys

from lastwords import _source as source
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on
from lastwords._excerpt import width
from lastwords._suggest.nearest import closest_by_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lastwords._excerpt.syntax_error import SyntaxErrorParts

_MOST_CODE = 1024  # characters that are compiled
_MOST_NAMES = 10  # that are tried
_MOST_KEYWORDS = 3  # that are tried for each name
_SIMILAR = 0.5  # the least difflib ratio
_ONLY_AST = 0x400  # PyCF_ONLY_AST
_HAS_METADATA = sys.version_info >= (3, 14)  # SyntaxError._metadata
_COMPILE_COMMAND_HAS_FLAGS = sys.version_info >= (3, 14)


def find_keyword_typos(te: SyntaxErrorParts) -> None:
    """If a misspelt keyword is the error, name the keyword in `te.msg`.

    `te.lineno`, `text` and the offsets then are those of the misspelt name.  Each of the first
    names in the block is replaced by the keywords most like it, until the block compiles.  Raises
    only what a signal handler raised.
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
    """Return the source up to the error's line, dedented, and the number of its first line."""
    metadata = getattr(te, "_exc_metadata", None)
    if metadata is None:
        if _HAS_METADATA:
            return None
        metadata = (0, 0, None)
    first, _, text = metadata
    if not te.text or not isinstance(te.text, str):
        return None
    last = int(te.lineno)  # type: ignore[call-overload]
    start = max(first - 1, 0)
    if text is None:
        lines = _lines_of_file(te)
        if lines is None:
            start, last, lines = last - 1, 1, te.text.splitlines()
            return _limited(lines[:1], start)
        if not _HAS_METADATA:
            start = _start_of_block(lines, last)
    else:
        lines = text.splitlines()
    return _limited(lines[start:last], start)


def _limited(lines: list[str], start: int) -> tuple[str, int] | None:
    code = width.dedent("\n".join(lines))
    return (code, start + 1) if len(code) <= _MOST_CODE else None


def _lines_of_file(te: SyntaxErrorParts) -> list[str] | None:
    linecache = source.linecache_module()
    lines = linecache.getlines(te.filename) if isinstance(te.filename, str) else []
    return "".join(lines).splitlines() if lines else None


def _start_of_block(lines: list[str], last: int) -> int:
    """Return the index of the first line of the outermost statement with the error's line."""
    within = (" ", "\t", "\f", "#", ")", "]", "}", "else", "elif", "except", "finally")
    start = min(last, len(lines)) - 1
    while start > 0 and (not lines[start].strip() or lines[start].startswith(within)):
        start -= 1
    while start > 0 and lines[start - 1].startswith("@"):
        start -= 1
    return max(start, 0)


def _compiles(code: str) -> bool:
    """Return whether the code compiles, or may compile with more lines."""
    codeop = standard_library.module("codeop")
    try:
        if _COMPILE_COMMAND_HAS_FLAGS:
            codeop.compile_command(code, symbol="exec", flags=_ONLY_AST)
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

    A list, not a generator that the caller leaves unfinished: if a signal handler raises while a
    generator is closed, its exception is lost.
    """
    import io

    keyword, tokenize = map(standard_library.module, ("keyword", "tokenize"))
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
    difflib, keyword = map(standard_library.module, ("difflib", "keyword"))
    keywords = list(keyword.kwlist)
    nearest = closest_by_bytes(keywords, name)
    similar = difflib.get_close_matches(name, keywords, n=_MOST_KEYWORDS, cutoff=_SIMILAR)
    if nearest is not None:
        similar.insert(0, nearest)
    # The nearest is often among the similar ones too, and then takes two of the places.
    return list(dict.fromkeys(similar[:_MOST_KEYWORDS]))
