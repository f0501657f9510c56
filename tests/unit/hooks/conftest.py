from __future__ import annotations

import sys
import threading

import pytest

from lastwords import _hooks as hooks


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Every test starts from the interpreter's own hooks and leaves what it found."""
    for module, name in (
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (threading, "excepthook"),
    ):
        monkeypatch.setattr(module, name, getattr(module, f"__{name}__"))
    yield
    hooks.uninstall()
