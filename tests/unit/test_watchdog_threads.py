"""Which threads a watchdog shows: all, all after the one that armed it, or that one alone."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import lastwords
from lastwords._timer import TimerWatchdog
from support import child, compiler

BACKENDS = [pytest.param(None, marks=pytest.mark.native, id="native"), pytest.param("1", id="pure")]
ENDED = "Armed by: a thread that has ended\n"

PRELUDE = """
import os, sys, threading, time
import lastwords
path = sys.argv[1]
gate = threading.Event()
waiting = []
def others(count):
    wanted = len(waiting) + count
    for _ in range(count):
        threading.Thread(target=bystander, daemon=True).start()
    while len(waiting) < wanted:
        time.sleep(0.001)
def bystander():
    waiting.append(None)
    gate.wait()
def until_fired(dog, times=1):
    # Return when the dump is whole: one thread keeps all deadlines, or each has a timer of its own.
    while dog.fired < times:
        time.sleep(0.001)
    dog.cancel()
    last = lastwords.watchdog(0.001, file=os.devnull)
    while not last.fired:
        time.sleep(0.001)
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
def in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()
"""


def shown(
    program: str, tmp_path: Path, pure: str | None = None, *more: str
) -> tuple[str, list[str]]:
    """Return what a child's watchdog wrote before the threads, and the innermost functions."""
    log = tmp_path / "log"
    log.touch()
    done = child.program(PRELUDE + program, log, *more, env={"LASTWORDS_PURE": pure}, status=0)
    assert done.stderr == ""
    begin, *threads = re.split(r"(?m)^Thread 0x.*\(most recent call first\):\n", log.read_text())
    assert "Current" not in begin
    functions = []
    for thread in threads:
        ours = [name for name in re.findall(r" in (.+)\n", thread) if name in NAMES]
        functions.append((ours or ["?"])[0])
        if "...\n" in thread:
            functions.append("...")
    return begin, functions


NAMES = {"until_fired", "bystander", "arm", "own_work", "gone"}

ARMED_BY_A_WORKER = """
ready = threading.Event()
def own_work():
    ready.wait()
    dog = lastwords.watchdog(0.2, file=path, threads=sys.argv[2], max_threads=int(sys.argv[3]))
    until_fired(dog)
others(2)
worker = threading.Thread(target=own_work)
worker.start()
others(2)
ready.set()
worker.join()
"""


@pytest.mark.parametrize("pure", BACKENDS)
@pytest.mark.parametrize(
    ("threads", "most", "expected"),
    [
        ("own", "0", ["until_fired"]),
        ("own", "1", ["until_fired"]),
        ("own first", "0", ["until_fired", *["bystander"] * 4, "?"]),
        ("own first", "1", ["until_fired", "..."]),
        ("own first", "3", ["until_fired", "bystander", "bystander", "..."]),
    ],
)
def test_the_thread_that_armed_it(pure, threads, most, expected, tmp_path: Path) -> None:
    begin, functions = shown(ARMED_BY_A_WORKER, tmp_path, pure, threads, most)
    assert begin == "Timeout (0:00:00.200000)!\n"
    assert functions == expected


@pytest.mark.native
def test_all_is_as_ever(tmp_path: Path) -> None:
    _, functions = shown(ARMED_BY_A_WORKER, tmp_path, None, "all", "0")
    assert functions == ["bystander", "bystander", "until_fired", "bystander", "bystander", "?"]


@pytest.mark.native
def test_own_is_there_beyond_the_most_threads(tmp_path: Path) -> None:
    program = """
others(120)
dog = lastwords.watchdog(0.2, file=path, threads="own first")
until_fired(dog)
os._exit(0)
"""
    _, functions = shown(program, tmp_path)
    assert functions == ["until_fired", *["bystander"] * 99, "..."]


@pytest.mark.parametrize("pure", BACKENDS)
@pytest.mark.parametrize("threads", ["own first", "own"])
def test_a_thread_that_has_ended(pure, threads, tmp_path: Path) -> None:
    program = """
def gone():
    global dog
    dog = lastwords.watchdog(1, file=path, threads=sys.argv[2], name="work")
others(1)
in_thread(gone)
until_fired(dog)
"""
    begin, functions = shown(program, tmp_path, pure, threads)
    assert begin == "Timeout (0:00:01)!\nWatchdog: work\n" + ENDED
    assert sorted(functions) == ([] if threads == "own" else ["bystander", "until_fired"])


@pytest.mark.parametrize("pure", BACKENDS)
@pytest.mark.parametrize("way", ["enter", "extend"])
def test_the_last_that_armed_counts(pure, way, tmp_path: Path) -> None:
    program = """
dog = lastwords.watchdog(60, file=path, threads="own")
def own_work():
    if sys.argv[2] == "extend":
        dog.extend(0.2)
        until_fired(dog)
    else:
        with dog:
            until_fired(dog)
dog.extend(1)
dog.cancel()
in_thread(own_work)
"""
    begin, functions = shown(program, tmp_path, pure, way)
    assert ENDED not in begin
    assert functions == ["until_fired"]


@pytest.mark.parametrize("pure", BACKENDS)
def test_a_repeat_shows_the_same_thread(pure, tmp_path: Path) -> None:
    program = """
def own_work():
    until_fired(lastwords.watchdog(0.02, repeat=True, file=path, threads="own"), 3)
in_thread(own_work)
"""
    child.program(PRELUDE + program, tmp_path / "log", env={"LASTWORDS_PURE": pure}, status=0)
    text = (tmp_path / "log").read_text()
    assert text.count("Timeout") >= 3
    assert text.count("in own_work\n") == text.count("Timeout") == text.count("Thread 0x")


@pytest.mark.parametrize("pure", BACKENDS)
@pytest.mark.parametrize("forked_by", ["own", "another"])
def test_after_fork(pure, forked_by, tmp_path: Path) -> None:
    program = """
import warnings
warnings.simplefilter("ignore")
dogs = []
def arm():
    dogs.append(lastwords.watchdog(1, file=path, threads="own", after_fork=True))
    gate.wait()
if sys.argv[2] == "own":
    gate.set()
    arm()
else:
    threading.Thread(target=arm, daemon=True).start()
while not dogs:
    time.sleep(0.01)
pid = os.fork()
if pid == 0:
    until_fired(dogs[0])
    os._exit(0)
dogs[0].cancel()
os.waitpid(pid, 0)
os._exit(0)
"""
    begin, functions = shown(program, tmp_path, pure, forked_by)
    assert (ENDED in begin) == (forked_by == "another")
    assert functions == (["until_fired"] if forked_by == "own" else [])


@pytest.mark.native
def test_a_thread_of_other_code_that_calls_again(tmp_path: Path) -> None:
    """Each call has a thread state of its own."""
    source = tmp_path / "call.c"
    source.write_text(
        "#include <pthread.h>\n#include <stddef.h>\nstatic void (*f)(void);\n"
        "static void *run(void *x) { f(); f(); return x; }\n"
        "void call_twice(void (*g)(void)) { pthread_t t; f = g;"
        " pthread_create(&t, NULL, run, NULL); pthread_join(t, NULL); }\n"
    )
    library = compiler.library(source, tmp_path)
    program = """
import ctypes
dogs = []
@ctypes.CFUNCTYPE(None)
def call():
    if not dogs:
        dogs.append(lastwords.watchdog(1, file=path, threads="own"))
    else:
        own_work()
def own_work():
    until_fired(dogs[0])
ctypes.CDLL(sys.argv[2]).call_twice(call)
"""
    begin, functions = shown(program, tmp_path, None, str(library))
    assert ENDED not in begin
    assert functions == ["until_fired"]


LOW = next(
    (name for name in ("_interpreters", "_xxsubinterpreters") if importlib.util.find_spec(name)),
    None,
)


@pytest.mark.native
@pytest.mark.skipif(LOW is None, reason="there is no way to make interpreters here")
@pytest.mark.parametrize("threads", ["own", "own first"])
def test_in_a_sub_interpreter(threads, tmp_path: Path) -> None:
    program = f"""
import {LOW} as low
SOURCE = '''
import os, sys, time, lastwords
path, threads = ARGUMENTS
def until_fired(dog):
    while not (dog.fired and os.path.getsize(path)):
        time.sleep(0.01)
until_fired(lastwords.watchdog(0.2, file=path, threads=threads))
'''.replace("ARGUMENTS", repr(sys.argv[1:3]))
def run():
    number = low.create()
    print(low.run_string(number, SOURCE))
    low.destroy(number)
others(1)
in_thread(run)
"""
    begin, functions = shown(program, tmp_path, None, threads)
    assert ENDED not in begin
    assert functions[0] == "until_fired"
    assert (functions[1:] == []) == (threads == "own")


@pytest.mark.parametrize("kind", [pytest.param("native", marks=pytest.mark.native), "timer"])
@pytest.mark.parametrize("threads", ["first", "", 3, None, b"own", ["own"]])
def test_a_wrong_value_names_the_right_ones(kind: str, threads: object) -> None:
    cls = TimerWatchdog if kind == "timer" else lastwords.watchdog
    with pytest.raises(ValueError, match="threads must be 'own first', 'own' or 'all', not"):
        cls(60, threads=threads)  # type: ignore[arg-type]
