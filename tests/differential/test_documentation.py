"""The examples of CPython's documentation of both modules, rewritten and run with ours.

Each program does what the example does, and prints the output that the documentation shows.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support import child
from support.compare import printed, subject

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """\
def count():
    look_up()

def look_up():
    return tuple()[0]

count()
"""
FRAMES = [
    '  File "<example>", line 7, in <module>\n    count()\n    ~~~~~^^\n',
    '  File "<example>", line 2, in count\n    look_up()\n    ~~~~~~~^^\n',
    '  File "<example>", line 5, in look_up\n    return tuple()[0]\n           ~~~~~~~^^^\n',
]
HEADER = "Traceback (most recent call last):\n"
LAST = "IndexError: tuple index out of range\n"


@pytest.fixture
def error() -> IndexError:
    import linecache

    linecache.cache["<example>"] = (
        len(PROGRAM),
        None,
        PROGRAM.splitlines(keepends=True),
        "<example>",
    )
    with pytest.raises(IndexError) as caught:
        exec(compile(PROGRAM, "<example>", "exec"), {})
    tb = caught.value.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename != "<example>":
        tb = tb.tb_next
    return caught.value.with_traceback(tb)


def test_ways_to_print_an_exception(error: IndexError) -> None:
    assert printed(subject, "print_tb", error.__traceback__, limit=1) == FRAMES[0]
    assert printed(subject, "print_exception", error, limit=2) == "".join(
        [HEADER, *FRAMES[:2], LAST]
    )
    tb = error.__traceback__
    try:
        raise error
    except IndexError:
        assert printed(subject, "print_exc").endswith("".join([*FRAMES, LAST]))
        lines = subject.format_exc().splitlines()
    assert (lines[0], lines[-1]) == (HEADER.rstrip(), LAST.rstrip())
    error.__traceback__ = tb
    assert subject.format_exception(error) == [HEADER, *FRAMES, LAST]
    assert repr(subject.extract_tb(error.__traceback__)) == (
        "[<FrameSummary file <example>, line 7 in <module>>, <FrameSummary file <example>, line 2 in count>, "
        "<FrameSummary file <example>, line 5 in look_up>]"
    )
    assert subject.format_tb(error.__traceback__) == FRAMES


def test_ways_to_print_the_stack() -> None:
    source = "def outer():\n    inner()\n\ndef inner():\n    show()\n\nouter()\n"
    seen: list[Any] = []

    def show() -> None:
        seen.append([[f.filename, f.lineno, f.name] for f in subject.extract_stack()][-4:-1])
        seen.append(subject.format_stack()[-4:-1])
        seen.append(printed(subject, "print_stack", limit=5).splitlines()[:6])

    exec(compile(source, "<stack>", "exec"), {"show": show})
    assert seen[0] == [["<stack>", 7, "<module>"], ["<stack>", 2, "outer"], ["<stack>", 5, "inner"]]
    heads = [
        f'  File "<stack>", line {n}, in {name}'
        for n, name in ((7, "<module>"), (2, "outer"), (5, "inner"))
    ]
    assert [entry.splitlines()[0] for entry in seen[1]] == heads
    assert [line for line in seen[2] if "<stack>" in line] == heads


def test_lists_and_last_lines() -> None:
    assert subject.format_list(
        [("spam.py", 3, "<module>", "spam.eggs()"), ("eggs.py", 42, "eggs", 'return "bacon"')]
    ) == [
        '  File "spam.py", line 3, in <module>\n    spam.eggs()\n',
        '  File "eggs.py", line 42, in eggs\n    return "bacon"\n',
    ]
    assert subject.format_exception_only(IndexError("tuple index out of range")) == [LAST]
    assert subject.format_exception_only(type(None), None) == [
        "NoneType: None\n"
    ] or sys.version_info < (3, 11)


def test_traceback_exception_of_a_group() -> None:
    error = ExceptionGroup(
        "many", [ValueError(1), ExceptionGroup("inner", [TypeError(2), OSError(3)])]
    )
    te = subject.TracebackException.from_exception(error)
    assert "".join(te.format()) == (
        "  | ExceptionGroup: many (2 sub-exceptions)\n"
        "  +-+---------------- 1 ----------------\n"
        "    | ValueError: 1\n"
        "    +---------------- 2 ----------------\n"
        "    | ExceptionGroup: inner (2 sub-exceptions)\n"
        "    +-+---------------- 1 ----------------\n"
        "      | TypeError: 2\n"
        "      +---------------- 2 ----------------\n"
        "      | OSError: 3\n"
        "      +------------------------------------\n"
    )
    narrow = subject.TracebackException.from_exception(error, max_group_width=1)
    assert "and 1 more exception" in "".join(narrow.format())
    flat = subject.TracebackException.from_exception(error, max_group_depth=1)
    assert "... (max_group_depth is 1)" in "".join(flat.format())


def test_notes_are_printed_after_the_message() -> None:
    error = ValueError("bad type")
    error.add_note("Add some information")
    error.add_note("Add some more information")
    assert subject.format_exception(error) == [
        "ValueError: bad type\n", "Add some information\n", "Add some more information\n",
    ]  # fmt: skip


def test_faulthandler_shows_where_it_crashed(tmp_path: Path) -> None:
    program = "import ctypes\nimport lastwords.faulthandler as faulthandler\nfaulthandler.enable()\nctypes.string_at(0)\n"
    (tmp_path / "crash.py").write_text(program)
    done = child.python("crash.py", cwd=tmp_path, status=-signal.SIGSEGV)
    lines = done.stderr.splitlines()
    assert lines[0] == "Fatal Python error: Segmentation fault"
    assert lines[1] == ""
    assert lines[2].startswith("Current thread 0x")
    assert lines[2].endswith("(most recent call first):")
    assert lines[3].endswith("in string_at")
    assert lines[4] == f'  File "{tmp_path}/crash.py", line 4 in <module>'
