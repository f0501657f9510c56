"""PyQt ends the process if a slot raises, unless there is a hook of another library."""

from __future__ import annotations

import signal

import pytest

from support import child

pytestmark = pytest.mark.compat
pytest.importorskip(
    "PyQt6.QtCore", reason="PyQt6 is not installed: it is large; see the extra `qt`"
)

PROGRAM = """
import sys
if "early" in sys.argv: import lastwords; lastwords.install()
from PyQt6.QtCore import QCoreApplication, QTimer
if "late" in sys.argv: import lastwords; lastwords.install()
if "theirs" in sys.argv: sys.excepthook = lambda *args: print("theirs")
app = QCoreApplication([])
QTimer.singleShot(0, lambda: 1 / 0)
QTimer.singleShot(300, lambda: app.exit(3))
sys.exit(app.exec())
"""


@pytest.mark.parametrize("when", ["not", "early", "late", "run"])
def test_a_slot_that_raises_ends_the_process(when, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    start = ("-m", "lastwords", "run", "--no-faulthandler") if when == "run" else ()
    done = child.python(*start, path, when, status=-signal.SIGABRT)
    assert done.stderr.count("ZeroDivisionError: division by zero\n") == 1


@pytest.mark.parametrize("when", ["not", "early", "late"])
def test_with_a_hook_of_the_programs_it_goes_on(when):
    assert child.program(PROGRAM, when, "theirs", status=3).stdout == "theirs\n"
