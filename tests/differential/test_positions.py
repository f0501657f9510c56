"""Positions of the standard library's own code: a sample; all of them with --full."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import lastwords
from support import child

DRIVER = Path(child.__file__).with_name("positions.py")
IS_REFERENCE = sys.version_info >= (3, 15)
HAS_SAME_RULES = sys.version_info >= (3, 13)
SECONDS = 1800


def run(*arguments: str, pure: bool = False, reference: bool = not IS_REFERENCE) -> str:
    """Run the driver over the same package as this test; return its last line."""
    if reference:
        arguments = (*arguments, "--reference")
    env = {
        "PYTHONPATH": str(Path(lastwords.__file__).parent.parent),
        "LASTWORDS_PURE": "1" if pure else None,
    }
    done = child.python(DRIVER, *arguments, env=env, timeout=SECONDS)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    last: str = done.stdout.splitlines()[-1]
    return last


@pytest.mark.parametrize("pure", [False, True])
def test_sample(*, pure: bool) -> None:
    assert run("--sample", "3000", "--seed", "1", "--color", pure=pure).endswith(
        "3000 compared, 0 differing"
    )


@pytest.mark.skipif(not HAS_SAME_RULES, reason="the standard module draws by older rules")
def test_sample_by_standard_module_of_the_version() -> None:
    line = run("--sample", "3000", "--seed", "2", reference=False)
    assert line == "3000 compared, 0 differing"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first of the long runs keeps what the standard module gave, for the second."""
    return tmp_path_factory.mktemp("positions") / "answers"


@pytest.mark.full
@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("pure", [False, True])
def test_all(answers: Path, *, pure: bool) -> None:
    line = run("--all", "--color", "--answers", str(answers), pure=pure)
    assert line.endswith(" compared, 0 differing")
    assert int(line.partition(" ")[0]) > 1_000_000


@pytest.mark.full
@pytest.mark.timeout(SECONDS)
@pytest.mark.skipif(
    not HAS_SAME_RULES or IS_REFERENCE, reason="older rules, or compared by test_all"
)
def test_all_by_standard_module_of_the_version() -> None:
    assert run("--all", reference=False).endswith(" compared, 0 differing")
