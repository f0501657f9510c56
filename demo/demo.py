"""Run small programs that fail, under `python` and under `lastwords run`, and show both.

    python demo/demo.py [NAME...]      all programs, or those named (`python demo/demo.py groups`)

Everything shown is the real output of child processes; the middle of a long one is left out.  The
style is the one that `lastwords run` has on a terminal, which these processes don't have.  The exit
status is 0 if every program ended in the same way under both, else 1.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "programs"
ORDER = (
    "misnames",
    "silent",
    "recurses",
    "edited",
    "mistypes",
    "raises",
    "chains",
    "groups",
    "crashes",
)
LIMIT = 60  # seconds for one child process
MOST, SHOWN = 44, 14  # lines of a report: a longer one is shown by its first and last ones
FEWER_MARKS = (
    "Fewer marks here: if a whole statement failed, Python 3.13 and later, and lastwords, leave\n"
    "it unmarked. Marks under all of a line say nothing."
)
COLOUR = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def paint(text: str, code: str) -> str:
    """Return `text` in the SGR colour `code`, if colours are on."""
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def no_core_dump() -> None:
    """Prevent core files of the programs that crash."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command: list[str]) -> tuple[int, str]:
    """Run `command` in the programs' folder; return its exit status and what it printed."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if COLOUR:
        environment["FORCE_COLOR"] = "1"
    done = subprocess.run(
        command,
        cwd=PROGRAMS,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT,
        check=False,
        preexec_fn=no_core_dump,
        encoding="utf-8",
        errors="backslashreplace",
    )
    return done.returncode, done.stdout


def ending(status: int) -> str:
    """Return a text for how a process ended."""
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"


def abridged(output: str) -> list[str]:
    """Return the lines of a report, or the first and the last of many."""
    lines = output.splitlines() or [paint("(nothing)", "2")]
    if len(lines) > MOST:
        left_out = paint(f"... {len(lines) - 2 * SHOWN} lines ...", "2")
        lines[SHOWN:-SHOWN] = [left_out]
    return lines


def marked(output: str) -> set[str]:
    """Return the lines of source that have marks under them."""
    lines = re.sub("\x1b\\[[0-9;]*m", "", output).splitlines()
    return {line.strip() for line, marks in pairwise(lines) if re.fullmatch("[ |]+[~^]+", marks)}


def show(title: str, output: str, status: int) -> None:
    """Print one run."""
    print(paint(f"$ {title}", "1"))
    print(*abridged(output), sep="\n")
    print(paint(f"[{ending(status)}]", "2"))
    print()


def compare(name: str) -> bool:
    """Run and show one program both ways; return whether it ended in the same way."""
    file = f"{name}.py"
    about = (PROGRAMS / file).read_text(encoding="utf-8").split('"""')[1]
    print(paint(f"━━ {file}: {about}", "1;36"))
    print()
    python_status, theirs = run([sys.executable, file])
    status, ours = run([sys.executable, "-m", "lastwords", "run", "--style", "plus", file])
    if theirs != ours:
        show(f"python {file}", theirs, python_status)
    show(f"lastwords run {file}", ours, status)
    if sys.version_info < (3, 13) and name != "edited" and marked(theirs) - marked(ours):
        print(paint(FEWER_MARKS, "2"))
        print()
    if theirs == ours:
        print(paint(f"`python {file}` prints the same.", "2"))
        print()
    return status == python_status


def main(names: list[str]) -> int:
    """Run the named programs, or all."""
    unknown = set(names).difference(ORDER)
    if unknown:
        print(f"demo: no such program: {', '.join(sorted(unknown))}; known are {', '.join(ORDER)}")
        return 2
    different = [name for name in names or ORDER if not compare(name)]
    for name in different:
        print(paint(f"{name}.py ended differently under lastwords", "31"))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
