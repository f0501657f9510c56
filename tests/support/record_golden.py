"""Write tests/golden/traceback/*.jsonl: what CPython 3.15's standard module prints for many shapes.

Run it with CPython 3.15, from the top of a checkout:

    PYTHONPATH=tests python -m support.record_golden OUTPUT_FOLDER [travelled]

The files are what tests/differential/test_golden_*.py, test_interface.py and (those of `travelled`,
which needs lastwords) tests/property/test_detached.py hold our module to on every version.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

os.environ["LASTWORDS_TEST_SUBJECT"] = "traceback"  # lastwords need not be installed

from support import compare, interface, programs, shape_strategies, shapes

COUNT = 300
MOST_BYTES = 8_000
# These need no more than what a shape says, so that they give the same on every version.
RECORDED = {
    "format_exception", "format_exception colour", "format_exception chain", "format_exception_only group",
    "format_exception_only colour", "print_tb", "extract_tb", "StackSummary.extract", "format_list", "TracebackException",
}  # fmt: skip
# Parsed differently by older interpreters: what they see is listed in docs/differences.md.
NEW_SYNTAX = ("t'{x}'",)


def expected(shape: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return the outcomes of all recorded calls on a shape whose files are in place."""
    exc = shapes.build(shape)
    with compare.tracebacklimit(options.get("tracebacklimit")):
        return {
            label: compare.outcome(call, traceback, exc, options)
            for label, call in compare.CALLS
            if label in RECORDED
        }


def record(output: Path) -> None:
    """Collect the shapes that hypothesis proposes and write those of a fair size."""
    cases: dict[str, None] = {}

    @seed(20_15)
    @settings(
        max_examples=4 * COUNT,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(shape_strategies.exception_shapes(), shape_strategies.call_options())
    def collect(shape: dict[str, Any], options: dict[str, Any]) -> None:
        shapes.write_files(shape, Path())
        results = expected(shape, options)
        shapes.remove_files(shape, Path())
        line = json.dumps({"shape": shape, "options": options, "expected": results}, sort_keys=True)
        if '"raised"' in line:
            return  # the standard module's own defects: ours does not raise there
        if 600 < len(line) < MOST_BYTES and not any(new in line for new in NEW_SYNTAX):
            cases.setdefault(line)

    collect()
    chosen = random.Random(COUNT).sample(sorted(cases), COUNT)
    (output / "shapes.jsonl").write_text("".join(f"{line}\n" for line in chosen))


def record_programs(output: Path) -> None:
    """Write what is printed for the programs whose frames are all in their own file."""
    sys.path.insert(0, "")  # what the programs import stands in the current directory
    lines = []
    for name in programs.PROGRAMS:
        programs.write(name, Path())
        exc = programs.failure(name)
        results = {
            label: compare.outcome(call, traceback, exc, {})
            for label, call in compare.CALLS
            if label in RECORDED
        }
        text = json.dumps({"name": name, "expected": results}, sort_keys=True)
        if not any(foreign in text for foreign in ("/usr/", "/tmp", "<frozen")):
            lines.append(f"{text}\n")
    (output / "programs.jsonl").write_text("".join(lines))


TRAVELLED = (
    "group",
    "raise_from",
    "unicode_source",
    "recursion_mutual",
    "syntax_error_keyword",
    "locals_of_all_kinds",
)


def record_travelled(output: Path) -> None:
    """Write what ours makes of some programs as data, and what it prints: needs lastwords."""
    from lastwords.traceback import TracebackException

    lines = []
    for name in TRAVELLED:
        programs.write(name, Path())
        with_locals = name.startswith("locals")
        te = TracebackException.from_exception(programs.failure(name), capture_locals=with_locals)
        case = {"name": name, "data": te.to_dict(), "texts": compare.texts(te)}
        lines.append(json.dumps(case, sort_keys=True) + "\n")
    (output / "travelled.jsonl").write_text("".join(lines))


def main() -> None:
    """Record into the folder named on the command line."""
    if sys.version_info[:2] != (3, 15):
        sys.exit("record_golden.py: needs CPython 3.15")
    output = Path(sys.argv[1]).resolve()
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if sys.argv[2:] == ["travelled"]:
            record_travelled(output)
            return
        record(output)
        record_programs(output)
        found = interface.describe(traceback, interface.names_of(traceback))
        (output / "interface.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
