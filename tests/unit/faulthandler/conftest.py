from __future__ import annotations

import signal
from pathlib import Path

import pytest

import lastwords.faulthandler as fault


@pytest.fixture(autouse=True)
def _all_off():
    yield
    fault.disable()
    fault.cancel_dump_traceback_later()
    fault.unregister(signal.SIGUSR1)


@pytest.fixture
def log(tmp_path: Path):
    with (tmp_path / "log").open("w+") as file:
        yield file
