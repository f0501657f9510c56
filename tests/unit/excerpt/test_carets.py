"""Anchors of expressions, and when marks are left out."""

from __future__ import annotations

import sys
import traceback
import warnings

import pytest

from lastwords._excerpt import carets

SEGMENTS = [
    ("a + b", (0, 2, 0, 3)),
    ("a ** b", (0, 2, 0, 4)),
    ("a+(b)", (0, 1, 0, 3)),
    ("(a) // b", (0, 4, 0, 6)),
    ("a + b * c", (0, 2, 0, 3)),
    ("a + b - c", (0, 6, 0, 7)),
    ("f(x)", (0, 1, 0, 4)),
    ("f(x)(y)", (0, 4, 0, 7)),
    ("a.b (x)", (0, 4, 0, 7)),
    ("(f)(x)", (0, 3, 0, 6)),
    ("a[b]", (0, 1, 0, 4)),
    ("a[b][c]", (0, 4, 0, 7)),
    ("(a)[0]", (0, 3, 0, 6)),
    ("\u6f22(x)+1", (0, 4, 0, 5)),
    ("a\n+ b", (1, 0, 1, 1)),
    ("a \\\n + b", (1, 1, 1, 2)),
    ("a # (comment\n + b", (1, 1, 1, 2)),
    ("f(\n1\n)", (0, 1, 2, 1)),
    ("1e-3 + x", (0, 5, 0, 6)),
    ("'a+b' % (c,)", (0, 6, 0, 7)),
    ("f(')')", (0, 1, 0, 6)),
    ("await f(x)", None),
    ("a.b", None),
    ("a < b", None),
    ("not f(x)", None),
    ("-a", None),
    ("a, b + c", None),
    ("a if b else c + d", None),
    ("f(a b)", None),
    ("f(**k, *a)", None),
    ("f(x for x in y, 1)", None),
    ("f(a=1, b)", None),
    ("x = f(a)", None),
    ("a + ", None),
    ("f(x", None),
    ("(a b)(c)", None),
    ("lambda: f(x)", None),
    ("f(01)", None),
    ("a.if(b)", None),
    ("if(b)", None),
    ("", None),
    ("\x00", None),
    ("(" * 300, None),
    ("-" * 100_000 + "1", None),
]


@pytest.mark.parametrize(("segment", "expected"), SEGMENTS)
def test_anchors(segment: str, expected: tuple[int, int, int, int] | None) -> None:
    found = carets._extract_caret_anchors_from_line_segment(segment)
    assert (found and tuple(found)) == (expected and (*expected, "~", "^"))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="call anchors and rows came with 3.13")
@pytest.mark.parametrize("segment", [text for text, _ in SEGMENTS if len(text) < 1000])
def test_anchors_are_the_standard_ones(segment: str) -> None:
    ours = carets._extract_caret_anchors_from_line_segment(segment)
    assert ours == traceback._extract_caret_anchors_from_line_segment(segment)


@pytest.mark.parametrize(
    "segment", ["f()", "a.b.c(x)", "f(x, y.z, 10 + n * 2, 0)", "_a(b / c - d)", "print(match)"]
)
def test_simple_calls_need_no_parser(segment: str) -> None:
    assert carets._is_simple_call(segment)
    assert carets._places_by_tree(segment) == (0, segment.index("("), 0, len(segment))


@pytest.mark.parametrize(
    "segment",
    [
        "f(x) ", "f(x).g", "f(x)(y)", "f (x)", "f(x,)", "f(a=1)", "f(*x)", "f(if)", "not(x)", "f(x y)",
        "f(1.5)", "f(01)", "f(1.x)", "f('')", "f(-x)", "f(x +)", "f(x, )", "f(g(x))", "f(x for x in y)",
        "é(x)", "f(é)", "lambda(x)", "a..b(x)", "await(x)", "f(x):=(y)", "f(x) + (y)", "f(" + "x, " * 99 + "x)",
    ],
)  # fmt: skip
def test_other_calls_go_to_the_parser(segment: str) -> None:
    assert not carets._is_simple_call(segment)


@pytest.mark.parametrize("line", ["return f(x)", "return a.b(x)", "return f(x, 1 + y)"])
def test_whole_calls_need_no_parser(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carets._backend, "native", None)
    start = len("return ")
    expected = carets._is_whole_call_by_tree(start, len(line), [line])
    monkeypatch.setattr(carets, "_parse", None)  # it would raise
    assert carets._is_whole_call(start, len(line), [line]) is expected


def test_shape_of_anchors() -> None:
    kind = carets._Anchors
    assert kind._fields == (
        "left_end_lineno",
        "left_end_offset",
        "right_start_lineno",
        "right_start_offset",
        "primary_char",
        "secondary_char",
    )
    assert kind(1, 2, 3, 4) == (1, 2, 3, 4, "~", "^")
    assert type(carets._extract_caret_anchors_from_line_segment("a+b")) is kind


def test_text_that_was_compiled_before_does_not_warn_again() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = carets._extract_caret_anchors_from_line_segment('f("\\d", é)')
    assert tuple(found)[:4] == (0, 1, 0, 10)


MARKED = carets._extract_caret_anchors_from_line_segment("f(x)")

SHOWN = [
    ((7, 10, ["return f()"]), False, False),
    ((8, 11, ["return (f())"]), False, False),
    ((7, 12, ["return (f())"]), True, True),
    ((7, 12, ["return f.a()"]), True, True),
    ((4, 7, ["x = f()"]), False, False),
    ((4, 9, ["x = f.a()"]), False, False),
    ((6, 9, ["(x) = f()"]), False, False),
    ((4, 7, ["x = f(); y"]), False, False),
    ((4, 7, ["x = f(); y ="]), True, True),
    ((4, 7, ["x = f() # hm"]), False, False),
    ((8, 11, ["x = y = f()"]), True, True),
    ((9, 12, ["x:int = f()"]), True, True),
    ((5, 8, ["x += f()"]), True, True),
    ((8, 11, ["x.y = f()"]), True, True),
    ((13, 16, ["return await f()"]), True, True),
    ((4, 1, ["x = f(", "1", ")"]), False, False),
    ((0, 0, [""]), False, False),
    ((0, 1, ["#"]), False, False),
    ((0, 3, ["foo"]), False, True),
    ((0, 3, ["foo #"]), True, True),
    ((1, 4, [" foo "]), False, True),
    ((0, 10, ["return f()"]), False, True),
]


@pytest.mark.parametrize(("arguments", "without", "with_anchors"), SHOWN)
def test_marks_are_shown(
    arguments: tuple[int, int, list[str]], *, without: bool, with_anchors: bool
) -> None:
    assert carets.should_show_carets(*arguments, None) is without
    assert carets.should_show_carets(*arguments, MARKED) is with_anchors
