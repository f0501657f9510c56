"""What runs in a signal handler calls only what may be called there, on little stack.

The files are those that CMakeLists.txt lists as such.  They are compiled here by themselves, so
that the check does not depend on what the linker kept.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
NATIVE = REPO / "src" / "native"
MOST_STACK = 1024  # bytes of one function; an alternate stack has at least 64 KiB

# Pure functions, and system calls: none takes a lock or allocates.
SAFE = set(
    """
    memchr memcmp memcpy memmove memset strchr strcmp strlen strncmp strnlen
    __errno_location __sigsetjmp siglongjmp _exit
    clock_gettime close fcntl fstat getpid ioctl msync nanosleep open poll prctl process_vm_readv
    pthread_self pthread_sigmask read send sigaction sigaddset sigemptyset sigfillset sigismember
    sigprocmask syscall write
    """.split()
)
# What may be called besides, and why that is no danger.
REASONS = {
    ("dump", "mmap"): "memory is set aside when a handler is enabled",
    ("dump", "munmap"): "given back when a handler is disabled",
    ("handler", "PyGILState_GetThisThreadState"): "reads a thread-local variable",
    ("handler", "pthread_atfork"): "when the handler is enabled",
    ("handler", "pthread_once"): "when the handler is enabled",
    ("user_signals", "PyGILState_GetThisThreadState"): "reads a thread-local variable",
    ("user_signals", "pthread_atfork"): "when a signal is registered",
    ("user_signals", "pthread_once"): "when a signal is registered",
}
SET_UP_FUNCTIONS = {"lw_dump_setup"}  # run before any signal


def sources() -> list[Path]:
    text = (REPO / "CMakeLists.txt").read_text(encoding="utf-8")
    listed = text.partition("# From here on: files that may run in a signal handler.")[2]
    names = re.findall(r"src/native/(\w+\.c)", listed.partition(")\n")[0])
    variants = re.findall(r"(\w+\.c)", " ".join(re.findall(r"set\(LASTWORDS_\w+ (.*?)\)", text)))
    return [NATIVE / name for name in dict.fromkeys([*names, *variants])]


@pytest.fixture(scope="module")
def objects(tmp_path_factory) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "the check needs a C compiler"
    folder = tmp_path_factory.mktemp("objects")
    for source in sources():
        subprocess.run(
            [compiler, "-std=c11", "-D_GNU_SOURCE", "-O2", "-fPIC", "-fvisibility=hidden"]
            + ["-fno-strict-aliasing", "-fstack-usage", "-c", str(source)]
            + ["-o", str(folder / f"{source.stem}.o")],
            check=True,
            timeout=100,
        )
    return folder


def test_list_is_found():
    names = {source.name for source in sources()}
    assert {"handler.c", "walk.c", "sink.c", "memory.c"} <= names
    assert not any(name.startswith("bind_") for name in names)


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_includes(source):
    included = re.findall(r'#\s*include\s*[<"]([^>"]+)', source.read_text(encoding="utf-8"))
    assert not {"Python.h", "stdio.h", "malloc.h"}.intersection(included)


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_symbols(source, objects):
    listed = subprocess.run(
        ["nm", "-u", str(objects / f"{source.stem}.o")],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    used = {line.split()[-1].partition("@")[0] for line in listed.stdout.splitlines()}
    called = {
        name for name in used if not name.startswith(("lw_", "_GLOBAL_OFFSET", "__stack_chk"))
    }
    strange = {
        name for name in called - SAFE if (source.stem, name.removesuffix("64")) not in REASONS
    }
    assert {name for name in strange if name.removesuffix("64") not in SAFE} == set()


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.stem)
def test_stack(source, objects):
    usage = objects / f"{source.stem}.su"
    for line in usage.read_text(encoding="utf-8").splitlines() if usage.exists() else ():
        where, size, kind = line.split("\t")
        if where.rpartition(":")[2] not in SET_UP_FUNCTIONS:
            assert kind in {"static", "dynamic,bounded"}, line
            assert int(size) <= MOST_STACK, line
