"""Dumps at a high rate never hurt a healthy program: no death, no hang, no torn line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from support import child
from support.fault_report import parse

pytestmark = pytest.mark.native

CHURN = Path(__file__).resolve().parent / "churn.py"
COME_AND_GO = CHURN.with_name("come_and_go.py")
SHORT = 2
LONG = 60
ASKED = re.compile(r"(?=\A|(?<=\n)(?<!\n\n)(?=(?:Current thread|Thread) 0x))")
SPLIT = {
    "watchdog": re.compile(r"(?=^Timeout \()", re.MULTILINE),
    "signal": ASKED,
    "foreign": ASKED,
    "direct": ASKED,
}


def storm(how: str, seconds: int, log: Path, *, enabled: bool, program: Path = CHURN) -> int:
    """Run the program; return how many dumps it wrote, each of which could be read back."""
    environment = {"CHURN_ENABLE": "1"} if enabled else {}
    command = (program, how, str(seconds), log)
    done = child.python(*command, env=environment, timeout=seconds * 10 + 60)
    assert done.stderr == ""
    assert done.returncode == 0
    assert int(done.stdout) > 0
    text = log.read_text()
    log.unlink()
    dumps = [dump for dump in SPLIT[how].split(text) if dump]
    for dump in dumps:
        assert parse(dump).threads
    return len(dumps)


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("how", list(SPLIT))
def test_storm(tmp_path: Path, how: str, enabled: bool) -> None:  # noqa: FBT001  (a parameter)
    assert storm(how, SHORT, tmp_path / "log", enabled=enabled) > 100


@pytest.mark.full
@pytest.mark.timeout(LONG * 12)
@pytest.mark.parametrize(("how", "enabled"), [*((how, True) for how in SPLIT), ("direct", False)])
def test_long_storm(tmp_path: Path, how: str, enabled: bool) -> None:  # noqa: FBT001  (a parameter)
    assert storm(how, LONG, tmp_path / "log", enabled=enabled) > 1000


side_by_side = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before 3.12 interpreters share one lock"
)
CELLS = (("watchdog", False), ("signal", False), ("direct", False), ("direct", True))


@side_by_side
@pytest.mark.parametrize(("how", "enabled"), CELLS)
def test_storm_over_interpreters(
    tmp_path: Path,
    how: str,
    enabled: bool,  # noqa: FBT001  (a parameter)
) -> None:
    log = tmp_path / "log"
    assert storm(how, SHORT, log, enabled=enabled, program=COME_AND_GO) > 100


@side_by_side
@pytest.mark.full
@pytest.mark.timeout(LONG * 12)
@pytest.mark.parametrize(("how", "enabled"), CELLS)
def test_long_storm_over_interpreters(
    tmp_path: Path,
    how: str,
    enabled: bool,  # noqa: FBT001  (a parameter)
) -> None:
    log = tmp_path / "log"
    assert storm(how, LONG // 3, log, enabled=enabled, program=COME_AND_GO) > 1000
