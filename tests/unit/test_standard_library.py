"""Files of the program that are called like modules of the standard library: no report runs them."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from lastwords import _standard_library as standard_library
from support import child

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    *("_colorize", "_missing_stdlib_info", "_py_warnings", "annotationlib", "ast", "codeop"),
    *("collections", "contextlib", "copyreg", "dataclasses", "difflib", "enum", "functools"),
    *("heapq", "importlib", "keyword", "linecache", "operator", "re", "reprlib", "token"),
    *("tokenize", "types", "warnings"),
]
"""Without `unicodedata`: the parser imports it, for names that are not ASCII."""

INTRUDER = """\
import os
os.write(1, b"{name} was run\\n")
raise SystemExit("by {name}")
"""

PROGRAM = """\
import sys
{install}
def fail(näme):
    return näme + fail.wrong(1 / 0)

fail(1)
"""

LINES = """\
    return näme + fail.wrong(1 / 0)
"""

INSTALLS = {
    "standard": "import lastwords; lastwords.install()",
    "plus": "import lastwords; lastwords.install(style='plus')",
}

FAILURES = {
    "é": "é = [1]; é[(1 / 0)]",
    "syntax": "compile('fro é in x: pass', 'f.py', 'exec')",
    "name": "élan = 1; print(élam)",
    "import": "import linecach",
    "submodule": "import xml.dom.minidon",
    "attribute": "import sys; sys.pth",
    "interrupt": "raise KeyboardInterrupt",
    "thread": "import _thread, threading\nt = threading.Thread(target=lambda é: 1 / é, args=(0,))\n"
    "t.start(); t.join(); 1 / 0",
    "finalizer": "class É:\n    def __repr__(self): return 'it'\n    def __call__(self, _): é = 1; é / 0\n"
    "import _weakref\nclass O: pass\no = O(); r = _weakref.ref(o, É()); del o; 1 / 0",
    "latin": "exec(compile(open('latin.py', 'rb').read(), 'latin.py', 'exec'))",
}


def make_intruders(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / f"{name}.py").write_text(INTRUDER.format(name=name))
    (folder / "latin.py").write_bytes("# coding: latin-1\né = 1; é / 0\n".encode("latin-1"))


def report(folder: Path, text: str, *options: str, **settings: object) -> str:
    """Return what a program in this folder prints; its first line is about what it hides."""
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    done = child.python(*options, program, cwd=folder, **settings)
    return f"{done.stdout}{done.stderr}"


def needed_only(names: list[str]) -> list[str]:
    """Leave out what the interpreter itself imports as it starts."""
    return [name for name in names if name not in LOADED]


LOADED = child.printed("import sys; print(*sys.modules)").split()


@pytest.mark.parametrize("style", INSTALLS)
@pytest.mark.parametrize("name", NAMES)
def test_no_report_runs_a_file_of_the_program(tmp_path: Path, name: str, style: str) -> None:
    """The text is the same as without the file."""
    text = PROGRAM.format(install=INSTALLS[style])
    make_intruders(tmp_path, [])
    expected = report(tmp_path, text)
    assert "    return näme + fail.wrong(1 / 0)\n" in expected
    make_intruders(tmp_path, needed_only([name]))
    assert report(tmp_path, text) == expected


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("style", INSTALLS)
def test_whatever_fails(tmp_path: Path, style: str, failure: str) -> None:
    """All the files at once, and every part of a report."""
    imported = [name for name in ("threading", "os") if name in FAILURES[failure]]
    text = f"{INSTALLS[style]}\n{FAILURES[failure]}\n"
    make_intruders(tmp_path, [])
    expected = report(tmp_path, text)
    # What the program imports finds what it finds, before any report.
    if failure == "latin" and "linecache" in LOADED:
        imported.append("tokenize")  # linecache's own import, in any report
    preload = "".join(f"import {name}\n" for name in imported)
    names = child.printed(f"{preload}import sys; print(*sys.modules)").split()
    make_intruders(tmp_path, [name for name in NAMES if name not in names])
    if failure == "syntax":  # what tries keywords out needs the program's own `warnings`
        expected = expected.replace(". Did you mean 'for'?", "").replace("    ^^^\n", "        ^\n")
    assert report(tmp_path, text) == expected


def test_unicodedata(tmp_path: Path) -> None:
    text = INSTALLS["standard"] + '\nlen("é" + str(1 / 0)) + 1\n'
    make_intruders(tmp_path, [])
    expected = report(tmp_path, text)
    assert '    len("é" + str(1 / 0)) + 1\n' in expected
    make_intruders(tmp_path, needed_only(["unicodedata"]))
    assert report(tmp_path, text) == expected


def test_a_program_that_is_called_so_itself(tmp_path: Path) -> None:
    program = tmp_path / "token.py"
    text = "print('once')\n" + PROGRAM.format(install=INSTALLS["standard"])
    program.write_text(text, encoding="utf-8")
    done = child.python(program, cwd=tmp_path, status=1)
    assert done.stdout == "once\n"
    assert LINES in done.stderr
    assert "Error" in done.stderr


def test_run(tmp_path: Path) -> None:
    make_intruders(tmp_path, needed_only(NAMES))
    (tmp_path / "program.py").write_text(PROGRAM.format(install=""), encoding="utf-8")
    command = os.path.join(os.path.dirname(sys.executable), "lastwords")
    done = child.command(command, "run", tmp_path / "program.py", cwd=tmp_path, status=1)
    assert done.stdout == ""
    assert LINES in done.stderr


def test_the_program_finds_its_own(tmp_path: Path) -> None:
    """Before a report, and after it."""
    own = needed_only(["linecache", "token"])
    for name in own:
        (tmp_path / f"{name}.py").write_text("mine = 1\n")
    text = """\
        import lastwords, sys
        lastwords.install()
        try:
            é = 1; é / 0
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
        for name in {own}:
            assert name not in sys.modules
            assert __import__(name).mine == 1
        try:
            é = 2; é / 0
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
        """
    printed = report(tmp_path, textwrap.dedent(text).format(own=own))
    assert "AssertionError" not in printed
    assert "    é = 1; é / 0\n" in printed
    assert "    é = 2; é / 0\n" in printed


def test_the_one_cache(tmp_path: Path) -> None:
    """A linecache that the program has got from the standard library is the one that is asked."""
    make_intruders(tmp_path, [])
    text = """\
        import linecache, sys, lastwords
        linecache.cache["<typed>"] = (1, None, ["typed(é)\\n"], "<typed>")
        open("token.py", "w").write("raise SystemExit")
        lastwords.install()
        exec(compile("1 / 0", "<typed>", "exec"))
        """
    assert "    typed(é)\n" in report(tmp_path, textwrap.dedent(text), status=1)


def test_a_fork_of_a_program_with_threads(tmp_path: Path) -> None:
    """What a child may need is loaded before: not from the program's folder either."""
    text = """\
        import lastwords, os, threading
        import lastwords.traceback
        lastwords.traceback.format_exc()
        wait = threading.Event()
        threading.Thread(target=wait.wait).start()
        for name in {names}:
            open(name + ".py", "w").write("import os; os.write(1, b'was run'); raise SystemExit")
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        wait.set()
        """
    names = ["ast", "codeop", "tokenize", "token", "linecache", "unicodedata"]
    text = textwrap.dedent(text).format(names=names)
    # From 3.12 on the interpreter itself warns of such forks, and shows the line by linecache.
    assert "was run" not in report(tmp_path, text, "-Wignore", status=0)


def test_a_zipped_library_and_an_unknown_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "__file__", "/somewhere/python.zip/os.pyc")
    assert standard_library._find_directories()[0] == "/somewhere/python.zip"
    monkeypatch.delattr(os, "__file__")
    monkeypatch.setattr(sys, "_stdlib_dir", None, raising=False)
    assert standard_library._find_directories() == ()


def test_what_reports_import_is_known() -> None:
    """Each module that any report imports is looked for before the report begins."""
    text = """\
        import lastwords, sys, _imp
        lastwords.install()
        start = set(sys.modules)
        for source in ("compile('fro é in x: pass', 'f.py', 'exec')", "é = 1; é[1 / 0]",
                       "élan = 1; élam", "import linecach", "import sys; sys.pth"):
            try:
                exec(source)
            except Exception as error:
                sys.excepthook(type(error), error, error.__traceback__)
        try:
            exec(compile("x = é[1 / 0]", "<x>", "exec"))
        except Exception as error:
            import lastwords.traceback
            lastwords.traceback.print_exception(error, colorize=True)
        for name in sorted({name.partition(".")[0] for name in set(sys.modules) - start}):
            if not (name in sys.builtin_module_names or _imp.is_frozen(name) or name == "lastwords"):
                print(name)
        """
    done = child.program(text, status=0)
    assert set(done.stdout.split()) <= set(standard_library.NEEDED)


def test_a_stub_of_the_program_is_left_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ast", None)
    with pytest.raises(ImportError):
        standard_library.module("ast")
