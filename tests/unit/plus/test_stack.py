"""The style "plus": repeated frames, cycles, names, hidden frames, lines that aren't cut."""

from __future__ import annotations

import io
import sys

import pytest

from lastwords import _plus
from lastwords._plus import stack
from lastwords.traceback import StackSummary, TracebackException
from support import child


def printed(function, *arguments):
    """Return what the style prints of the function's exception."""
    with pytest.raises(BaseException) as caught:
        function(*arguments)
    file = io.StringIO()
    _plus.print_exception(caught.value, caught.value.__traceback__, file)
    return file.getvalue()


def fib(number):
    assert number > 0, number
    return 1 if number <= 1 else fib(number - 1) + fib(number - 2)


def test_frames_of_one_line_are_told_apart_by_their_columns():
    text = printed(fib, 7)
    lines = text.splitlines()
    failing = lines.index("    assert number > 0, number")
    source, marks = lines[failing - 3 : failing - 1]
    assert source == lines[failing - 6]  # of another frame, which is marked in another place
    marked = source[marks.index("~") : marks.rindex("^") + 1]
    assert marked == "fib(number - 2)"
    assert "[Previous line repeated 1 more time]" in text


def test_the_last_frame_of_a_run_is_shown():
    def down(number):
        return down(number - 1) if number else 1 / 0

    text = printed(down, 20)
    before, _, after = text.partition("  [Previous line repeated 16 more times]\n")
    assert before.count("return down(number - 1)") == 3
    assert after.count("return down(number - 1)") == 2  # of the run, and the one that divides
    assert after.rstrip().endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("number", range(3, 8))
def test_a_count_stands_for_frames_that_are_left_out(number):
    def down(number):
        return down(number - 1) if number else 1 / 0

    text = printed(down, number)
    left_out = number - 4  # three at the beginning and one at the end are shown
    assert ("repeated" in text) == (left_out > 0)
    if left_out > 0:
        plural = "s" if left_out > 1 else ""
        assert f"  [Previous line repeated {left_out} more time{plural}]\n" in text


def even(number):
    return odd(number - 1)


def odd(number):
    if not number:
        raise LookupError
    return even(number)


def test_a_cycle_of_several_frames_is_collapsed():
    text = printed(even, 50)
    assert "  [Previous 2 frames repeated 47 more times]\n" in text
    assert len(text.splitlines()) < 30


def test_mutual_recursion_without_end_is_short():
    def ping():
        pong()

    def pong():
        ping()

    text = printed(ping)
    assert "RecursionError" in text
    assert len(text.splitlines()) < 30


def expanded(runs, places):
    return [
        place
        for start, length, repeats in runs
        for place in places[start : start + length] * repeats
    ]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", []),
        ("abc", [(0, 1, 1), (1, 1, 1), (2, 1, 1)]),
        ("aaa", [(0, 1, 1)] * 0 + [(0, 1, 1), (1, 1, 1), (2, 1, 1)]),
        ("aaaa", [(0, 1, 4)]),
        ("abababab", [(0, 2, 4)]),
        ("xababababa", [(0, 1, 1), (1, 2, 4), (9, 1, 1)]),
        ("aaaab" * 5, [(0, 5, 5)]),
        ("aaaaab", [(0, 1, 5), (5, 1, 1)]),
    ],
)
def test_runs(text, runs):
    places = [(letter,) for letter in text]
    assert list(stack._runs(places)) == runs
    assert expanded(runs, places) == places


class Shop:
    def sell(self):
        def inner():
            raise KeyError("x")

        inner()


def test_names_are_qualified():
    text = printed(Shop().sell)
    assert ", in Shop.sell\n" in text
    assert ", in Shop.sell.<locals>.inner\n" in text


def asks_to_be_hidden(function):
    __tracebackhide__ = True
    function()


def asks_by_the_other_name(function):
    __traceback_hide__ = 1
    function()


def asks_not_to_be_hidden(function):
    __tracebackhide__ = False
    function()


class Trap:
    def __bool__(self):
        raise AssertionError("user code ran")

    __eq__ = __hash__ = __call__ = __bool__


def asks_by_an_object(function):
    __tracebackhide__ = Trap()
    function()


def fails():
    raise LookupError("here")


def fails_hidden():
    __tracebackhide__ = True
    raise LookupError("here")


def test_frames_that_ask_for_it_are_left_out():
    for function in (asks_to_be_hidden, asks_by_the_other_name):
        text = printed(function, fails)
        assert function.__name__ not in text.replace(f"function({function.__name__}", "")
        assert "in fails\n" in text
    assert "in asks_not_to_be_hidden\n" in printed(asks_not_to_be_hidden, fails)
    assert "in asks_by_an_object\n" in printed(asks_by_an_object, fails)


def test_the_last_frame_is_always_shown():
    text = printed(asks_to_be_hidden, fails_hidden)
    assert "in fails_hidden\n" in text
    assert "in asks_to_be_hidden\n" not in text


def test_members_of_groups_and_causes_are_in_the_same_style():
    def group():
        members = []
        for function in (asks_to_be_hidden, asks_by_the_other_name):
            try:
                function(fails)
            except LookupError as error:
                members.append(error)
        try:
            Shop().sell()
        except KeyError as error:
            raise ExceptionGroup("several", [*members, members[0]]) from error

    text = printed(group)
    assert "in Shop.sell\n" in text
    assert text.count("in fails\n") == 3
    assert "in asks_to" not in text
    assert "in asks_by" not in text


@pytest.mark.parametrize("mark", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_character_cuts_the_failing_line(mark, tmp_path):
    path = tmp_path / "odd.py"
    path.write_text(f'x = "a{mark}b"; 1 / 0\n', "utf-8")
    text = printed(exec, compile(path.read_bytes(), str(path), "exec"), {})
    lines = text.splitlines()
    source = next(line for line in lines if line.endswith("1 / 0"))
    marks = lines[lines.index(source) + 1]
    assert source.startswith('    x = "a')
    assert source[marks.index("~") : marks.rindex("~") + 1] == "1 / 0"


def test_colours_are_those_of_the_standard_text():
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0
    plain = io.StringIO()
    _plus.print_exception(caught.value, caught.value.__traceback__, plain)
    te = TracebackException.from_exception(caught.value)
    assert "\x1b" not in plain.getvalue()
    style = _plus.PlusException.from_exception(caught.value)
    assert "".join(style.format(colorize=True)) == "".join(te.format(colorize=True))


def test_what_fails_in_the_capture_gives_the_standard_stack(monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(stack, "_captured", broken)
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0
    style = _plus.PlusException.from_exception(caught.value)
    assert type(style.stack) is StackSummary
    te = TracebackException.from_exception(caught.value)
    assert list(style.format()) == list(te.format())


def test_tracebacklimit_is_that_of_the_interpreter(monkeypatch):
    monkeypatch.setattr(sys, "tracebacklimit", 1, raising=False)
    text = printed(asks_not_to_be_hidden, fails)
    assert text.count("File ") == 1
    assert "in fails\n" in text


def test_the_drop_in_functions_print_what_they_always_print():
    text = child.printed(
        """
        import lastwords, sys
        lastwords.install(style="plus", traceback=True)
        import traceback
        class Shop:
            def sell(self): 1 / 0
        try:
            Shop().sell()
        except ZeroDivisionError:
            traceback.print_exc()
        """
    )
    assert ", in sell\n" in text
    assert "Shop.sell\n" not in text
