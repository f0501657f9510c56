# Types of the walks over frames; the functions show the standard signatures.

from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any, TypeAlias

BUILTIN_EXCEPTION_LIMIT: object

_Position: TypeAlias = tuple[int | None, int | None, int | None, int | None]

def walk_stack(f: FrameType | None) -> Iterator[tuple[FrameType, int]]: ...
def walk_tb(tb: TracebackType | None) -> Iterator[tuple[FrameType, int]]: ...
def _get_code_position(code: CodeType, instruction_index: int) -> _Position: ...
def _walk_tb_with_full_positions(
    tb: TracebackType | None,
) -> Iterator[tuple[FrameType, _Position]]: ...
def __getattr__(name: str) -> Any: ...  # what the other modules of the package use
