"""uvloop, whose fork handlers run what Python registered for forks."""

from __future__ import annotations

import importlib.util

import pytest

from support import child

pytestmark = [
    pytest.mark.compat,
    pytest.mark.native,
    pytest.mark.skipif(
        importlib.util.find_spec("uvloop") is None,
        reason="uvloop has no wheel for this version",
    ),
]

CHILD_IN_A_BLOCK = """
import asyncio, sys, threading
import lastwords, lastwords.faulthandler
import uvloop

async def main():
    lastwords.faulthandler.enable()
    lastwords.faulthandler.dump_traceback_later(3600)
    with lastwords.watchdog(3600, after_fork=True), lastwords.watchdog(3600):
        for _ in range(20):
            process = await asyncio.create_subprocess_exec("true")
            print(await process.wait(), end=" ")
            process = await asyncio.create_subprocess_exec("true", preexec_fn=int)
            print(await process.wait(), end=" ")
    print("ended")

uvloop.run(main())
"""


def test_child_process_in_a_watchdogs_block() -> None:
    assert child.program(CHILD_IN_A_BLOCK, status=0).stdout == "0 " * 40 + "ended\n"
