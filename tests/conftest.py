"""What every test relies on: the installed package, no core dumps, known profiles."""

from __future__ import annotations

import resource
from pathlib import Path

import hypothesis
import pytest

import lastwords
from support.skips import pytest_terminal_summary  # noqa: F401 - a hook

REPO = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile(
    "lastwords",
    deadline=None,  # no assertion on time: machines are shared
    max_examples=100,
    derandomize=True,  # a failure in CI can be repeated
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("full", deadline=None, max_examples=5000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long tests too")


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("full" if config.getoption("--full") else "lastwords")
    # Crashing on purpose is a test's daily work; the hard limit stays for tests that read a core.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    where = Path(lastwords.__file__).resolve()
    if where.is_relative_to(REPO / "src") and not config.getoption("--collect-only"):
        raise pytest.UsageError(
            f"the tests run against the installed package, not {where}: use tools/test.sh"
        )


def pytest_report_header() -> str:
    status = getattr(lastwords, "native_status", None)
    return f"lastwords: {Path(lastwords.__file__).parent}; native: {status() if status else '?'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests to `make test-full` (they count as deselected, not as skipped)."""
    if config.getoption("--full"):
        return
    long = [item for item in items if item.get_closest_marker("full")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("full")]
