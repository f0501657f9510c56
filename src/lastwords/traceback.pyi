# Types of the drop-in module: its functions show the standard signatures, without annotations.

from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any, TextIO, TypeAlias, overload

from lastwords.exceptions import TracebackException as TracebackException
from lastwords.frame import FrameSummary as FrameSummary
from lastwords.stack import BUILTIN_EXCEPTION_LIMIT as BUILTIN_EXCEPTION_LIMIT
from lastwords.stack import StackSummary as StackSummary
from lastwords.stack import walk_stack as walk_stack
from lastwords.stack import walk_tb as walk_tb

__all__ = [
    "extract_stack",
    "extract_tb",
    "format_exception",
    "format_exception_only",
    "format_list",
    "format_stack",
    "format_tb",
    "print_exc",
    "format_exc",
    "print_exception",
    "print_last",
    "print_stack",
    "print_tb",
    "clear_frames",
    "FrameSummary",
    "StackSummary",
    "TracebackException",
    "walk_stack",
    "walk_tb",
    "print_list",
]

_Frames: TypeAlias = Iterable[FrameSummary | tuple[str, int | None, str, str | None]]

def print_tb(
    tb: TracebackType | None, limit: int | None = None, file: TextIO | None = None
) -> None: ...
@overload
def print_exception(
    exc: type[BaseException] | None,
    /,
    value: BaseException | None = ...,
    tb: TracebackType | None = ...,
    limit: int | None = None,
    file: TextIO | None = None,
    chain: bool = True,
    **kwargs: Any,
) -> None: ...
@overload
def print_exception(
    exc: BaseException,
    /,
    *,
    limit: int | None = None,
    file: TextIO | None = None,
    chain: bool = True,
    **kwargs: Any,
) -> None: ...
@overload
def format_exception(
    exc: type[BaseException] | None,
    /,
    value: BaseException | None = ...,
    tb: TracebackType | None = ...,
    limit: int | None = None,
    chain: bool = True,
    **kwargs: Any,
) -> list[str]: ...
@overload
def format_exception(
    exc: BaseException,
    /,
    *,
    limit: int | None = None,
    chain: bool = True,
    **kwargs: Any,
) -> list[str]: ...
def print_exc(
    limit: int | None = None, file: TextIO | None = None, chain: bool = True, **kwargs: Any
) -> None: ...
def print_last(
    limit: int | None = None, file: TextIO | None = None, chain: bool = True
) -> None: ...
def print_stack(
    f: FrameType | None = None, limit: int | None = None, file: TextIO | None = None
) -> None: ...
def extract_tb(tb: TracebackType | None, limit: int | None = None) -> StackSummary: ...
def extract_stack(f: FrameType | None = None, limit: int | None = None) -> StackSummary: ...
def format_list(extracted_list: _Frames) -> list[str]: ...
def print_list(extracted_list: _Frames, file: TextIO | None = None) -> None: ...
@overload
def format_exception_only(
    exc: BaseException | None, /, *, show_group: bool = False, **kwargs: Any
) -> list[str]: ...
@overload
def format_exception_only(
    exc: object,
    /,
    value: BaseException | None = ...,
    *,
    show_group: bool = False,
    **kwargs: Any,
) -> list[str]: ...
def format_exc(limit: int | None = None, chain: bool = True) -> str: ...
def format_tb(tb: TracebackType | None, limit: int | None = None) -> list[str]: ...
def format_stack(f: FrameType | None = None, limit: int | None = None) -> list[str]: ...
def clear_frames(tb: TracebackType | None) -> None: ...
def __getattr__(name: str) -> Any: ...
def __dir__() -> list[str]: ...
