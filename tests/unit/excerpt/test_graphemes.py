"""Our grapheme clusters: those of Unicode, as far as older interpreters have the data."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from lastwords._excerpt import graphemes


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("", []),
        ("ab", ["a", "b"]),
        ("e\u0301x", ["e\u0301", "x"]),
        ("\U0001f469\u200d\U0001f680!", ["\U0001f469\u200d\U0001f680", "!"]),
        ("\U0001f1e9\U0001f1ea\U0001f1eb", ["\U0001f1e9\U0001f1ea", "\U0001f1eb"]),
        ("\r\n\n", ["\r\n", "\n"]),
        ("\u1100\u1161\u11a8\uac01", ["\u1100\u1161\u11a8", "\uac01"]),
        ("a\u200db", ["a\u200d", "b"]),
    ],
)
def test_clusters(text, clusters):
    assert list(graphemes.iter_graphemes(text)) == clusters


@pytest.mark.skipif(sys.version_info < (3, 15), reason="unicodedata has them from 3.15 on")
@pytest.mark.parametrize(
    "text",
    [
        "e\u0301x",
        "\U0001f469\u200d\U0001f680!",
        "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7",
        "\r\n\n\u0301",
        "\uac01\u1100\u1161\u11a8",
        "a\u200db",
        "\U0001f44d\U0001f3fdx",
        "a\ufe0fb",
        "a\u0903\u0e01\u0e33",
        "\u200ba",
    ],
)
def test_own_graphemes_are_those_of_unicode(text: str) -> None:
    expected = [str(part) for part in unicodedata.iter_graphemes(text)]
    assert list(graphemes.iter_graphemes(text)) == expected
