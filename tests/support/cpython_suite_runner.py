"""Run modules of CPython's test suite, and print the tests' results as JSON on the last line.

`cpython_suite.py` starts it in an environment made for it, in which the package `support` is not found.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import unittest
import warnings


def flatten(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    """Return the tests of a suite and of the suites in it."""
    found: list[unittest.TestCase] = []
    for part in suite:
        found += flatten(part) if isinstance(part, unittest.TestSuite) else [part]
    return found


def main() -> None:
    """Run the modules named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
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
    report = {
        "traceback": sys.modules["traceback"].__name__,
        "run": result.testsRun,
        "skipped": len(result.skipped),
        "failed": failed,
    }
    with os.fdopen(os.dup(1), "w") as out:
        out.write("\n" + json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
