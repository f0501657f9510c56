"""The demo runs, every program ends as under python, and the reports say what they should."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[2] / "demo" / "demo.py"


def run(*names: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}
    return subprocess.run(
        [sys.executable, str(DEMO), *names],
        capture_output=True,
        text=True,
        timeout=110,
        env=environment,
    )


def test_every_program():
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
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
    done = run("nothing")
    assert done.returncode == 2
    assert "no such program: nothing" in done.stdout
