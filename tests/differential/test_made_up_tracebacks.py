"""Tracebacks that a program made: their lines and instructions may be any number."""

from __future__ import annotations

import sys
import traceback as standard
import types
from typing import TYPE_CHECKING, Any

import pytest

from support.compare import subject

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = (-5, -2, -1, 0, 3)
INSTRUCTIONS = (-2000, -1000, -1, 0)


def a_frame() -> types.FrameType:
    return sys._getframe()


FRAME = a_frame()


def chain(lasti: int, line: int, length: int = 1) -> types.TracebackType | None:
    tb = None
    for _ in range(length):
        tb = types.TracebackType(tb, FRAME, lasti, line)
    return tb


def formatted(module: Any, tb: types.TracebackType) -> object:
    return module.format_exception(ValueError("x").with_traceback(tb))


def captured(module: Any, tb: types.TracebackType) -> object:
    te = module.TracebackException.from_exception(ValueError("x").with_traceback(tb))
    return [frame.lineno for frame in te.stack], list(te.format())


def extracted(module: Any, tb: types.TracebackType) -> object:
    return [(frame.lineno, frame.line) for frame in module.extract_tb(tb)]


def walked(module: Any, tb: types.TracebackType) -> object:
    stack = module.StackSummary.extract(module.walk_tb(tb))
    return list(module.walk_tb(tb)), [frame.lineno for frame in stack], stack.format()


@pytest.mark.parametrize("call", [formatted, captured, extracted, walked])
@pytest.mark.parametrize("length", [1, 6])
@pytest.mark.parametrize("lasti", INSTRUCTIONS)
@pytest.mark.parametrize("line", LINES)
def test_any_line_of_any_instruction(
    call: Callable[[Any, Any], object], length: int, lasti: int, line: int
) -> None:
    """The text has the line that the traceback names; only -1 is none."""
    tb = chain(lasti, line, length)
    expected = call(standard, tb)
    assert [call(subject, tb) for _ in ("cold", "hot")] == [expected, expected]
