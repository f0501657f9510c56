# Types of the drop-in functions, which show the standard signatures, without annotations.

from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any, TextIO, TypeAlias, overload

from lastwords.traceback._frame import FrameSummary
from lastwords.traceback._stack import StackSummary

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
def __getattr__(name: str) -> Any: ...  # the semi-public rest
