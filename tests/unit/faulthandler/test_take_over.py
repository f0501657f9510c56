"""Ours takes the place, and the file, of the standard handler that the interpreter's settings enabled."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from support import child

pytestmark = pytest.mark.native

SETTINGS = {
    "variable": ([], {"PYTHONFAULTHANDLER": "1"}),
    "dev mode": (["-X", "dev"], {}),
    "option": (["-X", "faulthandler"], {}),
}
FAILS = """
import ctypes
def test_fails_here():
    {more}
    import lastwords.faulthandler
    ctypes.string_at(8)
"""


@pytest.mark.parametrize("capture", ["fd", "sys", "no"])
@pytest.mark.parametrize("settings", [*SETTINGS, "none"])
def test_a_crash_under_pytest_is_shown(tmp_path: Path, settings: str, capture: str) -> None:
    """Its plugin gives the standard handler the real standard error, and captures descriptor 2."""
    (tmp_path / "test_it.py").write_text(FAILS.format(more=""))
    options, environment = SETTINGS.get(settings, ([], {}))
    pytest_options = ("-p", "no:cacheprovider", "-q", f"--capture={capture}", "test_it.py")
    done = child.python(*options, "-m", "pytest", *pytest_options, cwd=tmp_path, env=environment)
    assert done.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in done.stderr
    assert done.stderr.count("in test_fails_here") == 1


CHOOSES = """
import faulthandler as standard, os, sys
log = open(sys.argv[1], "w")
standard.enable({choice})
from lastwords import faulthandler as fault
print(standard.is_enabled(), fault.is_enabled(), flush=True)
def fails_here():
    fault._sigsegv()
fails_here()
"""


@pytest.mark.parametrize("choice", ["log", "log.fileno()", "log, False", "file=log.fileno()"])
def test_a_file_that_the_program_chose_since(tmp_path: Path, choice: str) -> None:
    code = CHOOSES.format(choice=choice)
    done = child.python("-X", "faulthandler", "-c", code, tmp_path / "log")
    assert done.returncode == -signal.SIGSEGV
    # Before 3.12 only the standard handler knows its file: it goes on.
    assert done.stdout == ("False True\n" if sys.version_info >= (3, 12) else "True False\n")
    assert done.stderr == ""
    text = (tmp_path / "log").read_text()
    assert text.count("in fails_here") == 1
    assert ("Stack (most recent call first)" in text) == ("False" in choice)


def test_standard_error_that_was_captured_since(tmp_path: Path) -> None:
    code = """
import io, sys
sys.stderr = io.StringIO()
from lastwords import faulthandler as fault
print(fault.is_enabled(), flush=True)
fault._sigsegv()
"""
    done = child.python("-X", "faulthandler", "-c", code)
    assert (done.returncode, done.stdout) == (-signal.SIGSEGV, "True\n")
    assert "Segmentation fault" in done.stderr


STREAMS = {
    "without a descriptor": "sys.stderr = io.StringIO()",
    "of a kind of its own": "sys.stderr = type('Stream', (), {'write': lambda *_: None})()",
    "closed": "sys.stderr = open(os.devnull, 'w'); sys.stderr.close()",
}


@pytest.mark.parametrize("stream", list(STREAMS))
def test_enable_falls_back_to_the_real_standard_error(stream: str) -> None:
    code = f"""
import io, os, sys
from lastwords import faulthandler as fault
{STREAMS[stream]}
fault.enable(c_stack=False)
def fails_here():
    fault._sigsegv()
fails_here()
"""
    done = child.python("-c", code)
    assert done.returncode == -signal.SIGSEGV
    assert "in fails_here" in done.stderr


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        ("sys.stderr = None", "RuntimeError: sys.stderr is None"),
        ("del sys.stderr", "RuntimeError: lost sys.stderr"),
        ("os.close(2); sys.stderr = io.StringIO()", "UnsupportedOperation: fileno"),
    ],
)
def test_without_any_the_errors_are_the_standard_ones(stream: str, error: str) -> None:
    code = f"""
import io, os, sys
from lastwords import faulthandler as fault
{stream}
try:
    fault.enable()
except Exception as error:
    print(type(error).__name__, error, sep=": ")
print(fault.is_enabled())
"""
    done = child.python("-c", code, status=0)
    assert done.stdout == f"{error}\nFalse\n"


def test_a_file_that_is_given_must_be_one() -> None:
    code = """
import io
from lastwords import faulthandler as fault
try:
    fault.enable(io.StringIO())
except io.UnsupportedOperation as error:
    print(error)
"""
    assert child.python("-c", code, status=0).stdout == "fileno\n"
