"""A signal whose handler raises, at any call within a report: it reaches the program.

A profile function counts the calls, and raises the signal at one of them, which takes the place of time.
"""

from __future__ import annotations

import signal
import sys

import pytest

from lastwords import traceback
from support import child


class SoftLimit(Exception):
    """What a time limit of the program's raises."""


def limit(*_):
    raise SoftLimit


def key():
    {}["k"]


def name():
    undefined_nme  # noqa: B018, F821


def attribute():
    [].apend


def module():
    import jsn  # noqa: F401


def generated():
    exec(compile("1 / 0, é", "/no/such/file.py", "exec"))


def syntax():
    compile("whlie True: pass", "/no/such/file.py", "exec")


def group():
    raise ExceptionGroup("g", [ValueError(1), KeyError(2)])


class Telling(Exception):
    def __str__(self):
        return "told"


def noted():
    error = Telling()
    error.add_note("note")
    raise error


KINDS = [key, name, attribute, module, generated, syntax, group, noted]
WAYS = {
    "function": traceback.format_exception,
    "class": lambda error: list(traceback.TracebackException.from_exception(error).format()),
    "colours": lambda error: traceback.format_exception(error, colorize=True),
}


def failure_of(kind):
    try:
        kind()
    except Exception as error:
        return error


def run_until_call(number, number_of_signal, function, *arguments):
    """Call the function; raise a signal at the call of this number, return how many there were."""
    count = 0

    def profile(_frame, event, _argument):
        nonlocal count
        count += event == "call"
        if count == number:
            sys.setprofile(None)
            signal.raise_signal(number_of_signal)

    sys.setprofile(profile)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture(params=["time limit", "Ctrl-C"])
def interruption(request):
    number, handler, raised = {
        "time limit": (signal.SIGALRM, limit, SoftLimit),
        "Ctrl-C": (signal.SIGINT, signal.default_int_handler, KeyboardInterrupt),
    }[request.param]
    before = signal.signal(number, handler)
    yield number, raised
    signal.signal(number, before)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_comes_out_at_any_call(kind, way, interruption, monkeypatch):
    number, raised = interruption
    dropped = []  # by the interpreter: a generator was closed
    monkeypatch.setattr(sys, "unraisablehook", lambda found: dropped.append(found.exc_type))
    text = WAYS[way](failure_of(kind))
    calls = run_until_call(0, number, WAYS[way], failure_of(kind))
    for at in range(1, calls + 1):
        try:
            run_until_call(at, number, WAYS[way], failure_of(kind))
        except raised:
            continue
        assert dropped.pop() is raised
    assert calls > 0
    assert WAYS[way](failure_of(kind)) == text


FIRST_USE = """
import signal, sys
class SoftLimit(Exception): pass
def limit(*_): raise SoftLimit
signal.signal(signal.SIGALRM, limit)
def boom(): return {}["k"] + undefined_nme
def once():
    from lastwords import traceback
    try: boom()
    except KeyError as error:
        return (traceback.format_exception(error),
                list(traceback.TracebackException.from_exception(error).format()))
calls = 0
def profile(frame, event, argument):
    global calls
    calls += event == "call"
    if calls == int(sys.argv[1]):
        sys.setprofile(None)
        signal.raise_signal(signal.SIGALRM)
sys.setprofile(profile)
try: once(); fate = "lost"
except SoftLimit: fate = "arrived"
sys.setprofile(None)
if sys.argv[1] == "0": fate = calls
one, other = once(); once()
calls = 0
sys.argv[1] = "-1"
sys.setprofile(profile)
once()
sys.setprofile(None)
import lastwords
print(fate, one == other, "in boom" in one[-2], calls, lastwords.native_status(), sep="|")
"""
SAMPLES = 40


def test_an_interrupted_first_use_costs_that_report_at_most():
    calls, *usual = child.python("-c", FIRST_USE, "0", status=0).stdout.split("|")
    assert usual[:2] == ["True", "True"]
    for at in range(2, int(calls), int(calls) // SAMPLES):
        done = child.python("-c", FIRST_USE, str(at), status=0)
        fate, *later = done.stdout.split("|")
        # The interpreter drops what is raised in a callback of its own while it imports.
        assert fate == "arrived" or "Exception ignored" in done.stderr
        assert later == usual
