"""Pickles name the public module, so that today's can be read after any move of private parts."""

from __future__ import annotations

import copy
import pickle
import pickletools

import pytest

import lastwords
from lastwords import traceback


def captured() -> traceback.TracebackException:
    try:
        try:
            int("seven")
        except ValueError as error:
            error.__notes__ = {"no": "list"}
            raise ExceptionGroup("two", [error, KeyError(1)]) from error
    except ExceptionGroup as group:
        return traceback.TracebackException.from_exception(group, capture_locals=True)


PARTS = {
    "exception": captured(),
    "stack": captured().stack,
    "frame": captured().stack[0],
    "error": lastwords.StyleError("there is no such style", hint="there are others"),
}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["exception", "stack", "frame"])
def test_pickles_name_the_face_alone(name: str, protocol: int) -> None:
    data = pickle.dumps(PARTS[name], protocol)
    operations = [(code.name, argument) for code, argument, _ in pickletools.genops(data)]
    texts = {str(argument).split(" ")[0] for _, argument in operations if argument is not None}
    named = {text for text in texts if text.split(".")[0] == "lastwords"}
    assert named == {"lastwords.traceback"}
    again = pickle.loads(data)
    assert again == PARTS[name]
    assert type(again) is type(PARTS[name])


@pytest.mark.parametrize("name", list(PARTS))
def test_copies_are_equal(name: str) -> None:
    if name != "error":
        assert copy.deepcopy(PARTS[name]) == PARTS[name]
        assert copy.copy(PARTS[name]) == PARTS[name]


@pytest.mark.parametrize("name", ["FrameSummary", "StackSummary", "TracebackException"])
def test_the_classes_are_of_the_face(name: str) -> None:
    cls = getattr(traceback, name)
    assert (cls.__module__, cls.__qualname__) == ("lastwords.traceback", name)


@pytest.mark.parametrize("name", [name for name in lastwords.__all__ if name[0].isupper()])
def test_public_classes_are_of_the_package(name: str) -> None:
    assert getattr(lastwords, name).__module__ == "lastwords"


def test_the_watchdog_is_of_the_package() -> None:
    from lastwords.watchdog import watchdog

    assert watchdog.__module__ == "lastwords"
