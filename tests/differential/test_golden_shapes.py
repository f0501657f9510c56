"""What CPython 3.15 printed for shapes that depend on no compiler: ours prints it on every version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import shapes
from support.compare import CALLS, outcome, subject, tracebacklimit

GOLDEN = Path(__file__).parent.parent / "golden" / "traceback"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (GOLDEN / "shapes.jsonl").read_text().splitlines()
]
BY_LABEL = dict(CALLS)


def plain(result: object) -> object:
    """A result as it comes back from JSON."""
    return json.loads(json.dumps(result))


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_golden_shape(folder: Path, case: dict[str, Any]) -> None:
    """Each recorded call gives what was recorded, cold and then hot."""
    shapes.write_files(case["shape"], folder)
    exc = shapes.build(case["shape"])
    options = case["options"]
    with tracebacklimit(options.get("tracebacklimit")):
        for label, expected in case["expected"].items():
            for _ in ("cold", "hot"):
                assert plain(outcome(BY_LABEL[label], subject, exc, options)) == expected, label
