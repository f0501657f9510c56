"""What asyncio logs of exceptions is in the style in force."""

from __future__ import annotations

import logging
import sys

import pytest

import lastwords
from lastwords import _plus
from support import child

PROGRAM = """\
import asyncio, logging, sys
SETTING = sys.argv[1]
class Shop:
    async def sell(self):
        raise AttributeError(name="price", obj=self)
    def ring(self):
        {}["bell"]
async def main():
    loop = asyncio.get_running_loop()
    shop = Shop()
    if SETTING == "handlers":
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("ours %(message)s"))
        logging.getLogger().addHandler(handler)
        logging.getLogger("asyncio").setLevel(logging.ERROR)
    if SETTING == "callback":
        loop.call_soon(shop.ring)
    else:
        task = loop.create_task(shop.sell())
        await asyncio.sleep(0.01)
        del task
    await asyncio.sleep(0.01)
asyncio.run(main())
try:
    Shop().ring()
except KeyError:
    logging.exception("another")
"""


@pytest.mark.parametrize("setting", ["task", "handlers", "callback"])
@pytest.mark.parametrize("way", ["run", "install"])
def test_in_style_plus(setting, way, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    if way == "run":
        words = ["-m", "lastwords", "run", "--style", "plus", program]
    else:
        code = f"import lastwords; lastwords.install(style='plus'); exec({PROGRAM!r})"
        words = ["-c", code]
    text = child.python(*words, setting, cwd=tmp_path, status=0).stderr
    logged, another = text.split("another\n")
    if setting == "callback":
        assert "Exception in callback Shop.ring()" in logged
        assert ", in Shop.ring\n" in logged
    else:
        assert "Task exception was never retrieved" in logged
        assert ", in Shop.sell\n" in logged
        assert "\nAttributeError: 'Shop' object has no attribute 'price'\n" in logged
    assert ("ours " in logged) == (setting == "handlers")
    assert ", in ring\n" in another  # what others log is left alone


def test_in_the_standard_style(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    run = ["-m", "lastwords", "run", "--style", "standard", program, "task"]
    text = child.python(*run, cwd=tmp_path, status=0).stderr
    assert ", in sell\n" in text
    assert "\nAttributeError\n" in text


@pytest.fixture
def logged():
    """Return what asyncio's logger now makes of an exception."""
    import asyncio  # noqa: F401

    class Shop:
        def sell(self):
            raise KeyError("x")

    def logged():
        texts = []
        logger = logging.getLogger("asyncio")
        handler = logging.Handler()
        handler.emit = lambda record: texts.append(logging.Formatter().format(record))
        logger.addHandler(handler)
        logger.propagate = False
        try:
            Shop().sell()
        except KeyError:
            logger.error("said", exc_info=sys.exc_info())
        finally:
            logger.removeHandler(handler)
            logger.propagate = True
        return texts[0]

    return logged


def test_it_is_the_style_of_the_installation_in_force(logged):
    with lastwords.install():
        assert ", in sell\n" in logged()
        with lastwords.install(style="plus"):
            assert "<locals>.Shop.sell\n" in logged()
        assert ", in sell\n" in logged()


def test_a_style_that_fails_gives_the_standard_text(logged, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError

    with lastwords.install(style="plus"):
        monkeypatch.setattr(_plus, "PlusException", broken)
        assert ", in sell\n" in logged()
