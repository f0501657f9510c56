"""Runs tests of CPython's own test-suite with our module in the place of the standard `traceback`.

    python cpython_suite.py [--standard] [--only NAME] MODULE...

Prints one JSON line: how many tests ran, and the ids of those that failed.  `--standard` leaves the standard
module in place, which shows what fails on this machine in any case.

The child processes that tests start have ours in place too: the tests run in a virtual environment made for
them, whose `.pth` file puts it there.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import venv
import warnings
from pathlib import Path

SWAP = """
import sys
import lastwords.traceback
sys.modules["traceback"] = lastwords.traceback
"""


def put_ours_in_place() -> None:
    """`import traceback` gives ours from here on; nothing that uses it may be imported before."""
    ours = importlib.import_module("lastwords.traceback")
    sys.modules["traceback"] = ours


def run_in_environment(options: argparse.Namespace) -> int:
    """Run this program again in an environment where every interpreter starts with ours in place."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=True)
        python = Path(folder, "bin", "python")
        tag = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        packages = Path(folder, "lib", tag, "site-packages")
        ours = Path(importlib.util.find_spec("lastwords").origin).parent.parent
        lines = [str(ours)]
        if not options.standard:
            lines.append("import cpython_suite_swap")
            (packages / "cpython_suite_swap.py").write_text(SWAP)
        (packages / "suite.pth").write_text("".join(f"{line}\n" for line in lines))
        command = [python, __file__, "--inside", *sys.argv[1:]]
        return subprocess.run(command, cwd=folder, check=False).returncode


def run(options: argparse.Namespace) -> int:
    """Run the modules named on the command line."""
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


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--standard", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--only", action="append", default=[], help="names of classes or submodules to keep"
    )
    options = parser.parse_args()
    return run(options) if options.inside else run_in_environment(options)


if __name__ == "__main__":
    sys.exit(main())
