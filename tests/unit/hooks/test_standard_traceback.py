"""The standard traceback module, replaced and given back."""

from __future__ import annotations

import io
import sys
import textwrap
import types

import pytest

import lastwords.traceback
from lastwords import _hooks as hooks
from support import child


def raised(kind=ValueError, *args):
    try:
        raise kind(*args)
    except BaseException as error:
        return error


def standard_text(error):
    return "".join(lastwords.traceback.format_exception(error))


def test_the_standard_module_is_replaced_and_given_back():
    import traceback

    before = dict(vars(traceback))
    with hooks.install(traceback=True):
        for name in traceback.__all__:
            assert getattr(traceback, name) is getattr(lastwords.traceback, name)
        assert traceback.__name__ == "traceback"
        assert sys.modules["traceback"] is traceback
        stream = io.StringIO()
        error = raised()
        traceback.print_exception(error, file=stream)
        assert isinstance(traceback.extract_tb(error.__traceback__)[0], traceback.FrameSummary)
        assert stream.getvalue() == standard_text(error)
    assert dict(vars(traceback)) == before
    assert type(traceback) is types.ModuleType


def test_names_imported_before_are_replaced_in_their_modules():
    import traceback

    module = types.ModuleType("importer")
    exec("from traceback import format_exc, TracebackException as Base", vars(module))
    sys.modules["importer"] = module
    try:
        standard = module.format_exc
        with hooks.install(traceback=True):
            assert module.format_exc is lastwords.traceback.format_exc
            assert module.Base is not lastwords.traceback.TracebackException
        assert module.format_exc is standard is traceback.format_exc
    finally:
        del sys.modules["importer"]


def test_a_patch_of_the_standard_module_acts_on_ours(monkeypatch):
    import traceback

    original = traceback.format_exc
    with hooks.install(traceback=True):
        replaced = traceback.format_exc
        traceback.format_exc = lambda: "patched"
        assert lastwords.traceback.format_exc() == "patched"
        traceback.format_exc = replaced
        assert lastwords.traceback.format_exc is replaced
        traceback.format_exc = original  # a patch from before the install is taken back
        assert traceback.format_exc is lastwords.traceback.format_exc is replaced
        traceback.something_new = 1
        assert not hasattr(lastwords.traceback, "something_new")
        del traceback.something_new
    assert traceback.format_exc is original


def test_a_patch_that_is_still_there_stays():
    import traceback

    original = traceback.format_exc
    installation = hooks.install(traceback=True)
    ours = traceback.format_exc
    traceback.format_exc = patch = lambda: "patched"
    try:
        assert installation.uninstall() == ("traceback",)
        assert traceback.format_exc is patch
    finally:
        traceback.format_exc = original
        lastwords.traceback.format_exc = ours


@pytest.mark.parametrize("library", ["logging", "unittest", "doctest", "code", "concurrent"])
def test_libraries_get_ours(library):
    programs = {
        "logging": """
            import logging
            try: (lambda: 1/0)()
            except Exception: logging.exception('x')
        """,
        "unittest": """
            import unittest
            class T(unittest.TestCase):
                def test(self): (lambda: 1/0)()
            result = unittest.TestResult()
            T('test').run(result)
            print(result.errors[0][1])
        """,
        "doctest": """
            import doctest
            test = doctest.DocTestParser().get_doctest('>>> (lambda: 1/0)()', {}, 'n', 'f', 0)
            doctest.DocTestRunner().run(test)
        """,
        "code": """
            import code
            code.InteractiveInterpreter().runsource('(lambda: 1/0)()')
        """,
        "concurrent": """
            import concurrent.futures.process as p, pickle
            try: (lambda: 1/0)()
            except Exception as e: print(p._ExceptionWithTraceback(e, e.__traceback__).tb)
        """,
    }
    program = textwrap.dedent(programs[library])
    plain = child.printed(program)
    called = (
        "import lastwords._hooks, lastwords.traceback._exception as e\n"
        "lastwords._hooks.install(traceback=True)\nseen = []\n"
        "new = e.TracebackException.__init__\n"
        "def init(self, *a, **k): seen.append(1); new(self, *a, **k)\n"
        "e.TracebackException.__init__ = init\n"
    )
    ours = child.printed(called + program + "\nprint('OURS', bool(seen))\n")
    assert ours.endswith("OURS True\n") or ours.startswith("OURS True\n")
    if sys.version_info >= (3, 15):
        import re

        numbers = re.compile(r'line \d+|0x[0-9a-f]+|"<string>"')
        assert numbers.sub("", ours.replace("OURS True\n", "")) == numbers.sub("", plain)


def test_the_interpreters_own_printing_uses_ours():
    if sys.version_info < (3, 13):
        return  # all C there
    assert (
        child.printed("""
        import lastwords._hooks, lastwords.traceback
        lastwords._hooks.install(traceback=True, excepthook=False)
        lastwords.traceback._print_exception_bltin  # what the C code calls
        import traceback
        traceback._print_exception_bltin = lambda exc, file=None, /: print("ours", exc)
        1/0
    """)
        == "ours division by zero\n"
    )


MODULE_TEXT = "from traceback import format_exc, TracebackException"


def test_names_imported_meanwhile_are_given_back(monkeypatch):
    import traceback

    standard = traceback.format_exc
    chosen = types.ModuleType("chosen")
    meanwhile = types.ModuleType("meanwhile")
    unlisted = types.ModuleType("unlisted")
    monkeypatch.setitem(sys.modules, "chosen", chosen)
    monkeypatch.setitem(sys.modules, "meanwhile", meanwhile)
    with hooks.install(traceback=True):
        exec("from lastwords.traceback import format_exc", vars(chosen))
        exec(MODULE_TEXT, vars(meanwhile))
        exec(MODULE_TEXT, vars(unlisted))
        assert meanwhile.format_exc is lastwords.traceback.format_exc
    assert meanwhile.format_exc is unlisted.format_exc is standard
    assert chosen.format_exc is lastwords.traceback.format_exc  # it wanted ours
    with hooks.install(traceback=True):
        assert meanwhile.format_exc is lastwords.traceback.format_exc
        assert unlisted.format_exc is standard  # it is no module that can be found


def test_an_import_through_a_function_of_another_library(monkeypatch):
    import builtins
    import traceback

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lambda *args, **options: real(*args, **options))
    module = types.ModuleType("module")
    with hooks.install(traceback=True):
        exec(MODULE_TEXT, {"__builtins__": builtins}, names := {})
        exec(MODULE_TEXT, vars(module))
    assert module.format_exc is traceback.format_exc
    assert names["format_exc"] is lastwords.traceback.format_exc  # locals can't be found


def test_a_module_that_has_no_path_says_so():
    import traceback

    with hooks.install(traceback=True):
        for name in ("__path__", "nosuch"):
            with pytest.raises(
                AttributeError, match=f"module 'traceback' has no attribute '{name}'"
            ):
                getattr(traceback, name)


def test_a_patch_from_before_keeps_its_effect_until_it_is_taken_back():
    import traceback

    standard = traceback.format_exc
    ours = lastwords.traceback.format_exc
    traceback.format_exc = patch = lambda: "patched"
    with hooks.install(traceback=True):
        assert traceback.format_exc is patch
        assert lastwords.traceback.format_exc() == "patched"
    assert traceback.format_exc is patch
    assert lastwords.traceback.format_exc is ours
    with hooks.install(traceback=True):
        traceback.format_exc = standard
        assert traceback.format_exc is lastwords.traceback.format_exc is ours
    assert traceback.format_exc is standard


def test_a_patch_that_is_left_does_not_stay_on_ours():
    import traceback

    standard, ours = traceback.format_exc, lastwords.traceback.format_exc
    installation = hooks.install(traceback=True)
    traceback.format_exc = patch = lambda: "patched"
    assert installation.uninstall() == ("traceback",)
    assert traceback.format_exc is patch
    assert lastwords.traceback.format_exc is ours
    traceback.format_exc = standard


@pytest.mark.parametrize("change", ["a method", "the class"])
def test_a_module_whose_classes_were_changed_is_left_alone(change, monkeypatch):
    import traceback

    if change == "a method":
        monkeypatch.setattr(traceback.TracebackException, "format", lambda self, **_: ["patched"])
    else:
        monkeypatch.setattr(
            traceback,
            "TracebackException",
            type("Theirs", (traceback.TracebackException,), {}),
        )
    before = {name: getattr(traceback, name) for name in traceback.__all__}
    with hooks.install(traceback=True):
        assert {name: getattr(traceback, name) for name in traceback.__all__} == before
