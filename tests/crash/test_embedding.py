"""A program that starts and ends the interpreter again and again has a fault handler each time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from fault_report import last_report

import lastwords

pytestmark = pytest.mark.native

SOURCE = Path(__file__).resolve().parent.parent / "native" / "crashext" / "embed.c"
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
    built = subprocess.run(
        [compiler, str(SOURCE), "-o", str(target), f"-I{sysconfig.get_path('include')}"]
        + [f"-L{library}", f"-lpython{version}", f"-Wl,-rpath,{library}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"no libpython to link with: {built.stderr[:200]}")
    return target


def test_many_interpreters_one_after_the_other(program: Path) -> None:
    home = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [program, USE, USE, USE, CRASH],
        env=home | {"PYTHONHOME": sys.base_prefix},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGSEGV, done.stderr
    assert last_report(done.stderr).current.functions == ["crash_here", "<module>"]
