"""Very long stacks and very wide groups: nothing is left out without a note."""

from __future__ import annotations

import types

import pytest

from lastwords import traceback

MANY = (1 << 20) + 100


def outer():
    raise ValueError


def inner():
    raise KeyError


def entry_of(function):
    try:
        function()
    except LookupError as error:
        return error.__traceback__.tb_next
    except ValueError as error:
        return error.__traceback__.tb_next


@pytest.fixture(scope="module")
def long_traceback():
    found = entry_of(inner)
    entry = types.TracebackType(None, found.tb_frame, found.tb_lasti, found.tb_lineno)
    found = entry_of(outer)
    for _ in range(MANY):
        entry = types.TracebackType(entry, found.tb_frame, found.tb_lasti, found.tb_lineno)
    return entry


WAYS = {
    "function": traceback.format_exception,
    "class": lambda error: list(traceback.TracebackException.from_exception(error).format()),
    "stack": lambda error: traceback.format_tb(error.__traceback__),
    "walk": lambda error: traceback.StackSummary.extract(
        traceback.walk_tb(error.__traceback__)
    ).format(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_innermost_frame_of_a_million_is_shown(way, long_traceback):
    text = "".join(WAYS[way](ValueError().with_traceback(long_traceback)))
    repeated = f"  [Previous line repeated {MANY - 3} more times]\n"
    innermost = f'  File "{__file__}", line {entry_of(inner).tb_lineno}, in inner\n'
    assert repeated + innermost in text


def test_a_group_of_fifty_thousand():
    count = 50_000
    group = ExceptionGroup("g", [ValueError(number) for number in range(count)])
    assert f"    | and {count - 15} more exceptions\n" in traceback.format_exception(group)
    captured = traceback.TracebackException.from_exception(group, max_group_width=count)
    assert f"    | ValueError: {count - 1}\n" in list(captured.format())
