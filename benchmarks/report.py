"""Print docs/benchmarks.md, made from the JSON files of run.py, one for each interpreter.

tools/bench.sh && python benchmarks/report.py build/bench/*.json > docs/benchmarks.md
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

"Work under" rows: the time that a fixed amount of work takes (four threads that recurse, run
generators, compile, raise and start other threads) while all threads are dumped a thousand times a
second, against the same work left alone. Where the standard module has no figure it died in every
run.

These figures come from an idle virtual machine of two cores; they differ by a tenth from run to
run. `make bench` gives your own, `make bench VERSIONS=3.13` those of one interpreter.
"""

MISSED = """## What is missed, and why

- **`StackSummary.extract(walk_tb(tb))`.** The standard module decodes no columns there, which is
  most of what the other captures save. What is left of ours is one `stat` for each file, without
  which an edit of the file would not be seen, and the list of frames: 0.1 µs a frame.
- **`TracebackException.format` of one frame on 3.11 and 3.12.** 2 µs, of which the frame is 0.1:
  the rest are the look-ups of methods that a subclass may have replaced.
- **A dump of one thread to a file before 3.14.** 1/77 to 1/78, for 1/80. Of 8.5 µs, 5 are the
  kernel's, for one `write(2)` of 3.7 kB; the only other system call asks for the thread's name.
- **Crash to death, 1 thread, before 3.14.** Within 5 % of the standard module, and within the
  noise of it: ours writes the C stack, which the standard module does there only since 3.14.
- **Crash to death, 100 threads.** 2 ms are what the process takes to die without any report, 1 ms
  are the names of 100 threads read anew from the kernel; names remembered from before the crash
  could be wrong. Nothing written at all would be 1/13.
- **Without the extension on 3.11 and 3.12.** Cold, with few frames: 3.15's rules look at more of
  the source than 3.11's. NameError on 3.11: the standard `traceback` makes no suggestions there.
"""


def fraction(ratio: float) -> str:
    """Return a ratio as a fraction such as 1/25."""
    if ratio > 0.7:
        return f"{ratio:.2f}"
    times = 1 / ratio
    return f"1/{times:.{1 if times < 10 and times % 1 else 0}f}"


def cell(row: dict[str, Any] | None) -> str:
    """Return a ratio and, if there is a target, whether it is reached."""
    if row is None:
        return "-"
    wanted = row["target"]
    if wanted is None:
        return fraction(row["ratio"])
    mark = "" if row["reached"] else " **missed**"
    return f"{fraction(row['ratio'])} (target {fraction(wanted)}){mark}"


def table(reports: list[dict[str, Any]], key: str) -> list[str]:
    """Return the lines of a table with a row for each case and a column for each interpreter."""
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
    """Return the lines of the table of other libraries."""
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
    lines += [MISSED, "## Against other libraries, 20 frames, hot\n", *peers(reports), ""]
    lines += [
        "## Without the extension\n",
        "The target is the standard module's time.\n",
        *table(reports, "pure_rows"),
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
