"""Print the cost of lastwords in proportion to the standard modules', beside the targets.

    python benchmarks/run.py [--json FILE] [--only SECTION ...] [--no-pure]

Sections: the names of `cases.CASES` and `faults.CASES`, and import, memory, leak, peers, pure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import cases
import faults
import footprint
import peers
from targets import target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measure import Comparison

MEGABYTE = 1_000_000
PURE = bool(os.environ.get("LASTWORDS_PURE"))


def row(name: str, found: Comparison, *, unit: str = "µs") -> dict[str, Any]:
    """Return one figure with its target, which in pure Python is the standard module's cost."""
    wanted = 1.0 if PURE else target(name)
    if name.startswith("ModuleNotFoundError") and sys.version_info < (3, 15):
        wanted = None  # the older standard modules make no suggestions there
    scale = 1e6 if unit == "µs" else 1
    return {
        "name": name,
        "ours": found.ours * scale,
        "standard": found.standard * scale,
        "unit": unit,
        "ratio": found.ratio,
        "target": None if wanted is None else float(wanted),
        "reached": None if wanted is None else found.ratio <= wanted,
    }


def fraction(ratio: float) -> str:
    """Return a ratio as a fraction such as 1/25, or as 1.3 if it is not below 1."""
    if ratio > 0.7:
        return f"{ratio:.2f}"
    times = 1 / ratio
    return f"1/{times:.{1 if times < 10 and times % 1 else 0}f}"


def show(found: dict[str, Any]) -> None:
    """Print one row."""
    wanted = "" if found["target"] is None else fraction(found["target"])
    verdict = {None: "", True: "reached", False: "NOT REACHED"}[found["reached"]]
    print(
        f"{found['name']:<58} {found['ours']:>10.1f} {found['standard']:>10.1f} {found['unit']:<5}"
        f" {fraction(found['ratio']):>8} {wanted:>8}  {verdict}",
        flush=True,
    )


def sections(folder: Path, only: list[str]) -> Iterator[dict[str, Any]]:
    """Measure the chosen sections; yield their rows."""
    for name, case in cases.CASES.items():
        if not only or name in only:
            for label, found in case(folder):
                yield row(label, found)
    if PURE:
        return
    for name, case in faults.CASES.items():
        if not only or name in only:
            for label, found in case(folder):
                yield row(label, found, unit="calls" if "calls" in label else "µs")
    if not only or "import" in only:
        yield row("import", footprint.import_time())
    if not only or "memory" in only:
        yield row("memory of a capture, 20 frames", footprint.capture_memory(folder), unit="bytes")


def leak() -> dict[str, Any]:
    """Return the row for the growth of memory by 100,000 dropped functions."""
    traced, resident = footprint.leak()
    reached = traced < MEGABYTE // 10 and resident < 4 * MEGABYTE
    verdict = "reached" if reached else "NOT REACHED"
    print(f"100,000 functions dropped: {traced:+,} bytes traced, {resident:+,} resident  {verdict}")
    return {"traced": traced, "resident": resident, "reached": reached}


def pure_rows(only: list[str]) -> list[dict[str, Any]]:
    """Return the rows of the same cases in a process without the extension."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        print("\nwithout the extension (the target is the standard module's time)", flush=True)
        chosen = [name for name in only if name in cases.CASES]
        subprocess.run(
            [sys.executable, __file__, "--json", file.name, *(["--only"] * bool(chosen)), *chosen],
            env={**os.environ, "LASTWORDS_PURE": "1"}, check=True,
        )  # fmt: skip
        rows: list[dict[str, Any]] = json.load(file)["rows"]
        return rows


def main() -> int:
    """Measure and print; write everything as JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--only", nargs="+", default=[], help="sections to run")
    parser.add_argument(
        "--no-pure", action="store_true", help="leave out the runs without the extension"
    )
    options = parser.parse_args()
    only: list[str] = options.only

    def wanted(section: str) -> bool:
        return not PURE and (not only or section in only)

    version = platform.python_version()
    report: dict[str, Any] = {
        "python": version,
        "machine": platform.machine(),
        "pure": PURE,
        "rows": [],
    }
    print(f"CPython {version}{', pure Python' if PURE else ''}")
    print(f"{'':<58} {'ours':>10} {'standard':>10} {'':<5} {'ratio':>8} {'target':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for found in sections(folder, only):
            report["rows"].append(found)
            show(found)
        if wanted("leak"):
            report["leak"] = leak()
        if wanted("peers"):
            print("\nours against other libraries, 20 frames hot")
            report["peers"] = []
            for peer, comparison in peers.compare(folder):
                if comparison is None:
                    print(f"{peer:<58} not installed")
                    continue
                one = {
                    "name": peer,
                    "ours": comparison.ours * 1e6,
                    "peer": comparison.standard * 1e6,
                    "ratio": comparison.ratio,
                }
                report["peers"].append(one)
                ratio = fraction(comparison.ratio)
                print(f"{peer:<58} {one['ours']:>10.1f} {one['peer']:>10.1f} µs    {ratio:>8}")
        if wanted("pure") and not options.no_pure:
            report["pure_rows"] = pure_rows(only)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
