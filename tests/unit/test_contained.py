"""What code of the user's raises is contained; what a signal handler raises meanwhile comes out."""

from __future__ import annotations

import functools
import linecache
import signal

import pytest

from lastwords import _contained, traceback


class SoftLimit(Exception):
    """What a time limit of the program's raises."""


def handler(*_):
    raise SoftLimit


class CallableHandler:
    def __call__(self, *_):
        raise SoftLimit

    def method(self, *_):
        raise SoftLimit


def partly(_, *rest):
    raise SoftLimit


HANDLERS = {
    "function": handler,
    "method": CallableHandler().method,
    "object": CallableHandler(),
    "partial": functools.partial(partly, 1),
}


@pytest.fixture(params=HANDLERS)
def alarm(request):
    before = signal.signal(signal.SIGALRM, HANDLERS[request.param])
    yield
    signal.signal(signal.SIGALRM, before)


def interrupt(*_):
    signal.raise_signal(signal.SIGALRM)
    return "not reached"


class Interrupted(Exception):
    __str__ = interrupt


class InterruptedNote:
    __str__ = interrupt


WAYS = {
    "message": lambda: traceback.format_exception(Interrupted()),
    "message of a capture": lambda: traceback.TracebackException.from_exception(Interrupted()),
    "note": lambda: traceback.format_exception(with_note(InterruptedNote())),
    "local": lambda: traceback.FrameSummary(
        "f", 1, "f", locals={"x": type("X", (), {"__repr__": interrupt})()}
    ),
}


def with_note(note):
    error = ValueError("x")
    error.__notes__ = [note]
    return error


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("way", WAYS)
def test_the_exception_of_a_signal_handler_comes_out(way):
    with pytest.raises(SoftLimit):
        WAYS[way]()


@pytest.mark.usefixtures("alarm")
def test_it_comes_out_of_a_comparison_of_keys():
    class Key(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            signal.raise_signal(signal.SIGALRM)
            return False

    code = compile("1 / 0", "/no/such/key.py", "exec")
    linecache.cache[Key("/no/such/key.py")] = (1, None, ["x\n"], "x")
    try:
        with pytest.raises(SoftLimit):
            try:
                exec(code)
            except ZeroDivisionError as error:
                traceback.format_exception(error)
    finally:
        linecache.cache.clear()


def test_ctrl_c_comes_out():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:

        class Pressed(Exception):
            def __str__(self):
                signal.raise_signal(signal.SIGINT)
                return "not reached"

        with pytest.raises(KeyboardInterrupt):
            traceback.format_exception(Pressed())
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, GeneratorExit, SoftLimit])
def test_what_the_object_itself_raises_is_contained(raised):
    class Hostile(Exception):
        def __str__(self):
            raise raised

    assert traceback.format_exception(Hostile())[-1].endswith(": <exception str() failed>\n")


def test_the_handler_itself_may_be_called_by_an_object(monkeypatch):
    """A function that is no handler now is a function like any other."""

    class Hostile(Exception):
        def __str__(self):
            handler()

    assert traceback.format_exception(Hostile())[-1].endswith(": <exception str() failed>\n")


def test_nothing_is_passed_on_without_a_traceback():
    _contained.pass_on(SoftLimit())
