"""Functions that only glibc has are used with glibc only: the C parts compile without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import native_rooms

SHIM = """
#include_next <{header}>
#undef __GLIBC__
#pragma GCC poison {names}
"""
ONLY_IN_GLIBC = {
    "dlfcn.h": "dlvsym dlinfo dladdr1 dlmopen",
    "pthread.h": "pthread_tryjoin_np pthread_timedjoin_np pthread_yield",
    "stdlib.h": "canonicalize_file_name",
    "string.h": "sigabbrev_np sigdescr_np strerrordesc_np",
    "malloc.h": "mallinfo mallinfo2 mallopt malloc_info",
    "execinfo.h": "backtrace backtrace_symbols backtrace_symbols_fd",
}


def test_the_parts_without_an_interpreter_compile(
    compile_c: Callable[..., None], native: Path, tmp_path: Path
) -> None:
    for header, names in ONLY_IN_GLIBC.items():
        (tmp_path / header).write_text(SHIM.format(header=header, names=names))
    sources = [*native_rooms.sources("HANDLER"), *native_rooms.sources("THREAD")]
    assert native / "fault" / "abort_message.c" in sources
    compile_c(tmp_path, "-fsyntax-only", f"-I{tmp_path}", *sources)
