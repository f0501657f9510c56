# Types of the drop-in module.

from os import PathLike
from typing import Literal, Protocol, TypeAlias

class _HasFileno(Protocol):
    def fileno(self) -> int: ...

_File: TypeAlias = int | _HasFileno

backend: Literal["native", "standard"]
backend_reason: str | None

__all__ = [
    "backend",
    "backend_reason",
    "cancel_dump_traceback_later",
    "disable",
    "dump_c_stack",
    "dump_traceback",
    "dump_traceback_later",
    "enable",
    "is_enabled",
    "register",
    "replaced_handlers",
    "unregister",
]

def cancel_dump_traceback_later() -> None: ...
def disable() -> bool: ...
def dump_c_stack(file: _File | None = ...) -> None: ...
def dump_traceback(
    file: _File | None = ...,
    all_threads: bool = True,
    *,
    max_threads: int = 100,
    header: bool | str | None = None,
) -> None: ...
def dump_traceback_later(
    timeout: float,
    repeat: bool = False,
    file: _File | None = ...,
    exit: bool = False,
    *,
    max_threads: int = 100,
    header: bool | str | None = None,
) -> None: ...
def enable(
    file: _File | None = ...,
    all_threads: bool = True,
    c_stack: bool = True,
    *,
    max_threads: int = 100,
    record: str | bytes | PathLike[str] | PathLike[bytes] | None = None,
) -> None: ...
def is_enabled() -> bool: ...
def register(
    signum: int,
    file: _File | None = ...,
    all_threads: bool = True,
    chain: bool = False,
    *,
    max_threads: int = 100,
    header: bool | str | None = None,
) -> None: ...
def replaced_handlers() -> dict[int, str]: ...
def unregister(signum: int, /) -> bool: ...
