"""Generated exceptions: ours against the running interpreter's standard module, byte for byte.

On 3.15 everything must be the same.  On 3.13 and 3.14 the standard module follows the same rules for
what `same_rules` lets through; on 3.11 and 3.12 too little is the same for generated shapes, and
test_golden_shapes.py holds ours to what 3.15 printed instead.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, example, given, settings

from support import shape_strategies, shapes
from support.compare import CALLS, EXACT, assert_same, outcome, standard, subject, tracebacklimit

if TYPE_CHECKING:
    from pathlib import Path

# What earlier standard modules do otherwise: colour themes, the width of a character, the C helpers.
SINCE_3_15 = {"format_exception colour", "format_exception_only colour", "_print_exception_bltin"}


def same_rules(shape: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether the running standard module has 3.15's rules for this shape."""
    if EXACT:
        return True
    text = json.dumps(shape, ensure_ascii=False)
    return (
        sys.version_info >= (3, 13)
        and text.isascii()
        and not any(odd in text for odd in ("\\t", "\\u00", "Syntax", "Indentation", "TabError", "stdin", "loader", "Hard"))
        and not options["format"].get("colorize")
    )  # fmt: skip


# A group that comes back as a member of what its own member was raised in.
RETURNING_GROUP = {
    "nodes": [
        {"type": "ValueError", "args": ["last"], "context": 3},
        {"type": "ValueError", "args": ["first"], "context": 2},
        {"type": "ExceptionGroup", "message": "between", "members": [3]},
        {"type": "ExceptionGroup", "message": "returns", "members": [4]},
        {"type": "ValueError", "args": ["member"], "context": 1},
    ]
}


def reaches_known_defect(shape: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether a known defect of the standard module shows: docs/differences.md lists them."""
    limit = options.get("tracebacklimit")
    depths = [len(node.get("frames", ())) for node in shape["nodes"]]
    return limit is not None and any(depth < limit < 2 * depth for depth in depths)


@settings(suppress_health_check=list(HealthCheck))
@given(shape_strategies.exception_shapes(), shape_strategies.call_options())
@example({"nodes": [{"type": "ValueError", "args": []}]}, {"make": {}, "format": {}})
@example(RETURNING_GROUP, {"make": {}, "format": {}})
def test_same_text(folder: Path, shape: dict[str, Any], options: dict[str, Any]) -> None:
    """Every call on every shape gives the same, twice."""
    assume(same_rules(shape, options) or not EXACT)
    shapes.write_files(shape, folder)
    try:
        exc = shapes.build(shape)
        with tracebacklimit(options.get("tracebacklimit")):
            for label, call in CALLS:
                if label in SINCE_3_15 and not EXACT:
                    continue
                if label == "_print_exception_bltin" and reaches_known_defect(shape, options):
                    continue
                if (
                    same_rules(shape, options)
                    and outcome(call, standard, exc, options)[0] == "returned"
                ):
                    assert_same(label, call, exc, options)
                else:
                    assert_stable(label, call, exc, options)
    finally:
        shapes.remove_files(shape, folder)


def assert_stable(label: str, call: Any, *args: object) -> None:
    """Where the standard module is no measure, or raises: ours works, and the same twice."""
    kind, first = outcome(call, subject, *args)
    assert kind == "returned", (label, first)
    assert outcome(call, subject, *args) == (kind, first), label
