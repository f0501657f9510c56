"""Widths, offsets and dedent: 3.15's figures, and the running interpreter's where it has them."""

from __future__ import annotations

import sys
import textwrap
import traceback

import pytest

from lastwords._excerpt import width


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("a\tb", 3),
        ("\x1a", 2),
        ("\x1b[31mab\x1b[0m", 2),
        ("\x1b[", 2),
        ("e\u0301", 1),
        ("\u200bx", 1),
        ("a\xadb", 3),
        ("\u6f22", 2),
        ("\U0001f469\u200d\U0001f680", 4),
    ],
)
def test_columns_of_text(text: str, columns: int) -> None:
    assert width._wlen(text) == columns
    assert width._display_width(text) == columns


@pytest.mark.parametrize(("offset", "columns"), [(0, 0), (1, 2), (2, 3), (-1, 2), (99, 3)])
def test_columns_of_the_first_characters(offset: int, columns: int) -> None:
    assert width._display_width("\u6f22x", offset) == columns


@pytest.mark.skipif(sys.version_info < (3, 15), reason="the rule came with 3.15")
def test_every_character_is_as_wide_as_in_the_standard_module() -> None:
    differing = [
        code
        for code in range(sys.maxunicode + 1)
        if width._str_width(chr(code)) != traceback._str_width(chr(code))
    ]
    assert differing == []


def test_marks_are_dealt_out_by_grapheme() -> None:
    text = "x\u6f22e\u0301\U0001f469\u200d\U0001f680\U0001f1e9\U0001f1eay"
    assert list(width._zip_display_width(text, "~^^~^^^^~~^")) == [
        ("x", "~"),
        ("\u6f22", "^^"),
        ("e\u0301", "~"),
        ("\U0001f469\u200d\U0001f680", "^^^^"),
        ("\U0001f1e9\U0001f1ea", "~~"),
        ("y", "^"),
    ]


def test_marks_run_out_before_the_text() -> None:
    assert list(width._zip_display_width("ab\u6f22", "~^")) == [
        ("a", "~"),
        ("b", "^"),
        ("\u6f22", ""),
    ]


def test_ascii_is_dealt_out_by_character() -> None:
    assert [part for part, _ in width._zip_display_width("a\r\nb", "")] == ["a", "\r", "\n", "b"]


@pytest.mark.parametrize(
    ("text", "offset", "characters"),
    [
        ("abc", 2, 2),
        ("abc", 10, 3),
        ("abc", -1, 2),
        ("\u6f22x", 3, 1),
        ("\u6f22x", 1, 1),
        ("\u6f22x", 4, 2),
        ("\ud800x", 2, 2),
    ],
)
def test_bytes_to_characters(text: str, offset: int, characters: int) -> None:
    assert width._byte_offset_to_character_offset(text, offset) == characters


DEDENTS = [
    ("    a", "a"),
    ("   ", ""),
    ("   \n   ", "\n"),
    ("  a\n\tb", "  a\n\tb"),
    ("  a\n  \n   b", "a\n\n b"),
    ("\t a\n\t  b", "a\n b"),
    ("  a\n\n", "a\n\n"),
    ("\x0c  a\n\x0c b", "\x0c  a\n\x0c b"),
    (" \x0b a", "\x0b a"),
    ("  \u3000\n  x", "\nx"),
    ("\xa0 a\n\xa0 b", "\xa0 a\n\xa0 b"),
    ("a\n  b", "a\n  b"),
]


@pytest.mark.parametrize(("text", "dedented"), DEDENTS)
def test_dedent(text: str, dedented: str) -> None:
    assert width.dedent(text) == dedented


@pytest.mark.skipif(sys.version_info < (3, 14), reason="textwrap's rules changed with 3.14")
@pytest.mark.parametrize("text", [text for text, _ in DEDENTS])
def test_dedent_is_the_standard_one(text: str) -> None:
    assert width.dedent(text) == textwrap.dedent(text)


def test_escape_pattern_is_made_when_asked_for() -> None:
    assert width._ANSI_ESCAPE_SEQUENCE.findall("a\x1b[1;31mb\x1b[0m") == ["\x1b[1;31m", "\x1b[0m"]
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = width.no_such_name
