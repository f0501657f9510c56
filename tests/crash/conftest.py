"""Builds the extension that crashes, once a session, with the compiler of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

NATIVE = Path(__file__).resolve().parent.parent / "native" / "crashext"


def _compile(compiler: str, source: str, target: Path, *options: str) -> None:
    path = shutil.which(compiler)
    if path is None:
        pytest.skip(f"no {compiler} on this machine: the crash tests can't build their victim")
    subprocess.run(
        [path, "-shared", "-fPIC", "-O1", "-g", "-w", *options, str(NATIVE / source), "-o", target],
        check=True,
    )


@pytest.fixture(scope="session")
def victim_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which tests/crash/victim.py finds what it imports."""
    where = tmp_path_factory.mktemp("crashext")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    include = sysconfig.get_path("include")
    _compile("cc", "crashext.c", where / f"crashext{suffix}", f"-I{include}")
    _compile("cc", "slow.c", where / "slow.so")
    _compile("c++", "terminate.cpp", where / "terminate.so")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    return environment | {
        "PYTHONPATH": str(where),
        "CRASHEXT_SLOW": str(where / "slow.so"),
        "CRASHEXT_TERMINATE": str(where / "terminate.so"),
    }
