"""The hooks as objects, and what a tracer sees of them (bind_hook.c)."""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import pickle
import sys
import threading
import weakref

import pytest

import lastwords
from lastwords import _backend

native = _backend.native
pytestmark = pytest.mark.native


def function(value):
    """Return the value."""
    return value


@pytest.fixture
def hook():
    return native.Hook(function)


def test_it_is_known_as_its_function(hook):
    assert (hook.__name__, hook.__qualname__) == ("function", "function")
    assert hook.__module__ == __name__
    assert hook.__doc__ == "Return the value."
    assert inspect.signature(hook) == inspect.signature(function)
    assert functools.wraps(hook)(lambda: 0).__name__ == "function"
    assert inspect.unwrap(hook) is function


def test_it_can_be_referred_to_and_copied(hook):
    assert weakref.ref(hook)() is hook
    assert copy.copy(hook) is hook
    assert copy.deepcopy([hook])[0] is hook
    assert len({hook, hook}) == 1
    hook.note = 1
    assert vars(hook)["note"] == 1


def test_it_is_pickled_by_its_name(monkeypatch):
    hook = native.Hook(function)
    monkeypatch.setitem(globals(), "function", hook)
    assert pickle.loads(pickle.dumps(hook)) is hook


def test_a_callable_without_a_name():
    hook = native.Hook(functools.partial(function, 3))
    assert hook() == 3
    assert not hasattr(hook, "__name__")


def test_a_cycle_through_its_attributes_is_collected():
    hook = native.Hook(print)
    hook.itself = hook
    reference = weakref.ref(hook)
    del hook
    gc.collect()
    assert reference() is None


def test_the_hooks_in_place_are_such():
    with lastwords.install():
        for place in (sys.excepthook, sys.unraisablehook, threading.excepthook):
            assert type(place) is native.Hook
            assert "excepthook" in place.__name__ or place.__name__ == "unraisablehook"


@pytest.mark.parametrize("setter", [sys.setprofile, sys.settrace])
def test_only_what_traced_calls_is_seen(setter):
    seen = []

    def inner():
        pass

    def outer():
        inner()
        native.traced(outside)
        inner()

    def outside():
        native.Hook(inner)()
        return native.traced(function, value=1)

    def note(frame, event, _):
        if event == "call":
            seen.append(frame.f_code.co_name)

    hook = native.Hook(outer)
    hook()
    earlier = getattr(sys, setter.__name__.replace("set", "get"))()
    setter(note)
    try:
        hook()
        native.traced(function, 2)
        native.Hook(hook)()
    finally:
        setter(earlier)
    assert seen == ["outside", "function", "function", "outside", "function"]


def test_what_it_raises_comes_out_and_tracing_goes_on():
    seen = []

    def fails():
        raise ValueError("fails")

    earlier = sys.getprofile()
    sys.setprofile(lambda frame, *_: seen.append(frame.f_code.co_name))
    try:
        with pytest.raises(ValueError, match="fails"):
            native.Hook(fails)()
        function(1)
    finally:
        sys.setprofile(earlier)
    assert "fails" not in seen
    assert "function" in seen


def test_a_hook_may_change_what_is_traced():
    earlier = sys.getprofile()
    seen = []
    native.Hook(sys.setprofile)(lambda frame, *_: seen.append(frame.f_code.co_name))
    try:
        function(1)
        native.Hook(sys.setprofile)(earlier)
        inspect.unwrap(function)
    finally:
        sys.setprofile(earlier)
    assert "function" in seen
    assert "unwrap" not in seen


def test_around():
    done = []

    def before(*args):
        done.append(("before", args))
        return function

    call = native.around(before, lambda *args: done.append(("after", args)))
    assert call(1) == 1
    assert done == [("before", (1,)), ("after", (1,))]
    failing = native.around(lambda: print, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failing()
    with pytest.raises(TypeError):
        native.around(before, print)(1, 2)  # by function()
    assert done[-1] == ("before", (1, 2))


def test_misuse_is_an_error():
    for arguments in ((), (print, True, True)):
        with pytest.raises(TypeError):
            native.Hook(*arguments)
    with pytest.raises(TypeError, match="callable"):
        native.traced()
    with pytest.raises(TypeError):
        native.around(print)
    with pytest.raises(TypeError):
        native.launcher()


@pytest.mark.parametrize("wrong", [(), (1, 2, 3), "text", ValueError])
def test_a_launcher_runs_programs_only(wrong):
    with pytest.raises(TypeError, match="a program"):
        native.launcher(lambda: wrong)()


def test_a_launcher_passes_failures_on_and_may_have_nothing_to_run():
    assert native.launcher(lambda: None)() is None
    with pytest.raises(ZeroDivisionError):
        native.launcher(lambda: 1 / 0)()
