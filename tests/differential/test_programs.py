"""Real programs that fail: ours against the standard module, hot, cold, and after their files were edited."""

from __future__ import annotations

import linecache
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support import programs
from support.compare import CALLS, EXACT, assert_same, both, outcome, subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPTIONS: list[dict[str, Any]] = [
    {"make": {"capture_locals": True}, "format": {"colorize": True}, "limit": 2},
    {
        "make": {"lookup_lines": False, "limit": -2, "compact": True},
        "format": {"chain": False},
        "limit": -1,
    },
]


@pytest.fixture
def program(
    folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    name: str = request.param
    programs.write(name, folder)
    monkeypatch.syspath_prepend("")
    yield name
    sys.modules.pop("broken_neighbour", None)


every_program = pytest.mark.parametrize("program", programs.PROGRAMS, indirect=True)
exact = pytest.mark.skipif(
    not EXACT, reason="older standard modules draw by other rules: see test_golden_programs.py"
)


@exact
@every_program
def test_same_text(program: str) -> None:
    exc = programs.failure(program)
    for options in OPTIONS:
        for label, call in CALLS:
            assert_same(label, call, exc, options)


@exact
@every_program
def test_same_text_cold_each_time(program: str) -> None:
    for label, call in CALLS[:3]:
        results = []
        for module in (sys.modules["traceback"], subject):
            linecache.clearcache()
            results.append(outcome(call, module, programs.failure(program), OPTIONS[0]))
        assert results[0] == results[1], label


@exact
@every_program
def test_same_text_when_the_file_was_edited_after_the_capture(program: str, folder: Path) -> None:
    """What was looked up at the capture is shown; with lookup_lines=False, what is there later."""
    for options in ({}, {"lookup_lines": False}):
        programs.write(program, folder)
        linecache.clearcache()
        exc = programs.failure(program)
        for warm in (False, True):
            pairs = []
            for module in (sys.modules["traceback"], subject):
                linecache.clearcache()
                if warm:
                    module.format_exception(exc)
                te = module.TracebackException.from_exception(exc, **options)
                (folder / f"{program}.py").write_text("# edited\n" * 40)
                pairs.append([list(te.format()), module.format_exception(exc)])
                programs.write(program, folder)
            assert pairs[0] == pairs[1], (options, warm)


@every_program
def test_edit_shows_in_the_next_traceback(program: str, folder: Path) -> None:
    """Also where the standard module is no measure: an edit is noticed, a restored file too."""
    exc = programs.failure(program)
    before = subject.format_exception(exc)
    path = folder / f"{program}.py"
    original = path.read_text(encoding="utf-8")
    path.write_text("".join(f"edited_line_{n} = (1)\n" for n in range(60)))
    os.utime(path, (1, 1))
    edited = "".join(subject.format_exception(exc))
    path.unlink()
    linecache.checkcache()
    gone = "".join(subject.format_exception(exc))
    path.write_text(original, encoding="utf-8")
    linecache.clearcache()
    assert subject.format_exception(exc) == before
    if f'File "{program}.py"' in "".join(before):
        assert "edited_line_" in edited
        assert "edited_line_" not in gone
    else:
        assert edited == gone == "".join(before)


@exact
@every_program
def test_same_stacks(program: str) -> None:
    """Frames walked one by one, over every traceback entry of the program."""
    exc = programs.failure(program)
    tb = exc.__traceback__
    while tb is not None:
        for label, call in CALLS:
            if label in {"format_tb", "print_tb", "extract_tb", "walk_tb", "format_list"}:
                assert_same(label, call, exc.with_traceback(tb), OPTIONS[1])
        frame = tb.tb_frame
        expected, actual = both(
            lambda m, f=frame: [m.format_stack(f, 3), [tuple(s) for s in m.extract_stack(f)]]
        )
        assert actual == expected
        tb = tb.tb_next
