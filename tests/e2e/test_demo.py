"""The demo runs, every program ends as under python, and the reports say what they should."""

from __future__ import annotations

from pathlib import Path

from support import child

DEMO = Path(__file__).resolve().parents[2] / "demo" / "demo.py"


def test_every_program():
    done = child.python(DEMO, timeout=110, status=0)
    for part in (
        '    / len([item for item in items if item["count"] > 1])',
        "The above exception was the direct cause of the following exception:",
        "  + Exception Group Traceback (most recent call last):",
        "  [Previous line repeated 99",
        "Did you mean '.append'?",
        "Did you mean 'for'?",
        "Fatal Python error: Segmentation fault",
        "[killed by SIGSEGV]",
    ):
        assert part in done.stdout, part


def test_unknown_program():
    done = child.python(DEMO, "nothing", status=2)
    assert "no such program: nothing" in done.stdout
