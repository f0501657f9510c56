"""The examples of README.md and docs/ are run, and print what the page says.

A `pycon` block is a doctest; the blocks of a page share their names.  A `python` block under
`<!-- file: NAME -->` is saved under that name.  A `console` block's `$` commands are run where the
page's files are, and their output is compared (`...` stands for anything).  A block under
`<!-- not run: REASON -->` is shown only.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import child

REPO = Path(__file__).resolve().parents[2]
TESTS = str(REPO / "tests")
PAGES = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.REPORT_NDIFF
LINK = re.compile(
    r"https://(?:github\.com/lastwords/lastwords/blob|raw\.githubusercontent\.com/lastwords/lastwords)"
    r"/main/([\w./-]*\w)"
)
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    kind: str
    text: str
    line: int
    remark: str  # what the comment right above says


def blocks_of(page: Path) -> list[Block]:
    source = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(source):
        above = source[: match.start()].rstrip("\n").rpartition("\n")[2].strip()
        remark = above[4:-3].strip() if above.startswith("<!--") else ""
        line = source.count("\n", 0, match.start()) + 2
        found.append(Block(match["kind"], match["text"], line, remark))
    return found


def pages_with(kind: str) -> list[object]:
    return [
        pytest.param(
            page,
            id=str(page.relative_to(REPO)),
            # watchdog() and the guarantees of the fault handler need the extension
            marks=[
                pytest.mark.native
                for text in ("watchdog(", "record=")
                if text in page.read_text(encoding="utf-8")
            ],
        )
        for page in PAGES
        if any(b.kind == kind and not b.remark.startswith("not run") for b in blocks_of(page))
    ]


def save_files(page: Path, folder: Path) -> None:
    """Write the blocks of a page that are files."""
    for block in blocks_of(page):
        if block.remark.startswith("file: "):
            folder.joinpath(block.remark.removeprefix("file: ")).write_text(block.text)


def run_sessions(page: Path) -> int:
    """Run the `pycon` blocks of a page in this process; return how many examples failed."""
    save_files(page, Path.cwd())
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(page):
        if block.kind == "pycon" and not block.remark.startswith("not run"):
            session = doctest.DocTestParser().get_doctest(
                block.text, names, page.name, str(page), block.line - 1
            )
            runner.run(session, clear_globs=False)
            names = session.globs
    print("examples:", runner.summarize(verbose=False).attempted)
    return runner.summarize(verbose=False).failed


@pytest.mark.parametrize("page", pages_with("pycon"))
def test_sessions(page, tmp_path):
    # In a process of its own: examples install hooks, enable handlers and send signals.
    paths = {"PYTHONPATH": os.pathsep.join([str(tmp_path), TESTS])}
    done = child.python(__file__, page, cwd=tmp_path, env=paths, timeout=100, status=0)
    assert re.search(r"^examples: [1-9]", done.stdout, re.MULTILINE), done.stdout


def commands_of(block: Block) -> list[tuple[str, str]]:
    """Return (command, expected output) pairs."""
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("page", pages_with("console"))
def test_commands(page, tmp_path):
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
    }
    save_files(page, tmp_path)
    for block in blocks_of(page):
        if block.kind != "console" or block.remark.startswith("not run"):
            continue
        for command, expected in commands_of(block):
            done = child.command(
                "sh", "-c", command, cwd=tmp_path, env=environment, stderr=subprocess.STDOUT
            )
            right = doctest.OutputChecker().check_output(expected, done.stdout, FLAGS)
            assert right, f"{page.name}:{block.line}: $ {command}\n{done.stdout}"


def test_examples_that_are_not_run_say_why():
    for page in PAGES:
        for block in blocks_of(page):
            if block.kind in ("console", "python"):
                assert block.kind == "console" or block.remark, f"{page}:{block.line}"


def test_absolute_links_name_files_of_the_checkout():
    texts = [*PAGES, REPO / "CONTRIBUTING.md", REPO / "pyproject.toml"]
    named = {name for page in texts for name in LINK.findall(page.read_text(encoding="utf-8"))}
    assert {"docs/_static/demo.svg", "docs/differences.md"} <= named
    assert not [name for name in named if not (REPO / name).is_file()]


def test_links_of_the_readme_are_absolute():
    targets = re.findall(r"\]\(([^)]+)\)", PAGES[0].read_text(encoding="utf-8"))  # PyPI shows it
    assert targets and all(target.startswith("https://") for target in targets)


def test_files_that_the_architecture_names_are_there():
    text = (REPO / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/.-]+(?:\.(?:c|h|py|toml|txt)|/))`", text)
    folders = [REPO, REPO / "tests", REPO / "src", *(REPO / "src").rglob("*/")]
    named = {*named} - {"Python.h"}
    assert len(named) > 60
    assert not [name for name in named if not any((one / name).exists() for one in folders)]


def test_rooms_that_the_architecture_lists_are_those_there_are():
    text = (REPO / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (?:handler|thread|Python)", text, re.MULTILINE)
    native = REPO / "src" / "native"
    assert sorted(rows) == sorted({path.parent.name for path in native.glob("*/*.c")})
    python = REPO / "src" / "lastwords"
    rooms = {path.parent.name for path in python.glob("*/*.py")}
    rooms |= {path.stem for path in python.glob("*.py")} - {"__init__"}
    lacking = [one for one in rooms if not re.search(rf"(?m)^\|.*`{one}/?`.*\|", text)]
    assert not lacking


WORDS = r"somebody|nobody|whoever|has a say|is told|are told|by and by|the house"


def test_plain_words():
    pages = [*PAGES, REPO / "CONTRIBUTING.md", *(REPO / "changelog.d").glob("*.md")]
    found = [
        f"{page.relative_to(REPO)}:{number}: {line}"
        for page in pages
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(rf"\b({WORDS})\b", line, re.IGNORECASE)
    ]
    assert not found, "\n".join(found)


if __name__ == "__main__":
    sys.exit(min(run_sessions(Path(sys.argv[1])), 1))
