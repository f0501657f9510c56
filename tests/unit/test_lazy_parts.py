"""Parts that are loaded when they are first used, in a program with threads that forks."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

import lastwords
from support import child

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")

PACKAGE = Path(lastwords.__file__).parent
ROOMS = ("_excerpt", "_plus", "_suggest", "traceback", "_contained.py", "_source.py", "_theme.py")
LEFT_OUT = {
    "importlib.resources",  # for packages in archives alone; it takes longer than all others
    *("ast", "difflib"),  # they take long; the standard module has them late too
    "nt",  # Windows
    "_colorize",  # from 3.13 on
    "_missing_stdlib_info",  # a distributor's
    "_suggestions",  # the interpreter's own, where it has one
}
STANDARD = re.compile(r'standard_library\.module(?:\(|, \()"(\w+)"(?:, "(\w+)")?')


def _imported(tree: ast.AST, in_function: bool = False) -> set[str]:
    """Return the names of modules that functions import."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        inside = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(node, ast.Import) and inside:
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and inside:
            base = node.module or ""
            parts = {f"{base}.{name.name}" for name in node.names}
            where = {part for part in parts if (PACKAGE.parent / part.replace(".", "/")).exists()}
            where |= {
                part for part in parts if (PACKAGE.parent / f"{part.replace('.', '/')}.py").exists()
            }
            found |= where or {base}
        found |= _imported(node, inside)
    return found


def lazy_modules() -> list[str]:
    found = set()
    for room in ROOMS:
        path = PACKAGE / room
        for file in [path] if path.suffix else path.rglob("*.py"):
            text = file.read_text()
            found |= _imported(ast.parse(text))
            found |= {name for names in STANDARD.findall(text) for name in names if name}
    return sorted(found - LEFT_OUT)


LOADED = """
import os, sys, threading
import lastwords.traceback
if sys.argv[1] == "hooks":
    lastwords.install(style="plus")
before = threading.Event()
if sys.argv[1] != "no threads":
    threading.Thread(target=before.wait, daemon=True).start()
pid = os.fork()
if pid == 0:
    print(*[name for name in sys.argv[2:] if name not in sys.modules], flush=True)
    os._exit(0)
os.waitpid(pid, 0)
before.set()
"""


@pytest.mark.parametrize("kind", ["threads", "hooks"])
def test_all_is_there_in_a_child(kind: str) -> None:
    names = [name for name in lazy_modules() if kind == "hooks" or "_plus" not in name]
    assert len(names) > 10
    done = child.python("-W", "ignore", "-c", LOADED, kind, *names, status=0)
    assert done.stdout.split() == []


def test_nothing_is_loaded_for_a_program_without_threads() -> None:
    names = ["lastwords.traceback._functions", "lastwords.faulthandler"]
    done = child.python("-c", LOADED, "no threads", *names, status=0)
    assert done.stdout.split() == names


IN_THE_MIDDLE = """
import os, sys, signal, threading, time
import lastwords.traceback

class Slow:
    def find_spec(self, name, path, target=None):
        if name.startswith("lastwords."):
            begun.set()
            time.sleep(0.02)

def use():
    try:
        undefined_name
    except NameError:
        return lastwords.traceback.format_exc()

begun = threading.Event()
sys.meta_path.insert(0, Slow())
thread = threading.Thread(target=use)
thread.start()
begun.wait()
pid = os.fork()
if pid == 0:
    signal.alarm(40)
    print(use().splitlines()[-1], flush=True)
    os._exit(0)
print(os.waitpid(pid, 0)[1])
thread.join()
"""


def test_fork_in_the_middle_of_a_first_use() -> None:
    done = child.python("-W", "ignore", "-c", IN_THE_MIDDLE, status=0)
    assert done.stdout.splitlines() == ["NameError: name 'undefined_name' is not defined", "0"]
