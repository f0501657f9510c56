"""The installed package: what importing it loads, and what it says of itself."""

from __future__ import annotations

import importlib.metadata

import pytest

from support import child

EAGER_NEVER = ("traceback", "ast", "tokenize", "asyncio", "argparse", "html", "inspect", "typing")


def modules_after(statement: str) -> set[str]:
    """Return the modules that `statement` adds to a fresh interpreter."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    return set(child.python("-I", "-c", code, status=0).stdout.split())


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


FIRST_CAPTURE = """
from lastwords.traceback import StackSummary, walk_tb
from lastwords.traceback import _fast as fast
try:
    1 / 0
except ZeroDivisionError as error:
    tb = error.__traceback__
print(not fast.usable or len(fast.capture_iterator(walk_tb(tb), 9)) == 1)
"""


def test_first_capture_is_a_fast_one():
    assert child.python("-I", "-c", FIRST_CAPTURE, status=0).stdout == "True\n"
