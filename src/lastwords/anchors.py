"""Which part of a failing expression is the one that failed, and whether marking it says anything.

Owns the rules of CPython 3.15 that put `^` under an operator, a call's arguments or a subscript
inside a range marked by `~`, and those that leave the marks out where they'd repeat the line.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence
    from typing import Any


def __getattr__(name: str) -> Any:
    """Make the public shape of the anchors when first asked for: `collections` costs an import."""
    if name != "_Anchors":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from collections import namedtuple

    made = namedtuple(  # type: ignore[name-match]  # noqa: PYI024
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


def _parse(text: str) -> ast.Module | None:
    """Parse `text`, or return None when it isn't Python or is too much for the parser."""
    import ast

    try:
        if "\\" not in text:
            return ast.parse(text)
        # The text was compiled once already: don't warn of its escapes again.
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def _character_offset(lines: Sequence[str], row: int, offset: int) -> int:
    from lastwords import width

    return width._byte_offset_to_character_offset(lines[row], offset)


def _operator_anchors(lines: Sequence[str], node: ast.BinOp) -> tuple[int, int, int, int] | None:
    """Find the operator of `node` between its operands: comments and parentheses may lie there."""
    row = (node.left.end_lineno or 0) - 2
    column = _character_offset(lines, row, node.left.end_col_offset or 0)
    right_row = node.right.lineno - 2
    right_column = _character_offset(lines, right_row, node.right.col_offset)
    while True:
        line = lines[row]
        if column >= len(line) or line[column] in "\\#":
            row, column = row + 1, 0
            if row >= len(lines):
                return None
        elif line[column].isspace() or line[column] == ")":
            column += 1
        else:
            break
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
) -> tuple[int, int, int, int] | None:
    """Find the first `bracket` after `head`; the anchors reach from there to the end of `node`."""
    row = (head.end_lineno or 0) - 2
    column = _character_offset(lines, row, head.end_col_offset or 0)
    while True:
        line = lines[row]
        if column >= len(line) or line[column] in "\\#":
            row, column = row + 1, 0
            if row >= len(lines):
                return None
        elif line[column] == bracket:
            break
        else:
            column += 1
    end_row = (node.end_lineno or 0) - 2
    return row, column, end_row, _character_offset(lines, end_row, node.end_col_offset or 0)


def _places(segment: str) -> tuple[int, int, int, int] | None:
    """Return row and column of where the anchors of `segment` begin and end, by its syntax tree."""
    tree = _parse(f"(\n{segment}\n)")
    if tree is None or len(tree.body) != 1:
        return None
    import ast

    statement = tree.body[0]
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
    except IndexError:  # text that closes our own parenthesis: the rows are outside
        pass
    return None


def _extract_caret_anchors_from_line_segment(segment: str) -> Any:
    """Return the anchors of the expression `segment`, rows counted from 0, or None."""
    places = _places(segment)
    if places is None:
        return None
    kind = globals().get("_Anchors") or __getattr__("_Anchors")
    return kind(*places)


def should_show_carets(
    start_offset: int, end_offset: int, all_lines: Sequence[str], anchors: object
) -> bool:
    """Whether marks under `all_lines` would say more than the lines do.

    They don't where the failing call is all that a line returns or assigns to a name, and where
    the range is all there is and has no anchors.
    """
    tree = _parse("\n".join(all_lines))
    if tree is not None and (
        not tree.body or _is_plain_call(tree.body[0], start_offset, end_offset, len(all_lines))
    ):
        return False
    if anchors:
        return True
    return bool(all_lines[0][:start_offset].strip() or all_lines[-1][end_offset:].strip())


def _is_plain_call(statement: ast.stmt, start: int, end: int, rows: int) -> bool:
    import ast

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
