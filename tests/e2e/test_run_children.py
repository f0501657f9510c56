"""What a program under `lastwords run` starts."""

from __future__ import annotations

import signal

import pytest

from support import child

WORKER = """\
import multiprocessing, os, signal, sys
{imports}
def work(*_):
    os.kill(os.getpid(), signal.SIGSEGV)
if __name__ == "__main__":
    {start}
"""

BY_PROCESS = """\
context = multiprocessing.get_context({method!r})
    process = context.Process(target=work)
    process.start()
    process.join()
    sys.exit(3 if process.exitcode == -signal.SIGSEGV else 4)
"""

BY_EXECUTOR = """\
context = multiprocessing.get_context({method!r})
    try:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            pool.submit(work).result()
    except BrokenProcessPool:
        sys.exit(3)
"""
IMPORTS = "from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("way", ["process", "executor"])
def test_a_worker_that_crashes_is_reported(method, way, tmp_path):
    """As with `python -X faulthandler`."""
    start = (BY_PROCESS if way == "process" else BY_EXECUTOR).format(method=method)
    text = WORKER.format(imports=IMPORTS if way == "executor" else "", start=start)
    (tmp_path / "program.py").write_text(text)
    for words in (["-X", "faulthandler"], ["-m", "lastwords", "run"]):
        done = child.python(*words, "program.py", cwd=tmp_path, status=3)
        assert "Fatal Python error: Segmentation fault\n" in done.stderr
        assert "program.py" in done.stderr
        assert " in work\n" in done.stderr


def test_workers_are_started_as_ever_without_the_handler(tmp_path):
    start = BY_PROCESS.format(method="spawn")
    (tmp_path / "program.py").write_text(WORKER.format(imports="", start=start))
    words = ["-m", "lastwords", "run", "--no-faulthandler"]
    done = child.python(*words, "program.py", cwd=tmp_path, status=3)
    assert "Fatal" not in done.stderr


def test_a_setting_of_the_users_is_kept():
    program = "import sys; print(sys._xoptions)"
    done = child.python("-X", "faulthandler", "-m", "lastwords", "run", "-c", program)
    assert done.stdout == "{'faulthandler': True}\n"
    done = child.python("-m", "lastwords", "run", "--no-faulthandler", "-c", program)
    assert done.stdout == "{}\n"


@pytest.mark.native
def test_a_crash_of_the_program_itself(tmp_path):
    """Its stack is the program's alone."""
    (tmp_path / "program.py").write_text(
        "import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGSEGV)\nf()\n"
    )
    done = child.python("-m", "lastwords", "run", "program.py", cwd=tmp_path)
    assert done.returncode == -signal.SIGSEGV
    lines = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    place = tmp_path / "program.py"
    assert lines == [
        f'  File "{place}", line {n} in {name}' for n, name in ((2, "f"), (3, "<module>"))
    ]
