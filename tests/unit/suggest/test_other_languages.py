"""The table of other languages' method names."""

from __future__ import annotations

import sys
import traceback

import pytest

from lastwords._suggest import other_languages
from lastwords._suggest.suggestions import _get_cross_language_hint


@pytest.mark.skipif(sys.version_info < (3, 15), reason="the standard table came with 3.15")
def test_the_table_is_the_standard_one():
    assert other_languages._CROSS_LANGUAGE_HINTS == traceback._CROSS_LANGUAGE_HINTS
    assert type(other_languages._CROSS_LANGUAGE_HINTS) is type(traceback._CROSS_LANGUAGE_HINTS)


def test_every_named_method_exists():
    named = [
        (kind, text)
        for rows in other_languages._CROSS_LANGUAGE_HINTS.values()
        for kind, text, is_sentence in rows
        if not is_sentence
    ]
    assert len(named) > 8
    assert all(hasattr(kind, text) for kind, text in named)


def test_no_hint_is_for_a_name_that_the_type_has():
    for wrong, rows in other_languages._CROSS_LANGUAGE_HINTS.items():
        for kind, _, _ in rows:
            assert wrong not in dir(kind)


class MyList(list):
    pass


@pytest.mark.parametrize(
    ("obj", "wrong", "hint"),
    [
        ([], "push", "Did you mean '.append'?"),
        (MyList(), "addAll", "Did you mean '.extend'?"),
        (frozenset(), "remove", "Did you mean to use a 'set' object?"),
        ((), "remove", "Did you mean to use a 'list' object?"),
        (
            1.5,
            "__or__",
            "Did you mean to use an 'int' object? Bitwise operators are not supported by 'float'.",
        ),
        (set(), "update", None),
        (list, "push", None),
        ([], "nothing", None),
        ([], 3, None),
        ([], [], None),
    ],
)
def test_hints(obj, wrong, hint):
    assert _get_cross_language_hint(obj, wrong) == hint
