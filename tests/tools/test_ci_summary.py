"""The summary of .ci/run: nothing that failed or was not run may look like a success."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import child

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "ci_summary.py"
GOOD = '<testsuites><testsuite tests="5" failures="0" errors="0" skipped="1"/></testsuites>'
BAD = '<testsuites><testsuite tests="5" failures="1" errors="1" skipped="0"/></testsuites>'


def summary(folder: Path) -> tuple[int, str]:
    done = child.python(SCRIPT, folder)
    return done.returncode, done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"3.11.xml": GOOD, "3.12.xml": GOOD, "steps": "passed lint\n"}, (0, "9 passed, 0 failed")),
        ({"3.11.xml": GOOD, "3.12.xml": BAD}, (1, "7 passed, 2 failed")),
        ({"3.11.xml": GOOD, "3.12.xml": "<testsuites><cut"}, (1, "4 passed, 1 failed")),
        ({"3.11.xml": GOOD, "steps": "failed lint\n"}, (1, "4 passed, 1 failed")),
        ({"3.11.xml": GOOD, "steps": "failed CPython 3.15\n"}, (1, "4 passed, 1 failed")),
    ],
)
def test_last_line_and_status(tmp_path, files, expected):
    for name, text in files.items():
        tmp_path.joinpath(name).write_text(text)
    assert summary(tmp_path) == expected


def test_what_was_not_tested_is_named(tmp_path):
    tmp_path.joinpath("untested").write_text("NOT TESTED: CPython 3.15: no root\n")
    tmp_path.joinpath("steps").write_text("failed CPython 3.15\n")
    done = child.python(SCRIPT, tmp_path, status=1)
    assert "NOT TESTED: CPython 3.15: no root" in done.stdout
