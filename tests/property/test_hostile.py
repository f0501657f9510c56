"""Printing a traceback never raises, hangs or grows without bound because of the user's objects."""

from __future__ import annotations

import pytest

from support import child, compare, hostile

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


def survive(*names: str, seconds: int) -> None:
    """Run these cases in a child process; each survives."""
    done = child.python(
        hostile.__file__,
        *names,
        env={"LASTWORDS_TEST_SUBJECT": compare.SUBJECT},
        timeout=seconds,
        start_new_session=False,  # a terminal, if there is one, is what some of them read
    )
    end = f"ended with {done.returncode}: {done.stderr[-300:]}"
    assert done.stdout.splitlines() == [f"{name} survived" for name in names], end


@pytest.mark.timeout(200)
@pytest.mark.parametrize("names", BATCHES, ids=lambda names: f"{names[0]}..{names[-1]}")
def test_survives(names: list[str]) -> None:
    survive(*names, seconds=SECONDS_FOR_A_BATCH)


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in ALONE]
)
def test_survives_alone(name: str) -> None:
    survive(name, seconds=SECONDS_FOR_ONE)
