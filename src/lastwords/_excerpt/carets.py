"""Which part of a failing expression is marked, and whether marks say more than the line.

Owns the rules of CPython 3.15 that put `^` under an operator, a call's arguments or a subscript
inside a range marked by `~`, and those that leave out marks that would only repeat the line.
"""

from __future__ import annotations

from lastwords import _backend
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on
from lastwords._excerpt import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    Places = tuple[int, int, int, int]  # rows and columns of the anchors' begin and end
    _SimpleRule = tuple[Callable[[str], Any], Callable[[str], list[str]], frozenset[str]]

# Every operation, call or subscript has one of these ...
_SIGNS = frozenset("+-*/%@&|^<>([")
# ... and none begins with one of these.
# fmt: off
_STATEMENTS = frozenset({
    "assert", "async", "class", "def", "del", "elif", "else", "except", "finally", "for", "from",
    "global", "if", "import", "nonlocal", "pass", "raise", "return", "try", "while", "with",
})
# fmt: on


def __getattr__(name: str) -> Any:
    """Make the class `_Anchors` at its first use: importing `collections` is costly."""
    if name != "_Anchors":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    made = standard_library.module("collections").namedtuple(
        "_Anchors",
        (
            "left_end_lineno",
            "left_end_offset",
            "right_start_lineno",
            "right_start_offset",
            "primary_char",
            "secondary_char",
        ),
        defaults=("~", "^"),
    )
    return globals().setdefault(name, made)


# Characters that may follow a backslash in a string without a warning.
_ESCAPES = frozenset("\n\r\\'\"abfnrtvxNuU0123")


def _parse(text: str) -> ast.Module | None:
    """Parse `text`; return None if it isn't Python or is too much for the parser."""
    try:
        parse: Callable[[str], ast.Module] = standard_library.module("ast").parse
        return parse(_without_odd_escapes(text) if "\\" in text else text)
    except Exception as error:  # SyntaxError, no memory, no stack, a warnings hook that raises
        pass_on(error)
        return None


def _without_odd_escapes(text: str) -> str:
    """Replace the backslashes that the parser would warn of, as it did when the file was compiled.

    Each becomes `?`, which is no token: what is wrong outside of a string stays wrong.
    """
    pieces: list[str] = []
    done = 0
    at = text.find("\\")
    while 0 <= at < len(text) - 1:
        escaped = text[at + 1]
        is_octal = escaped in "4567" and (len(text) < at + 4 or not text[at + 1 : at + 4].isdigit())
        if escaped not in _ESCAPES and not is_octal:
            pieces += (text[done:at], "?")
            done = at + 1
        at = text.find("\\", at + 2)
    pieces.append(text[done:])
    return "".join(pieces)


def _character_offset(lines: Sequence[str], row: int, offset: int) -> int:
    return width._byte_offset_to_character_offset(lines[row], offset)


def _first_after(
    lines: Sequence[str], node: ast.expr, wanted: Callable[[str], bool]
) -> tuple[int, int] | None:
    """Return row and column of the first wanted character after `node`, outside of comments."""
    row = (node.end_lineno or 0) - 2
    column = _character_offset(lines, row, node.end_col_offset or 0)
    while True:
        line = lines[row]
        if column >= len(line) or line[column] in "\\#":
            row, column = row + 1, 0
            if row >= len(lines):
                return None
        elif wanted(line[column]):
            return row, column
        else:
            column += 1


def _operator_anchors(lines: Sequence[str], node: ast.BinOp) -> Places | None:
    """Find the operator of `node` between its operands, among comments and parentheses."""
    right_row = node.right.lineno - 2
    right_column = _character_offset(lines, right_row, node.right.col_offset)
    begin = _first_after(lines, node.left, lambda char: not (char.isspace() or char == ")"))
    if begin is None:
        return None
    row, column = begin
    line = lines[row]
    end = column + 1
    if (
        end < len(line)
        and (row < right_row or end < right_column)
        and not line[end].isspace()
        and line[end] not in "\\#"
    ):
        end += 1
    return row, column, row, end


def _bracket_anchors(
    lines: Sequence[str], node: ast.expr, head: ast.expr, bracket: str
) -> Places | None:
    """Find the first `bracket` after `head`; the anchors reach from there to the end of `node`."""
    begin = _first_after(lines, head, lambda char: char == bracket)
    if begin is None:
        return None
    row, column = begin
    end_row = (node.end_lineno or 0) - 2
    return row, column, end_row, _character_offset(lines, end_row, node.end_col_offset or 0)


def _places(segment: str) -> Places | None:
    """Return the places of the anchors of the expression `segment`, or None."""
    if _backend.native is not None:
        found: Places | Literal[False] | None = _backend.native.find_anchors(segment)
        if found is not False:  # False: the native rules don't cover the expression
            return found
    elif _SIGNS.isdisjoint(segment) or segment.partition(" ")[0] in _STATEMENTS:
        return None
    elif _is_simple_call(segment):
        return 0, segment.index("("), 0, len(segment)
    return _places_by_tree(segment)


def _is_simple_call(segment: str) -> bool:
    """Return whether `segment` is a call of a name with names, integers or their operations.

    A short cut without a syntax tree for most calls; False also for calls of another form.
    """
    if segment[-1:] != ")" or len(segment) > _LONGEST_SIMPLE:
        return False
    match, words, keywords = _simple_rule or _make_simple_rule()
    return match(segment) is not None and keywords.isdisjoint(words(segment))


_LONGEST_SIMPLE = 200

_simple_rule: _SimpleRule | None = None


def _make_simple_rule() -> _SimpleRule:
    """Return what `_is_simple_call` uses: the pattern, the finder of words, the keywords."""
    global _simple_rule
    keyword, re = map(standard_library.module, ("keyword", "re"))
    name = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
    atom = rf"(?:{name}|0|[1-9][0-9]*)"
    value = rf"{atom}(?: [-+*/] {atom})*"
    call = re.compile(rf"{name}\((?:{value}(?:, {value})*)?\)", re.ASCII)
    words = re.compile(r"[A-Za-z_]\w*", re.ASCII)
    _simple_rule = call.fullmatch, words.findall, frozenset(keyword.kwlist)
    return _simple_rule


def _places_by_tree(segment: str) -> Places | None:
    """Return the places of the anchors of `segment`, by its syntax tree."""
    tree = _parse(f"(\n{segment}\n)")
    if tree is None or len(tree.body) != 1:
        return None
    ast = standard_library.module("ast")
    statement: Any = tree.body[0]
    if not isinstance(statement, ast.Expr):
        return None
    node = statement.value
    lines = segment.splitlines()
    try:
        if isinstance(node, ast.BinOp):
            return _operator_anchors(lines, node)
        if isinstance(node, ast.Subscript):
            return _bracket_anchors(lines, node, node.value, "[")
        if isinstance(node, ast.Call):
            return _bracket_anchors(lines, node, node.func, "(")
    except IndexError:  # text that closes our own parenthesis: rows outside of the text
        pass
    return None


def _extract_caret_anchors_from_line_segment(segment: str) -> Any:
    """Return the anchors of the expression `segment`, with rows from 0, or None."""
    places = _places(segment)
    if places is None:
        return None
    kind = globals().get("_Anchors") or __getattr__("_Anchors")
    return kind(*places)


def should_show_carets(
    start_offset: int, end_offset: int, all_lines: Sequence[str], anchors: object
) -> bool:
    """Return whether marks under `all_lines` would say more than the lines do.

    They don't if the range is a call that is all that the statement returns or assigns to a name,
    or if the range is the whole text and has no anchors.
    """
    if _is_whole_call(start_offset, end_offset, all_lines):
        return False
    return bool(anchors) or _has_other_text(start_offset, end_offset, all_lines)


def should_show_carets_by_tree(
    start_offset: int, end_offset: int, all_lines: Sequence[str], anchors: object
) -> bool:
    """Return the same as `should_show_carets`, by the syntax tree alone."""
    if _is_whole_call_by_tree(start_offset, end_offset, all_lines):
        return False
    return bool(anchors) or _has_other_text(start_offset, end_offset, all_lines)


def _has_other_text(start: int, end: int, lines: Sequence[str]) -> bool:
    return bool(lines[0][:start].strip() or lines[-1][end:].strip())


def _is_whole_call(start: int, end: int, lines: Sequence[str]) -> bool:
    """Return whether the range is a call that is a statement's value, or there is no statement."""
    first = lines[0] if lines else ""
    text = first.strip()
    if text and first.isascii() and text[0] not in "#\\":
        if not first[:start].rstrip(" \t\f\\(").endswith(("=", "return")):
            return False
        if _backend.native is not None and start >= 0 and 0 <= end <= len(lines[-1]):
            segment = segment_of(lines, start, end)
            found = _backend.native.is_whole_call(first[:start], segment, lines[-1][end:])
            if found is not None:  # None: the native rules don't cover the statement
                return bool(found)
        elif len(lines) == 1 and 0 <= start <= end == len(first):
            segment = first[start:]
            if first[:start] == "return " and _is_simple_call(segment):
                return "." not in segment.partition("(")[0]
    return _is_whole_call_by_tree(start, end, lines)


def segment_of(lines: Sequence[str], start: int, end: int) -> str:
    """Return the text from character `start` of the first line to `end` of the last one."""
    if len(lines) == 1:
        return lines[0][start:end]
    return "\n".join([lines[0][start:], *lines[1:-1], lines[-1][:end]])


def _is_whole_call_by_tree(start: int, end: int, lines: Sequence[str]) -> bool:
    tree = _parse("\n".join(lines))
    if tree is None:
        return False
    return not tree.body or _is_call_statement(tree.body[0], start, end, len(lines))


def _is_call_statement(statement: Any, start: int, end: int, rows: int) -> bool:
    """Return whether `statement` returns a name's call or assigns a call to a name: the range."""
    ast = standard_library.module("ast")
    if isinstance(statement, ast.Return):
        call = statement.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return False
    elif isinstance(statement, ast.Assign):
        call = statement.value
        targets = statement.targets
        if not (
            isinstance(call, ast.Call) and len(targets) == 1 and isinstance(targets[0], ast.Name)
        ):
            return False
    else:
        return False
    return (call.lineno, call.end_lineno, call.col_offset, call.end_col_offset) == (
        1,
        rows,
        start,
        end,
    )
