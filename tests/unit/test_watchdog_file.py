"""The file of a watchdog: as `faulthandler` takes it, with the same errors, or a path."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

import lastwords.faulthandler as fault
from lastwords import watchdog
from lastwords._timer import TimerWatchdog
from support import child

LONG = 3600.0
KINDS = pytest.mark.parametrize("kind", [watchdog, TimerWatchdog], ids=["native", "timer"])


class Returns:
    """A file whose fileno() gives this."""

    def __init__(self, number: object) -> None:
        self.number = number

    def fileno(self) -> object:
        if isinstance(self.number, Exception):
            raise self.number
        return self.number


REFUSED = {
    "a number that is none": (-1, ValueError, "file is not a valid file descriptor"),
    "a large number": (2**40, OverflowError, "Python int too large to convert to C int"),
    "a float": (1.5, AttributeError, "'float' object has no attribute 'fileno'"),
    "an object": (object(), AttributeError, "'object' object has no attribute 'fileno'"),
    "a stream in memory": (io.StringIO(), io.UnsupportedOperation, "fileno"),
    "text": (Returns("1"), RuntimeError, "file.fileno() is not a valid file descriptor"),
    "negative": (Returns(-1), RuntimeError, "file.fileno() is not a valid file descriptor"),
    "large": (Returns(2**40), RuntimeError, "file.fileno() is not a valid file descriptor"),
    "closed": (Returns(ValueError("closed")), ValueError, "closed"),
}


@pytest.mark.parametrize("what", REFUSED)
@KINDS
def test_what_is_no_file_is_refused(what: str, kind: type[watchdog]) -> None:
    file, error, text = REFUSED[what]
    with pytest.raises(error) as caught:
        kind(LONG, file=file)
    assert (type(caught.value), str(caught.value)) == (error, text)


@pytest.mark.native
@pytest.mark.parametrize("what", REFUSED)
def test_faulthandler_says_the_same(what: str) -> None:
    file, error, text = REFUSED[what]
    for take in (fault.enable, lambda file: fault.dump_traceback_later(LONG, file=file)):
        with pytest.raises(error) as caught:
            take(file)
        assert (type(caught.value), str(caught.value)) == (error, text)


@KINDS
def test_what_is_a_file_is_taken(kind: type[watchdog], tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        for file in (
            None, 2, stream, stream.buffer, Returns(stream.fileno()),
            str(tmp_path / "log"), os.fsencode(tmp_path / "log"), tmp_path / "log",
        ):  # fmt: skip
            dog = kind(LONG, file=file)
            assert dog.armed
            dog.cancel()


@pytest.mark.parametrize(
    "stream",
    ["None", "io.StringIO()", "Stream()", "open(os.devnull)"],
)
@pytest.mark.parametrize("pure", [False, True])
def test_a_standard_error_without_a_descriptor_means_the_real_one(stream: str, pure: bool) -> None:
    program = f"""
    import io, os, sys, threading, time
    import lastwords
    class Stream:
        write = flush = lambda *_: None
    sys.stderr = {stream}
    if "devnull" in {stream!r}: sys.stderr.close()
    dog = lastwords.watchdog(0.01)
    end = time.monotonic() + 20
    while not dog.fired and time.monotonic() < end: time.sleep(0.001)
    for thread in threading.enumerate()[1:]:  # the timer: its dump is whole then
        thread.join()
    """
    done = child.program(program, env={"LASTWORDS_PURE": "1" if pure else None}, status=0)
    assert done.stderr.startswith("Timeout (0:00:00.010000)!\n")
    assert "(most recent call first):\n" in done.stderr


@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize("gone", ["a stream", "a directory"])
def test_a_decorated_function_runs_when_its_file_is_gone(
    gone: str, pure: bool, tmp_path: Path
) -> None:
    program = """
    import os, shutil, sys, time
    import lastwords
    folder = sys.argv[1] + "/logs"
    os.mkdir(folder)
    file = open(folder + "/log", "w") if sys.argv[2] == "a stream" else folder + "/log"
    @lastwords.watchdog(60, file=file)
    def work(): return 7
    print(work())
    if sys.argv[2] == "a stream": file.close()
    shutil.rmtree(folder)
    print(work())
    """
    env = {"LASTWORDS_PURE": "1" if pure else None}
    done = child.program(program, tmp_path, gone, env=env, status=0)
    assert (done.stdout, done.stderr) == ("7\n7\n", "")
