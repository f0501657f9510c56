"""Check that mypy reports wrong uses of the public names, and no right one.

Exactly those lines of PROGRAM that end with `# wrong` must be errors.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import lastwords
from lastwords import faulthandler, traceback

lastwords.nope()  # wrong
lastwords.install(colour=True)  # wrong
with lastwords.install() as installed:
    installed.uninstall()
    installed.nope()  # wrong
lastwords.watchdog("soon")  # wrong
with lastwords.watchdog(5, name="request", repeat=True):
    pass
faulthandler.enable(recrod=1)  # wrong
faulthandler.enable(record="crash.%p")
faulthandler.register(10, chain=True, max_threads=3)
faulthandler.nope  # wrong
faulthandler.register(10, header="worker 3")
faulthandler.dump_traceback(header=3)  # wrong
faulthandler.dump_traceback_later(5, header=True)
lastwords.watchdog(5, header="worker 3", threads="own first")
lastwords.watchdog(5, threads="mine")  # wrong
lines: list[str] = traceback.format_exception(ValueError())
number: int = traceback.format_exc()  # wrong
te = traceback.TracebackException.from_exception(ValueError())
te.nope  # wrong
again: traceback.TracebackException = traceback.TracebackException.from_dict(te.to_dict())
status: bool = lastwords.native_status().present
try:
    faulthandler.enable(record="")
except lastwords.RecordError as error:
    hint: str = error.hint
"""


def main() -> int:
    """Print each line that mypy judges wrongly; return how many."""
    lines = PROGRAM.splitlines()
    wanted = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "misuse.py"
        path.write_text(PROGRAM, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", path.name],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    for number in sorted(wanted ^ found):
        print(f"{'accepted' if number in wanted else 'refused'}: {lines[number - 1]}")
    if wanted ^ found:
        print(done.stdout, done.stderr)
    return len(wanted ^ found)


if __name__ == "__main__":
    sys.exit(main())
