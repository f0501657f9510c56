"""The package as installed: what importing it costs and says."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

EAGER_NEVER = ("traceback", "ast", "tokenize", "asyncio", "argparse", "html", "inspect", "typing")


def modules_after(statement: str) -> set[str]:
    """Return the modules that `statement` adds to a fresh interpreter."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("statement", ["import lastwords"])
def test_import_loads_nothing_heavy(statement):
    loaded = modules_after(statement)
    assert loaded
    assert not loaded.intersection(EAGER_NEVER)


def test_distribution_is_typed_and_has_its_licence():
    files = {str(file) for file in importlib.metadata.files("lastwords") or ()}
    assert "lastwords/py.typed" in files
    assert any(file.endswith("LICENSE") for file in files)
    assert not any(file.endswith((".c", ".h")) for file in files)
