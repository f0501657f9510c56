"""Draws docs/_static/demo.svg: what a terminal shows for one real run of the demo.

Runs the program under `python` and under `lastwords run`, with colours on, and turns what they
print into an SVG without any reference to the outside.
"""

from __future__ import annotations

import os
import subprocess
import sys
from html import escape
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PROGRAM = "raises.py"
OUTPUT = REPO / "docs" / "_static" / "demo.svg"
PYTHON = REPO / ".venv" / "bin" / "python"

CHARACTER = 8.4  # pixels: the advance of a 14 px monospaced font
LINE = 19
MARGIN = 18
TEXT, DIM, BACKGROUND = "#d8dee9", "#7b8494", "#20242c"
COLOURS = {"31": "#e06c75", "35": "#c678dd", "36": "#56b6c2"}


def run(arguments: list[str]) -> str:
    """Return what `python ARGUMENTS` prints in the demo's folder, colours on."""
    done = subprocess.run(
        [str(PYTHON), *arguments],
        cwd=REPO / "demo" / "programs",
        env={**os.environ, "FORCE_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    return done.stdout.replace(f"{REPO}/demo/programs/", "")


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
    """Run both, draw both into one picture."""
    version = subprocess.run(
        [str(PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout.strip()
    lines = [f"\x1b[1m$ python{version} {PROGRAM}", *run([PROGRAM]).splitlines(), ""]
    lines += [f"\x1b[1m$ lastwords run {PROGRAM}"]
    lines += run(["-m", "lastwords", "run", PROGRAM]).splitlines()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(draw(lines), encoding="utf-8")
    print(f"{OUTPUT.relative_to(REPO)}: {len(lines)} lines")


if __name__ == "__main__":
    sys.exit(main())
