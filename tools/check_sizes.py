"""Check that modules and functions stay small enough to be read in one go.

The aim is 400 lines a module, 40 a Python function and 60 a C function.  This check allows somewhat
more, so that what belongs together need not be split.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE_LINES = 500
PYTHON_FUNCTION_LINES = 60
C_FUNCTION_LINES = 90


def python_functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield (name, first line, lines of code without the docstring) of every function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.lineno
            if ast.get_docstring(node, clean=False) is not None:
                first = node.body[0].end_lineno or first
            yield node.name, node.lineno, (node.end_lineno or first) - first + 1


def c_functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield (name, first line, lines) of every function: PEP 7 puts its braces in column 0."""
    start = 0
    name = ""
    lines = source.splitlines()
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            heads = [above for above in lines[max(0, number - 6) : number - 1] if "(" in above]
            name = heads[-1].partition("(")[0].split()[-1] if heads else "?"
        elif line.startswith("}") and start:
            yield name, start, number - start + 1
            start = 0


def complaints(root: Path) -> Iterator[str]:
    """Yield one line for everything under `root` that is too long."""
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.[ch]")]):
        source = path.read_text(encoding="utf-8")
        total = source.count("\n")
        if total > MODULE_LINES:
            yield f"{path}: {total} lines (at most {MODULE_LINES})"
        python = path.suffix == ".py"
        limit = PYTHON_FUNCTION_LINES if python else C_FUNCTION_LINES
        for name, line, size in python_functions(source) if python else c_functions(source):
            if size > limit:
                yield f"{path}:{line}: {name} has {size} lines (at most {limit})"


def main() -> int:
    """Print the complaints about src/; return 1 if there are any."""
    found = list(complaints(Path("src")))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
