"""The demo runs, every program ends as under python, and the reports say what they should."""

from __future__ import annotations

import sys
from pathlib import Path

from support import child

DEMO = Path(__file__).resolve().parents[2] / "demo" / "demo.py"
FEWER_MARKS = "Fewer marks here: "


def test_every_program():
    done = child.python(DEMO, timeout=110, status=0)
    for part in (
        "AttributeError: 'list' object has no attribute 'push'. Did you mean '.append'?",
        "AttributeError: 'Settings' object has no attribute 'port'",
        "  [Previous 2 frames repeated 4",
        "    [This file was changed after it was loaded; the lines shown are new]",
        "SyntaxError: invalid syntax. Did you mean 'for'?",
        '    / len([item for item in items if item["count"] > 1])',
        "The above exception was the direct cause of the following exception:",
        "  + Exception Group Traceback (most recent call last):",
        "Fatal Python error: Segmentation fault",
        "[killed by SIGSEGV]",
    ):
        assert part in done.stdout, part


def test_long_reports_are_abridged():
    lines = child.python(DEMO, "recurses", status=0).stdout.splitlines()
    assert any(line.startswith("... 2") and line.endswith(" lines ...") for line in lines)
    assert len(lines) < 70


def test_fewer_marks_than_python_are_explained():
    expected = sys.version_info < (3, 13)
    assert (FEWER_MARKS in child.python(DEMO, "chains", status=0).stdout) == expected
    assert FEWER_MARKS not in child.python(DEMO, "edited", status=0).stdout


def test_unknown_program():
    done = child.python(DEMO, "nothing", status=2)
    assert "no such program: nothing" in done.stdout
