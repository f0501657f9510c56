"""The style "plus": messages and suggestions."""

from __future__ import annotations

import sys

import pytest

from lastwords._plus import PlusException


def message_of(function):
    with pytest.raises(Exception) as caught:
        function()
    return str(PlusException.from_exception(caught.value))


class Recorder:
    asked: list[str] = []

    def __getattr__(self, name):
        Recorder.asked.append(name)
        return 1

    def total(self):
        return pricee * 2


class Lazy:
    @property
    def connection(self):
        Recorder.asked.append("property")

    def total(self):
        return connection


class Exits:
    def __getattr__(self, name):
        raise SystemExit(name)

    def total(self):
        return pricee


class Plain:
    def __init__(self):
        self.price = 1

    def total(self):
        return price


def test_a_name_error_runs_nothing_of_the_object():
    Recorder.asked.clear()
    assert message_of(Recorder().total) == "name 'pricee' is not defined"
    assert message_of(Lazy().total).endswith(". Did you mean: 'self.connection'?")
    assert message_of(Exits().total) == "name 'pricee' is not defined"
    assert message_of(Plain().total).endswith(". Did you mean: 'self.price'?")
    assert Recorder.asked == []


def test_a_name_error_still_finds_variables_and_modules():
    def near():
        number = 1
        return nubmer

    def module():
        return colorsys

    assert message_of(near).endswith(". Did you mean: 'number'?")
    assert message_of(module).endswith(". Did you forget to import 'colorsys'?")


class Bare:
    foobar = 1

    def __getattr__(self, name):
        raise AttributeError


class BareMeta(type):
    def __getattr__(cls, name):
        raise AttributeError("")


class OfMeta(metaclass=BareMeta):
    foobar = 1


class Named:
    foobar = 1

    def __getattr__(self, name):
        raise AttributeError(name)


def test_a_bare_attribute_error_says_what_is_missing():
    hint = ". Did you mean '.foobar' instead of '.foboar'?"
    assert message_of(lambda: Bare().foboar) == "'Bare' object has no attribute 'foboar'" + hint
    want = "type object 'OfMeta' has no attribute 'foboar'" + hint
    assert message_of(lambda: OfMeta.foboar) == want
    assert message_of(lambda: Named().foboar) == "foboar" + hint


def test_a_bare_attribute_error_of_a_module():
    def fails():
        raise AttributeError(name="arg", obj=sys)

    assert message_of(fails) == (
        "module 'sys' has no attribute 'arg'. Did you mean '.argv' instead of '.arg'?"
    )


def test_an_attribute_error_that_knows_nothing_stays_bare():
    def fails():
        raise AttributeError

    def names():
        raise AttributeError(name="x")

    assert message_of(fails) == ""
    assert message_of(names) == "no attribute 'x'"


def test_an_installed_module_comes_before_one_of_the_standard_library(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert message_of(lambda: __import__("zunpy")).endswith("Did you mean: 'runpy'?")
    (tmp_path / "zumpy").mkdir()
    assert message_of(lambda: __import__("zunpy")).endswith("Did you mean: 'zumpy'?")


def test_a_nearer_module_of_the_standard_library_comes_first(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "colorsxxs").mkdir()
    assert message_of(lambda: __import__("colorsy")).endswith("Did you mean: 'colorsys'?")
