"""What is armed, enabled and registered ends with the interpreter that asked for it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

import lastwords
from support import child, interpreters
from support.fault_report import last_report

pytestmark = pytest.mark.native

USE = f"""
import sys
sys.path.insert(0, {str(Path(lastwords.__file__).parent.parent)!r})
import builtins, os, signal, threading, time
import lastwords
from lastwords import faulthandler as fault
"""
NOTHING_LEFT = (
    "SIGSEGV default, SIGABRT default, SIGUSR1 default, alternate stack none, threads 1\n"
)
USES = {
    "later": "fault.dump_traceback_later(3600, exit=True)",
    "later, repeated": """
fault.dump_traceback_later(0.001, repeat=True, file=open(os.devnull, "w"))
last = lastwords.watchdog(0.01, file=os.devnull)
while not last.fired:
    time.sleep(0.001)
""",
    "watchdog": "builtins.keep = lastwords.watchdog(3600, exit=True)",
    "register": "fault.register(signal.SIGUSR1)",
    "enable": "fault.enable()",
    "often": """
fault.register(signal.SIGUSR1, file=open(os.devnull, "w"))
for _ in range(100):
    os.kill(os.getpid(), signal.SIGUSR1)
""",
    "all": """
fault.enable()
fault.register(signal.SIGUSR1)
fault.dump_traceback_later(3600, exit=True)
builtins.keep = lastwords.watchdog(3600, repeat=True, exit=True)
thread = threading.Thread(target=int)
thread.start()
thread.join()
""",
}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("how", list(USES))
def test_nothing_is_left_in_the_host(host: Path, how: str, times: int) -> None:
    """What is armed ends with the interpreter: its thread is none of the host's."""
    home = {"PYTHONHOME": sys.base_prefix, "HOST_FAILS": "1"}
    done = child.command(host, *[USE + USES[how]] * times, env=home)
    assert (done.returncode, done.stdout) == (-signal.SIGSEGV, NOTHING_LEFT)
    assert done.stderr == ""


def test_what_the_host_had_is_put_back(host: Path) -> None:
    """A handler of the host's, or one that Python code sets and leaves, is no business of ours."""
    code = """
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
fault.register(signal.SIGUSR1, chain=True)
fault.enable()
"""
    home = {"PYTHONHOME": sys.base_prefix, "HOST_IS_SENT": "1"}
    done = child.command(host, USE + code, env=home, status=0)
    assert done.stdout == NOTHING_LEFT.replace("SIGUSR1 default", "SIGUSR1 ignored")


def test_it_works_again_in_the_next(host: Path) -> None:
    code = USE + "fault.enable(c_stack=False)\ndef fails_here():\n    fault._sigsegv()\n"
    home = {"PYTHONHOME": sys.base_prefix}
    done = child.command(host, code, code, code + "fails_here()\n", env=home)
    assert done.returncode == -signal.SIGSEGV
    assert last_report(done.stderr).current.functions == ["fails_here", "<module>"]


INTERPRETERS = (
    interpreters.PRELUDE
    + """
import os, signal, time
from lastwords import faulthandler as fault

def run(text):
    number = create()
    run_in(number, f"import signal\\nfrom lastwords import faulthandler as fault\\n{text}")
    destroy(number)
"""
)


@pytest.mark.parametrize(
    ("main", "other", "expected"),
    [
        ("", "fault.enable()", "False False"),
        ("", "fault.register(signal.SIGUSR1)", "False False"),
        ("fault.enable()", "fault.enable()", "True False"),
        ("fault.enable()", "fault.disable()", "False False"),
        ("fault.register(signal.SIGUSR1)", "fault.register(signal.SIGUSR1)", "False True"),
        ("", "fault.register(signal.SIGUSR1); fault.enable()", "False False"),
        ("fault.enable(); fault.register(signal.SIGUSR1)", "", "True True"),
    ],
)
def test_a_sub_interpreter_takes_what_it_asked_for_with_it(
    main: str, other: str, expected: str
) -> None:
    code = f"""
{main}
run({other!r})
print(fault.is_enabled(), fault.unregister(signal.SIGUSR1))
"""
    done = child.python("-W", "ignore", "-c", INTERPRETERS + code, status=0)
    assert done.stdout == expected + "\n"


def test_a_sub_interpreter_takes_its_watchdogs_with_it() -> None:
    code = """
run("fault.dump_traceback_later(3600, exit=True)")
end = time.monotonic() + 20
while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < end: time.sleep(0.01)
print(len(os.listdir("/proc/self/task")))
"""
    done = child.python("-W", "ignore", "-c", INTERPRETERS + code, status=0)
    assert done.stdout == "1\n"  # the thread that keeps the time has gone with it
