"""Add up the results of .ci/run: print a table, what was not tested, and `N passed, N failed`.

Read JUnit's XML files and the list of steps from the given folder; exit with 1 if anything
failed.  A failed step whose tests all passed (a lint, an install) counts as one failure.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def tests_of(path: Path) -> tuple[int, int, int]:
    """Return (passed, failed, skipped) of one JUnit file; a broken file is one failure."""
    try:
        suites = list(ET.parse(path).getroot().iter("testsuite"))
    except ET.ParseError:
        return 0, 1, 0
    total = sum(int(suite.get("tests", 0)) for suite in suites)
    skipped = sum(int(suite.get("skipped", 0)) for suite in suites)
    failed = sum(int(suite.get(key, 0)) for suite in suites for key in ("failures", "errors"))
    return max(0, total - failed - skipped), failed, skipped


def main(folder: Path) -> int:
    """Print the table and the summary line of the results in `folder`."""
    passed = failed = 0
    for path in sorted(folder.glob("*.xml")):
        counts = tests_of(path)
        print("{:10} {:6} passed {:4} failed {:4} skipped".format(path.stem, *counts))
        passed += counts[0]
        failed += counts[1]
    steps = folder / "steps"
    failed_steps = 0
    for line in steps.read_text(encoding="utf-8").splitlines() if steps.exists() else ():
        verdict, _, name = line.partition(" ")
        if verdict == "failed":
            failed_steps += 1
            print(f"failed: {name}")
        elif not name.startswith(("tests on", "make test", "install without")):
            passed += 1
    untested = folder / "untested"
    if untested.exists():
        print(untested.read_text(encoding="utf-8"), end="")
    failed = max(failed, failed_steps)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
