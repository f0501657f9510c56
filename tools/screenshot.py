"""Draw docs/_static/demo.svg: what a terminal shows for real runs of the demo.

Run the programs under `python` and under `lastwords run`, with colours, and draw what they print in
an SVG without external references.  Folders of the interpreter and of libraries are shortened to
`...`, and so is the end of a long report.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
from html import escape
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PROGRAMS = ("misnames.py", "crashes.py")
OUTPUT = REPO / "docs" / "_static" / "demo.svg"
MOST = 14  # lines of a report
SHORTER = (
    (re.escape(f"{REPO}/demo/programs/"), ""),
    (re.escape(f"{sysconfig.get_path('stdlib')}/"), ".../"),
    ('(?<=Binary file ")/[^"]*/', ".../"),
)

CHARACTER = 8.4  # pixels: the advance of a 14 px monospaced font
LINE = 19
MARGIN = 18
TEXT, DIM, BACKGROUND = "#d8dee9", "#7b8494", "#20242c"
COLOURS = {"31": "#e06c75", "35": "#c678dd", "36": "#56b6c2"}


def run(title: str, *arguments: str) -> list[str]:
    """Return the lines of a terminal after `python ARGUMENTS` in the demo's folder."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPO / "demo" / "programs",
        env={**os.environ, "FORCE_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    output = done.stdout
    for pattern, short in SHORTER:
        output = re.sub(pattern, short, output)
    lines = output.splitlines()
    if len(lines) > MOST:
        lines[MOST:] = ["  ..."]
    if done.returncode < 0:  # what a shell adds
        lines.append(str(signal.strsignal(-done.returncode)))
    return [f"\x1b[1m$ {title}", *lines, ""]


def spans(line: str) -> list[tuple[str, str, bool]]:
    """Split a line with SGR sequences into (text, colour, bold)."""
    found = []
    colour, bold = TEXT, False
    for piece in line.split("\x1b["):
        text = piece
        if found or line.startswith("\x1b["):
            codes, _, text = piece.partition("m")
            for code in codes.split(";"):
                if code in {"", "0"}:
                    colour, bold = TEXT, False
                elif code == "1":
                    bold = True
                else:
                    colour = COLOURS.get(code, colour)
        found.append((text, colour, bold))
    return [span for span in found if span[0]]


def draw(lines: list[str]) -> str:
    """Return the SVG of `lines`."""
    rows = []
    width = 0.0
    for number, line in enumerate(lines):
        y = MARGIN + LINE * (number + 1)
        column = 0
        for text, colour, bold in spans(line):
            x = MARGIN + column * CHARACTER
            weight = ' font-weight="bold"' if bold else ""
            length = f' textLength="{len(text) * CHARACTER:.1f}"'
            rows.append(
                f'<text x="{x:.1f}" y="{y}" fill="{colour}"{weight}{length}'
                f' xml:space="preserve">{escape(text)}</text>'
            )
            column += len(text)
        width = max(width, 2 * MARGIN + column * CHARACTER)
    height = 2 * MARGIN + LINE * len(lines) + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}"'
        f' viewBox="0 0 {width:.0f} {height}" font-size="14"'
        ' font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def main() -> None:
    """Run each program under both, draw all into one picture."""
    lines = []
    for program in PROGRAMS:
        lines += run("python{}.{} {}".format(*sys.version_info[:2], program), program)
        ours = ("-m", "lastwords", "run", "--style", "plus", program)  # as on a terminal
        lines += run(f"lastwords run {program}", *ours)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(draw(lines[:-1]), encoding="utf-8")
    print(f"{OUTPUT.relative_to(REPO)}: {len(lines)} lines")


if __name__ == "__main__":
    sys.exit(main())
