"""Writes docs/benchmarks.md from the JSON files that run.py made, one an interpreter.

python benchmarks/report.py JSON... > docs/benchmarks.md
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HEAD = """# Benchmarks

`make bench` prints what lastwords costs in proportion to the standard modules of the same
interpreter. Both are measured in turn in one process, and medians are compared, so that the
figures hold on machines of different speed. A ratio of 1/50 means: a fiftieth of the standard
module's time.

Hot means: the same exception is formatted again and again. Cold means: modules newly compiled from
new files, and nothing cached. A row that misses its target says so. Before 3.15 the standard
module looks for no suggestions when a module is missing: lastwords does there what 3.15 does, and
takes the time for it when the text is made.

These figures come from a busy machine of two cores; run `make bench` for your own.
"""


def fraction(ratio: float) -> str:
    """A ratio as people say it."""
    if ratio > 0.7:
        return f"{ratio:.2f}"
    times = 1 / ratio
    return f"1/{times:.{1 if times < 10 and times % 1 else 0}f}"


def cell(row: dict[str, Any] | None) -> str:
    """A ratio and, where there is a target, whether it is reached."""
    if row is None:
        return "-"
    wanted = row["target"]
    if wanted is None:
        return fraction(row["ratio"])
    mark = "" if row["reached"] else " **missed**"
    return f"{fraction(row['ratio'])} (target {fraction(wanted)}){mark}"


def table(reports: list[dict[str, Any]], key: str) -> list[str]:
    """One line for each case, one column for each interpreter."""
    names = list(dict.fromkeys(row["name"] for report in reports for row in report.get(key, ())))
    lines = [
        "| | " + " | ".join(f"CPython {report['python']}" for report in reports) + " |",
        "|---" * (len(reports) + 1) + "|",
    ]
    for name in names:
        found = [
            next((row for row in report.get(key, ()) if row["name"] == name), None)
            for report in reports
        ]
        lines.append(f"| {name} | " + " | ".join(cell(row) for row in found) + " |")
    return lines


def peers(reports: list[dict[str, Any]]) -> list[str]:
    """Ours against other libraries."""
    for report in reports:
        for row in report.get("peers", ()):
            row |= {"target": None, "reached": None}
    return table(reports, "peers")


def main() -> None:
    """Print the page."""
    reports = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    lines = [HEAD, "## Against the standard module\n", *table(reports, "rows"), ""]
    for report in reports:
        if "leak" in report:
            found = report["leak"]
            lines.append(
                "Compiling, raising in and dropping 100,000 functions on CPython"
                f" {report['python']} leaves"
                f" {found['traced']:+,} traced bytes and {found['resident']:+,} resident.\n"
            )
    lines += ["## Against other libraries, 20 frames, hot\n", *peers(reports), ""]
    lines += [
        "## Without the extension\n",
        "The target is the standard module's time.\n",
        *table(reports, "pure_rows"),
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
