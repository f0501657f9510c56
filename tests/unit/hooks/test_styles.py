"""`install(style=…)`: which style is in force, and what happens when one fails."""

from __future__ import annotations

import inspect
import sys

import pytest

import lastwords
from lastwords import _plus
from lastwords._hooks import styles


class Shop:
    def sell(self):
        raise KeyError("x")


@pytest.fixture
def report(capsys):
    """Return what is printed of an uncaught exception."""

    def report():
        try:
            Shop().sell()
        except KeyError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        return capsys.readouterr().err

    return report


def test_the_default_is_the_standard_style(report):
    assert inspect.signature(lastwords.install).parameters["style"].default == "standard"
    lastwords.install()
    assert "in sell\n" in report()


def test_a_style_is_in_force_as_long_as_its_installation(report):
    lastwords.install()
    with lastwords.install(style="plus"):
        assert "in Shop.sell\n" in report()
        with lastwords.install():  # a library's, say
            assert "in Shop.sell\n" in report()
    assert "in sell\n" in report()


@pytest.mark.parametrize("style", ["Plus", "", None, 1, [], "plus "])
def test_a_wrong_style_is_refused_before_anything_is_installed(style):
    hook = sys.excepthook
    with pytest.raises(ValueError, match="style") as caught:
        lastwords.install(style=style)
    assert isinstance(caught.value, lastwords.StyleError)
    assert "'standard' or 'plus'" in caught.value.hint
    assert sys.excepthook is hook


def test_a_style_that_fails_gives_the_standard_text(report, monkeypatch):
    def broken(*_):
        raise RuntimeError

    lastwords.install(style="plus")
    monkeypatch.setattr(_plus, "PlusException", broken)
    assert "in sell\n" in report()


@pytest.mark.parametrize("style", styles.STYLES)
def test_each_style_has_its_printer(style):
    assert all(map(callable, styles.functions_of(style)))


@pytest.mark.parametrize("style", styles.STYLES)
def test_without_a_traceback_the_exceptions_own_is_printed(style, capsys):
    lastwords.install(style=style)
    try:
        Shop().sell()
    except KeyError as error:
        sys.excepthook(type(error), error, None)
    assert "sell\n    raise KeyError" in capsys.readouterr().err
