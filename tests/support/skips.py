"""What a run says of skipped tests: a few lines at its end, all of it in a file.

The file is `build/skipped/NAME.txt`, NAME being the virtual environment's: each reason, how many tests
it skipped, and which.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

SHOWN = 6  # reasons; .ci/run shows the last eight lines of a run


def by_reason(reports: Iterable[pytest.TestReport]) -> list[tuple[str, list[str]]]:
    """Return (reason, names of tests), the reason with the most tests first."""
    found = defaultdict(list)
    for report in reports:
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found[why.removeprefix("Skipped: ")].append(report.nodeid)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    reasons = by_reason(terminalreporter.stats.get("skipped", []))
    if not reasons:
        return
    path = config.rootpath / "build" / "skipped" / f"{Path(sys.prefix).name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for why, names in reasons:
            print(f"{len(names)} skipped: {why}", *names, sep="\n    ", file=file)
    terminalreporter.section("skipped tests")
    for why, names in reasons[:SHOWN]:
        terminalreporter.write_line(f"{len(names):5} {' '.join(why.split())[:90]}")
    rest = sum(len(names) for _, names in reasons[SHOWN:])
    more = f"{rest:5} for {len(reasons) - SHOWN} other reasons; " if rest else ""
    terminalreporter.write_line(f"{more}all reasons and tests: {path.relative_to(config.rootpath)}")
