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


def logged(formatter=None, **options):
    """Return the record and the text of an exception that asyncio logs."""
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append((record, (formatter or default).format(record)))
    default = logging.Formatter()
    logger = logging.getLogger("asyncio")
    logger.addHandler(handler)
    logger.propagate = False  # pytest would keep it
    try:
        raise KeyError("logged")
    except KeyError:
        logger.error("said", exc_info=True, **options)
    finally:
        logger.removeHandler(handler)
        logger.propagate = True
    return records[0]


@pytest.fixture
def marked(monkeypatch):
    """Return what ours prints, as a mark in the output."""
    import asyncio  # noqa: F401

    from lastwords.traceback import _functions

    monkeypatch.setattr(_functions, "format_exception", lambda *args, **options: ["ours\n"])


def test_the_record_stays_as_it_is(marked):
    import pickle

    with hooks.install():
        record, text = logged()
    assert text == "said\nours"
    assert type(record.exc_info) is tuple
    data = pickle.dumps(record.exc_info[0])  # what tblib makes of it is its own
    assert b"lastwords" not in data


def test_another_thread_may_format_the_record(marked):
    import queue
    import threading

    with hooks.install():
        record, _ = logged()
        record.exc_text = None
        texts = queue.Queue()
        format = logging.Formatter().format
        thread = threading.Thread(target=lambda: texts.put(format(record)))
        thread.start()
        thread.join()
        assert texts.get() == "said\nours"


def test_no_record_is_kept():
    import asyncio  # noqa: F401
    import gc
    import weakref

    with hooks.install():
        record = weakref.ref(logged()[0])
        gc.collect()
        assert record() is None


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_formatter_of_another_library_for_all_is_left_in_charge(order, marked, monkeypatch):
    if order == "before":
        monkeypatch.setattr(logging.Formatter, "formatException", lambda self, info: "theirs")
    with hooks.install() as installation:
        if order == "after":
            standard = logging.Formatter.formatException
            monkeypatch.setattr(logging.Formatter, "formatException", lambda self, info: "theirs")
        assert logged()[1] == "said\ntheirs"
        assert installation.uninstall() == (("asyncio",) if order == "after" else ())
    assert logged()[1] == "said\ntheirs"
    if order == "after":  # they leave
        monkeypatch.setattr(logging.Formatter, "formatException", standard)
        assert "KeyError: 'logged'" in logged()[1]
        with hooks.install():
            assert logged()[1] == "said\nours"


def test_a_formatter_that_goes_on_to_ours_is_called_again_after_an_install(marked, monkeypatch):
    installation = hooks.install()
    ours = logging.Formatter.formatException
    monkeypatch.setattr(
        logging.Formatter, "formatException", lambda self, info: f"theirs {ours(self, info)}"
    )
    assert logged()[1] == "said\ntheirs ours"
    assert installation.uninstall() == ("asyncio",)
    assert "theirs Traceback" in logged()[1]
    with hooks.install():
        assert logged()[1] == "said\ntheirs ours"


def test_a_patch_of_the_standard_module_changes_what_is_logged(marked, monkeypatch):
    import traceback

    patch = lambda *args, file=None, **options: (file or args[-1]).write("patched")
    with hooks.install():
        monkeypatch.setattr(traceback, "print_exception", patch)
        assert logged()[1] == "said\npatched"


def test_a_handler_of_the_programs_is_called():
    text = child.printed("""
        import asyncio, lastwords
        lastwords.install()
        async def main():
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda loop, context: print("theirs", context["exception"]))
            loop.call_soon(lambda: 1 / 0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            loop.set_exception_handler(lambda loop, context: loop.default_exception_handler(context))
            loop.call_soon(lambda: 1 / 0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        asyncio.run(main())
    """)
    assert text.startswith("theirs division by zero\n")
    assert text.count("ZeroDivisionError: division by zero\n") == 1


def test_a_record_without_weak_references_is_formatted_as_ever(marked):
    class Slotted:
        __slots__ = ("exc_info",)

    record = Slotted()
    record.exc_info = (KeyError, KeyError("x"), None)
    with hooks.install():
        assert logging.getLogger("asyncio").filters[-1](record)
        assert logging.Formatter().formatException(record.exc_info) == "KeyError: 'x'"
