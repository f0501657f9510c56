"""The walker: threads, frames and positions, of this process and of others."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from support import child

_native = pytest.importorskip("lastwords._native", reason="the extension is not installed")

Position = tuple[int, int, int, int]


@contextlib.contextmanager
def parked(*bodies: Callable[[Callable[[], None]], object]) -> Iterator[list[threading.Thread]]:
    """Run each body in a thread that waits where the body calls its argument."""
    arrived = threading.Semaphore(0)
    leave = threading.Event()

    def wait() -> None:
        arrived.release()
        leave.wait()

    threads = [threading.Thread(target=body, args=(wait,), daemon=True) for body in bodies]
    for thread in threads:
        thread.start()
    try:
        for _ in threads:
            arrived.acquire()
        yield threads
    finally:
        leave.set()
        for thread in threads:
            thread.join()


def chain(frame: FrameType | None) -> list[FrameType]:
    """Return the frames from `frame` outwards."""
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def position_of(frame: FrameType) -> Position:
    """Return what the interpreter says about the frame's instruction; -1 for what is not known."""
    positions = list(frame.f_code.co_positions())
    found = positions[frame.f_lasti // 2]
    line, end_line, column, end_column = (-1 if part is None else part for part in found)
    return line, end_line, column, end_column


def walked(**kwargs: int) -> dict[int, dict[str, Any]]:
    """Return the walker's threads by their identity."""
    return {thread["ident"]: thread for thread in _native._threads(*kwargs.values())}


def nested(wait: Callable[[], None], depth: int) -> None:
    """Wait at the bottom of `depth` calls."""
    if depth:
        nested(wait, depth - 1)
    else:
        wait()


def in_generator(wait: Callable[[], None]) -> list[int]:
    """Wait inside a generator inside a comprehension, called from C."""

    def produce() -> Iterator[int]:
        yield 1
        wait()

    return [max(produce()) for _ in range(1)]


def in_class_body(wait: Callable[[], None]) -> type:
    """Wait inside a class body, whose qualified name is not its name."""

    class Body:
        waited = wait()

    return Body


def in_callback(wait: Callable[[], None]) -> None:
    """Wait where C code called Python several times over."""
    sorted([2, 1], key=lambda item: list(map(lambda _: wait() if item == 2 else None, [item])))


def agree(walk: dict[int, dict[str, Any]], ident: int, skip: int = 0) -> None:
    """Assert that the walker and sys._current_frames() see the same stack."""
    frames = chain(sys._current_frames()[ident])[skip:]
    seen = walk[ident]["frames"][skip:]
    assert [(f.f_code.co_filename, f.f_code.co_name, f.f_code.co_qualname) for f in frames] == [
        item[:3] for item in seen
    ]
    assert [position_of(frame) for frame in frames] == [item[3:] for item in seen]


def test_no_refusal_here() -> None:
    assert _native._dump_refusal() is None


def test_frames_of_all_threads_agree_with_the_interpreter() -> None:
    bodies = [lambda wait: nested(wait, 20), in_generator, in_class_body, in_callback]
    with parked(*bodies) as threads:
        walk = walked()
        for thread in threads:
            agree(walk, thread.ident)  # type: ignore[arg-type]
        # The innermost frame of the caller itself has moved on between the two.
        agree(walk, threading.get_ident(), skip=2)


def test_identities_and_names() -> None:
    with parked(lambda wait: wait()) as (thread,):
        entry = walked()[thread.ident or 0]
    assert entry["native_id"] == thread.native_id
    assert entry["interpreter"] == 0
    assert not entry["freed"]
    expected = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/comm").read_bytes()
    assert walked()[threading.get_ident()]["name"] == expected.rstrip(b"\n")


def test_the_caller_holds_the_lock() -> None:
    with parked(lambda wait: wait()):
        walk = walked()
    holders = [ident for ident, thread in walk.items() if thread["holds_gil"]]
    assert holders == [threading.get_ident()]


def test_the_collecting_thread_is_known() -> None:
    seen: list[dict[int, dict[str, Any]]] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            seen.append(walked())

    with parked(lambda wait: wait()):
        Cycle()
        gc.collect()
    collecting = [ident for ident, thread in seen[0].items() if thread["collecting"]]
    assert collecting == [threading.get_ident()]
    assert not any(thread["collecting"] for thread in walked().values())


def test_a_finalizer_that_lets_others_run_does_not_move_the_mark() -> None:
    if sys.version_info < (3, 15):
        pytest.skip("before 3.15 the interpreter doesn't say which thread collects")
    seen: list[dict[int, dict[str, Any]]] = []
    ready = threading.Event()
    taken = threading.Event()

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            ready.set()
            taken.wait()

    def collect() -> None:
        Cycle()
        gc.collect()

    collector = threading.Thread(target=collect)
    collector.start()
    ready.wait()
    seen.append(walked())
    taken.set()
    collector.join()
    assert [ident for ident, thread in seen[0].items() if thread["collecting"]] == [collector.ident]


def test_deep_recursion_is_walked_to_its_end() -> None:
    depth = 3000
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 500)
    try:
        with parked(lambda wait: nested(wait, depth)) as (thread,):
            frames = walked()[thread.ident or 0]["frames"]
    finally:
        sys.setrecursionlimit(limit)
    assert sum(frame[1] == "nested" for frame in frames) == depth + 1
    assert frames[-1][1] == "_bootstrap"


def test_names_beyond_ascii_are_read() -> None:
    name = "näme\u1234\U0001f600"
    namespace: dict[str, Any] = {}
    source = "def work(wait):\n    wait()\n"
    exec(compile(source, name + ".py", "exec"), namespace)  # noqa: S102
    code: CodeType = namespace["work"].__code__
    namespace["work"].__code__ = code.replace(co_name=name, co_qualname="q." + name)
    with parked(namespace["work"]) as (thread,):
        frames = walked()[thread.ident or 0]["frames"]
    assert (name + ".py", name, "q." + name, 2, 2) in [frame[:5] for frame in frames]


@contextlib.contextmanager
def waiting_sub_interpreter() -> Iterator[None]:
    """Keep a sub-interpreter inside a function called `in_other_interpreter`."""
    try:
        import _interpreters as module  # type: ignore[import-not-found] # noqa: PLC0415
    except ImportError:
        import _xxsubinterpreters as module  # type: ignore[no-redef] # noqa: PLC0415
    here, there = os.pipe(), os.pipe()
    source = (
        "import os\n"
        "def in_other_interpreter():\n"
        f"    os.write({here[1]}, b'x')\n"
        f"    os.read({there[0]}, 1)\n"
        "in_other_interpreter()\n"
    )
    interpreter = module.create()
    thread = threading.Thread(target=module.run_string, args=(interpreter, source))
    thread.start()
    os.read(here[0], 1)
    try:
        yield
    finally:
        os.write(there[1], b"x")
        thread.join()
        module.destroy(interpreter)
        for fd in (*here, *there):
            os.close(fd)


def test_a_sub_interpreter_is_walked_too() -> None:
    with waiting_sub_interpreter():
        threads = _native._threads()
    inside = [t for t in threads if any(f[1] == "in_other_interpreter" for f in t["frames"])]
    assert len(inside) == 1
    assert inside[0]["interpreter"] > 0
    # The thread is one, its states are two: in each interpreter one.
    assert sum(thread["native_id"] == inside[0]["native_id"] for thread in threads) == 2


def test_the_text_shows_threads_of_other_interpreters_after_our_own(tmp_path: Path) -> None:
    target = tmp_path / "dump"
    with waiting_sub_interpreter(), target.open("wb") as file:
        _native._dump_text(file.fileno())
    blocks = target.read_text().split("\n\n")
    assert "in in_other_interpreter\n" in blocks[-1]
    assert not any("in in_other_interpreter\n" in block for block in blocks[:-1])


VICTIM = """
import ctypes, sys, threading

def inner(wait):
    wait()

def work(wait, depth):
    if depth:
        work(wait, depth - 1)
    else:
        inner(
            wait
        )

def main():
    ready = threading.Semaphore(0)
    event = threading.Event()
    def wait():
        ready.release()
        event.wait()
    for depth in (3, 50):
        threading.Thread(target=work, args=(wait, depth), daemon=True).start()
        ready.acquire()
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    print(runtime, sys.version_info[0] << 8 | sys.version_info[1], flush=True)
    sys.stdin.read()
main()
"""


@contextlib.contextmanager
def victim(python: str) -> Iterator[tuple[int, int, int]]:
    """Run the victim; yield its process id, the address of its runtime and its version."""
    with child.start(python, "-I", "-c", VICTIM, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        runtime, version = map(int, process.stdout.readline().split())
        yield process.pid, runtime, version


def pythons() -> list[str]:
    """Return this interpreter and every other one of a known version that can be found."""
    found = [sys.executable]
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    for minor in range(11, 16):
        if minor == sys.version_info.minor:
            continue
        on_path = shutil.which(f"python3.{minor}")
        installed = [str(p) for root in roots for p in root.glob(f"3.{minor}*/bin/python3.{minor}")]
        found += ([on_path] if on_path and "shims" not in on_path else installed)[:1]
    return found


@pytest.mark.parametrize("python", pythons())
@pytest.mark.parametrize("told", [True, False], ids=["told", "found out"])
def test_another_process_is_read(python: str, told: bool) -> None:  # noqa: FBT001
    with victim(python) as (pid, runtime, version):
        if version < 0x030D and not told:
            with pytest.raises(RuntimeError, match="no runtime at this address"):
                _native._threads(pid, runtime, 0)
            return
        threads = _native._threads(pid, runtime, version if told else 0)
    assert len(threads) == 3
    assert [sum(f[1] == "work" for f in t["frames"]) for t in threads] == [51, 4, 0]
    assert threads[-1]["native_id"] == pid
    inner = threads[1]["frames"]
    start = [frame[1] for frame in inner].index("inner")
    assert inner[start][:4] == ("<string>", "inner", "inner", 5)
    # The call over three lines, with its columns.
    assert inner[start + 1] == ("<string>", "work", "work", 11, 13, 8, 9)
    assert threads[-1]["frames"][-1][1] == "<module>"


@pytest.mark.parametrize("python", pythons())
def test_the_text_of_another_process(python: str, tmp_path: Path) -> None:
    target = tmp_path / "dump"
    with victim(python) as (pid, runtime, version), target.open("wb") as file:
        _native._dump_text(file.fileno(), True, 0, False, False, (pid, runtime, version))
    text = target.read_text()
    assert text.count("(most recent call first):\n") == 3
    assert '  File "<string>", line 11 in work\n  File "<string>", line 9 in work\n' in text


def test_a_process_that_is_no_python_is_refused() -> None:
    with (
        child.start("sleep", "60") as process,
        pytest.raises(RuntimeError, match="can't be read"),
    ):
        _native._threads(process.pid, _native._runtime_address(), 0)


def test_a_process_of_another_version_than_told_is_refused() -> None:
    if sys.version_info < (3, 13):
        pytest.skip("before 3.13 a runtime doesn't say its version")
    with victim(sys.executable) as (pid, runtime, version):
        with pytest.raises(RuntimeError, match="another version"):
            _native._threads(pid, runtime, version - 1)
        with pytest.raises(RuntimeError, match="no runtime at this address"):
            _native._threads(pid, runtime + 8, 0)


def refusal_of(header: bytes, *, version: int = 0) -> str:
    """Return why a runtime that begins with `header` is refused."""
    runtime = ctypes.create_string_buffer(header, 4096)
    with pytest.raises(RuntimeError) as caught:
        _native._threads(os.getpid(), ctypes.addressof(runtime), version)
    return str(caught.value)


@pytest.mark.parametrize(
    ("version", "free_threaded", "words"),
    [
        (0x030D00F0, 1, "free-threaded"),
        (0x030F00F0, 1, "free-threaded"),
        (0x031000F0, 0, "not known"),
        (0x030A00F0, 0, "not known"),
        (0x030C00F0, 0, "contradicts itself"),
        (0x030F00A1, 0, "pre-releases"),
        (0x030F00B2, 0, "pre-releases"),
        (0x030F00F0, 0, "larger than expected"),
    ],
)
def test_runtimes_that_are_refused(version: int, free_threaded: int, words: str) -> None:
    header = struct.pack("=8sQQ", b"xdebugpy", version, free_threaded)
    assert words in refusal_of(header)


def test_offsets_that_can_t_be_true_are_refused() -> None:
    header = struct.pack("=8sQQ", b"xdebugpy", 0x030F00F0, 0)
    assert "can't be true" in refusal_of(header + b"\xff" * 1000)
    assert "another version" in refusal_of(header, version=0x030E)


def test_no_runtime_is_refused() -> None:
    assert "no runtime" in refusal_of(b"something else")
    assert "doesn't publish" in refusal_of(b"something else", version=0x030E)
