"""Watchdogs without the extension."""

from __future__ import annotations

import pytest

from lastwords._timer import TimerWatchdog
from support import child

WORKS = """
import os, sys, time
import lastwords
dog = lastwords.watchdog(0.05, name="nightly", file=sys.argv[1])
print(lastwords.watchdog.backend, dog.armed, dog.seconds, dog.name)
def until(condition):
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end: time.sleep(0.01)
until(lambda: dog.fired)
until(lambda: b"until" in open(sys.argv[1], "rb").read())
print(dog.armed, dog.fired, dog.cancel())
with lastwords.watchdog(60) as other: print(other.armed)
print(other.armed)
@lastwords.watchdog(60)
def work(): return 7
print(work())
"""


@pytest.mark.parametrize("pure", [True, False])
def test_a_program_that_works_with_the_extension_works_without(tmp_path, pure):
    log = tmp_path / "log"
    done = child.python("-c", WORKS, log, env={"LASTWORDS_PURE": "1" if pure else None}, status=0)
    first, *rest = done.stdout.splitlines()
    if pure:
        assert first == "standard True 0.05 nightly"
    assert rest == ["False 1 False", "True", "False", "7"]
    text = log.read_text()
    assert text.startswith("Timeout (0:00:00.050000)!\nWatchdog: nightly\n")
    assert " in until\n" in text


def test_repeat_and_exit(tmp_path):
    program = """
import sys, time
import lastwords
if sys.argv[2] == "exit":
    lastwords_dog = lastwords.watchdog(0.02, exit=True, file=sys.argv[1]); time.sleep(30)
dog = lastwords.watchdog(0.02, repeat=True, file=sys.argv[1])
end = time.monotonic() + 20
while dog.fired < 3 and time.monotonic() < end: time.sleep(0.01)
dog.cancel()
"""
    pure = {"LASTWORDS_PURE": "1"}
    child.python("-c", program, tmp_path / "a", "exit", env=pure, status=1)
    child.python("-c", program, tmp_path / "b", "repeat", env=pure, status=0)
    assert (tmp_path / "a").read_text().count("Timeout") == 1
    assert (tmp_path / "b").read_text().count("Timeout") >= 3


def test_stays_armed_in_a_child():
    program = """
import os, sys, time
import lastwords
kept = lastwords.watchdog(0.3, after_fork=True)
gone = lastwords.watchdog(0.3)
pid = os.fork()
if pid == 0:
    end = time.monotonic() + 20
    while not kept.fired and time.monotonic() < end: time.sleep(0.01)
    os._exit(10 * kept.fired + gone.fired)
kept.cancel(); gone.cancel()
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    done = child.python("-W", "ignore", "-c", program, env={"LASTWORDS_PURE": "1"}, status=0)
    assert done.stdout == "10\n"


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((0,), {}, ValueError, "timeout must be greater than 0"),
        ((-1.5,), {}, ValueError, "timeout must be greater than 0"),
        ((float("nan"),), {}, ValueError, "NaN"),
        ((1e300,), {}, OverflowError, "timestamp out of range"),
        ((2**70,), {}, OverflowError, "timestamp out of range"),
        (("soon",), {}, TypeError, "must be real number, not str"),
        ((1,), {"name": 5}, TypeError, "name must be a str or None, not int"),
        ((1,), {"file": "/no/such/folder/log"}, FileNotFoundError, "/no/such/folder/log"),
        ((1,), {"file": -3}, ValueError, "file is not a valid file descriptor"),
    ],
)
@pytest.mark.parametrize("kind", ["timer", "native"])
def test_wrong_arguments(arguments, options, error, message, kind):
    from lastwords import _backend

    if kind == "native" and _backend.native is None:
        pytest.skip("the extension is not installed")
    cls = TimerWatchdog if kind == "timer" else _backend.native.fault.Watchdog
    with pytest.raises(error, match=message):
        cls(*arguments, **options)


def test_garbage_is_cancelled():
    dog = TimerWatchdog(60)
    timer = dog._timer
    del dog
    timer.join(20)
    assert not timer.is_alive()


def test_a_name_is_one_short_line():
    dog = TimerWatchdog(60, name="two\nlines " + "ä" * 200)
    assert dog.name.startswith("two?lines ää")
    assert len(dog.name.encode()) <= 127
    dog.cancel()
