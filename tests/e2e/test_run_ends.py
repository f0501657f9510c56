"""Every way in which a program can end under `lastwords run`: it ends as under `python`."""

from __future__ import annotations

import pytest

from support import child
from support.as_python import NATIVE, OURS, RUN, compare_apart

IN_ORDER = """\
import atexit, threading, time
for n in range(3):
    atexit.register(print, n)
class Finalized:
    def __del__(self): print("finalized")
kept = Finalized()
def generate():
    try: yield
    finally: print("closed")
generator = generate()
next(generator)
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
print("end")
"""

HOOK = "import sys\ndef hook(*details):\n    {}\nsys.excepthook = hook\n"
LAST = "[(n, str(getattr(sys, n))) for n in dir(sys) if n[:5] == 'last_' and n[5:] != 'traceback']"

ENDS = {
    "in order": IN_ORDER,
    "in order, raises": IN_ORDER + "1/0\n",
    "in order, exits": IN_ORDER + "raise SystemExit(3)\n",
    "in order, is interrupted": IN_ORDER + "raise KeyboardInterrupt\n",
    "raises at exit": "import atexit\natexit.register(lambda: 1/0)\n",
    "interrupted at exit": (
        "import atexit\ndef f(): raise KeyboardInterrupt\natexit.register(f)\n"
    ),
    "exits at exit": "import atexit, sys\natexit.register(lambda: sys.exit(5))\n",
    "ends at exit": "import atexit, os\natexit.register(os._exit, 6)\n1/0\n",
    "a daemon thread stays": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    ),
    "a thread fails later": (
        "import threading, time\n"
        "def f(): time.sleep(0.1); 1/0\nthreading.Thread(target=f).start()\n"
    ),
    "a thread ends the process": (
        "import os, threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.1), os._exit(5))).start()\n"
    ),
    "interrupted while threads are joined": (
        "import _thread, threading, time\n"
        "def f(): time.sleep(0.3); _thread.interrupt_main(); time.sleep(0.3)\n"
        "threading.Thread(target=f).start()\n"
    ),
    "a kind of interrupt": "class K(KeyboardInterrupt): pass\nraise K('x')\n",
    "a kind of exit": "class S(SystemExit): pass\nraise S(7)\n",
    "an index": "class I:\n    def __index__(self): return 9\nraise SystemExit(I())\n",
    "an exit without text": "class I:\n    def __str__(self): 1/0\nraise SystemExit(I())\n",
    "an exit whose text exits": (
        "class I:\n    def __str__(self): raise SystemExit(3)\nraise SystemExit(I())\n"
    ),
    "bytes": "raise SystemExit(b'x')\n",
    "a float": "raise SystemExit(2.5)\n",
    "a list": "raise SystemExit(['x', 1])\n",
    "an exception": "raise SystemExit(ValueError('v'))\n",
    "256": "raise SystemExit(256)\n",
    "a surrogate": "raise SystemExit('\\udcff')\n",
    "a text and no stderr": "import sys\nsys.stderr = None\nraise SystemExit('x')\n",
    "no code": "e = SystemExit(4)\ndel e.code\nraise e\n",
    "an exit in a group": "raise BaseExceptionGroup('g', [SystemExit(3)])\n",
    "an interrupt in a group": "raise BaseExceptionGroup('g', [KeyboardInterrupt()])\n",
    "quit": "quit()\n",
    "the hook is interrupted": HOOK.format("raise KeyboardInterrupt") + "nosuch\n",
    "the hook of an interrupt": HOOK.format("print(details[0])") + "raise KeyboardInterrupt\n",
    "the hook of an interrupt fails": HOOK.format("1/0") + "raise KeyboardInterrupt\n",
    "the hook of an interrupt exits": HOOK.format("sys.exit(3)") + "raise KeyboardInterrupt\n",
    "the hook exits with a text": HOOK.format("sys.exit('said')") + "nosuch\n",
    "the hook sees": (
        HOOK.format(f"print({LAST}, sys.last_traceback.tb_lineno, sys.exc_info())") + "nosuch\n"
    ),
    "the hook's frame": (
        HOOK.format("print(sys._getframe().f_back, details[2].tb_frame, details[2].tb_next)")
        + "nosuch\n"
    ),
    "what failed last": (
        f"import atexit, sys\nprint({LAST}, sys.exc_info())\n"
        f"atexit.register(lambda: print({LAST}))\nraise SystemExit(2)\n"
    ),
    "the context": (
        "try: 1/0\nexcept ZeroDivisionError as e: print(e.__context__)\nraise ValueError\n"
    ),
    "its frames": (
        "import inspect, sys, traceback\n"
        "print(sys._getframe().f_back, len(inspect.stack()), len(sys._current_frames()))\n"
        "traceback.print_stack()\n"
    ),
    "its depth": (
        "import sys\nd = 0\ndef f(n):\n    global d\n    d = n\n    f(n + 1)\n"
        "for limit in sys.getrecursionlimit(), 100, 60:\n    sys.setrecursionlimit(limit)\n"
        "    try: f(1)\n    except RecursionError: print(d)\n"
        "for n in range(1, 9):\n    try: sys.setrecursionlimit(n)\n"
        "    except RecursionError as e: print(n, e)\n"
    ),
    "its descriptors": (
        "import os\nfor name in sorted(os.listdir('/proc/self/fd'), key=int):\n"
        "    print(name, os.path.exists('/proc/self/fd/' + name))\n"
    ),
    "its threads": (
        "import os, threading\nprint(len(os.listdir('/proc/self/task')), threading.enumerate())\n"
    ),
    "its signals": (
        "import signal\nprint(signal.pthread_sigmask(0, []))\n"
        "print([signal.getsignal(n) for n in signal.valid_signals()])\n"
    ),
    "its main": (
        "import sys\nmain = sys.modules['__main__']\n"
        "print(vars(main) is globals(), __import__('__main__') is main)\n"
    ),
    "a signal ends it": "import os, signal\nos.kill(os.getpid(), signal.SIGHUP)\n",
    "an alarm ends it": "import signal, time\nsignal.alarm(1)\ntime.sleep(9)\n",
    "a handler raises": (
        "import signal, time\ndef f(*a): raise ValueError('alarm')\n"
        "signal.signal(signal.SIGALRM, f)\nsignal.setitimer(signal.ITIMER_REAL, 0.1)\n"
        "time.sleep(9)\n"
    ),
    "an interrupt that is ignored": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nraise KeyboardInterrupt\n"
    ),
    "an interrupt that is handled": (
        "import signal\nsignal.signal(signal.SIGINT, print)\nraise KeyboardInterrupt\n"
    ),
    "an interrupt in a loop of events": (
        "import asyncio, os, signal\nasync def f():\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "    await asyncio.sleep(9)\nasyncio.run(f())\n"
    ),
    "an exit in a loop of events": (
        "import asyncio\nasync def f(): raise SystemExit(4)\nasyncio.run(f())\n"
    ),
    "main is replaced": "import sys, types\nsys.modules['__main__'] = types.ModuleType('x')\n",
    "main is gone": "import sys\ndel sys.modules['__main__']\n1/0\n",
    "its names are gone": "globals().clear()\n1/0\n",
    "the built-in names are gone": "import builtins\nvars(builtins).clear()\nnosuch\n",
    "PYTHONINSPECT": "import os\nos.environ['PYTHONINSPECT'] = '1'\n",
    "PYTHONINSPECT, raises": "import os\nos.environ['PYTHONINSPECT'] = '1'\n1/0\n",
    "PYTHONINSPECT, exits": "import os\nos.environ['PYTHONINSPECT'] = '1'\nraise SystemExit(3)\n",
    "stdout does not flush": (
        "import sys\nclass W:\n    def write(self, text): pass\n    def flush(self): 1/0\n"
        "sys.stdout = W()\n"
    ),
    "stdout exits": (
        "import sys\nclass W:\n    def write(self, text): pass\n    def flush(self): sys.exit(8)\n"
        "sys.stdout = W()\nnosuch\n"
    ),
    "stderr has no descriptor": "import os\nos.close(2)\n1/0\n",
    "runs itself": (
        "import sys, runpy\nif len(sys.argv) < 2:\n    sys.argv.append('x')\n"
        "    runpy.run_path(__file__, run_name='__main__')\nelse: 1/0\n"
    ),
    "imports itself": "import program\nprint(__name__)\n",
    "becomes another": (
        "import os, sys\n"
        "os.execv(sys.executable, [sys.executable, '-c', 'import sys; print(sys.orig_argv)'])\n"
    ),
}
for ending, last in {
    "raises": "1/0",
    "exits": "sys.exit(3)",
    "ends": "pass",
    "is interrupted": "raise KeyboardInterrupt",
}.items():
    ENDS[f"a child {ending}"] = (
        "import atexit, os, sys\natexit.register(print, 'at exit', flush=True)\n"
        f"child = os.fork()\nif not child:\n    {last}\n"
        "else:\n    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)\n"
    )

NEEDS_NATIVE = {"the hook's frame", "its frames", "its depth", "runs itself"}


@pytest.mark.parametrize("name", ENDS)
def test_a_script(name, tmp_path):
    if name in NEEDS_NATIVE and not NATIVE:
        pytest.skip("without the extension our frames lie beneath the program; documented")
    compare_apart(tmp_path, ["program.py"], files={"program.py": ENDS[name]})


def test_built_in_functions_are_replaced(tmp_path):
    """The interpreter then prints by a simpler way, if ours can't."""
    text = (
        "import builtins\n"
        "for name in 'print isinstance len str getattr repr type vars'.split():\n"
        "    setattr(builtins, name, None)\n"
        "raise ValueError('x')\n"
    )
    (tmp_path / "program.py").write_text(text)
    done = child.command(*RUN, "program.py", cwd=tmp_path, status=1)
    assert done.stderr.count("ValueError: x") == 1
    assert f'File "{tmp_path / "program.py"}", line 4, in <module>' in done.stderr
    assert OURS not in done.stderr


@pytest.mark.parametrize("way", ["module", "code", "input", "folder"])
@pytest.mark.parametrize(
    "name",
    [
        "in order, raises",
        "in order, exits",
        "in order, is interrupted",
        "the hook's frame",
        "its depth",
        "its descriptors",
        "what failed last",
        "an interrupt in a loop of events",
        "PYTHONINSPECT",
        "a child is interrupted",
        "a child ends",
    ],
)
def test_other_ways(name, way, tmp_path):
    if name in NEEDS_NATIVE and not NATIVE:
        pytest.skip("without the extension our frames lie beneath the program; documented")
    text = ENDS[name]
    arguments = {
        "module": ["-m", "program"],
        "code": ["-c", text],
        "input": ["-"],
        "folder": ["folder"],
    }[way]
    files = {"program.py": text, "folder/__main__.py": text}
    stdin = text.encode() if way == "input" else b""
    compare_apart(tmp_path, arguments, files=files, stdin=stdin)


FULL = {
    "ends": "print(1)\n",
    "raises": "print(1)\n1/0\n",
    "exits": "print(1)\nraise SystemExit(3)\n",
    "exits with 0": "print(1)\nraise SystemExit(0)\n",
}


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("streams", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1"])
@pytest.mark.parametrize("way", ["program.py", "-m program"])
def test_nothing_can_be_written(name, streams, way, tmp_path):
    compare_apart(tmp_path, f"PYTHON {way} {streams}", files={"program.py": FULL[name]})


TYPED = (
    "print('typed', __name__, '__file__' in globals())\nimport sys\n"
    f"print({LAST}, sys.ps1)\nraise SystemExit(5)\n"
)
BEFORE_A_PROMPT = {
    "ends": "x = 1\n",
    "raises": "def f(): 1/0\nf()\n",
    "exits": "raise SystemExit(3)\n",
    "is interrupted": "raise KeyboardInterrupt\n",
    "is profiled": "import sys\nsys.setprofile(lambda *a: None)\n1/0\n",
}


@pytest.mark.parametrize("name", BEFORE_A_PROMPT)
@pytest.mark.parametrize("way", ["script", "module", "code"])
def test_a_prompt_afterwards(name, way, tmp_path):
    """`python -i`: the failure that pdb.pm() looks at is the program's."""
    if not NATIVE and (name == "exits" or way == "module"):
        pytest.skip("without the extension our frames lie beneath the program; documented")
    text = BEFORE_A_PROMPT[name]
    arguments = {"script": ["program.py"], "module": ["-m", "program"], "code": ["-c", text]}[way]
    got = compare_apart(
        tmp_path,
        arguments,
        files={"program.py": text},
        options=["-i"],
        stdin=TYPED.encode(),
        env={"PYTHON_BASIC_REPL": "1"},
    )
    assert got[0] == 5 or name == "is interrupted"  # 3.15 then ends by it all the same
    assert "typed __main__" in got[1]
    assert ("ZeroDivisionError" in got[1]) == ("1/0" in text)


@pytest.mark.parametrize("program", ["program.py", "raises.py", "nosuch.py"])
@pytest.mark.parametrize("options", [[], ["-i"], ["-E"]])
def test_a_variable_that_asks_for_a_prompt(program, options, tmp_path):
    """PYTHONINSPECT needs a terminal; on one, or with -i, the prompt comes."""
    if program == "nosuch.py" and not options and not NATIVE:
        pytest.skip("without the extension the status is 1: SystemExit would be shown")
    compare_apart(
        tmp_path,
        [program],
        files={"program.py": "x = 1\n", "raises.py": "1/0\n"},
        options=options,
        stdin=TYPED.encode(),
        env={"PYTHON_BASIC_REPL": "1", "PYTHONINSPECT": "1"},
    )
