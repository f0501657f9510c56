"""Every name, signature, default and constant of 3.15's module, on every version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import interface
from support.compare import subject

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "golden" / "traceback" / "interface.json").read_text()
)
CLASSES = [name for name, value in GOLDEN.items() if isinstance(value, dict)]
MEMBERS = [(name, member) for name in CLASSES for member in GOLDEN[name]["members"]]


@pytest.mark.parametrize("name", [name for name in GOLDEN if name not in CLASSES])
def test_name(name: str) -> None:
    assert hasattr(subject, name)
    assert interface.one(getattr(subject, name)) == GOLDEN[name]


@pytest.mark.parametrize("name", CLASSES)
def test_class(name: str) -> None:
    found = interface.one(getattr(subject, name))
    assert found["builtin base"] == GOLDEN[name]["builtin base"]
    assert found["signature"] == GOLDEN[name]["signature"]


@pytest.mark.parametrize(("name", "member"), MEMBERS, ids=lambda part: part)
def test_class_member(name: str, member: str) -> None:
    """A member of the standard class is found on ours, if need be on a base of it."""
    cls = getattr(subject, name)
    owner = next((base for base in cls.__mro__ if member in vars(base)), None)
    assert owner is not None, f"{name}.{member} is missing"
    assert interface.member(vars(owner)[member]) == GOLDEN[name]["members"][member]


def test_star_import_gives_the_same_names() -> None:
    namespace: dict[str, object] = {}
    exec(f"from {subject.__name__} import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(subject.__all__)
