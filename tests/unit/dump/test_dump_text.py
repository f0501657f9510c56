"""The compatible text of a dump, against the standard module's on the same stacks.

The rules are CPython 3.15's on every version; what older standard modules write differently is
taken out of their text before the comparison, and named where that is done.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

_native = pytest.importorskip("lastwords._native", reason="the extension is not installed")

NAMES_SHOWN = sys.version_info >= (3, 14)
Dump = Callable[[int], object]


def ours(fd: int, *, all_threads: bool = True, max_threads: int = 0) -> None:
    """Write our text."""
    _native._dump_text(fd, all_threads, max_threads)


def captured(*dumps: Dump) -> list[str]:
    """Call each dump from one and the same line and return what they wrote."""
    texts = []
    for dump in dumps:
        with tempfile.TemporaryFile() as file:
            dump(file.fileno())
            file.seek(0)
            texts.append(file.read().decode("utf-8", "surrogateescape"))
    return texts


def at_level_of_standard(text: str) -> str:
    """Take the threads' names out of our text where the standard module has none: before 3.14."""
    return (
        text
        if NAMES_SHOWN
        else re.sub(r"(?m)^((?:Current t|T)hread 0x\w+) \[.*\] \(", r"\1 (", text)
    )


def assert_same(*, all_threads: bool = True) -> str:
    """Assert that both modules write the same about this moment; return ours."""
    mine, standard = captured(
        partial(_dump_ours, all_threads), partial(_dump_standard, all_threads)
    )
    # The innermost frame is that of the helper.
    mine = _without_helper(mine)
    standard = _without_helper(standard)
    assert at_level_of_standard(mine) == standard
    return mine


def _dump_ours(all_threads: bool, fd: int) -> None:  # noqa: FBT001
    _native._dump_text(fd, all_threads)


def _dump_standard(all_threads: bool, fd: int) -> None:  # noqa: FBT001
    faulthandler.dump_traceback(fd, all_threads)


def _without_helper(text: str) -> str:
    return re.sub(r'(?m)^  File ".*", line \d+ in _dump_(ours|standard)\n', "", text)


@contextlib.contextmanager
def parked(*names: str, depth: int = 0) -> Iterator[list[threading.Thread]]:
    """Run threads of these names that wait `depth` calls deep."""
    arrived = threading.Semaphore(0)
    leave = threading.Event()

    def work(left: int) -> None:
        if left:
            return work(left - 1)
        arrived.release()
        leave.wait()
        return None

    threads = [
        threading.Thread(target=work, args=(depth,), name=name, daemon=True) for name in names
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        arrived.acquire()
    # The semaphore is released before the wait: let all of them reach it.
    while not all(is_waiting(thread) for thread in threads):
        time.sleep(0.001)
    try:
        yield threads
    finally:
        leave.set()
        for thread in threads:
            thread.join()


def is_waiting(thread: threading.Thread) -> bool:
    """Return whether the thread's innermost frame is that of a lock's wait."""
    return sys._current_frames()[thread.ident or 0].f_code is threading.Condition.wait.__code__


def function(filename: str, name: str, body: str) -> Callable[..., Any]:
    """Make a function of this file name and name."""
    namespace: dict[str, Any] = {}
    exec(f"def f(call):\n    {body}\n", namespace)  # noqa: S102
    made: Callable[..., Any] = namespace["f"]
    made.__code__ = made.__code__.replace(co_filename=filename, co_name=name)
    return made


def test_one_thread() -> None:
    assert_same()
    assert_same(all_threads=False)


def test_several_threads() -> None:
    with parked("one", "two", "zwei drei vier fünf sechs", "[x] (most", "", depth=5):
        text = assert_same()
        assert_same(all_threads=False)
    assert text.count("\n\n") == 5
    assert "Current thread 0x" in text.split("\n\n")[-1]


@pytest.mark.parametrize("depth", [0, 1, 50, 90])
def test_depths(depth: int) -> None:
    with parked("deep", depth=depth):
        assert_same()


def test_more_than_a_hundred_frames_are_cut() -> None:
    with parked("deep", depth=300):
        (text,) = captured(ours)
    deep = text.split("\n\n")[0].splitlines()
    assert len(deep) == 101
    # The cut is silent, as in 3.13 and later, and shim frames don't count.
    assert deep[-1].endswith(" in work")


@pytest.mark.parametrize(
    "name",
    [
        "plain.py",
        "a\\b\"c'd",
        "tab\tnewline\nescape\x1bdelete\x7f",
        "latin \x80é\xff",
        "wide \u0100\u1234\uffff",
        "astral \U00010000\U0001f600",
        "lone \udc80 surrogate",
        "nul \x00 inside",
        "x" * 499,
        "x" * 500,
        "x" * 501,
        "é" * 501,
        "\u1234" * 5000,
        "\U0001f600" * 501,
        "",
    ],
    ids=ascii,
)
def test_names_are_escaped(name: str) -> None:
    function(name, "f", "call(all_threads=False)")(assert_same)
    function("file.py", name, "call(all_threads=False)")(assert_same)


def test_names_of_a_str_subclass() -> None:
    class Text(str):
        __slots__ = ()

    made = function("file.py", "f", "call(all_threads=False)")
    made.__code__ = made.__code__.replace(co_filename=Text("sub é class"), co_name=Text("n\u1234"))
    made(assert_same)


def test_a_code_object_without_positions() -> None:
    made = function("file.py", "f", "return call()")
    made.__code__ = made.__code__.replace(co_linetable=b"")
    text = made(partial(captured, ours))[0]
    assert '  File "file.py", line ??? in f\n' in text
    # The standard module ends here with "<invalid frame>"; the rest is as readable as before.
    assert "in test_a_code_object_without_positions\n" in text


def test_generators_coroutines_and_callbacks() -> None:
    def produce() -> Iterator[None]:
        assert_same()
        yield

    async def wait() -> None:
        assert_same()

    list(map(lambda _: assert_same(), [1]))  # noqa: C417
    next(produce())
    with contextlib.suppress(StopIteration):
        wait().send(None)

    class Body:
        assert_same()

    sorted([2, 1], key=lambda _: str(assert_same()))


@pytest.mark.parametrize("limit", [3, 4, 5, 100, 2**40])
def test_the_limit_of_threads(limit: int) -> None:
    with parked("one", "two"):
        limited, unlimited = captured(partial(ours, max_threads=limit), ours)
    assert limited == unlimited
    assert "..." not in limited


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_current_thread_beyond_the_limit_comes_first(limit: int) -> None:
    with parked("one", "two", "three", "four"):
        (text,) = captured(partial(ours, max_threads=limit))
    blocks = text.split("\n\n")
    assert blocks[0].startswith("Current thread 0x")
    assert len(blocks) == limit + 1  # as many as were asked for, and "..."
    assert all(block.startswith("Thread 0x") for block in blocks[1:-1])
    assert blocks[-1] == "...\n"


def test_negative_limit() -> None:
    assert captured(partial(ours, max_threads=-1)) == ["...\n"]


def test_the_current_thread_first_on_request() -> None:
    with parked("one", "two"):
        (text,) = captured(lambda fd: _native._dump_text(fd, True, 0, True, True))
    blocks = text.split("\n\n")
    assert [block.split(" 0x")[0] for block in blocks] == ["Current thread", "Thread", "Thread"]


def test_no_thread_is_current_in_a_watchdog_s_dump() -> None:
    with parked("one"):
        (text,) = captured(lambda fd: _native._dump_text(fd, True, 0, False))
    assert "Current" not in text
    assert text.count("Thread 0x") == 2


def test_garbage_collection_is_marked() -> None:
    texts: list[str] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            texts.append(assert_same())

    with parked("one"):
        Cycle()
        gc.collect()
    assert len(texts) == 1
    blocks = texts[0].split("\n\n")
    assert "Garbage-collecting" not in blocks[0]
    assert blocks[1].splitlines()[1] == "  Garbage-collecting"


def test_a_renamed_thread_is_shown_by_its_new_name() -> None:
    with parked("one") as (thread,):
        comm = Path(f"/proc/self/task/{thread.native_id}/comm")
        comm.write_text("first")
        time.sleep(0.05)  # a name may be 20 ms old
        assert " [first] " in captured(ours)[0]
        comm.write_text("second")
        time.sleep(0.05)
        assert " [second] " in captured(ours)[0]


@pytest.mark.skipif(sys.version_info < (3, 15), reason="the reference is new in 3.15")
def test_the_interpreter_s_own_dump() -> None:
    api = ctypes.pythonapi
    api.PyThreadState_Get.restype = ctypes.c_void_p
    api.PyUnstable_DumpTracebackThreads.restype = ctypes.c_char_p
    api.PyUnstable_DumpTracebackThreads.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    api.PyUnstable_DumpTraceback.argtypes = [ctypes.c_int, ctypes.c_void_p]
    api.PyUnstable_DumpTraceback.restype = None
    state = api.PyThreadState_Get()

    def reference(fd: int) -> None:
        assert api.PyUnstable_DumpTracebackThreads(fd, None, state) is None

    with parked("one", "two", depth=30):
        mine, theirs = captured(ours, reference)
    pattern = r"(?m)^.* in (ours|reference)\n"
    assert re.sub(pattern, "", mine) == re.sub(pattern, "", theirs)

    mine, theirs = captured(
        partial(ours, all_threads=False), lambda fd: api.PyUnstable_DumpTraceback(fd, state)
    )
    pattern = r"(?m)^.* in (ours|<lambda>)\n"
    assert re.sub(pattern, "", mine) == re.sub(pattern, "", theirs)


def test_few_writes(tmp_path: Path) -> None:
    with parked(*(f"thread {i}" for i in range(60)), depth=80):
        with (tmp_path / "dump").open("wb") as file:
            writes = _native._dump_text(file.fileno())
        size = (tmp_path / "dump").stat().st_size
    assert size > 200_000
    assert writes <= size // (60 * 1024) + 2


def test_a_full_dump_is_whole_lines(tmp_path: Path) -> None:
    with parked(*(f"thread {i}" for i in range(60)), depth=80):
        with (tmp_path / "dump").open("wb") as file:
            _native._dump_text(file.fileno())
    text = (tmp_path / "dump").read_text()
    frame = r'  File "[^"\n]*", line \d+ in [\w<>]+'
    header = r"(?:Current t|T)hread 0x[0-9a-f]{16}(?: \[.*\])? \(most recent call first\):"
    assert all(re.fullmatch(f"{frame}|{header}|", line) for line in text.splitlines())
    assert text.count("hread 0x") == 61


def test_a_closed_descriptor_is_an_error() -> None:
    fd = os.open(os.devnull, os.O_WRONLY)
    os.close(fd)
    with pytest.raises(OSError, match="Bad file descriptor"):
        _native._dump_text(fd)


def test_a_pipe_is_written_to_as_it_is_read() -> None:
    read_end, write_end = os.pipe()
    parts: list[bytes] = []

    def drain() -> None:
        while part := os.read(read_end, 1000):
            parts.append(part)

    reader = threading.Thread(target=drain)
    with parked(*(f"thread {i}" for i in range(40)), depth=80):
        reader.start()
        # The reader needs the interpreter's lock, which a dump keeps: leave room for all of it.
        size = len(captured(ours)[0])
        if size < 60_000:
            _native._dump_text(write_end)
        os.close(write_end)
    reader.join()
    os.close(read_end)
    assert size > 60_000 or b"".join(parts).count(b"hread 0x") == 42
