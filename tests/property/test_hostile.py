"""Nothing that a user's objects do makes printing a traceback raise, hang or grow without bound."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import hostile

SCRIPT = Path(hostile.__file__)
SECONDS_FOR_A_BATCH = 60
SECONDS_FOR_ONE = 150
BATCH = 40
# These take long enough, or harm their process enough, to need one of their own.
ALONE = [
    name for name in hostile.CASES
    if name.startswith(("chain", "wide", "deep", "exploding", "endless", "huge", "many", "source_", "range", "traceback", "a_finder"))
    or "device" in name or "memory" in name.split("_")[-1] or "tty" in name
]  # fmt: skip
# These end within a bound, but not soon: `make test` leaves them to `make test-full`.
LONG = {"exploding_group", "chain_of_contexts"}
OTHERS = [name for name in hostile.CASES if name not in ALONE]
BATCHES = [OTHERS[start : start + BATCH] for start in range(0, len(OTHERS), BATCH)]


def run(names: list[str], seconds: int) -> dict[str, str]:
    """What became of each case, in a child process."""
    try:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *names],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            errors="replace",
        )
        lines, end = done.stdout.splitlines(), f"ended with {done.returncode}: {done.stderr[-300:]}"
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
        lines, end = output.decode(errors="replace").splitlines(), f"nothing after {seconds} s"
    fates = dict(zip(names, lines, strict=False))
    for name in names[len(lines) : len(lines) + 1]:
        fates[name] = end
    return fates


@pytest.mark.timeout(200)
@pytest.mark.parametrize("names", BATCHES, ids=lambda names: f"{names[0]}..{names[-1]}")
def test_survives(names: list[str]) -> None:
    fates = run(names, SECONDS_FOR_A_BATCH)
    assert fates == dict.fromkeys(names, "survived")


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in ALONE]
)
def test_survives_alone(name: str) -> None:
    assert run([name], SECONDS_FOR_ONE) == {name: "survived"}
