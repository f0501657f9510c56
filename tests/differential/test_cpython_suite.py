"""CPython's own tests, with our module in the place of the standard one, fail nowhere but as listed here."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parent / "cpython_suite.py"
SUBJECT_IS_STANDARD = os.environ.get("LASTWORDS_TEST_SUBJECT") == "traceback"

# test.test_traceback asserts the rules of its own version, and ours are 3.15's.
QUICK = [
    "test.test_code_module", "test.test_exception_group", "test.test_linecache", "test.test_contextlib", "test.test_doctest",
    *(["test.test_traceback"] if sys.version_info >= (3, 15) else []),
]  # fmt: skip
SLOW = [
    "test.test_exceptions", "test.test_except_star", "test.test_logging", "test.test_unittest", "test.test_cmd_line_script", "test.test_sys", "test.test_threading",
    "test.test_wsgiref",
]  # fmt: skip

# Test id (or its last part) -> why it cannot pass with ours, or not in this environment.
EXPECTED: dict[str, str] = {
    "test.test_traceback.MiscTest.test_all": "takes for public what says of itself that its module is `traceback`",
    "test.test_doctest.test_unicode": "before 3.13: expects no carets under a call of several lines, as 3.15 draws them",
}


def available(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def check(module: str, tmp_path: Path) -> None:
    arguments = [*(["--standard"] if SUBJECT_IS_STANDARD else []), module]
    done = subprocess.run(
        [sys.executable, str(RUNNER), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    report = json.loads(done.stdout.splitlines()[-1]) if done.stdout else None
    assert report is not None, done.stderr
    assert report["run"] > 5
    unexpected = {name: text for name, text in report["failed"].items() if name not in EXPECTED}
    assert not unexpected, "\n".join(f"{name}\n{text}" for name, text in unexpected.items())


@pytest.mark.skipif(
    not available("test.test_traceback"),
    reason="this interpreter was installed without its test-suite",
)
@pytest.mark.parametrize("module", [name for name in QUICK if available(name)])
def test_module(module: str, tmp_path: Path) -> None:
    check(module, tmp_path)


@pytest.mark.full
@pytest.mark.skipif(
    not available("test.test_traceback"),
    reason="this interpreter was installed without its test-suite",
)
@pytest.mark.parametrize("module", [name for name in SLOW if available(name)])
def test_slow_module(module: str, tmp_path: Path) -> None:
    check(module, tmp_path)
