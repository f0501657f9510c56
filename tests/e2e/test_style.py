"""`lastwords run --style`: on a terminal the style "plus" is the default, elsewhere the standard."""

from __future__ import annotations

import sys

import pytest

from support import child

RUN = (sys.executable, "-m", "lastwords", "run")
PROGRAM = """\
class Shop:
    def sell(self):
        return {}["price"]

def ping(): pong()
def pong(): ping()

try:
    Shop().sell()
except KeyError:
    ping()
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


def test_on_a_terminal_it_is_plus(folder):
    env = {"NO_COLOR": "1"}
    status, text = child.on_terminal(*RUN, "program.py", cwd=folder, env=env)
    assert status == 1
    assert ", in Shop.sell\r\n" in text
    assert "  [Previous 2 frames repeated 4" in text
    assert len(text.splitlines()) < 40


def test_on_a_terminal_it_can_be_the_standard_one(folder):
    for option in (("--style", "standard"), ("--style=standard",)):
        status, text = child.on_terminal(*RUN, *option, "program.py", cwd=folder)
        assert status == 1
        assert "Shop.sell" not in text.replace("Shop().sell", "")


def test_elsewhere_it_is_the_standard_one(folder):
    plain = child.command(*RUN, "program.py", cwd=folder, status=1).stderr
    assert ", in sell\n" in plain
    assert child.command(*RUN, "--style", "standard", "program.py", cwd=folder).stderr == plain
    chosen = child.command(*RUN, "--style", "plus", "program.py", cwd=folder, status=1).stderr
    assert ", in Shop.sell\n" in chosen


@pytest.mark.parametrize("words", [("--style", "pretty"), ("--style=pretty",)])
def test_a_style_that_there_is_not(words, folder):
    done = child.command(*RUN, *words, "program.py", cwd=folder, status=2)
    assert done.stderr == (
        "lastwords: unknown style 'pretty'\nhint: --style standard or --style plus\n"
    )


def test_a_style_that_is_missing(folder):
    done = child.command(*RUN, "--style", cwd=folder, status=2)
    assert done.stderr.startswith("lastwords: a style is missing after --style\n")
