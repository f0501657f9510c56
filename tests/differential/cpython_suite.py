"""Runs tests of CPython's own test-suite with our module in the place of the standard `traceback`.

    python cpython_suite.py [--standard] [--only NAME] MODULE...

Prints one JSON line: how many tests ran, and the ids of those that failed.  `--standard` leaves the standard
module in place, which shows what fails on this machine in any case.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import warnings


def put_ours_in_place() -> None:
    """`import traceback` gives ours from here on; nothing that uses it may be imported before."""
    ours = importlib.import_module("lastwords.traceback")
    sys.modules["traceback"] = ours


def main() -> int:
    """Run the modules named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--standard", action="store_true")
    parser.add_argument(
        "--only", action="append", default=[], help="names of classes or submodules to keep"
    )
    options = parser.parse_args()
    if not options.standard:
        put_ours_in_place()
    import unittest

    def flatten(suite: unittest.TestSuite) -> list[unittest.TestCase]:
        found: list[unittest.TestCase] = []
        for part in suite:
            found += flatten(part) if isinstance(part, unittest.TestSuite) else [part]
        return found

    warnings.simplefilter("ignore")
    cases = flatten(unittest.defaultTestLoader.loadTestsFromNames(options.modules))
    if options.only:
        cases = [
            case for case in cases if any(f".{name}." in f".{case.id()}." for name in options.only)
        ]
    result = unittest.TestResult()
    result.buffer = True
    unittest.TestSuite(cases).run(result)
    failed = {case.id(): text for case, text in [*result.failures, *result.errors]}
    report = {"run": result.testsRun, "skipped": len(result.skipped), "failed": failed}
    with os.fdopen(os.dup(1), "w") as out:
        out.write("\n" + json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
