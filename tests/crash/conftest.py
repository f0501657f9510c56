"""Build the extension that crashes, once a session, with the machine's compiler."""

from __future__ import annotations

import platform
import sys
import sysconfig
from pathlib import Path

import pytest

from support import compiler
from support.victim import SOURCES


def _compile(name: str, sources: tuple[str, ...], target: Path, *options: str) -> None:
    files = [SOURCES / source for source in sources]
    compiler.run(name, "-O1", "-g", "-w", *options, *files, "-o", target)


@pytest.fixture(scope="session")
def fail_nth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program that makes one system call of another program fail."""
    if platform.machine() != "x86_64":
        pytest.skip("system calls are made to fail on x86-64 only")
    program = tmp_path_factory.mktemp("failnth") / "failnth"
    _compile("cc", ("failnth.c",), program)
    return program


@pytest.fixture(scope="session")
def victim_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment variables by which a victim finds what it imports."""
    where = tmp_path_factory.mktemp("crashext")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    include = sysconfig.get_path("include")
    parts = ("crashext.c", "kinds.c", "hinder.c")
    shared = ("-shared", "-fPIC")
    _compile("cc", parts, where / f"crashext{suffix}", *shared, f"-I{include}", "-lpthread")
    _compile("cc", ("slow.c",), where / "slow.so", *shared)
    _compile("c++", ("terminate.cpp",), where / "terminate.so", *shared)
    return {
        "PYTHONPATH": str(where),
        "CRASHEXT_SLOW": str(where / "slow.so"),
        "MALLOC_ARENA_MAX": "1",  # one lock for all, which hold_malloc_lock() takes
        "CRASHEXT_TERMINATE": str(where / "terminate.so"),
    }


@pytest.fixture(scope="session")
def runtimes_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment variables to load other runtimes' handlers by ctypes."""
    library = compiler.library(SOURCES / "runtimes.c", tmp_path_factory.mktemp("runtimes"))
    return {"RUNTIMES": str(library)}


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program that starts and ends interpreters, and goes on without."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        pytest.skip("this interpreter has no shared libpython: nothing to embed")
    target = tmp_path_factory.mktemp("host") / "host"
    library = sysconfig.get_config_var("LIBDIR")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    options = (f"-I{sysconfig.get_path('include')}", f"-L{library}", f"-lpython{version}")
    compiler.run("cc", SOURCES / "host.c", "-o", target, *options, f"-Wl,-rpath,{library}")
    return target
