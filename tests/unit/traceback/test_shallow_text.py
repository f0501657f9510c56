"""Near the stack's limit, errors are printed wherever the standard module prints them."""

from __future__ import annotations

import pytest

from support import child

PROGRAM = """
import linecache, sys
kind, which, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if which == "standard":
    import traceback
else:
    from lastwords import traceback
format_exception = traceback.format_exception

SOURCES = {
    "ascii": "def fail(x): return x / 0\\n",
    "beyond ASCII": "def fail(é): return é / 0\\n",
    "wide": "def fail(x): return '漢' + (x / 0)\\n",
    "f-string": "def fail(x): return f'é{x / 0}'\\n",
    "name": "def fail(x): return y\\n",
    "chain": "def fail(x):\\n try: x / 0\\n except Exception as e: raise KeyError(x) from e\\n",
    "notes": "def fail(x):\\n e = KeyError(x); e.add_note('note'); raise e\\n",
    "group": "def fail(x): raise ExceptionGroup('several', [KeyError(x)])\\n",
}

def error(number):
    path, names = f"/no/such/lastwords_{number}.py", {}
    exec(compile(SOURCES[kind], path, "exec"), names)
    linecache.cache[path] = (1, None, SOURCES[kind].splitlines(True), path)
    try: names["fail"](1)
    except Exception as e: return e

def below(depth, e):
    return below(depth - 1, e) if depth else format_exception(e)

def depth_here():
    frame, depth = sys._getframe(1), 0
    while frame: frame, depth = frame.f_back, depth + 1
    return depth

def is_shown(text, e):
    return type(e).__name__ in text and str(e) in text and path_of(e) in text

def path_of(e):
    return e.__traceback__.tb_next.tb_frame.f_code.co_filename

for levels in range(first, last):
    e = error(levels)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(depth_here() + 60 + levels)
    try: text = "".join(below(59, e))
    except RecursionError: text = ""
    finally: sys.setrecursionlimit(usual)
    if is_shown(text, e): break
else:
    sys.exit("the error was lost")
print(levels)
print("".join(format_exception(e)) if which == "ours" else "")
"""


@pytest.mark.parametrize("pure", [pytest.param(None, marks=pytest.mark.native), "1"])
@pytest.mark.parametrize(
    "kind", ["ascii", "beyond ASCII", "wide", "f-string", "name", "chain", "notes", "group"]
)
def test_no_more_levels_are_needed_than_by_the_standard_module(kind: str, pure: str | None) -> None:
    standard = child.python("-c", PROGRAM, kind, "standard", "1", "200", status=0).stdout
    levels = int(standard.split()[0])
    # The first error that is formatted: what it needs is not there from an earlier one.
    arguments = (kind, "ours", str(levels), str(levels + 1))
    done = child.python("-c", PROGRAM, *arguments, env={"LASTWORDS_PURE": pure}, status=0)
    text = done.stdout.partition("\n")[2]
    if kind in ("beyond ASCII", "wide", "f-string"):  # later, with more levels, marks are there
        assert "^" in text
