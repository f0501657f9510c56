# Types of StackSummary and its capture; the methods show the standard signatures.

from abc import ABCMeta
from collections.abc import Iterable
from types import FrameType
from typing import Any, Self

from lastwords.traceback._frame import FrameSummary
from lastwords.traceback._stack_capture import _Position

class StackSummary(list[FrameSummary], metaclass=ABCMeta):
    def to_dict(self) -> dict[str, Any]: ...
    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self: ...
    @classmethod
    def extract(
        cls,
        frame_gen: Iterable[tuple[FrameType, int | None]],
        *,
        limit: int | None = None,
        lookup_lines: bool = True,
        capture_locals: bool = False,
    ) -> Self: ...
    @classmethod
    def _extract_from_extended_frame_gen(
        cls,
        frame_gen: Iterable[tuple[FrameType, _Position]],
        *,
        limit: int | None = None,
        lookup_lines: bool = True,
        capture_locals: bool = False,
    ) -> Self: ...
    @classmethod
    def from_list(
        cls, a_list: Iterable[FrameSummary | tuple[str, int | None, str, str | None]]
    ) -> StackSummary: ...
    def format_frame_summary(self, frame_summary: FrameSummary, **kwargs: Any) -> str | None: ...
    def _should_show_carets(
        self, start_offset: int, end_offset: int, all_lines: list[str], anchors: Any
    ) -> bool: ...
    def format(self, **kwargs: Any) -> list[str]: ...

def __getattr__(name: str) -> Any: ...  # what the other modules of the package use
