"""`lastwords run` under another tool that was started first."""

from __future__ import annotations

import pytest

from support import child
from support.as_python import compare_apart

# What a sitecustomize does before any program; then the program.
BEFORE = {
    "a hook": (
        (
            "import sys\n"
            "sys.excepthook = lambda *a: print('theirs', a[0].__name__, a[2].tb_lineno)\n"
        ),
        "1/0\n",
    ),
    "a hook that passes on": (
        ("import sys\nsys.excepthook = lambda *a: (print('theirs'), sys.__excepthook__(*a))\n"),
        "1/0\n",
    ),
    "a hook that fails": (
        "import sys\nsys.excepthook = lambda *a: 1/0\n",
        "nosuch\n",
    ),
    "an audit hook that forbids": (
        (
            "import sys\n"
            "def hook(name, details):\n"
            "    if name == 'sys.excepthook': raise RuntimeError\n"
            "sys.addaudithook(hook)\n"
        ),
        "import sys\nprint('ran')\nsys.exit(3)\n",
    ),
    "an audit hook that fails": (
        (
            "import sys\n"
            "def hook(name, details):\n"
            "    if name == 'sys.excepthook': raise ValueError\n"
            "sys.addaudithook(hook)\n"
        ),
        "print('ran')\n",
    ),
    "a profiler": (
        (
            "import atexit, sys\n"
            "seen = set()\n"
            "def note(frame, event, argument): seen.add(frame.f_code.co_name)\n"
            "def stop():\n"
            "    sys.setprofile(None)\n"
            "    print('work' in seen, 'at_exit' in seen, 'stop' in seen)\n"
            "atexit.register(stop)\n"
            "sys.setprofile(note)\n"
        ),
        (
            "import atexit\n"
            "def work(): pass\n"
            "def at_exit(): pass\n"
            "atexit.register(at_exit)\n"
            "work()\n"
        ),
    ),
    "a tracer": (
        (
            "import atexit, sys\n"
            "seen = []\n"
            "def note(frame, event, argument):\n"
            "    if frame.f_globals.get('is_traced'):\n"
            "        seen.append((event, frame.f_lineno))\n"
            "    return note\n"
            "atexit.register(lambda: (sys.settrace(None), print(seen)))\n"
            "sys.settrace(note)\n"
        ),
        "is_traced = True\ndef work():\n    return 1\nwork()\n",
    ),
    "threads": (
        (
            "import threading, time\n"
            "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
        ),
        "import threading\nprint(threading.active_count())\n1/0\n",
    ),
    "a main of its own": (
        "import sys\nsys.modules['__main__'].__dict__['added'] = 1\n",
        "print(__name__, __file__)\n1/0\n",
    ),
    "the streams": (
        (
            "import io, sys\n"
            "class Stream(io.StringIO):\n"
            "    def write(self, text): return sys.__stdout__.write(text)\n"
            "sys.stderr = Stream()\n"
        ),
        "nosuch\n",
    ),
}


@pytest.mark.parametrize("name", BEFORE)
def test_as_under_python(name, tmp_path):
    before, text = BEFORE[name]
    files = {"place/sitecustomize.py": before, "program.py": text}
    compare_apart(tmp_path, ["program.py"], files=files, env={"PYTHONPATH": "place"})


WAYS = {
    "code": "from lastwords.cli import start\nstart()\n",
    "code that goes on": "from lastwords.cli import main\nprint('status', main())\n",
    "arguments": (
        "from lastwords.cli import main\n"
        "print('status', main(['run', '--no-faulthandler', 'program.py']))\n"
    ),
    "a function": "from lastwords.cli import start\ndef f(): start()\nf()\n",
    "a thread": (
        "import threading\nfrom lastwords.cli import start\n"
        "t = threading.Thread(target=start)\nt.start()\nt.join()\n"
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("end", ["", "1/0\n"])
def test_started_by_a_program(way, end, tmp_path):
    """The program runs once, whatever started the command."""
    (tmp_path / "program.py").write_text("print('ran')\n" + end)
    words = ["run", "--no-faulthandler", "program.py"]
    done = child.python("-c", WAYS[way], *words, cwd=tmp_path)
    assert done.stdout.count("ran\n") == 1
    assert done.stderr.count("ZeroDivisionError: division by zero\n") == (1 if end else 0)
    if way in ("code that goes on", "arguments"):
        assert done.stdout.endswith(f"status {1 if end else 0}\n")
        assert done.returncode == 0
