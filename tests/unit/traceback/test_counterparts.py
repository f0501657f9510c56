"""Objects of the standard module's classes and of ours, given to each other's functions."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback

import pytest

import lastwords
import lastwords.traceback as ours
from support import child

standard = {
    name: getattr(traceback, name)
    for name in ("FrameSummary", "StackSummary", "TracebackException", "format_list")
}


@pytest.fixture(autouse=True)
def _undone():
    yield
    lastwords.uninstall()


def error():
    def fails():
        return [1][2] + {}["k"]

    try:
        fails()
    except IndexError as caught:
        return caught


def made(module, value):
    """Return a frame, a stack and a capture as the module's classes make them."""
    stack = module.extract_tb(value.__traceback__)
    return stack[-1], stack, module.TracebackException.from_exception(value)


def test_what_was_made_before_keeps_its_carets_and_its_class():
    value = error()
    theirs = made(traceback, value)
    expected = "".join(theirs[2].format())
    with lastwords.install(traceback=True):
        names = ("FrameSummary", "StackSummary", "TracebackException")
        for old, new, name in zip(theirs, made(traceback, value), names, strict=True):
            for cls in (standard[name], getattr(traceback, name)):
                assert isinstance(old, cls)
                assert isinstance(new, cls)
        text = "".join(traceback.format_list(theirs[1]))
        assert text == "".join(ours.format_list(made(ours, value)[1]))
        assert '    return [1][2] + {}["k"]\n           ~~~^^^\n' in text
        assert "".join(traceback.StackSummary(theirs[1]).format()) == text
        assert "".join(traceback.StackSummary.from_list(theirs[1]).format()) == text
        if sys.version_info >= (3, 13):  # before, the standard text has fewer carets
            assert "".join(theirs[2].format()) == expected
        assert theirs[0] == made(traceback, value)[0]


def test_what_we_made_is_known_to_the_standard_module_afterwards():
    value = error()
    expected = "".join(traceback.format_list(traceback.extract_tb(value.__traceback__)))
    with lastwords.install(traceback=True):
        frame, stack, capture = made(traceback, value)
    assert isinstance(frame, traceback.FrameSummary)
    assert isinstance(stack, traceback.StackSummary)
    assert isinstance(capture, traceback.TracebackException)
    assert "".join(traceback.format_list(stack)) == expected
    assert capture.stack == traceback.extract_tb(value.__traceback__)


def test_lines_that_were_given_stay():
    given = traceback.FrameSummary("nosuch", 7, "f", line="  given  ", locals={"a": 1})
    with lastwords.install(traceback=True):
        assert traceback.format_list([given]) == ours.format_list(
            [ours.FrameSummary("nosuch", 7, "f", line="  given  ", locals={"a": 1})]
        )


def test_our_objects_are_copied_and_pickled_as_ours():
    lastwords.install(traceback=True)
    for thing in made(traceback, error()):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(thing, protocol))
            assert type(again) is type(thing)
            assert again == thing
        assert type(copy.copy(thing)) is type(copy.deepcopy(thing)) is type(thing)


def test_subclasses_are_what_they_are():
    with lastwords.install(traceback=True):

        class Mine(traceback.TracebackException):
            pass

        class Stack(traceback.StackSummary):
            pass

        capture = Mine.from_exception(error())
        assert capture.__class__ is Mine
        stack = Stack(capture.stack)
        stack.note = "kept"
        again = pickle.loads(pickle.dumps(capture.stack))
        assert (type(again), again) == (type(capture.stack), capture.stack)
        assert not isinstance(traceback.TracebackException.from_exception(error()), Mine)
        assert stack.__class__ is Stack
    assert "".join(capture.format()).endswith("IndexError: list index out of range\n")


def test_the_class_can_be_assigned():
    class Mine(ours.StackSummary):
        pass

    stack = ours.extract_tb(error().__traceback__)
    stack.__class__ = Mine
    assert type(stack) is Mine


def test_a_class_of_abc_may_be_mixed_in():
    from abc import ABC, abstractmethod

    class Reports(ABC):
        @abstractmethod
        def report(self): ...

    class Mine(ours.TracebackException, Reports):
        def report(self):
            return "".join(self.format())

    assert "IndexError" in Mine.from_exception(error()).report()


def test_nothing_is_different_without_install():
    text = child.printed("""
        import traceback
        import lastwords.traceback as ours
        try: 1/0
        except ZeroDivisionError as error:
            frame = ours.extract_tb(error.__traceback__)[0]
            theirs = traceback.extract_tb(error.__traceback__)[0]
        print(frame.__class__ is ours.FrameSummary, isinstance(frame, traceback.FrameSummary))
        print(isinstance(theirs, ours.FrameSummary))
    """)
    assert text == "True False\nFalse\n"
