"""Excerpts of generated source text: the short cuts against the full drawing and 3.15's module."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

from lastwords import _backend
from lastwords import _theme as theme
from lastwords._excerpt import carets as anchors
from lastwords._excerpt import drawing as excerpt
from lastwords._excerpt import width
from support import expressions

CORPUS = json.loads(
    (Path(__file__).resolve().parent.parent / "corpus" / "excerpts.json").read_text("utf-8")
)
COLORS = theme._safe_get_theme(force_color=True).traceback

# The parser itself warns of odd numbers and escapes.
pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
needs_315 = pytest.mark.skipif(sys.version_info < (3, 15), reason="older modules have older rules")
needs_native = pytest.mark.skipif(_backend.native is None, reason=str(_backend.missing))


def frame(text: str, rows: int, start: int, end: int) -> Any:
    return SimpleNamespace(
        lineno=3,
        end_lineno=2 + rows,
        colno=start,
        end_colno=end,
        line=text.partition("\n")[0].strip(),
        _original_lines=text,
        _dedented_lines=width.dedent(text),
    )


def slowly(summary: Any, colors: Any = None) -> str:
    """Draw by the interpreter's own parser alone."""
    quick, anchors._places = anchors._places, anchors._places_by_tree
    try:
        return excerpt.draw_in_full(summary, anchors.should_show_carets_by_tree, colors)
    finally:
        anchors._places = quick


@needs_native
@given(expressions.segments)
def test_native_anchors(segment):
    found = _backend.native.find_anchors(segment)
    assert found is False or found == anchors._places_by_tree(segment)


@given(expressions.segments)
def test_anchors(segment):
    assert anchors._places(segment) == anchors._places_by_tree(segment)


@needs_native
@given(expressions.excerpts())
def test_native_lines(case):
    text, rows, start, end = case
    drawn = _backend.native.draw_lines(text, rows, start, end)
    assert drawn is None or drawn == slowly(frame(text, rows, start, end))


@given(expressions.excerpts())
def test_lines_in_pure_python(case):
    drawn = excerpt.draw_lines(*case)
    assert drawn is None or drawn == slowly(frame(*case))


@given(expressions.excerpts())
def test_quick_ways(case):
    summary = frame(*case)
    assert excerpt.draw(summary, anchors.should_show_carets) == slowly(summary)


@pytest.mark.parametrize("case", CORPUS, ids=[case["why"] for case in CORPUS])
def test_corpus(case):
    """Cases in which some way once differed from another."""
    arguments = (case["text"], case["rows"], case["colno"], case["end_colno"])
    summary = frame(*arguments)
    assert excerpt.draw(summary, anchors.should_show_carets) == slowly(summary)
    if sys.version_info >= (3, 15):
        compare_with_standard_module(None, *arguments)
        compare_with_standard_module(COLORS, *arguments)


@needs_315
@pytest.mark.parametrize("colors", [None, COLORS])
@given(expressions.excerpts())
def test_standard_module(colors, case):
    compare_with_standard_module(colors, *case)


def compare_with_standard_module(colors, text, rows, start, end):
    summary = traceback.FrameSummary(
        "f", 3, "n", line=text, end_lineno=2 + rows, colno=start, end_colno=end
    )
    drawn = excerpt.draw(summary, anchors.should_show_carets, colors)
    try:
        expected = traceback.StackSummary().format_frame_summary(
            summary, colorize=colors is not None
        )
    except (IndexError, UnicodeEncodeError):  # a range outside of the text: ours is cut
        return
    assert drawn == expected.partition("\n")[2]


@needs_315
@given(expressions.segments)
def test_standard_widths(text):
    assert width._wlen(text) == traceback._wlen(text)
    assert width.dedent(text) == traceback.textwrap.dedent(text)
    carets = "~^ " * 5
    assert list(width._zip_display_width(text, carets)) == list(
        traceback._zip_display_width(text, carets)
    )
