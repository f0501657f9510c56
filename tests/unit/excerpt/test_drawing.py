"""Source lines and marks under a frame: literal texts, and equality with 3.15's module."""

from __future__ import annotations

import sys
import traceback
from types import SimpleNamespace
from typing import Any

import pytest

from lastwords import _theme as theme
from lastwords._excerpt import carets, drawing, width

COLORS = theme._safe_get_theme(force_color=True).traceback


def frame(text: str, rows: int, colno: int | None, end_colno: int | None) -> Any:
    return SimpleNamespace(
        lineno=5,
        end_lineno=4 + rows,
        colno=colno,
        end_colno=end_colno,
        line=text.partition("\n")[0].strip(),
        _original_lines=text,
        _dedented_lines=width.dedent(text),
    )


def draw(text: str, rows: int, colno: int | None, end_colno: int | None, colors: Any = None) -> str:
    return drawing.draw(frame(text, rows, colno, end_colno), carets.should_show_carets, colors)


# ruff: disable[E501] - what is drawn, in one piece
CASES = [
    # text, rows, colno, end_colno, what is drawn
    ("    x = foo(1)+bar\n", 1, 8, 18, "    x = foo(1)+bar\n        ~~~~~~^~~~\n"),
    ("    x = foo(1)+bar\n", 1, 8, 14, "    x = foo(1)+bar\n        ~~~^^^\n"),
    ("    x = foo(1)\n", 1, 8, 14, "    x = foo(1)\n"),
    ("    return foo(1)\n", 1, 11, 17, "    return foo(1)\n"),
    ("    return foo(1)[0]\n", 1, 11, 17, "    return foo(1)[0]\n           ~~~^^^\n"),
    ("    foo(1)\n", 1, 4, 10, "    foo(1)\n    ~~~^^^\n"),
    ("    raise foo\n", 1, 4, 13, "    raise foo\n"),
    ("    raise foo # c\n", 1, 4, 13, "    raise foo # c\n    ^^^^^^^^^\n"),
    ("    a.b.c\n", 1, 4, 7, "    a.b.c\n    ^^^\n"),
    ("\tx = a[0]\n", 1, 5, 9, "    x = a[0]\n        ~^^^\n"),
    ("x = \u6f22(1)+b\n", 1, 4, 12, "    x = \u6f22(1)+b\n        ~~~~~^~\n"),
    ("   \n", 1, 0, 2, ""),
    ("", 1, 0, 2, ""),
    ("    x = 1\n    y\n", 1, None, 3, "    x = 1\n"),
    ("    x = 1\n", 1, 3, None, "    x = 1\n"),
    # lying columns
    ("    x = foo(1)+bar\n", 1, 12, 8, "    x = foo(1)+bar\n    \n"),
    ("    x = foo(1)+bar\n", 1, 8, 800, "    x = foo(1)+bar\n        ~~~~~~^~~~\n"),
    ("    x = foo(1)+bar\n", 1, 800, 900, "    x = foo(1)+bar\n    \n"),
    ("    x = foo(1)+bar\n", 1, -3, 8, "    x = foo(1)+bar\n    \n"),
    ("    x = foo(1)+bar\n", 1, 8, -3, "    x = foo(1)+bar\n        ^^^^^^^\n"),
    ("    a.b.c\n", 1, 0, 7, "    a.b.c\n    ^^^\n"),
    # several lines
    (
        "    x = foo(1)+bar  \n       +3\n  +4\n",
        3,
        8,
        4,
        "      x = foo(1)+bar  \n          ~~~~~~~~~~~~\n         +3\n         ~~\n    +4\n    ^~\n",
    ),
    (
        "  x = (\n    1\n    +\n    2,\n    3)\n",
        5,
        6,
        6,
        "    x = (\n        ^\n    ...<3 lines>...\n      3)\n      ^^\n",
    ),
    (
        "  x = (\n    1,\n    3)\n",
        3,
        6,
        6,
        "    x = (\n        ^\n      1,\n      ^^\n      3)\n      ^^\n",
    ),
    (
        "f(a,\n  b,\n  c,\n  d,\n  e,\n  g)\n",
        6,
        0,
        4,
        "    f(a,\n    ~^^^\n      b,\n      ^^\n    ...<2 lines>...\n      e,\n      ^^\n      g)\n      ^^\n",
    ),
]
# ruff: enable[E501]


@pytest.mark.parametrize(("text", "rows", "colno", "end_colno", "expected"), CASES)
def test_plain(text: str, rows: int, colno: int, end_colno: int, expected: str) -> None:
    assert draw(text, rows, colno, end_colno) == expected


@pytest.mark.parametrize(("text", "rows", "colno", "end_colno", "expected"), CASES)
def test_without_short_cuts(
    text: str, rows: int, colno: int, end_colno: int, expected: str
) -> None:
    summary = frame(text, rows, colno, end_colno)
    assert drawing.draw_in_full(summary, carets.should_show_carets_by_tree) == expected


@pytest.mark.skipif(sys.version_info < (3, 15), reason="older modules have older rules")
@pytest.mark.parametrize("colored", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_as_the_standard_module(case: tuple[str, int, Any, Any, str], *, colored: bool) -> None:
    text, rows, colno, end_colno, _ = case
    summary = traceback.FrameSummary(
        "f", 5, "n", line=text, end_lineno=4 + rows, colno=colno, end_colno=end_colno
    )
    standard = traceback.StackSummary().format_frame_summary(summary, colorize=colored)
    ours = drawing.draw(summary, carets.should_show_carets, COLORS if colored else None)
    assert ours == standard.split("\n", 1)[1]


@pytest.mark.parametrize("rows", [3, 0, -7, 10**9])
def test_a_range_outside_of_the_text_is_cut(rows: int) -> None:
    # The standard module raises IndexError.
    assert draw("    x = a+b\n", rows, 8, 11) == "    x = a+b\n        ~^~\n"


def test_no_line_number() -> None:
    summary = frame("    x = a+b\n", 1, 8, 11)
    summary.lineno = None
    assert drawing.draw(summary, carets.should_show_carets) == "    x = a+b\n"


def test_marks_are_asked_for() -> None:
    asked: list[Any] = []

    def show(*arguments: Any) -> bool:
        asked.append(arguments)
        return False

    assert drawing.draw(frame("    x = a+b\n", 1, 8, 11), show) == "    x = a+b\n"
    assert asked == [(4, 7, ["x = a+b"], (0, 1, 0, 2, "~", "^"))]


RED, BOLD, END = "\x1b[31m", "\x1b[1;31m", "\x1b[0m"


def test_colors_follow_the_marks() -> None:
    assert draw("x = f(1)+b c\n", 1, 4, 10, COLORS) == (
        f"    x = {RED}f(1){END}{BOLD}+{END}{RED}b{END} c\n"
        f"        {RED}~~~~{END}{BOLD}^{END}{RED}~{END}\n"
    )


def test_colors_under_wide_characters() -> None:
    assert draw("x = \u6f22.b; c\n", 1, 4, 9, COLORS) == (
        f"    x = {BOLD}\u6f22{END}{BOLD}.b{END}; c\n        {BOLD}^^{END}{BOLD}^^{END}\n"
    )


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (width, "_byte_offset_to_character_offset"),
        (width, "_display_width"),
        (carets, "_extract_caret_anchors_from_line_segment"),
    ],
)
def test_replaced_functions_are_called(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    calls = []
    original = getattr(owner, name)

    def replacement(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return original(*arguments, **options)

    monkeypatch.setattr(owner, name, replacement)
    assert draw("    x = foo(1)+bar\n", 1, 8, 18) == "    x = foo(1)+bar\n        ~~~~~~^~~~\n"
    assert calls
