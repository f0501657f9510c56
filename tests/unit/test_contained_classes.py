"""Objects whose `__class__` lies or raises."""

from __future__ import annotations

import sys

import pytest

from lastwords import _contained, traceback


class Odd:
    """An object whose `__class__` can't be read."""

    @property
    def __class__(self):
        raise RuntimeError

    @__class__.setter
    def __class__(self, value):
        raise RuntimeError


class Number(int):
    """A number that can't be compared."""

    def __gt__(self, other):
        raise RuntimeError

    __lt__ = __index__ = __gt__


FIRST = {
    "odd": Odd,
    "large": lambda: Number(2000),
    "negative": lambda: Number(-1),
    "text": str,
    "none": lambda: None,
}


@pytest.mark.parametrize("name", FIRST)
def test_what_a_function_that_is_called_like_a_handler_raises_is_contained(name):
    first = FIRST[name]()

    def called(first, frame):
        raise ValueError

    class Failing(Exception):
        def __str__(self):
            return called(first, sys._getframe())

    assert traceback.format_exception_only(Failing())[-1].endswith(
        "Failing: <exception str() failed>\n"
    )


def test_what_is_no_exception_lacks_what_it_lacks():
    with pytest.raises(AttributeError):
        _contained.exception_attribute(Odd(), "missing", default=None)
    with pytest.raises(AttributeError):
        _contained.traceback_of(Odd())
    with pytest.raises(AttributeError):
        _contained.names_of(Odd())
