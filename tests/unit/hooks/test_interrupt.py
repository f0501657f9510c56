"""A program that is interrupted ends by SIGINT, with our hooks as without."""

from __future__ import annotations

import signal

import pytest

from support import child

INSTALL = "import sys\nimport lastwords\nlastwords.install()\n"
INTERRUPTED = "def f(): raise KeyboardInterrupt\nf()\n"
OTHERS = {
    "ours alone": "",
    "one that passes on": "own = sys.excepthook\nsys.excepthook = lambda *a: own(*a)\n",
    "one that passes on to the interpreter's": (
        "own = sys.__excepthook__\nsys.excepthook = lambda *a: own(*a)\n"
    ),
    "ours fails": "lastwords._hooks.uncaught.print_exception = None\nsys.stderr = 5\n",
    "stderr fails": "sys.stderr = 5\n",
    "a signal": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n",
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("way", ["script", "module", "code", "input"])
def test_it_ends_by_the_signal(name, way, tmp_path):
    text = INSTALL + OTHERS[name] + INTERRUPTED
    (tmp_path / "program.py").write_text(text)
    arguments = {
        "script": ["program.py"],
        "module": ["-m", "program"],
        "code": ["-c", text],
        "input": ["-"],
    }[way]
    stdin = text if way == "input" else None
    done = child.python(*arguments, cwd=tmp_path, input=stdin, status=-signal.SIGINT)
    assert done.stderr.count("\nKeyboardInterrupt\n") == 1


def test_one_before_ours(tmp_path):
    text = (
        "import sys\nsys.excepthook = lambda *a: sys.__excepthook__(*a)\n" + INSTALL + INTERRUPTED
    )
    done = child.program(text, status=-signal.SIGINT)
    assert done.stderr.count("\nKeyboardInterrupt\n") == 1


def test_an_interrupt_that_is_only_reported_ends_nothing(tmp_path):
    """By a console, or a loop of events: the program goes on, and ends with its status."""
    text = INSTALL + (
        "def report():\n    try: raise KeyboardInterrupt\n"
        "    except KeyboardInterrupt as error:\n"
        "        sys.excepthook(type(error), error, error.__traceback__)\n"
        "report()\nimport atexit\natexit.register(report)\nprint('goes on')\n"
    )
    (tmp_path / "program.py").write_text(text)
    for arguments in (["program.py"], ["-m", "program"], ["-c", text]):
        done = child.python(*arguments, cwd=tmp_path, status=0)
        assert done.stdout == "goes on\n"
        assert done.stderr.count("\nKeyboardInterrupt\n") == 2


OTHER_ENDS = {
    "a kind of interrupt": "class K(KeyboardInterrupt): pass\nraise K\n",
    "a group": "raise BaseExceptionGroup('g', [KeyboardInterrupt()])\n",
    "an exit": "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: raise SystemExit(3)\n",
    "an error": "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: 1/0\n",
}


@pytest.mark.parametrize("name", OTHER_ENDS)
def test_other_ends_are_as_ever(name):
    text = OTHER_ENDS[name]
    expected = child.program(text)
    child.program(INSTALL + text, status=expected.returncode)


@pytest.mark.parametrize("start", [[], ["-c", "import code\ncode.interact(banner='', exitmsg='')"]])
def test_a_prompt_that_was_interrupted(start):
    """What ends the prompt afterwards counts, if it does without ours."""
    statuses = []
    for before in ("import sys\n", INSTALL):
        typed = before + "raise KeyboardInterrupt\n1 + 1\nraise SystemExit(3)\n"
        done = child.python("-i", *start, input=typed, env={"PYTHON_BASIC_REPL": "1"})
        assert "\nKeyboardInterrupt\n" in done.stderr
        statuses.append(done.returncode)
    assert statuses[0] == statuses[1]


@pytest.mark.parametrize("way", ["script", "code"])
def test_a_thread_that_fails_after_the_end_changes_nothing(way, tmp_path):
    """Its report may be the first to import what runs a text."""
    text = INSTALL + (
        "import threading\n"
        "def fail():\n    threading.main_thread().join()\n    return int('é')\n"
        "threading.Thread(target=fail).start()\n"
    )
    (tmp_path / "program.py").write_text(text + INTERRUPTED, encoding="utf-8")
    arguments = ["program.py"] if way == "script" else ["-c", text + INTERRUPTED]
    done = child.python(*arguments, cwd=tmp_path, status=-signal.SIGINT)
    assert "\nKeyboardInterrupt\n" in done.stderr
    assert "\nValueError: invalid literal" in done.stderr
