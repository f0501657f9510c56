"""Functions of linecache that a program has wrapped, as an import hook for a dialect does, are called."""

from __future__ import annotations

import traceback as standard
from pathlib import Path

import pytest

from lastwords import traceback
from support import child

PROGRAM = """
import functools, importlib, linecache, sys
name, keep, when, module, path = sys.argv[1:]
original = getattr(linecache, name)
decorate = functools.wraps(original) if keep == "wraps" else lambda function: function
real = ["def f():\\n", "    return [][1]\\n", "f()\\n"]
@decorate
def replacement(filename, *rest, **options):
    if filename == path:
        return real[rest[0] - 1] if name == "getline" else real
    return original(filename, *rest, **options)
def report(title):
    linecache.cache.pop(path, None)
    try:
        exec(compile("".join(real), path, "exec"), {"__name__": "dialect"})
    except IndexError as error:
        print(title, traceback.format_exception(error)[-2].splitlines()[1])
        linecache.cache.pop(path, None)
        print(title, traceback.extract_tb(error.__traceback__)[-1].line)
if when == "before":
    setattr(linecache, name, replacement)
traceback = importlib.import_module(module)
if when == "after":
    report("as it is")
    setattr(linecache, name, replacement)
report("wrapped")
setattr(linecache, name, original)
report("back")
"""


@pytest.mark.parametrize("name", ["getlines", "getline", "updatecache"])
@pytest.mark.parametrize("keep", ["wraps", "a plain function"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_wrapper_is_asked(name: str, keep: str, when: str, tmp_path: Path) -> None:
    path = tmp_path / "dialect.py"
    path.write_text("def f():\n    !! encrypted !!\nf()\n")
    options = (name, keep, when)
    said = child.python("-c", PROGRAM, *options, traceback.__name__, path, status=0).stdout
    assert said == child.python("-c", PROGRAM, *options, standard.__name__, path, status=0).stdout
    assert "wrapped     return [][1]\nwrapped return [][1]\nback     !! encrypted !!\n" in said
