"""When output is coloured, and with what."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from lastwords import _theme as theme
from support import child


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and has no descriptor."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHON_COLORS", "NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


WISHES = [
    ({}, False, True),
    ({"PYTHON_COLORS": "1"}, True, True),
    ({"PYTHON_COLORS": "0", "FORCE_COLOR": "1"}, False, False),
    ({"PYTHON_COLORS": "2"}, False, True),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
    ({"FORCE_COLOR": "1"}, True, True),
    ({"FORCE_COLOR": "0"}, True, True),
    ({"TERM": "dumb"}, False, False),
    ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ({"PYTHON_COLORS": "1", "NO_COLOR": "1", "TERM": "dumb"}, True, True),
]


@pytest.mark.parametrize(("wishes", "on_file", "on_terminal"), WISHES)
def test_environment(
    monkeypatch: pytest.MonkeyPatch, wishes: dict[str, str], *, on_file: bool, on_terminal: bool
) -> None:
    for name, value in wishes.items():
        monkeypatch.setenv(name, value)
    assert theme.can_colorize(io.StringIO()) is on_file
    assert theme.can_colorize(Terminal()) is on_terminal
    assert theme._safe_can_colorize(file=Terminal()) is on_terminal


@pytest.mark.skipif((3, 14) <= sys.version_info < (3, 15), reason="3.14's own rules hold there")
@pytest.mark.parametrize("name", ["NO_COLOR", "FORCE_COLOR"])
def test_empty_wishes_are_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert theme.can_colorize(io.StringIO()) is False
    assert theme.can_colorize(Terminal()) is True


@pytest.mark.parametrize(("wish", "expected"), [("1", "False"), ("0", "False")])
def test_ignored_environment(wish: str, expected: str) -> None:
    code = (
        "import io; from lastwords import _theme as theme; print(theme.can_colorize(io.StringIO()))"
    )
    done = child.python("-E", "-c", code, env={"PYTHON_COLORS": wish}, status=0)
    assert done.stdout.strip() == expected


def raising(error: BaseException) -> Any:
    def call() -> Any:
        raise error

    return call


@pytest.mark.parametrize(
    "file",
    [
        object(),
        SimpleNamespace(fileno=raising(ValueError())),
        SimpleNamespace(fileno=raising(OSError())),
        SimpleNamespace(fileno=lambda: "no number"),
        SimpleNamespace(fileno=lambda: -1),
        SimpleNamespace(fileno=raising(OSError()), isatty=raising(RuntimeError())),
    ],
)
def test_broken_files_get_no_colour(file: Any) -> None:
    assert theme.can_colorize(file) is False


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo terminals")
def test_real_terminal() -> None:
    primary, secondary = os.openpty()
    try:
        with open(secondary, "w", closefd=False, encoding="utf-8") as file:
            assert theme.can_colorize(file) is True
    finally:
        os.close(primary)
        os.close(secondary)


def test_colours() -> None:
    colors = theme._safe_get_theme(force_color=True).traceback
    parts = "type message note filename line_no frame error_highlight error_range reset".split()
    codes = "1;35 35 36 35 35 35 1;31 31 0".split()
    assert [getattr(colors, part) for part in parts] == [f"\x1b[{code}m" for code in codes]
    assert [colors[part] for part in parts] == [f"\x1b[{code}m" for code in codes]


def test_no_colours() -> None:
    colors = theme._safe_get_theme(force_no_color=True).traceback
    assert {colors[part] for part in ("type", "note", "reset", "error_range")} == {""}


def test_items_are_the_parts_alone() -> None:
    section = theme.Traceback()
    assert len(section) == len(list(section)) == 9
    assert repr(section).startswith("Traceback(type='\\x1b[1;35m', ")
    with pytest.raises(KeyError):
        section["__class__"]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="no _colorize before")
def test_replaced_standard_functions_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import _colorize

    monkeypatch.setattr(_colorize, "can_colorize", lambda **_: True)
    assert theme.can_colorize(io.StringIO()) is True
    monkeypatch.setattr(_colorize, "can_colorize", None)
    assert theme.can_colorize(Terminal()) is False


@pytest.mark.skipif(sys.version_info < (3, 13), reason="no _colorize before")
def test_standard_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    import _colorize

    monkeypatch.setattr(_colorize, "COLORIZE", False)
    assert theme.can_colorize(Terminal()) is False


@pytest.mark.skipif(sys.version_info < (3, 14), reason="no themes before")
def test_late_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    import _colorize

    monkeypatch.setattr(_colorize, "get_theme", None)
    late = theme._safe_get_theme(force_color=True)
    assert f"{late.traceback.type}|{late['x']}|{late.traceback!s}|{late.a:>9}" == "|||"
    assert late.a + "x" == "x" == "x" + late.a


@pytest.mark.skipif(sys.version_info < (3, 14), reason="no themes before")
def test_replaced_theme_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import _colorize

    colors = _colorize.default_theme.traceback.copy_with(type="\x1b[32m")
    monkeypatch.setattr(_colorize, "_theme", _colorize.default_theme.copy_with(traceback=colors))
    found = theme._safe_get_theme(force_color=True).traceback
    assert found.type == "\x1b[32m"
    assert found.note == "\x1b[36m"
