"""Profilers, tracers and monitoring tools under `lastwords run` see what they see under `python`."""

from __future__ import annotations

import sys

import pytest

from support import child
from support.as_python import OURS, RUN, compare_apart

# Each leaves something on until the end of the program.
LEFT_ON = {
    "a trace function": "import sys\nsys.settrace(lambda *a: None)\n",
    "a local trace function": (
        "import sys\ndef trace(*a): return trace\nsys.settrace(trace)\n"
        "sys._getframe().f_trace = trace\n"
    ),
    "a profile function": "import sys\nsys.setprofile(lambda *a: None)\n",
    "all threads": (
        "import threading\n"
        "getattr(threading, 'settrace_all_threads', threading.settrace)(lambda *a: None)\n"
        "getattr(threading, 'setprofile_all_threads', threading.setprofile)(lambda *a: None)\n"
    ),
    "cProfile": "import cProfile\np = cProfile.Profile()\np.enable()\n",
    "a trace function that raises": (
        "import sys\ndef trace(*a): raise ValueError('t')\nsys.settrace(trace)\n"
    ),
    "a breakpoint": (
        "import io, pdb\n"
        "p = pdb.Pdb(stdin=io.StringIO('b 5\\nc\\nc\\nc\\n'), stdout=io.StringIO())\n"
        "p.set_trace()\nx = 1\nx = 2\n"
    ),
    "monitoring": (
        "import sys\nm = getattr(sys, 'monitoring', None)\nif m:\n    m.use_tool_id(3, 'x')\n"
        "    for event in (m.events.RAISE, m.events.PY_START, m.events.PY_RETURN, m.events.LINE):\n"
        "        m.register_callback(3, event, lambda *a: None)\n"
        "    m.set_events(3, m.events.RAISE | m.events.PY_START | m.events.PY_RETURN\n"
        "                 | m.events.LINE | m.events.INSTRUCTION | m.events.CALL)\n"
    ),
    "a thread's": (
        "import sys, threading, time\n"
        "def f():\n    sys.setprofile(lambda *a: None)\n"
        "    threading.main_thread().join()\n    1/0\n"  # the main thread has said all
        "threading.Thread(target=f).start()\n"
    ),
}
ENDS = {
    "ends": "",
    "raises": "def f(): 1/0\nf()\n",
    "exits": "raise SystemExit(3)\n",
    "is interrupted": "raise KeyboardInterrupt\n",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", LEFT_ON)
def test_it_may_be_left_on(name, end, tmp_path):
    compare_apart(tmp_path, ["program.py"], files={"program.py": LEFT_ON[name] + ENDS[end]})


SEEN = """\
import atexit, gc, sys, threading
seen = set()
def note(frame, event, argument):
    if "lastwords" in frame.f_code.co_filename:
        seen.add(frame.f_code.co_name)
    return note
class Finalized:
    def __del__(self): 1/0
def stop():
    {stop}
    print("seen:", sorted(seen))
atexit.register(stop)
threading.{function}(note)
sys.{function}(note)
"""
SEEN_BY_MONITORING = """\
import atexit, gc, sys, threading
seen = set()
def note(code, *details):
    if "lastwords" in code.co_filename:
        seen.add(code.co_name)
class Finalized:
    def __del__(self): 1/0
def stop():
    m.set_events(3, 0)
    print("seen:", sorted(seen))
atexit.register(stop)
m = sys.monitoring
m.use_tool_id(3, "x")
for event in (m.events.PY_START, m.events.LINE, m.events.PY_RETURN, m.events.PY_UNWIND):
    m.register_callback(3, event, note)
m.set_events(3, m.events.PY_START | m.events.LINE | m.events.PY_RETURN | m.events.PY_UNWIND)
"""
DOES = {
    "ends": "",
    "raises": "1/0\n",
    "exits": "raise SystemExit(3)\n",
    "a thread raises": "t = threading.Thread(target=lambda: 1/0)\nt.start()\nt.join()\n",
    "a finalizer raises": "Finalized()\n",
    "imports": "import colorsys, logging, traceback\n",
}


@pytest.mark.native
@pytest.mark.parametrize("does", DOES)
@pytest.mark.parametrize("by", ["setprofile", "settrace", "monitoring"])
def test_it_sees_nothing_of_ours(by, does, tmp_path):
    if by == "monitoring":
        if sys.version_info < (3, 12):
            pytest.skip("sys.monitoring is new in 3.12")
        text = SEEN_BY_MONITORING
    else:
        text = SEEN.format(function=by, stop=f"sys.{by}(None)")
    (tmp_path / "program.py").write_text(text + DOES[does])
    done = child.command(*RUN, "program.py", cwd=tmp_path)
    assert done.stdout == "seen: []\n", done.stderr
    assert OURS not in done.stderr


@pytest.mark.native
def test_it_sees_a_hook_of_the_programs(tmp_path):
    text = (
        "import atexit, sys\nseen = []\ndef hook(*details): pass\n"
        "def note(frame, event, argument): seen.append((event, frame.f_code.co_name))\n"
        "def stop():\n    sys.setprofile(None)\n    print(seen)\n"
        "atexit.register(stop)\nsys.excepthook = hook\nsys.setprofile(note)\n1/0\n"
    )
    got = compare_apart(tmp_path, ["program.py"], files={"program.py": text})
    assert "('call', 'hook'), ('return', 'hook')" in got[1]


@pytest.mark.native
def test_a_profilers_table_has_no_line_of_ours(tmp_path):
    (tmp_path / "program.py").write_text("import colorsys, json\njson.loads('{}')\n")
    for words in (["-m", "cProfile", "program.py"], ["-m", "trace", "-t", "program.py"]):
        done = child.command(*RUN, *words, cwd=tmp_path, status=0)
        assert "program.py" in done.stdout
        assert OURS not in done.stdout


def test_a_program_that_runs_the_command(tmp_path):
    """`python -m cProfile -m lastwords run`: the other program is not left."""
    (tmp_path / "program.py").write_text("def work(): 1/0\nwork()\n")
    words = ["-m", "lastwords", "run", "--no-faulthandler", "program.py"]
    done = child.python("-m", "cProfile", *words, cwd=tmp_path)  # which drops the status
    assert "program.py:1(work)" in done.stdout
    assert done.stderr.count("ZeroDivisionError") == 1
    assert OURS not in done.stderr
