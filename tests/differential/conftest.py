"""Makes the modules beside the tests importable and sets how long hypothesis searches."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
settings.register_profile(
    "quick", max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "full", max_examples=3000, deadline=None, print_blob=True, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile(os.environ.get("LASTWORDS_HYPOTHESIS", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    """Both modules warn when exc_type is read: the comparison reads it on purpose."""
    config.addinivalue_line("filterwarnings", "ignore:Deprecated in 3.13. Use exc_type_str:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:Module globals is missing:DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current directory, with the caches of source lines empty before and after."""
    import linecache

    monkeypatch.chdir(tmp_path)
    linecache.clearcache()
    yield tmp_path
    linecache.clearcache()
