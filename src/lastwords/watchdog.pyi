# Types of `watchdog`, whose base is the extension's class or `TimerWatchdog`.

from collections.abc import Callable
from os import PathLike
from typing import Any, Literal, Protocol, Self, TypeVar

__all__ = ["watchdog"]

class _HasFileno(Protocol):
    def fileno(self) -> int: ...

_Function = TypeVar("_Function", bound=Callable[..., Any])

class watchdog:  # noqa: N801 - used like a function
    backend: Literal["native", "standard"]
    def __init__(
        self,
        seconds: float,
        *,
        name: str | None = None,
        repeat: bool = False,
        exit: bool = False,
        file: str | bytes | PathLike[str] | int | _HasFileno | None = None,
        after_fork: bool = False,
        max_threads: int = 0,
        header: bool | str | None = None,
        threads: Literal["all", "own first", "own"] = "all",
    ) -> None: ...
    def cancel(self) -> bool: ...
    def extend(self, seconds: float = ..., /) -> None: ...
    def __call__(self, function: _Function) -> _Function: ...
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
