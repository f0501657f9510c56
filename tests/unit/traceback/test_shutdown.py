"""Finalizers print the same tracebacks at the interpreter's end as before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support import child

PROGRAM = """
import sys
import lastwords.traceback as traceback


def name(): zipp
def attribute(): sys.exitt
def module(): import hashlb
def member(): from os import pathh
def syntax(): compile("whille x:\\n  pass", "<s>", "exec")
def group(): raise ExceptionGroup("g", [ValueError(1), KeyError("\\u6f22")])
def lines():
    return (sys.argv
        + sys.argv[1](2,
            3))


class Finalizer:
    def __init__(self):
        self.write = sys.stdout.write
        self.failures = []
        for function in (name, attribute, module, member, syntax, group, lines):
            try:
                function()
            except Exception as error:
                self.failures.append(error)

    def __del__(self):
        for error in self.failures:
            for colorize in (False, True):
                self.write(ascii(traceback.format_exception(error, colorize=colorize)) + "\\n")
            captured = traceback.TracebackException.from_exception(error)
            self.write(ascii(list(captured.format())) + "\\n")
            self.write(ascii(traceback.format_tb(error.__traceback__)) + "\\n")
        try:
            1 / 0
        except ZeroDivisionError:
            self.write(ascii(traceback.format_exc()) + "\\n")


if "used" in sys.argv:
    traceback.format_exception(ValueError())
finalizer = Finalizer()
if "before" in sys.argv:
    finalizer.__del__()
    finalizer.failures.clear()
    finalizer.write = len
"""


def lines_of(program: Path, *arguments: str, pure: bool) -> list[str]:
    env = {"LASTWORDS_PURE": "1" if pure else None}
    done = child.python(program, *arguments, env=env, status=0)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize("first", ["used", "unused"])
def test_a_finalizer_at_the_end_prints_all(tmp_path: Path, first: str, *, pure: bool) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    before = lines_of(program, "before", pure=pure)
    assert "zip" in before[0]
    assert len(before) == 7 * 4 + 1
    assert lines_of(program, first, pure=pure) == before


def test_source_given_on_the_command_line(tmp_path: Path) -> None:
    """From 3.13 on the interpreter keeps the text of `-c` in linecache."""
    code = PROGRAM.replace(
        "function in (name, attribute, module, member, syntax, ", "function in ("
    )
    before, after = (
        child.program(code, argument, cwd=tmp_path, status=0).stdout
        for argument in ("before", "unused")
    )
    assert after == before
    assert ("sys.argv[1](2" in after) == (sys.version_info >= (3, 13))
