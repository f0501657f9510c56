# Types of FrameSummary, whose methods show the standard signatures, without annotations.

from abc import ABCMeta
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any, ClassVar, Self, SupportsIndex, overload

class FrameSummary(metaclass=ABCMeta):
    def to_dict(self) -> dict[str, Any]: ...
    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self: ...
    filename: str
    lineno: int | None
    end_lineno: int | None
    colno: int | None
    end_colno: int | None
    name: str
    locals: dict[str, str] | None
    _code: CodeType | None
    _lines: str | None
    _lines_dedented: str | None
    _source: list[str] | None
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __init__(
        self,
        filename: str,
        lineno: int | None,
        name: str,
        *,
        lookup_line: bool = True,
        locals: Mapping[str, object] | None = None,
        line: str | None = None,
        end_lineno: int | None = None,
        colno: int | None = None,
        end_colno: int | None = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def line(self) -> str | None: ...
    @property
    def _original_lines(self) -> str | None: ...
    @property
    def _dedented_lines(self) -> str | None: ...
    def _set_lines(self) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    @overload
    def __getitem__(self, pos: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, pos: slice) -> tuple[Any, ...]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def __copy__(self) -> Self: ...
    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]: ...

def represent_locals(variables: Any) -> dict[str, str] | None: ...
def frame_without_lookup(
    filename: str,
    lineno: int | None,
    name: str,
    *,
    lookup_line: bool,
    locals: Any,
    end_lineno: int | None,
    colno: int | None,
    end_colno: int | None,
    _code: Any,
) -> FrameSummary: ...
def fields_of(frame: FrameSummary) -> dict[str, Any]: ...
def from_fields(cls: type[FrameSummary], fields: Any) -> FrameSummary: ...
