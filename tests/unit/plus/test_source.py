"""The style "plus": the source lines of a file, of a loader, and of files edited meanwhile."""

from __future__ import annotations

import os
import textwrap
import time

import pytest

from support import child

NOTE = "[This file was changed after it was loaded; the lines shown are new]"

MODULE = """\
def first():
    return 1

def second():
    return {}["k"]
"""


def run(folder, program, **options):
    (folder / "program.py").write_text(textwrap.dedent(program), "utf-8")
    command = ("-m", "lastwords", "run", "--style", "plus", "program.py")
    return child.python(*command, cwd=folder, **options).stderr


@pytest.mark.parametrize(
    "name", ["s", "?", "no such file", "<s>", "no/such.py", "program.pyx", "made/up.tmpl"]
)
def test_code_of_a_made_up_name_has_no_lines(name, tmp_path):
    text = run(tmp_path, f'exec(compile("\\n\\ntuple()[0]", {name!r}, "exec"))\n')
    assert text.endswith(
        f'  File "{name}", line 3, in <module>\nIndexError: tuple index out of range\n'
    )


def test_lines_that_a_loader_gave_for_another_name_before_are_not_shown(tmp_path):
    program = """\
        import linecache
        linecache.lazycache("s", globals())
        linecache.getlines("s")
        exec(compile("\\n\\ntuple()[0]", "s", "exec"))
        """
    text = run(tmp_path, program)
    assert text.endswith('  File "s", line 3, in <module>\nIndexError: tuple index out of range\n')


def test_lines_that_a_program_gave_are_shown(tmp_path):
    program = """\
        import linecache
        linecache.cache["made/up.tmpl"] = (5, None, ["given\\n"], "made/up.tmpl")
        exec(compile("tuple()[0]", "made/up.tmpl", "exec"))
        """
    assert '  File "made/up.tmpl", line 1, in <module>\n    given\n' in run(tmp_path, program)


def test_a_loader_is_asked_for_its_own_file(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("mod.py", MODULE)
    program = 'import sys; sys.path.insert(0, "lib.zip"); import mod; mod.second()'
    assert '    return {}["k"]\n' in run(tmp_path, program)


@pytest.mark.parametrize(
    ("edit", "noted"),
    [
        ('text = "# new\\n" + text', True),
        ('text = "def (:\\n" * 9', True),
        ("text = text.replace('\"k\"', '\"j\"')", True),
        ('text = text + "# later\\n"', False),
        ('text = text.replace("return 1", "return 2")', False),
        ("pass", False),
    ],
)
@pytest.mark.parametrize("bytecode", ["", "1"])
def test_a_file_that_was_edited_since_is_noted_once(edit, noted, bytecode, tmp_path):
    path = tmp_path / "mod.py"
    path.write_text(MODULE + "def third():\n    second()\n")
    program = f"""\
        import mod
        text = open("mod.py").read()
        {edit}
        open("mod.py", "w").write(text)
        mod.third()
        """
    text = run(tmp_path, program, env={"PYTHONDONTWRITEBYTECODE": bytecode or None})
    assert text.count(NOTE) == noted
    assert text.endswith("KeyError: 'k'\n")
    if not noted:
        assert '    return {}["k"]\n           ~~^^^^^\n' in text


def test_an_old_file_whose_bytecode_is_of_another_time_is_compared_by_what_it_does(tmp_path):
    """Bytecode that couldn't be written anew says nothing of what was loaded."""
    path = tmp_path / "mod.py"
    path.write_text(MODULE.replace("return 1", "return 2"))
    child.python("-c", "import mod", cwd=tmp_path, status=0)
    path.write_text(MODULE)
    past = time.time() - 86400
    os.utime(path, (past, past))
    program = "import mod; mod.second()"
    text = run(tmp_path, program, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert NOTE not in text


def test_a_file_that_was_edited_long_ago_is_noted_by_its_bytecode(tmp_path):
    (tmp_path / "mod.py").write_text(MODULE)
    program = """\
        import os, time, mod
        open("mod.py", "w").write("# new\\n" + open("mod.py").read())
        past = time.time() - 86400
        os.utime("mod.py", (past, past))
        mod.second()
        """
    assert NOTE in run(tmp_path, program)


def test_warnings_of_the_new_text_are_not_shown(tmp_path):
    (tmp_path / "mod.py").write_text(MODULE)
    program = """\
        import mod
        open("mod.py", "w").write("x = '\\\\d'\\n" + open("mod.py").read())
        mod.second()
        """
    text = run(tmp_path, program, env={"PYTHONWARNINGS": "error"})
    assert NOTE in text
    assert "SyntaxWarning" not in text
    assert "DeprecationWarning" not in text


def test_a_loader_or_spec_that_fails_costs_only_the_lines(tmp_path):
    program = """\
        class Odd:
            def __getattr__(self, name): raise SystemExit(name)
        names = {"__name__": "odd", "__spec__": Odd(), "__loader__": Odd()}
        exec(compile("tuple()[0]", "odd.tmpl", "exec"), names)
        """
    text = run(tmp_path, program)
    assert ', in <module>\n    exec(compile("tuple()[0]", "odd.tmpl", "exec"), names)\n' in text
    assert text.endswith(
        '  File "odd.tmpl", line 1, in <module>\nIndexError: tuple index out of range\n'
    )


def test_modules_in_memory_are_shown_by_their_loader(tmp_path):
    program = """\
        import importlib.util, sys
        class Loader:
            def create_module(self, spec): return None
            def exec_module(self, module):
                exec(compile(self.get_source(""), "memory/mod.py", "exec"), module.__dict__)
            def get_source(self, name): return "def f():\\n    return 1 / 0\\n"
        spec = importlib.util.spec_from_loader("mod", Loader())
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.f()
        """
    text = run(tmp_path, program)
    assert '  File "memory/mod.py", line 2, in f\n    return 1 / 0\n           ~~^~~\n' in text


def test_a_loader_is_not_asked_for_another_name(tmp_path):
    program = """\
        asked = []
        class Loader:
            def get_source(self, name): asked.append(name); return "theirs\\n"
        names = {"__name__": "mod", "__file__": "mod.py", "__loader__": Loader()}
        try:
            exec(compile("tuple()[0]", "made/up.tmpl", "exec"), names)
        finally:
            import atexit, sys
            atexit.register(lambda: print(asked, file=sys.stderr))
        """
    text = run(tmp_path, program)
    assert "theirs" not in text
    assert text.endswith("IndexError: tuple index out of range\n[]\n")


def test_a_filter_that_makes_warnings_errors_makes_no_file_look_changed(tmp_path):
    (tmp_path / "mod.py").write_text("x = '\\d'\n" + MODULE)
    program = """\
        import mod, os, warnings
        warnings.simplefilter("error")
        os.utime("mod.py")
        mod.second()
        """
    text = run(tmp_path, program)
    assert NOTE not in text
    assert text.endswith("KeyError: 'k'\n")
