"""Suggestions by example: what CPython 3.15 adds to a message, on every version."""

from __future__ import annotations

import sys
import types

import pytest

from lastwords._suggest import suggestions


class Things:
    """Attributes to be misspelt."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def caught(action, *arguments):
    try:
        action(*arguments)
    except BaseException as error:
        return error
    raise AssertionError


def added(error, message=""):
    """Return what is added to an empty message."""
    text = suggestions.suggest(type(error), error, error.__traceback__, message)
    return text if isinstance(text, str) else text()


def on_running(code, **variables):
    return added(caught(exec, code, variables))


def on_reading(obj, name):
    return added(caught(getattr, obj, name))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("prnt", ". Did you mean: 'print'?"),
        ("abcdee", ". Did you mean: 'abcdef'?"),
        ("_abcdef", ". Did you mean: 'abcdef'?"),
        ("json", ". Did you forget to import 'json'?"),
        ("qqqqqq", ""),
        ("raise NameError('', name='json_')", ""),
        ("raise NameError('', name='abcdeé')", ". Did you mean: 'abcdef'?"),
        ("raise NameError('', name='ｐrint')", ". Did you mean: 'print'?"),
        ("raise NameError('', name=None)", ""),
        ("raise NameError('', name='')", ""),
        ("raise NameError('', name=3)", ""),
        ("raise NameError('', name=[])", ""),
        ("def f(self): valuee\nf(thing)", ". Did you mean: 'self.valuee'?"),
        (
            "def f(self): json\nf(thing)",
            ". Did you mean: 'self.json'? Or did you forget to import 'json'?",
        ),
        ("def f():\n  inner1 = 1\n  inner2\nf()", ". Did you mean: 'inner1'?"),
        ("class A:\n  inner1 = 1\n  inner2", ". Did you mean: 'inner1'?"),
    ],
)
def test_names(code, text):
    assert on_running(code, abcdef=1, thing=Things(valuee=1, json=2)) == text


def test_a_name_beyond_ascii_is_spelt_out():
    assert on_running("éb1", éb2=1) == ". Did you mean: 'éb2' ('\\xe9b2')?"


def test_too_many_names_give_no_suggestion():
    many = {f"x{i}": 1 for i in range(1000)}
    assert on_running("prnt", **many) == ""
    assert on_running("def f(self): prnt\nf(o)", o=Things(prnt=1), **many) == (
        ". Did you mean: 'self.prnt'?"
    )


def test_names_in_a_mapping_of_ones_own():
    class Variables(dict):
        pass

    class Endless:
        def __getitem__(self, name):
            raise KeyError(name)

        def __iter__(self):
            while True:
                yield "prnt1"

    assert added(caught(exec, "prnt", {}, Variables({"prnt1": 1, 3: 4}))) == (
        ". Did you mean: 'prnt1'?"
    )
    assert added(caught(exec, "prnt", {}, Endless())) == ""


@pytest.mark.parametrize(
    ("obj", "name", "text"),
    [
        ([], "appen", ". Did you mean '.append' instead of '.appen'?"),
        ([], "push", ". Did you mean '.append'?"),
        ([], "contains", ". Use 'x in list'."),
        ((), "append", ". Did you mean to use a 'list' object?"),
        ({}, "put", ". Use d[k] = v."),
        ("", "trimEnd", ". Did you mean '.rstrip'?"),
        (list, "push", ""),
        (None, "__boo__", ". Did you mean '.__bool__' instead of '.__boo__'?"),
        (Things(_x=1), "_y", ". Did you mean '._x' instead of '._y'?"),
        (Things(_abc=1), "abd", ""),
        (Things(é=1), "éb", ". Did you mean '.é' ('\\xe9') instead of '.éb' ('\\xe9b')?"),
        (Things(fine=1), "ﬁne", ". Did you mean '.fine' instead of '.ﬁne'?"),
        (
            Things(valuf=1, inner=Things(value=1)),
            "value",
            ". Did you mean '.valuf' instead of '.value'?",
        ),
        (
            Things(inner=Things(value=1)),
            "value",
            ". Did you mean '.inner.value' instead of '.value'?",
        ),
        (Things(inner=[]), "append", ". Did you mean '.inner.append' instead of '.append'?"),
        (Things(_inner=Things(value=1)), "value", ""),
        (Things(inner=Things(value=1)), "valu", ""),
    ],
)
def test_attributes(obj, name, text):
    assert on_reading(obj, name) == text


def test_private_names_are_known_to_the_object_itself():
    class Thing:
        def __init__(self):
            self._value = 1

        def own(self):
            return self.value

        def other(self, thing):
            return thing.value

    assert added(caught(Thing().own)) == ". Did you mean '._value' instead of '.value'?"
    assert added(caught(Thing().other, Thing())) == ""


@pytest.mark.parametrize(("before", "found"), [(19, True), (20, False)])
def test_only_the_first_attributes_are_looked_into(before, found):
    thing = Things(**{f"a{i:02}": None for i in range(before)}, zz=Things(value=1))
    assert bool(on_reading(thing, "value")) is found


def test_looking_into_attributes_runs_no_descriptor():
    asked = []

    class Thing:
        @property
        def inner(self):
            asked.append(self)
            return Things(value=1)

        def method(self):
            pass

        method.value = 1

    class Inner:
        @property
        def value(self):
            raise SystemExit

        def __getattr__(self, name):
            raise SystemExit

    assert on_reading(Thing(), "value") == ""
    assert asked == []
    assert on_reading(Things(inner=Inner()), "value") == (
        ". Did you mean '.inner.value' instead of '.value'?"
    )
    assert on_reading(Things(inner=Inner()), "other") == ""


class Slots:
    __slots__ = ("value",)


class Meta(type):
    value = 1


@pytest.mark.parametrize(
    ("inner", "name", "found"),
    [
        (Slots(), "value", True),
        (Slots(), "__slots__", True),
        (Meta("M", (), {}), "value", True),
        (Meta("M", (), {})(), "value", False),
        (test_attributes, "pytestmark", True),
        (len, "__self__", True),
        (3, "real", True),
        (sys, "path", True),
        (type("Shadow", (), {"__dict__": {"value": 1}})(), "value", False),
    ],
)
def test_attributes_found_without_asking_the_object(inner, name, found):
    assert suggestions._has_static(inner, name) is found
    expected = f"inner.{name}" if found else None
    assert suggestions._check_for_nested_attribute(Things(inner=inner), name, ["inner"]) == expected


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("dmps", ". Did you mean: 'dumps'?"),
        ("qqqqqqq", ""),
        ("dumps_", ". Did you mean: 'dumps'?"),
    ],
)
def test_members_of_a_module(member, text):
    assert on_running(f"from json import {member}") == text


def test_private_members_of_a_module_are_hidden(monkeypatch):
    module = types.ModuleType("lastwords_example")
    module._abc = module.abcd = 1
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert on_running("from lastwords_example import abc") == ". Did you mean: 'abcd'?"
    assert on_running("from lastwords_example import _ab") == ". Did you mean: '_abc'?"


def test_members_of_a_submodule_are_its_own():
    assert on_running("from xml.dom import minidon") == ""
    import xml.dom.minidom

    assert xml.dom.minidom
    assert on_running("from xml.dom import minidon") == ". Did you mean: 'minidom'?"


def test_nothing_is_imported_for_a_suggestion(tmp_path, monkeypatch):
    (tmp_path / "lastwords_bomb.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    error = ImportError("", name="lastwords_bomb")
    error.name_from = "x"
    assert added(error) == ""
    assert added(ModuleNotFoundError("", name="lastwords_bomb.x")) == ""
    assert "lastwords_bomb" not in sys.modules


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="3.12 and later record the name")
def test_a_message_of_another_form_names_no_member():
    assert added(ImportError("cannot import it", name="json")) == ""
    assert added(ImportError(name="json")) == ""
    assert added(ImportError(b"x", 3, name="json")) == ""


def test_missing_modules_of_the_standard_library(monkeypatch):
    monkeypatch.setattr(suggestions, "_MISSING_STDLIB_MODULE_MESSAGES", {"json": "No JSON."})
    assert added(ModuleNotFoundError("m", name="json"), "m") == "No JSON."
    assert added(ModuleNotFoundError("m", name="os"), "m") == (
        "Standard library module 'os' was not found"
    )
    assert added(ModuleNotFoundError("m", name="os.nothing"), "m") == "m"


def test_no_site(monkeypatch):
    class Flags:
        no_site = 1

    monkeypatch.setattr(sys, "flags", Flags())
    assert added(ModuleNotFoundError("m", name="jsn"), "m") == (
        "m. Site initialization is disabled, did you forget to add the site-packages directory "
        "to sys.path or to enable your virtual environment?"
    )


def test_the_type_decides_the_words_and_the_value_the_names():
    error = AttributeError("", name="appen", obj=[])
    assert suggestions.suggest(NameError, error, None, "m") == "m. Did you mean: 'append'?"
    assert suggestions.suggest(ValueError, error, None, "m") == "m"
    assert suggestions.suggest(NameError, None, None, "m") == "m"
    assert suggestions.suggest(NameError, "text", None, "m") == "m"


@pytest.mark.parametrize(
    ("name", "replacement", "code", "text"),
    [
        ("_compute_suggestion_error", lambda *a: "new", "qqqqq", ". Did you mean: 'new'?"),
        ("_compute_suggestion_error", lambda *a: "new", "import qqqqq", ". Did you mean: 'new'?"),
        ("_get_cross_language_hint", lambda *a: "Hint.", "[].x", ". Hint."),
        ("_CROSS_LANGUAGE_HINTS", {"x": ((list, "y", False),)}, "[].x", ". Did you mean '.y'?"),
        (
            "_check_for_nested_attribute",
            lambda *a: "a.b",
            "[].qqqqq",
            ". Did you mean '.a.b' instead of '.qqqqq'?",
        ),
        (
            "_find_incompatible_extension_module",
            lambda name: f"{name}.x.so",
            "import qqqqq",
            (
                ". Although a module with this name was found for a different Python version "
                "(qqqqq.x.so)."
            ),
        ),
    ],
)
def test_replaced_parts_are_used(monkeypatch, name, replacement, code, text):
    monkeypatch.setattr(suggestions, name, replacement)
    assert on_running(code) == text


class Hostile:
    """Raises what no handler for exceptions catches, whatever is asked."""

    def __getattribute__(self, name):
        raise KeyboardInterrupt


class HostileDir:
    def __init__(self, names):
        self.names = names

    def __dir__(self):
        if isinstance(self.names, BaseException):
            raise self.names
        return self.names


def endless():
    while True:
        yield "name"


@pytest.mark.parametrize(
    "names", [None, 3, [3, None], KeyboardInterrupt(), SystemExit(), endless(), [[]], "text", b"x"]
)
def test_a_hostile_dir_gives_no_suggestion(names):
    error = AttributeError("", name="x", obj=HostileDir(names))
    assert added(error, "m") == "m"


def test_a_dir_that_isnt_sorted_or_made_of_strings_alone():
    class Name(str):
        __slots__ = ()

        def __str__(self):
            raise ValueError

        __repr__ = __format__ = __hash__ = __str__

    thing = HostileDir(["abcdeg", 3, b"x", None, "abcdef"])
    assert added(AttributeError("", name="abcdee", obj=thing)) == (
        ". Did you mean '.abcdef' instead of '.abcdee'?"
    )
    assert added(AttributeError("", name=Name("abcdee"), obj=thing)) == (
        ". Did you mean '.abcdef' instead of '.abcdee'?"
    )


def test_hostile_objects_give_no_suggestion():
    class Class:
        @property
        def __class__(self):
            raise KeyboardInterrupt

    class Error(NameError):
        name = property(lambda self: 1 / 0)

    class ExitingError(AttributeError):
        name = "abc"
        obj = property(lambda self: sys.exit())

    assert added(AttributeError("", name="push", obj=Hostile())) == ""
    assert added(AttributeError("", name="push", obj=Class())) == ""
    assert added(Error()) == ""
    assert added(ExitingError()) == ""
    assert on_running("def f(self): prnt\nf(o)", o=Hostile()) == ". Did you mean: 'print'?"
    thing = Things(inner=Hostile(), other=Things(value=1))
    assert on_reading(thing, "value") == ". Did you mean '.other.value' instead of '.value'?"


def test_surrogates_are_letters_like_others():
    thing = Things()
    thing.__dict__["\ud800abc"] = 1
    assert added(AttributeError("", name="\ud800abd", obj=thing)) == (
        ". Did you mean '.\ud800abc' ('\\ud800abc') instead of '.\ud800abd' ('\\ud800abd')?"
    )


@pytest.mark.parametrize(
    "make", [lambda: None, lambda: 3, lambda: types.ModuleType("package"), lambda: Hostile()]
)
def test_anything_may_stand_for_the_package(monkeypatch, make):
    monkeypatch.setitem(sys.modules, "lastwords_package", make())
    assert added(ModuleNotFoundError("m", name="lastwords_package.x"), "m") == "m"
    error = ImportError("m", name="lastwords_package")
    error.name_from = "qqqqqqq"
    assert added(error, "m") == "m"


def test_the_tables_are_loaded_when_asked_for():
    assert suggestions._CROSS_LANGUAGE_HINTS["push"] == ((list, "append", False),)
    assert "winreg" in suggestions._MISSING_STDLIB_MODULE_MESSAGES or sys.platform == "win32"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        suggestions.nothing


@pytest.mark.skipif(sys.version_info < (3, 15), reason="lazy imports came with 3.15")
def test_lazy_imports_stay_lazy(tmp_path, monkeypatch):
    (tmp_path / "lastwords_lazy.py").write_text("lazy import lastwords_inner\nvalue1 = 1\n")
    (tmp_path / "lastwords_inner.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    import lastwords_lazy

    monkeypatch.delitem(sys.modules, "lastwords_lazy")
    assert suggestions._is_lazy_import(lastwords_lazy, "lastwords_inner")
    assert not suggestions._is_lazy_import(lastwords_lazy, "value1")
    assert on_reading(lastwords_lazy, "lastwords_inne") == ""
    assert on_reading(lastwords_lazy, "value") == ". Did you mean '.value1' instead of '.value'?"
    assert on_reading(Things(inner=lastwords_lazy), "lastwords_inner") == ""
    assert "lastwords_inner" not in sys.modules
