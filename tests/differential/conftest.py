"""A clean folder for the source files of each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_configure(config: pytest.Config) -> None:
    """Both modules warn when exc_type is read, and linecache of made-up globals: on purpose here."""
    config.addinivalue_line(
        "filterwarnings", "ignore:Deprecated in 3.13. Use exc_type_str:DeprecationWarning"
    )
    config.addinivalue_line("filterwarnings", "ignore:Module globals is missing:DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current directory, with the caches of source lines empty before and after."""
    import linecache

    monkeypatch.chdir(tmp_path)
    linecache.clearcache()
    yield tmp_path
    linecache.clearcache()
