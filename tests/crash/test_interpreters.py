"""Sub-interpreters side by side, from 3.12 on each with a lock of its own."""

from __future__ import annotations

import importlib.util
import signal
import sys
from pathlib import Path

import pytest

from support import child
from support.fault_report import last_report, parse
from support.victim.cells import IMPORTS

pytestmark = pytest.mark.native

WAYS = [
    name
    for name in ("_xxsubinterpreters", "_interpreters", "concurrent.interpreters")
    if not name.startswith("concurrent") or sys.version_info >= (3, 14)
    if importlib.util.find_spec(name)
]

# run(name, source) runs the source in an interpreter made for it, on a thread of its own.
PRELUDE = """
import importlib, os, sys, threading, time
import lastwords.faulthandler as fault
low = importlib.import_module(sys.argv[1])
failures = []

def run_in(source):
    if hasattr(low, "Interpreter"):
        interpreter = low.create()
        interpreter.exec(source)
        interpreter.close()
    else:
        number = low.create()
        failures.extend(filter(None, [low.run_string(number, source)]))
        low.destroy(number)

def run_all(*sources):
    threads = [threading.Thread(target=run_in, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    return threads

def end(threads):
    for thread in threads:
        thread.join()
    assert not failures, failures
"""

FORMAT = """
import sys, threading, time
import lastwords
from lastwords import traceback

def fail(depth):
    if depth:
        return fail(depth - 1)
    raise ValueError("in {name} \\N{{LATIN SMALL LETTER E WITH ACUTE}}")

def text_of(number):
    try:
        fail(number % 30)
    except ValueError as error:
        if number % 2:
            return traceback.format_exc()
        return "".join(traceback.TracebackException.from_exception(error).format())

expected = [text_of(number) for number in range(60)]
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    for number in range(60):
        assert text_of(number) == expected[number]
    made = {{}}
    exec(compile("def made():\\n raise KeyError('{name}')", "<made in {name}>", "exec"), made)
    try:
        made["made"]()
    except KeyError:
        assert traceback.format_exc().splitlines()[-2:] == [
            '  File "<made in {name}>", line 2, in made', "KeyError: '{name}'"]
"""
NAMES = ("north", "east", "south", "west")
side_by_side = pytest.mark.skipif(
    sys.version_info < (3, 12),
    reason="before 3.12 interpreters share one lock, and a busy one lets no other run",
)


def formatting(seconds: float) -> str:
    return repr([FORMAT.format(name=name, seconds=seconds) for name in NAMES])


@pytest.mark.parametrize("way", WAYS)
def test_four_format_exceptions_at_once(victim_environment: dict[str, str], way: str) -> None:
    code = f"end(run_all(*{formatting(1)}))"
    done = child.python("-c", PRELUDE + code, way, env=victim_environment)
    assert (done.returncode, done.stderr) == (0, "")


DUMP = """
import time
import lastwords.faulthandler as fault
def dumps_here():
    with open({path!r}, "a") as log:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            fault.dump_traceback(log)
dumps_here()
"""


@side_by_side
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("enabled", [True, False])
def test_dumps_from_two_of_them(
    victim_environment: dict[str, str],
    tmp_path: Path,
    way: str,
    enabled: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    """Two interpreters dump, and the main one, while others work."""
    logs = [tmp_path / name for name in ("first", "second", "main")]
    code = f"""
if {enabled}:
    fault.enable()
threads = run_all(*{formatting(1)}[:2], *{[DUMP.format(path=str(path)) for path in logs[:2]]!r})
with open({str(logs[2])!r}, "a") as log:
    while any(thread.is_alive() for thread in threads):
        fault.dump_traceback(log)
end(threads)
"""
    done = child.python("-c", PRELUDE + code, way, env=victim_environment)
    assert (done.returncode, done.stderr) == (0, "")
    for path in logs:
        shown = parse(path.read_text())
        assert any(thread.is_current for thread in shown.threads)
        own = "dumps_here" if path != logs[2] else "<module>"
        for thread in shown.threads:
            if thread.is_current:
                assert thread.functions[0] == own


CRASH = """
import lastwords.faulthandler as fault
assert fault.is_enabled()
def crashes_here():
    fault._sigsegv()
crashes_here()
"""


@side_by_side
@pytest.mark.parametrize("way", WAYS)
def test_crash_in_one_of_them(victim_environment: dict[str, str], way: str) -> None:
    code = f"""
fault.enable()
threads = run_all(*{formatting(20)}[:3])
time.sleep(0.5)
end([*run_all({CRASH!r}), *threads])
"""
    done = child.python("-c", PRELUDE + code, way, env=victim_environment)
    report = last_report(done.stderr)
    assert done.returncode == -signal.SIGSEGV
    assert report.current.functions[:2] == ["crashes_here", "<module>"]
    assert report.sections[:2] == ["current", "native"]
    assert "lastwords._native" in report.extensions
    # The main thread, and the threads that carry the other interpreters.
    assert sum("run_in" in thread.functions for thread in report.threads) >= 1


FORK = """
import ctypes
fork = ctypes.PyDLL(None).fork
for _ in range(200):
    child = fork()
    if child == 0:
        fault.dump_traceback(log)
        fault.enable(log)
        fault.dump_traceback_later(3600, file=log)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


@side_by_side
@pytest.mark.parametrize("way", WAYS)
def test_fork_while_others_dump(
    victim_environment: dict[str, str], tmp_path: Path, way: str
) -> None:
    """A forked child can dump, even if another interpreter was dumping during the fork.

    The fork is C's: os.fork() tears the other interpreters down in the child, and may wait for
    their locks for ever (seen on 3.12) before any of our code runs there.
    """
    paths = [str(tmp_path / name) for name in ("first", "second")]
    code = f"""
log = open({paths[0]!r}, "a")
threads = run_all(*{[DUMP.format(path=paths[1])] * 2!r})
{FORK}
end(threads)
"""
    done = child.python("-c", PRELUDE + code, way, env=victim_environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_sub_interpreter_reports(victim_environment: dict[str, str]) -> None:
    code = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
fault.enable(c_stack=False)
interpreters.run_string(interpreters.create(), '''
import lastwords.faulthandler as fault
assert fault.is_enabled()
fault._sigsegv()
''')
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    report = last_report(done.stderr)
    assert done.returncode == -signal.SIGSEGV
    assert report.current.functions[0] == "<module>"
