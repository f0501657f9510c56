"""The first use of `lastwords.traceback`, where only a few levels of the stack are left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import child

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
import sys
import lastwords.traceback

def go(depth):
    if depth:
        return go(depth - 1)
    sys.setrecursionlimit(60 + int(sys.argv[1]))
    try:
        x = 1 / 0
    except ZeroDivisionError:
        return lastwords.traceback.format_exc()

text = go(58)
sys.setrecursionlimit(1000)
print(text)
"""

LEVELS = 15
"""What the standard module needs on 3.11; on later versions it needs 30 and more."""


@pytest.mark.native  # whose hooks grant levels
def test_it_needs_no_more_levels_than_the_standard_module(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = child.python(program, str(LEVELS), status=0)
    assert "    x = 1 / 0\n        ~~^~~\nZeroDivisionError: " in done.stdout
    assert "RecursionError" not in done.stdout
