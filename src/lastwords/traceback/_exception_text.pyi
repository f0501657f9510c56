# Types of the printer, whose semi-public functions show the standard signatures.

from collections.abc import Iterable, Iterator
from typing import Any

from lastwords.traceback._exception import TracebackException

_cause_message: str
_context_message: str

class _ExceptionPrintContext:
    seen: set[int]
    exception_group_depth: int
    need_close: bool
    def __init__(self) -> None: ...
    def indent(self) -> str: ...
    def emit(
        self, text_gen: str | Iterable[str], margin_char: str | None = None
    ) -> Iterator[str]: ...

def _format_final_exc_line(
    etype: Any, value: Any, *, insert_final_newline: bool = True, colorize: bool = False
) -> str: ...
def _format_note(note: str, indent: str, theme: Any) -> Iterator[str]: ...
def exception_only(
    te: TracebackException, *, show_group: bool, depth: int, colorize: bool
) -> Iterator[str]: ...
def simple_chain(
    te: TracebackException, chain: bool
) -> list[tuple[str | None, TracebackException]] | None: ...
def format_chain(
    links: list[tuple[str | None, TracebackException]], colorize: bool
) -> Iterator[str]: ...
def format_exception(
    te: TracebackException, *, chain: bool, context: _ExceptionPrintContext | None, colorize: bool
) -> Iterator[str]: ...
def write(lines: Iterable[str], file: Any) -> None: ...
def with_relatives(te: TracebackException) -> Iterator[TracebackException]: ...
