"""The decoder of location tables, against the interpreter's own."""

from __future__ import annotations

import random
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

_native = pytest.importorskip("lastwords._native", reason="the extension is not installed")

SAMPLE = 60  # files of the standard library in `make test`
NUMBER = st.integers(min_value=-(2**31), max_value=2**31 - 1)


def library_files() -> list[Path]:
    """Return the standard library's source files, in a fixed order."""
    root = Path(sysconfig.get_path("stdlib"))
    return sorted(p for p in root.rglob("*.py") if "site-packages" not in p.parts)


def code_objects(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield a code object and all that are inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_objects(constant)


def mismatches(path: Path) -> tuple[int, list[str]]:
    """Compare every code unit of a file; return how many there were and which differed."""
    try:
        module = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, UnicodeDecodeError):
        return 0, []  # a file that is broken on purpose
    count, wrong = 0, []
    for code in code_objects(module):
        for unit, expected in enumerate(code.co_positions()):
            position = tuple(-1 if part is None else part for part in expected)
            found = _native._position(code.co_linetable, code.co_firstlineno, unit)
            count += 1
            if found != position:
                wrong.append(f"{path}: {code.co_qualname} unit {unit}: {found} != {position}")
    return count, wrong


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_a_sample_of_the_standard_library() -> None:
    chosen = random.Random(20).sample(library_files(), SAMPLE)  # noqa: S311
    results = [mismatches(path) for path in chosen]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(count for count, _ in results) > 20_000


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_all_of_the_standard_library() -> None:
    results = [mismatches(path) for path in library_files()]
    assert [line for _, wrong in results for line in wrong] == []
    assert sum(count for count, _ in results) > 500_000


def test_all_kinds_of_entries() -> None:
    # No location; long form over two lines; no columns; one line; one line down; short.
    table = bytes([0xF8, 0xF0, 2, 1, 11, 6, 0xE8, 4, 0xD0, 3, 9, 0xD8, 5, 6, 0x88, 0x52])
    found = [_native._position(table, 10, unit) for unit in range(7)]
    assert found == [
        (-1, -1, -1, -1),
        (11, 12, 10, 5),
        (13, 13, -1, -1),
        (13, 13, 3, 9),
        (14, 14, 5, 6),
        (14, 14, 13, 15),
        (-1, -1, -1, -1),
    ]


@pytest.mark.parametrize("table", [b"", b"\x00", b"\x7f" * 100, b"\xf8", b"\xf0", b"\xf0\xff\xff"])
def test_broken_tables_say_nothing_or_something_but_never_fail(table: bytes) -> None:
    for unit in (-1, 0, 5, 2**31 - 1):
        assert len(_native._position(table, 1, unit)) == 4
    assert _native._position(table, 1, -1) == (-1, -1, -1, -1)


@given(st.binary(max_size=200), NUMBER, NUMBER)
def test_any_bytes(table: bytes, first_line: int, unit: int) -> None:
    assert len(_native._position(table, first_line, unit)) == 4
