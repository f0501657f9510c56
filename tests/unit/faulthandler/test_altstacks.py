"""The alternate stacks that threads get while a handler is in place."""

from __future__ import annotations

import signal
import threading

import pytest

import lastwords.faulthandler as fault
from support import child

USER_SIGNAL = signal.SIGUSR1


@pytest.mark.native
def test_threads_get_an_alternate_stack() -> None:
    from lastwords import _native

    fault.enable(9999)
    used: list[int] = []

    def touch() -> None:
        fault.register(USER_SIGNAL, 9999)
        signal.pthread_kill(threading.get_ident(), USER_SIGNAL)
        used.append(_native.fault.altstack_high_water())

    thread = threading.Thread(target=touch)
    thread.start()
    thread.join()
    # The margin says how much may still be added to what handlers need.
    assert 0 < used[0] < 32 * 1024


@pytest.mark.native
@pytest.mark.parametrize(
    "settings", [{}, {"PYTHONTRACEMALLOC": "1"}, {"PYTHONMALLOC": "debug"}], ids=str
)
def test_threads_that_run_already_get_an_alternate_stack(settings: dict[str, str]) -> None:
    done = child.program(EARLY_THREADS, env=settings, status=0)
    assert done.stdout.split() == ["2", "2", "1", "0", "0", "0"]


EARLY_THREADS = """
import sys, threading, time
import lastwords.faulthandler as fault
from lastwords import _native

starts, ends = [threading.Lock() for _ in range(2)], [threading.Event() for _ in range(2)]
last = threading.Event()

def work(start, end):
    start.acquire()
    kept = [object() for _ in range(100)]  # some are made anew
    end.set()
    last.wait()

threads = [threading.Thread(target=work, args=pair) for pair in zip(starts, ends)]
for thread, start in zip(threads, starts):
    start.acquire()
    thread.start()

def is_waiting(thread):
    frame = sys._current_frames()[thread.ident]
    return (frame.f_code, frame.f_lineno) == (work.__code__, work.__code__.co_firstlineno + 1)

while not all(map(is_waiting, threads)):
    time.sleep(0.001)
waiting = []
ours = _native.fault
fault.enable(2)
before = ours.altstack_count()
waiting.append(ours.altstack_waiting())
waiting.append(ours.altstack_waiting())
for start, end in zip(starts, ends):
    start.release()
    end.wait()
    waiting.append(ours.altstack_waiting())
assert ours.altstack_count() == before + 2
last.set()
for thread in threads:
    thread.join()
waiting.append(ours.altstack_waiting())
fault.enable(2)
waiting.append(ours.altstack_waiting())  # no thread but this one
fault.disable()
print(*waiting)
"""


@pytest.mark.native
def test_alternate_stacks_are_given_back() -> None:
    from lastwords import _native

    fault.enable(9999)
    for _ in range(200):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    assert _native.fault.altstack_count() <= 40


@pytest.mark.native
def test_starters_of_threads_are_left_alone() -> None:
    import _thread

    before = (
        _thread.start_new_thread,
        threading._start_joinable_thread
        if hasattr(threading, "_start_joinable_thread")
        else threading._start_new_thread,
    )
    fault.enable(9999)
    assert _thread.start_new_thread is before[0]
    fault.disable()
