"""Run tests of CPython's own test suite with our module in place of the standard `traceback`.

    PYTHONPATH=tests python -m support.cpython_suite [--standard] [--only NAME] MODULE...

Print one JSON line: how many tests ran, and those that failed.  `--standard` leaves the standard module in
place, which shows what fails on this machine in any case.

The tests run in a virtual environment made for them, whose `.pth` file puts ours in place: so the child
processes that they start have it too.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support import child

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNNER = Path(__file__).with_name("cpython_suite_runner.py")
SECONDS = 300  # for a module
SWAP = """
import sys
import lastwords.traceback
sys.modules["traceback"] = lastwords.traceback
"""


def make_environment(folder: str, *, standard: bool) -> Path:
    """Make a virtual environment whose interpreters start with ours in place; return its Python."""
    venv.create(folder, symlinks=True)
    tag = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = Path(folder, "lib", tag, "site-packages")
    ours = Path(importlib.util.find_spec("lastwords").origin).parent.parent
    lines = [str(ours)]
    if not standard:
        lines.append("import cpython_suite_swap")
        (packages / "cpython_suite_swap.py").write_text(SWAP)
    (packages / "suite.pth").write_text("".join(f"{line}\n" for line in lines))
    return Path(folder, "bin", "python")


def run(
    *modules: str, only: Sequence[str] = (), standard: bool = False, timeout: float = SECONDS
) -> dict[str, Any]:
    """Run modules of the suite; return how many tests ran, were skipped, and which failed.

    Of the tests, those are kept that have one of the names in `only` (a class, a submodule).
    """
    with tempfile.TemporaryDirectory() as folder:
        python = make_environment(folder, standard=standard)
        names = [f"--only={name}" for name in only]
        done = child.command(python, RUNNER, *names, *modules, cwd=folder, timeout=timeout)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    report: dict[str, Any] = json.loads(lines[-1])
    assert report["traceback"] == ("traceback" if standard else "lastwords.traceback")
    return report


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--standard", action="store_true")
    parser.add_argument(
        "--only", action="append", default=[], help="names of classes or submodules to keep"
    )
    options = parser.parse_args()
    report = run(
        *options.modules,
        only=options.only,
        standard=options.standard,
        timeout=len(options.modules) * SECONDS,
    )
    print(json.dumps(report))


if __name__ == "__main__":
    main()
