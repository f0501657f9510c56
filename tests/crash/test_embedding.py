"""A program that starts and ends the interpreter repeatedly has a fault handler each time."""

from __future__ import annotations

import shutil
import signal
import sys
import sysconfig
from pathlib import Path

import pytest

import lastwords
from support import child
from support.fault_report import last_report
from support.victim import SOURCES

pytestmark = pytest.mark.native

USE = f"""
import sys
sys.path.insert(0, {str(Path(lastwords.__file__).parent.parent)!r})
import os, threading, time
import lastwords, lastwords.faulthandler as fault
fault.enable(c_stack=False)
fault.register(10, file=open(os.devnull, "w"))
dog = lastwords.watchdog(0.001, file=os.devnull, repeat=True)
fault.dump_traceback_later(1000)
thread = threading.Thread(target=int)
thread.start()
thread.join()
while not dog.fired:
    time.sleep(0.001)
os.kill(os.getpid(), 10)
assert fault.is_enabled()
"""
CRASH = USE + "\ndef crash_here():\n    fault._sigsegv()\ncrash_here()\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None or not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        pytest.skip("no compiler, or no shared libpython: nothing to embed")
    target = tmp_path_factory.mktemp("embed") / "embed"
    library = sysconfig.get_config_var("LIBDIR")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    built = child.command(
        *(compiler, SOURCES / "embed.c", "-o", target, f"-I{sysconfig.get_path('include')}"),
        *(f"-L{library}", f"-lpython{version}", f"-Wl,-rpath,{library}"),
    )
    if built.returncode:
        pytest.skip(f"no libpython to link with: {built.stderr[:200]}")
    return target


def test_many_interpreters_one_after_the_other(program: Path) -> None:
    home = {"PYTHONHOME": sys.base_prefix}
    done = child.command(program, USE, USE, USE, CRASH, env=home, status=-signal.SIGSEGV)
    assert last_report(done.stderr).current.functions == ["crash_here", "<module>"]


OVERFLOW = (
    USE
    + """
def overflow_here():
    fault._stack_overflow()
thread = threading.Thread(target=overflow_here)
thread.start()
thread.join()
"""
)


def test_threads_of_a_later_interpreter_have_alternate_stacks(program: Path) -> None:
    """The interpreter may have put its own allocators back in between."""
    home = {"PYTHONHOME": sys.base_prefix}
    done = child.command(program, USE, USE, OVERFLOW, env=home, status=-signal.SIGSEGV)
    assert "overflow_here" in last_report(done.stderr).current.functions
