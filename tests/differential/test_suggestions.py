"""Suggestions: character for character those of 3.15's standard module.

Names that are not found are made from real ones by small mistakes.  On 3.13 and 3.14 those for
variables are compared too: their rules are the same.
"""

from __future__ import annotations

import builtins
import collections
import json
import os
import random
import re
import sys
import traceback
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lastwords.traceback

SAME_RULES = pytest.mark.skipif(
    sys.version_info < (3, 15), reason="the standard module has these rules since 3.15"
)
SAME_VARIABLES = pytest.mark.skipif(
    sys.version_info < (3, 13), reason="the standard module has these rules since 3.13"
)


class Things:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def caught(action, *arguments):
    try:
        action(*arguments)
    except Exception as error:
        return error
    raise AssertionError


def difference(error):
    """None, or both texts if they differ."""
    arguments = (type(error), error, error.__traceback__)
    standard = str(traceback.TracebackException(*arguments))
    ours = str(lastwords.traceback.TracebackException(*arguments))
    return None if standard == ours else (standard, ours)


def misspelt(name, rng):
    text = list(name)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        i = rng.randint(0, len(text))
        edit = rng.randrange(5)
        if edit == 0:
            text.insert(i, rng.choice("abcxyz_AZ0é"))
        elif edit == 1:
            text[i : i + 1] = []
        elif edit == 2:
            text[i : i + 1] = [rng.choice("abcxyz_AZ0é")]
        elif edit == 3:
            text[i : i + 2] = text[i : i + 2][::-1]
        else:
            text[i : i + 1] = [c.swapcase() for c in text[i : i + 1]]
    return "".join(text)


OBJECTS = [
    *([], {}, (), "", b"", 1, 1.5, None, set(), frozenset(), range(3), object(), type, list, int),
    *(json, os, re, sys, collections, len, re.compile("a"), collections.OrderedDict(), Things),
    *(Things(_private=1, __dunder__=2, inner=Things(value=1)), Things(é=1, naïve=Things(ключ=2))),
]


@SAME_RULES
def test_attributes():
    rng = random.Random(1)
    found = []
    wrong = {
        misspelt(name, rng)
        for obj in OBJECTS
        for name in rng.sample(dir(obj), min(30, len(dir(obj))))
    }
    wrong |= {
        "push",
        "add",
        "put",
        "toUpperCase",
        "value",
        "append",
        "ключ",
        "éa",
        "ｐop",
        "__or__",
    }
    for obj in OBJECTS:
        for name in rng.sample(sorted(wrong), 120):
            if not hasattr(obj, name):
                found.append(difference(caught(getattr, obj, name)))
    assert len(found) > 2000
    assert [pair for pair in found if pair] == []


ATTRIBUTES = st.text("abAB_é", min_size=1, max_size=6)


@SAME_RULES
@given(
    st.dictionaries(ATTRIBUTES, st.none() | st.dictionaries(ATTRIBUTES, st.none()), max_size=25),
    ATTRIBUTES,
    st.booleans(),
)
def test_attributes_of_attributes(attributes, wrong, is_self):
    def read(self):
        return getattr(self, wrong)

    def ask(obj):
        return getattr(obj, wrong)

    obj = Things(
        **{name: None if value is None else Things(**value) for name, value in attributes.items()}
    )
    if not hasattr(obj, wrong):
        assert difference(caught(read if is_self else ask, obj)) is None


@SAME_VARIABLES
@given(
    st.dictionaries(st.text("abAB_", min_size=1, max_size=6), st.none(), max_size=30),
    st.text("abAB_", min_size=1, max_size=6),
)
def test_variables(variables, wrong):
    if wrong not in variables and not hasattr(builtins, wrong):  # a doctest leaves `_` there
        assert difference(caught(exec, wrong, dict(variables))) is None
        inside = f"def f({', '.join(variables)}):\n    {wrong}\nf({'0, ' * len(variables)})"
        assert difference(caught(exec, inside, {})) is None


@SAME_VARIABLES
def test_misspelt_builtins():
    rng = random.Random(2)
    wrong = {misspelt(name, rng) for name in dir(builtins) for _ in range(4)}
    wrong = [name for name in wrong if name.isascii() and name.isidentifier()]
    found = [difference(caught(exec, name, {})) for name in wrong if not hasattr(builtins, name)]
    assert len(found) > 300
    assert [pair for pair in found if pair] == []


@SAME_RULES
@pytest.mark.parametrize("count", [0, 290, 293, 294, 295, 580, 584, 585, 586, 700])
def test_about_as_many_names_as_are_looked_through(count):
    variables = {f"x{i}": 1 for i in range(count)}
    assert difference(caught(exec, "prnt", {"prnt1": 1, **variables})) is None
    assert difference(caught(exec, "def f():\n prnt\nf()", {"prnt1": 1, **variables})) is None


@SAME_RULES
@pytest.mark.parametrize("module", [json, os, re, sys, collections, types])
def test_members(module):
    rng = random.Random(3)
    found = []
    for name in rng.sample(dir(module), min(60, len(dir(module)))):
        wrong = misspelt(name, rng)
        if wrong.isidentifier() and not hasattr(module, wrong):
            found.append(difference(caught(exec, f"from {module.__name__} import {wrong}", {})))
    assert len(found) > 5
    assert [pair for pair in found if pair] == []


@SAME_RULES
@pytest.mark.parametrize(
    "name",
    ["jsn", "winreg", "_tkinter", "tkinter_", "os.x", "os.path.x", "xml.don", "xml.dom.minidon"]
    + ["asyncio.tass", "importlib.metdata", "concurrent.future", "email.mime.texts", "sys.x"]
    + ["qqqqqqqqqq", "a" * 100, "ｊson", "xml.ｄom", "", "json.decodr", "unittest.moc", "_scproxy"],
)
def test_modules(name):
    if name:
        assert difference(caught(__import__, name)) is None
    if "." in name:
        __import__(name.rpartition(".")[0])  # the standard module would, on its own account
    error = ModuleNotFoundError("m", name=name)
    assert difference(caught(exec, "raise error", {"error": error})) is None


@SAME_RULES
@pytest.mark.parametrize("kind", [NameError, AttributeError, ImportError, ModuleNotFoundError])
@pytest.mark.parametrize(
    "error",
    [
        NameError("m", name="prin"),
        NameError("m", name="json"),
        NameError("m", name=None),
        NameError("m", name=3),
        AttributeError("m", name="appen", obj=[]),
        AttributeError("m", name="appen"),
        AttributeError("m", name="__boo__", obj=None),
        AttributeError("m", name=3, obj=[]),
        ImportError("m", name="json", name_from="dmps") if sys.version_info >= (3, 12) else None,
        ImportError("m", name="json"),
        ModuleNotFoundError("m", name="jsn"),
        ValueError("m"),
    ],
    ids=repr,
)
def test_types_and_values_that_differ(kind, error):
    error = caught(exec, "raise error", {"error": error})
    standard = lambda: str(traceback.TracebackException(kind, error, error.__traceback__))  # noqa: E731
    ours = str(lastwords.traceback.TracebackException(kind, error, error.__traceback__))
    try:
        expected = standard()
    except Exception:  # it raises for names that are no strings; and for values of other types
        expected = "m"
    assert ours == expected
