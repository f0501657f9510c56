"""A signal handler that raises at any call within a report: its exception reaches the program.

A profile function counts the calls and raises the signal at one of them, so no time is involved.  The
programs are children: a signal that went astray would end the tests.
"""

from __future__ import annotations

import json

import pytest

from support import child

PROGRAM = """\
import json, signal, sys
from lastwords import traceback

class SoftLimit(Exception):
    "What a time limit of the program's raises."

def limit(*_):
    raise SoftLimit

class Telling(Exception):
    def __str__(self):
        return "told"

def key(): {}["k"]
def name(): undefined_nme
def attribute(): [].apend
def module(): import jsn
def generated(): exec(compile("1 / 0, é", "/no/such/file.py", "exec"))
def syntax(): compile("whlie True: pass", "/no/such/file.py", "exec")
def group(): raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
def noted():
    error = Telling()
    error.add_note("note")
    raise error

def failure_of(kind):
    try:
        kind()
    except Exception as error:
        return error

def lines_of(exception):
    return list(exception.format())

def from_data(error):
    data = traceback.TracebackException.from_exception(error, capture_locals=True).to_dict()
    return lines_of(traceback.TracebackException.from_dict(data))

def stack(error):
    frames = traceback.extract_tb(error.__traceback__)
    return [*frames.format(), *(frame.line for frame in frames)]

WAYS = {
    "function": traceback.format_exception,
    "class": lambda error: lines_of(traceback.TracebackException.from_exception(error)),
    "colours": lambda error: traceback.format_exception(error, colorize=True),
    "data": from_data,
    "stack": stack,
}
SIGNALS = {
    signal.SIGALRM: (limit, SoftLimit),
    signal.SIGINT: (signal.default_int_handler, KeyboardInterrupt),
}

def interrupted(call, number, function, *arguments):
    "Raise the signal at a call within the function; return whether there was one, and the result."
    count, outcome = 0, None
    def profile(frame, event, _):
        nonlocal count
        count += event == "call"
        if count == call:
            sys.setprofile(None)
            signal.raise_signal(number)
    sys.setprofile(profile)
    try:
        function(*arguments)
    except BaseException as error:
        outcome = type(error)
    finally:
        sys.setprofile(None)
    return count == call, outcome
"""

AT_ANY_CALL = """
dropped = []  # by the interpreter, in a callback that ends the lock of an import
def note(found):
    dropped.append(found.exc_type if "_get_module_lock" in repr(found.object) else repr(found))
sys.unraisablehook = note
way, handlers = WAYS[sys.argv[1]], {signal.SIGALRM: SIGNALS[signal.SIGALRM]}
if sys.argv[1] == "function":
    handlers = SIGNALS
wrong, calls = [], {}
for kind in (key, name, attribute, module, generated, syntax, group, noted):
    text = way(failure_of(kind))
    for number, (handler, raised) in handlers.items():
        signal.signal(number, handler)
        call, was_interrupted = 0, True
        while was_interrupted:  # a report needs fewer calls than an earlier one, if any
            call += 1
            was_interrupted, outcome = interrupted(call, number, way, failure_of(kind))
            expected = raised if was_interrupted else None
            was_dropped = dropped[-1:] == [expected]
            dropped.clear()
            if outcome is not expected and not (was_dropped and outcome is None):
                wrong.append([kind.__name__, number, call, str(outcome)])
            if way(failure_of(kind)) != text:
                wrong.append([kind.__name__, number, call, "another text"])
        calls[kind.__name__] = call
print(json.dumps([wrong, calls]))
"""


@pytest.mark.parametrize("way", ["function", "class", "colours", "data", "stack"])
def test_it_comes_out_at_any_call_and_the_next_report_is_whole(way):
    done = child.python("-c", PROGRAM + AT_ANY_CALL, way, status=0)
    wrong, calls = json.loads(done.stdout)
    assert wrong == []
    assert len(calls) == 8
    assert max(calls.values()) > 10
