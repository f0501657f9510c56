"""Errors of the user's objects are contained; those of a signal handler meanwhile are not."""

from __future__ import annotations

import ast
import functools
import linecache
import opcode
import os
import re
import signal
from pathlib import Path

import pytest

from lastwords import _contained, traceback


class SoftLimit(Exception):
    """What a time limit of the program's raises."""


def handler(*_):
    raise SoftLimit


def gives_way(number, frame):
    """Put another handler in its place before it raises, as time limits do."""
    signal.signal(number, signal.SIG_IGN)
    raise SoftLimit


def gives_way_to_all(*arguments):
    signal.signal(arguments[0], signal.SIG_IGN)
    raise SoftLimit


def forgets(number, frame):
    del number, frame  # not used
    raise SoftLimit


def keeps(function):
    def kept(*arguments):
        return function(*arguments)

    return kept


class CallableHandler:
    def __call__(self, *_):
        raise SoftLimit

    def method(self, *_):
        raise SoftLimit


class Inheriting(CallableHandler):
    def gives_way(self, number, frame):
        gives_way(number, frame)


def partly(_, *rest):
    raise SoftLimit


HANDLERS = {
    "function": handler,
    "method": CallableHandler().method,
    "object": CallableHandler(),
    "inherited": Inheriting(),
    "partial": functools.partial(partly, 1),
    "partial of a partial": functools.partial(functools.partial(partly), 1),
    "decorated": keeps(handler),
    "gives way": gives_way,
    "gives way to all": gives_way_to_all,
    "method that gives way": Inheriting().gives_way,
    "forgets its arguments": forgets,
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


def test_names_of_variables_may_be_any_keys():
    class Key:
        def __lt__(self, other):
            raise SystemExit

        def __str__(self):
            raise KeyboardInterrupt

    frame = traceback.FrameSummary("f", 1, "f", lookup_line=False, locals={Key(): 1, "a": 2, 3: 4})
    text = traceback.format_list([frame])[0]
    assert sorted(text.splitlines()[1:]) == [
        "    3 = 4",
        "    <name str() failed> = 1",
        "    a = 2",
    ]


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


@pytest.mark.parametrize("kind", [TimeoutError, OSError, ValueError, RuntimeError, ImportError])
def test_it_comes_out_of_our_own_steps_whatever_its_class(kind, monkeypatch, tmp_path):
    def raises(*_):
        raise kind

    def interrupted(*_, **__):
        signal.raise_signal(signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, raises)
    path = tmp_path / "source.py"
    path.write_text("1 / 0 + f(é)\n")
    code = compile(path.read_text(), path, "exec")
    try:
        for owner, name in [(os, "open"), (os, "stat"), (ast, "parse")]:
            linecache.clearcache()
            with monkeypatch.context() as patched, pytest.raises(kind):
                patched.setattr(owner, name, interrupted)
                report = traceback.TracebackException.from_exception(caught(code))
                list(report.format(colorize=True))
    finally:
        signal.signal(signal.SIGALRM, before)


def caught(code):
    try:
        exec(code)
    except ZeroDivisionError as error:
        return error


def raised_in(path, kind):
    try:
        exec(compile(f"raise {kind.__name__}", path, "exec"))
    except BaseException as error:
        return error


OUTSIDE = "/no/such/program.py"
OURS = _contained.__file__.replace("_contained.py", "traceback/_stack.py")


@pytest.mark.parametrize(
    ("path", "kind", "comes_out"),
    [
        (OURS, SystemExit, True),
        (OURS, GeneratorExit, True),
        (OURS, ValueError, False),
        (_contained.__file__, SystemExit, False),
        (OUTSIDE, SystemExit, False),
    ],
)
def test_what_turns_up_in_our_own_code_came_from_outside(path, kind, comes_out):
    try:
        _contained.pass_on(raised_in(path, kind))
    except kind:
        assert comes_out
    else:
        assert not comes_out


def test_the_instruction_of_raise():
    assert _contained._RAISE == opcode.opmap["RAISE_VARARGS"]


def test_a_signal_while_an_error_is_looked_at_comes_out(monkeypatch):
    def interrupted(frame):
        signal.raise_signal(signal.SIGALRM)

    monkeypatch.setattr(_contained, "_is_called_as_a_handler", interrupted)
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(SoftLimit):
            traceback.format_exception(type("E", (Exception,), {"__str__": lambda _: 1 / 0})())
    finally:
        signal.signal(signal.SIGALRM, before)


NO_HANDLER_RAISES = "AttributeError IndexError KeyError SyntaxError tokenize TokenError".split()
ROOMS = (
    "traceback",
    "_excerpt",
    "_suggest",
    "_source.py",
    "_theme.py",
    "_contained.py",
    "_backend.py",
)


def stops_in_silence(node):
    """Return whether an `except` stops an error that a signal handler may have raised."""
    names = re.findall(r"\w+", ast.unparse(node.type))
    private = ("_", "Unicode")  # an error of our own
    if all(name in NO_HANDLER_RAISES or name.startswith(private) for name in names):
        return False
    first, last = ast.unparse(node.body[0]), node.body[-1]
    return "pass_on(error)" not in first and not isinstance(last, ast.Raise)


def test_each_except_passes_on_what_a_signal_handler_raised():
    package = Path(_contained.__file__).parent
    files = [found for room in ROOMS for found in (package / room).rglob("*.py")]
    files += [package / room for room in ROOMS if room.endswith(".py")]
    assert len(files) > 20
    silent = [
        f"{path.name}:{node.lineno}: except {ast.unparse(node.type)}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and stops_in_silence(node)
    ]
    allowed = [  # what keeps the rule itself; the way to a traceback's type
        "_contained.py",
        "_pure.py",
    ]
    assert [line for line in silent if not line.startswith(tuple(allowed))] == []
    assert len(silent) == len(allowed)
