"""Run a program under `lastwords run` and under `python`, and compare.

On 3.15 everything is the same to the byte.  On older versions the text of a traceback is 3.15's,
so there standard output and the exit status are compared whole, and the last line of the error.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import lastwords._backend
from support import child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Result = tuple[int, str, str]

EXACT = sys.version_info >= (3, 15)
NATIVE = lastwords._backend.native is not None
RUN_WORDS = ["-m", "lastwords", "run", "--no-faulthandler"]
RUN = [sys.executable, *RUN_WORDS]
OURS = str(Path(lastwords.__file__).parent)
"""Where our files are; the checkout itself may be called lastwords."""


def call(
    command: Iterable[str | bytes | Path],
    *,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str | None] | None = None,
) -> Result:
    """Run a command; return its status, output and errors."""
    env = {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    done = child.command(*command, cwd=cwd, input=stdin, env=env, text=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace")


def neutral(text: str) -> str:
    """Return the text without what differs from run to run."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)
    text = re.sub(r"MainThread, started \d+", "MainThread, started", text)
    return re.sub(r"in \d+\.\d+s", "in no time", text)


def assert_same(got: Result, expected: Result) -> None:
    """Assert that two runs of a program are the same as far as they must be."""
    assert got[0] == expected[0], (got, expected)
    assert neutral(got[1]) == neutral(expected[1])
    if EXACT:
        assert neutral(got[2]) == neutral(expected[2])
        return
    assert bool(got[2]) == bool(expected[2])
    assert OURS not in got[2]
    last = [text.splitlines()[-1:] for text in (got[2], expected[2])]
    # Before 3.13 there are fewer suggestions, and a colon after an exception without a message.
    if last[1] and not last[0][0].startswith(last[1][0].split(". Did you")[0].removesuffix(": ")):
        assert neutral(got[2]).replace("^", "~") == neutral(expected[2]).replace("^", "~")


def compare(
    arguments: list[str | bytes],
    *,
    cwd: Path,
    stdin: bytes = b"",
    options: Iterable[str] = (),
) -> Result:
    """Run a program under both in one folder; return what `lastwords run` gave."""
    expected = call([sys.executable, *options, *arguments], cwd=cwd, stdin=stdin)
    got = call([sys.executable, *options, *RUN_WORDS, *arguments], cwd=cwd, stdin=stdin)
    assert_same(got, expected)
    return got


def compare_apart(
    folder: Path,
    arguments: list[str | bytes] | str,
    *,
    files: Mapping[str, str | bytes] | None = None,
    prepare: Callable[[Path], object] | None = None,
    options: Iterable[str] = (),
    **settings: object,
) -> Result:
    """Run a program under both, each in a new folder with `files`; return what ours gave.

    `arguments` that are a text are a command of the shell, in which PYTHON stands for either.
    `prepare` is called with the folder; `settings` go to `call()`.
    """
    results = []
    for number, words in enumerate(([], RUN_WORDS)):
        place = folder / f"place{number}"
        place.mkdir()
        for name, text in (files or {}).items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        if prepare is not None:
            prepare(place)
        command = [sys.executable, *options, *words]
        if isinstance(arguments, str):
            command = ["bash", "-c", arguments.replace("PYTHON", shlex.join(command))]
        else:
            command = [*command, *arguments]
        status, *texts = call(command, cwd=place, **settings)
        results.append((status, *(text.replace(str(place), "PLACE") for text in texts)))
    expected, got = results
    assert_same(got, expected)
    return got
