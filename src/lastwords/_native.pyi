# Types of the extension.  `make lint` holds this stub against the built extension (stubtest).

from collections.abc import Callable
from os import PathLike
from types import CodeType, FrameType, TracebackType
from typing import Any, Literal, Protocol, Self, final

from typing_extensions import disjoint_base

from lastwords.traceback._exception import TracebackException
from lastwords.traceback._frame import FrameSummary
from lastwords.traceback._stack import StackSummary

# bind_capture: capture and rendering

@disjoint_base
class FrameRecord:
    filename: Any
    lineno: Any
    end_lineno: Any
    colno: Any
    end_colno: Any
    name: Any
    locals: Any
    _code: Any
    _lines: Any
    _lines_dedented: Any
    _source: Any

def configure(
    classes: tuple[type[FrameSummary], type[StackSummary], type[TracebackException], type],
    render: Callable[[FrameSummary, Any], str],
    refresh: Callable[[str, dict[str, Any], CodeType], list[str] | None],
    pristine: Callable[[], bool],
    header: str,
    cause: str,
    context: str,
    /,
) -> None: ...
def watch(
    linecache_names: dict[str, Any],
    typed_sources: dict[Any, Any] | None,
    frozen_prefix: str | None,
    names: tuple[tuple[dict[str, Any], str, object], ...],
    /,
) -> None: ...
def contain_with(pass_on: Callable[[BaseException], None], /) -> None: ...

@final
class KnownFiles: ...

@final
class FrameIterator:
    def __new__(cls, start: FrameType | None) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[FrameType, int]: ...

def capture(
    traceback: TracebackType | None, skip: int, most: int, known: KnownFiles | None, /
) -> StackSummary | None: ...
def capture_iterator(iterator: FrameIterator, most: int, /) -> StackSummary | None: ...
def format_stack(frames: StackSummary, palette: Any, /) -> list[str] | None: ...
def format_exception(
    value: BaseException | None, traceback: TracebackType | None, palette: Any, /
) -> list[str] | dict[int, tuple[BaseException, str]] | None: ...
def classes_are_ours() -> bool: ...
def forget() -> None: ...

# bind_excerpt: excerpts of ASCII source

def draw_lines(text: str, rows: int, colno: int, end_colno: int, /) -> str | None: ...
def find_anchors(segment: str, /) -> tuple[int, int, int, int] | Literal[False] | None: ...
def is_whole_call(before: str, segment: str, behind: str, /) -> bool | None: ...

# bind_match: suggestions

def closest(
    sources: tuple[dict[Any, Any] | list[Any], ...],
    wrong: str,
    hide_private: bool,
    smallest: bool,
    /,
) -> Any: ...  # a str, None or NotImplemented

# bind_walk: the walker, for tests

def _dump_refusal() -> str | None: ...
def _dump_text(
    fd: int,
    all_threads: bool = True,
    max_threads: int = 0,
    current: bool = True,
    first: bool = False,
    process: tuple[int, int, int] = ...,
    /,
) -> Any: ...
def _threads(pid: int = 0, runtime: int = 0, version: int = 0, /) -> list[dict[str, Any]]: ...
def _set_record(path: bytes | None, program: bytes = b"", facts: bytes = b"", /) -> None: ...
def _position(table: bytes, first_line: int, unit: int, /) -> tuple[int, int, int, int]: ...
def _runtime_address() -> int: ...

# bind_fault: the fault handler and the deadlines

class _Watchdog:
    def __init__(
        self,
        seconds: float,
        *,
        name: str | None = None,
        repeat: bool = False,
        exit: bool = False,
        file: Any = None,
        after_fork: bool = False,
        max_threads: int = 0,
        header: bool | str | None = None,
        threads: Literal["all", "own first", "own"] = "all",
    ) -> None: ...
    def cancel(self) -> bool: ...
    def extend(self, seconds: float = ..., /) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_details: object) -> None: ...
    @property
    def armed(self) -> bool: ...
    @property
    def fired(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def name(self) -> str | None: ...

@final
class _Fault(Protocol):
    Watchdog: type[_Watchdog]
    def enable(
        self,
        file: Any = ...,
        all_threads: bool = True,
        c_stack: bool = True,
        *,
        max_threads: int = 100,
        record: str | bytes | PathLike[str] | None = None,
    ) -> None: ...
    def disable(self) -> bool: ...
    def is_enabled(self) -> bool: ...
    def replaced_handlers(self) -> dict[int, str]: ...
    def dump_traceback(
        self,
        file: Any = ...,
        all_threads: bool = True,
        *,
        max_threads: int = 100,
        header: bool | str | None = None,
    ) -> None: ...
    def dump_c_stack(self, file: Any = ...) -> None: ...
    def dump_traceback_later(
        self,
        timeout: float,
        repeat: bool = False,
        file: Any = ...,
        exit: bool = False,
        *,
        max_threads: int = 100,
        header: bool | str | None = None,
    ) -> None: ...
    def cancel_dump_traceback_later(self) -> None: ...
    def register(
        self,
        signum: int,
        file: Any = ...,
        all_threads: bool = True,
        chain: bool = False,
        *,
        max_threads: int = 100,
        header: bool | str | None = None,
    ) -> None: ...
    def unregister(self, signum: int, /) -> bool: ...
    def _set_record_switch(self, function: Callable[[Any], None], /) -> None: ...
    def _standard_choice(self) -> tuple[int, int, int, int] | None: ...
    def _sigsegv(self, release_gil: bool = False, /) -> None: ...
    def _sigabrt(self) -> None: ...
    def _sigfpe(self) -> None: ...
    def _read_null(self) -> None: ...
    def _stack_overflow(self) -> None: ...
    def _fatal_error_c_thread(self) -> None: ...
    def _break_step(self, step: int, how: str, /) -> None: ...
    def altstack_waiting(self) -> int: ...
    def altstack_high_water(self) -> int: ...
    def altstack_count(self) -> int: ...
    def restart_after_fork(self) -> int: ...

fault: _Fault

# bind_hook: a hook that runs near the stack's limit

@final
class Hook:
    def __new__(cls, function: Callable[..., object], postpone: bool = False, /) -> Self: ...
    @property
    def __wrapped__(self) -> Callable[..., object]: ...
    def __call__(self, *args: Any, **kwargs: Any) -> object: ...
    def __reduce__(self) -> str: ...

def traced(callable: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any: ...
def around(
    before: Callable[..., Callable[..., object]], after: Callable[..., object], /
) -> Callable[..., object]: ...

# bind_run: programs

def launcher(prepare: Callable[..., object], /) -> Callable[..., object]: ...
