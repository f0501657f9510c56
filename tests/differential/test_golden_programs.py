"""What CPython 3.15 printed for the programs: ours prints it on every version, where the compiler allows.

`COMPILED_OTHERWISE` names the programs for which an older compiler or VM records something else, with
the first version that records what 3.15 does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from support import programs
from support.compare import CALLS, outcome, subject

GOLDEN = Path(__file__).parent.parent / "golden" / "traceback" / "programs.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
BY_LABEL = dict(CALLS)
COMPILED_OTHERWISE: dict[str, tuple[int, int]] = {
    # positions that an older compiler gives to other parts of the statement
    "list_comprehension": (3, 12), "dict_comprehension": (3, 12), "nested_comprehension": (3, 12),
    "yield_from": (3, 13), "async_with": (3, 13), "with_enter": (3, 13), "with_exit": (3, 13), "for_loop": (3, 13),
    "assert_plain": (3, 13), "assert_message": (3, 13), "generator_expression": (3, 14),
    # messages that an older interpreter words otherwise
    "assign_attribute": (3, 13), "keyword_suggestion": (3, 13), "assign_unpack": (3, 14), "power": (3, 14),
    "typed_dict_comprehension": (3, 14), "set_comprehension": (3, 14),
}  # fmt: skip


def same_compiler(name: str) -> bool:
    return sys.version_info >= COMPILED_OTHERWISE.get(name, (3, 11))


@pytest.mark.parametrize(
    "case", [c for c in CASES if same_compiler(c["name"])], ids=lambda case: case["name"]
)
def test_golden_program(
    folder: Path, monkeypatch: pytest.MonkeyPatch, case: dict[str, Any]
) -> None:
    monkeypatch.syspath_prepend("")
    programs.write(case["name"], folder)
    exc = programs.failure(case["name"])
    for label, expected in case["expected"].items():
        for _ in ("cold", "hot"):
            actual = json.loads(json.dumps(outcome(BY_LABEL[label], subject, exc, {})))
            assert actual == expected, label
