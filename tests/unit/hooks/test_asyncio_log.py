"""What asyncio logs, with our traceback."""

from __future__ import annotations

import logging
import sys

import pytest

from lastwords import _hooks as hooks
from support import child

ASYNCIO = """
    import asyncio, logging, sys
    import lastwords._hooks
    {install}
    class Loud(logging.Formatter):
        def formatException(self, info):
            return "LOUD " + super().formatException(info)
    handler = logging.StreamHandler()
    handler.setFormatter({formatter}("%(name)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    async def child():
        def inner():
            return (lambda: 1 /
                    0)()
        return inner()
    async def main():
        loop = asyncio.get_running_loop()
        task = loop.create_task(child(), name="named")
        await asyncio.sleep(0.01)
        del task
        loop.call_soon(child_now)
        await asyncio.sleep(0.01)
    def child_now():
        raise KeyError("callback")
    asyncio.run(main())
    try: 1/0
    except Exception: logging.exception("another")
"""


@pytest.mark.parametrize("formatter", ["logging.Formatter", "Loud"])
def test_asyncio_logs_as_ever_with_our_traceback(formatter):
    plain = child.printed(ASYNCIO.format(install="", formatter=formatter))
    ours = child.printed(ASYNCIO.format(install="lastwords._hooks.install()", formatter=formatter))
    marked = child.printed(
        ASYNCIO.format(
            install=(
                "lastwords._hooks.install()\n"
                "    lastwords.traceback.format_exception = lambda *a, **k: ['OURS\\n']"
            ),
            formatter=formatter,
        )
    )
    loud = "LOUD " if formatter == "Loud" else ""
    assert marked.count(f"\n{loud}OURS\n") == 2
    assert marked.count("asyncio ERROR ") == plain.count("asyncio ERROR ") == 2
    assert "root ERROR another\n" in marked
    assert marked.count("\nZeroDivisionError") == 1  # what others log is left alone
    if sys.version_info >= (3, 15):
        import re

        assert re.sub("0x[0-9a-f]+", "", ours) == re.sub("0x[0-9a-f]+", "", plain)


def test_asyncio_is_given_back():
    import asyncio  # noqa: F401

    original = logging.Formatter.formatException
    with hooks.install(asyncio=True):
        assert logging.Formatter.formatException is not original
        assert logging.getLogger("asyncio").filters
    assert logging.Formatter.formatException is original
    assert not logging.getLogger("asyncio").filters
