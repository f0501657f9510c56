# Types of TracebackException, whose methods show the standard signatures.

from abc import ABCMeta
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, ClassVar, Self, TextIO

from lastwords.traceback._stack import StackSummary

class TracebackException(metaclass=ABCMeta):
    stack: StackSummary
    exceptions: list[TracebackException] | None
    max_group_width: int | None
    max_group_depth: int | None
    exc_type_qualname: str | None
    exc_type_module: str | None
    filename: str | None
    lineno: str | None
    end_lineno: str | None
    text: str | None
    offset: int | None
    end_offset: int | None
    msg: str
    __cause__: TracebackException | None
    __context__: TracebackException | None
    __suppress_context__: bool
    __notes__: Any
    __hash__: ClassVar[None]  # type: ignore[assignment]
    _str: str
    _exc_type: type[BaseException] | None
    _exc_metadata: Any
    _have_exc_type: bool
    _is_syntax_error: bool
    def __init__(
        self,
        exc_type: type[BaseException],
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
        *,
        limit: Any = None,  # an int, None, or the interpreter's own
        lookup_lines: bool = True,
        capture_locals: bool = False,
        compact: bool = False,
        max_group_width: int | None = 15,
        max_group_depth: int | None = 10,
        save_exc_type: bool = True,
        _seen: set[int] | None = None,
    ) -> None: ...
    @classmethod
    def from_exception(cls, exc: BaseException, *args: Any, **kwargs: Any) -> Self: ...
    @property
    def exc_type(self) -> type[BaseException] | None: ...
    @property
    def exc_type_str(self) -> str | None: ...
    def __eq__(self, other: object) -> bool: ...
    def _load_lines(self) -> None: ...
    def _find_keyword_typos(self) -> None: ...
    def _format_syntax_error(self, stype: str, **kwargs: Any) -> Iterator[str]: ...
    def format_exception_only(
        self, *, show_group: bool = False, _depth: int = 0, **kwargs: Any
    ) -> Iterator[str]: ...
    def format(self, *, chain: bool = True, _ctx: Any = None, **kwargs: Any) -> Iterator[str]: ...
    def print(self, *, file: TextIO | None = None, chain: bool = True, **kwargs: Any) -> None: ...
    _class_of_relatives: ClassVar[type[TracebackException] | None]
    @staticmethod
    def _capture_stack(
        traceback: TracebackType | None,
        limit: Any,
        lookup_lines: bool = True,
        capture_locals: bool = False,
        known: Any = None,
    ) -> StackSummary: ...
    @staticmethod
    def _suggested(
        exc_type: type[BaseException],
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
        message: str,
    ) -> str | Callable[[], str]: ...
    def as_traceback(self) -> TracebackType | None: ...
    def to_dict(self) -> dict[str, Any]: ...
    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self: ...

def traceback_of(exc: BaseException) -> TracebackType | None: ...
