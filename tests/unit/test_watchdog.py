"""Watchdogs: independent deadlines, as objects, in blocks and around functions."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import threading
import time
from pathlib import Path

import pytest

import lastwords.faulthandler as fault
from support import child

pytestmark = pytest.mark.native

watchdog = pytest.importorskip("lastwords.watchdog").watchdog
LONG = 3600


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.touch()
    return path


def wait_for(path: Path, sign: str, count: int = 1) -> str:
    """Return the file's text once `sign` is there `count` times and the line is whole."""
    for _ in range(1000):
        text = path.read_text()
        if text.count(sign) >= count and text.endswith("\n"):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{sign!r} never came: {text!r}")


def test_fires_with_its_name(log: Path) -> None:
    dog = watchdog(0.02, name="the slow part", file=log)
    text = wait_for(log, "in test_fires_with_its_name")
    assert text.startswith("Timeout (0:00:00.020000)!\nWatchdog: the slow part\nThread 0x")
    assert (dog.fired, dog.armed, dog.name) == (1, False, "the slow part")


def test_cancel(log: Path) -> None:
    dog = watchdog(LONG, file=log)
    assert dog.armed
    assert dog.cancel() is True
    assert dog.cancel() is False
    assert not dog.armed


def test_extend_moves_the_deadline(log: Path) -> None:
    dog = watchdog(LONG, file=log)
    dog.extend(0.01)
    assert dog.seconds == 0.01
    wait_for(log, "Timeout (0:00:00.010000)!")
    dog.extend()
    wait_for(log, "Timeout", count=2)
    dog.extend(LONG)
    assert dog.armed


def test_repeat(log: Path) -> None:
    with watchdog(0.01, repeat=True, file=log) as dog:
        wait_for(log, "Timeout", count=3)
        assert dog.armed
    assert dog.fired >= 3
    assert not dog.armed


def test_block_ends_it(log: Path) -> None:
    with watchdog(LONG, file=log) as outer, watchdog(LONG, file=log) as inner:
        assert outer.armed
        assert inner.armed
    assert not outer.armed
    assert not inner.armed


def test_decorator(log: Path) -> None:
    @watchdog(0.02, file=log)
    def slow() -> str:
        """Be slow."""
        wait_for(log, "in slow")
        return "done"

    assert slow() == "done"
    assert slow.__doc__ == "Be slow."
    assert "Watchdog: test_decorator.<locals>.slow\n" in log.read_text()


def test_decorator_of_a_coroutine(log: Path) -> None:
    @watchdog(0.02, file=log)
    async def slow() -> str:
        await asyncio.sleep(0.5)
        return "done"

    assert asyncio.run(slow()) == "done"
    assert "in select" in wait_for(log, "Timeout")  # the loop, waiting


def test_garbage_is_cancelled(log: Path) -> None:
    watchdog(1, file=log)
    gc.collect()
    other = watchdog(1.1, file=log)
    wait_for(log, "Timeout (0:00:01.100000)!")
    assert other.fired == 1
    assert "Timeout (0:00:01)!" not in log.read_text()


def test_order_of_many(log: Path) -> None:
    """10,000 at once, cancelled in any order; the one that is left fires."""
    dogs = [watchdog(LONG + number % 97, file=2) for number in range(10_000)]
    last = watchdog(0.05, file=log)
    random.Random(1).shuffle(dogs)
    assert all(dog.cancel() for dog in dogs)
    wait_for(log, "Timeout")
    assert last.fired == 1


def test_many_fire(log: Path) -> None:
    dogs = [watchdog(0.001 * (number % 7 + 1), file=log) for number in range(50)]
    wait_for(log, "Timeout", count=50)
    assert [dog.fired for dog in dogs] == [1] * 50


def test_threads_arm_and_cancel(log: Path) -> None:
    def work() -> None:
        for _ in range(300):
            with watchdog(LONG, file=log) as dog:
                dog.extend(LONG / 2)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text() == ""


def test_independent_of_the_compatible_one(log: Path, tmp_path: Path) -> None:
    """A test that cancels the one leaves pytest's own timeout, and the other way round."""
    with (tmp_path / "compatible").open("w") as file:
        fault.dump_traceback_later(0.1, file=file)
        dog = watchdog(0.1, file=log)
        watchdog(0.1, file=log).cancel()
        wait_for(Path(file.name), "Timeout")
        wait_for(log, "Timeout")
        fault.dump_traceback_later(LONG, file=file)
        dog.extend(0.01)
        fault.cancel_dump_traceback_later()
        wait_for(log, "Timeout", count=2)


@pytest.mark.parametrize(
    ("seconds", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (float("nan"), ValueError),
        (1e30, OverflowError),
        ("x", TypeError),
    ],
)
def test_bad_seconds(seconds: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        watchdog(seconds)


def test_bad_options(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        watchdog(1, file=tmp_path / "nowhere" / "log")
    with pytest.raises(TypeError):
        watchdog(1, "name")
    with pytest.raises(TypeError):
        watchdog(1, name=5)
    with pytest.raises(ValueError, match="descriptor"):
        watchdog(1, file=-1)


def test_stream_without_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's or a test's stream: the real standard error is used."""
    monkeypatch.setattr(sys, "stderr", None)
    with watchdog(LONG) as dog:
        assert dog.armed


def test_long_name_is_cut_between_characters(log: Path) -> None:
    dog = watchdog(LONG, name="ä" * 200 + "\n", file=log)
    assert dog.name == "ä" * 63
    assert watchdog(LONG, name="a\nb", file=log).name == "a?b"


EXIT = """
import time
from lastwords.watchdog import watchdog
watchdog(0.05, exit=True)
dog = watchdog(0.05, exit=True)
time.sleep(60)
"""


def test_exit() -> None:
    done = child.program(EXIT, status=1)
    assert done.stderr.startswith("Timeout (0:00:00.050000)!\n")


FORK = """
import os, time
from lastwords.watchdog import watchdog
dog = watchdog(1.2, name="kept", after_fork=True)
other = watchdog(1, name="left")
child = os.fork()
dog.cancel() if child else None
other.cancel() if child else None
if child == 0:
    print(dog.armed, other.armed, flush=True)
    while not dog.fired:
        time.sleep(0.01)
    again = watchdog(0.01, name="new")
    while not again.fired:
        time.sleep(0.01)
    time.sleep(0.3)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_fork_keeps_those_that_asked() -> None:
    done = child.program(FORK)
    assert done.stdout == "True False\n"
    names = [line for line in done.stderr.splitlines() if line.startswith("Watchdog")]
    assert names == ["Watchdog: kept", "Watchdog: new"]


def test_path_is_opened_for_appending(log: Path) -> None:
    log.write_text("before\n")
    dog = watchdog(0.01, file=os.fspath(log))
    assert wait_for(log, "Timeout").startswith("before\nTimeout")
    assert dog.fired == 1


PYTEST_FILE = """
import time
import lastwords
import lastwords.faulthandler

def test_slow():
    lastwords.faulthandler.dump_traceback_later(0.1)
    lastwords.faulthandler.cancel_dump_traceback_later()
    with lastwords.watchdog(0.2, name="ours"):
        time.sleep(1.5)
"""


def test_pytest_keeps_its_own_timeout(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PYTEST_FILE)
    arguments = ["-m", "pytest", "-s", "-q", "-p", "no:cacheprovider"]
    arguments += ["-o", "faulthandler_timeout=1", "test_it.py"]
    done = child.python(*arguments, cwd=tmp_path, status=0)
    assert "Timeout (0:00:00.200000)!\nWatchdog: ours\n" in done.stderr + done.stdout
    assert "Timeout (0:00:01)!" in done.stderr
