"""A program that ran out of descriptors or lost its files still gets the type and the message."""

from __future__ import annotations

import os

import pytest

from support import child

SOURCES = {
    "accent": "def f(): return 1/0, 'größe'\n",
    "wide": "def f(): return 1/0, '日本'\n",
    "fstring": "def f(): return g(f'{1:{2}}')\ndef g(x): return 1/0\n",
    "several lines": "def f():\n    return (1 +\n      2 /\n      0)\n",
    "name": "def f(): return undefned\n",
    "attribute": "def f(): return [].push\n",
    "syntax": "def f(): compile('whlie True: pass','zz','exec')\n",
    "module": "def f(): import nosuchmodule\n",
    "note": "def f():\n    e=ValueError(1); e.add_note('n'); raise e\n",
    "group": "def f(): raise ExceptionGroup('g',[ValueError(1)])\n",
}

PROGRAM = """
import os, resource, sys
from lastwords import traceback
state, path = sys.argv[1:3]
def harmless(): return 1/0
try: harmless()
except ZeroDivisionError as error: traceback.format_exception(error)
names = {}
exec(compile(open(path, encoding="utf-8").read(), path, "exec"), names)
import linecache; linecache.getlines(path)
if state == "descriptors":
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
elif state == "chroot":
    os.chroot(os.path.dirname(path)); os.chdir("/")
elif state == "user":
    os.setgid(65534); os.setuid(65534)
elif state == "ast":
    sys.modules["ast"] = None; sys.modules["unicodedata"] = None
elif state == "linecache":
    sys.modules["linecache"] = None
elif state == "stub":
    sys.modules["linecache"] = type(sys)("linecache")
elif state == "path":
    sys.path[:] = [3, None, "/no/such"]; sys.meta_path.clear()
try:
    names["f"]()
except BaseException as error:
    os.write(1, "".join(traceback.format_exception(error)).encode("utf-8", "replace"))
    os.write(1, "".join(traceback.TracebackException.from_exception(error).format(colorize=True)).encode("utf-8", "replace"))
    os.write(1, f"\\n{type(error).__name__}".encode())
"""
STATES = ["descriptors", "chroot", "user", "ast", "linecache", "stub", "path"]


@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_the_error_comes_out(state, pure, tmp_path):
    if state in {"chroot", "user"} and os.getuid() != 0:
        pytest.skip("only root may change its root and its user")
    tmp_path.chmod(0o755)
    for name, source in SOURCES.items():
        path = tmp_path / f"{name.replace(' ', '_')}.py"
        path.write_text(source, encoding="utf-8")
        done = child.python(
            "-c", PROGRAM, state, path, env={"LASTWORDS_PURE": "1" if pure else None}, status=0
        )
        report, _, kind = done.stdout.rpartition("\n")
        assert report.count(kind) >= 2, (name, done.stdout)


def test_a_stub_that_was_there_first():
    program = """
import sys
sys.modules["linecache"] = type(sys)("linecache")
from lastwords import traceback
try: 1/0
except ZeroDivisionError as error: print(traceback.format_exception(error)[-1], end="")
"""
    assert child.python("-c", program, status=0).stdout == "ZeroDivisionError: division by zero\n"
