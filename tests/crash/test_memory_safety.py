"""Programs that change what the extension is looking at while it looks: none may die.

Keys, lines, loaders and finalizers run code of the program in the middle of a look-up; threads and
interpreters share what is being walked.  Each program runs with the usual allocator and with the
debugging one, which overwrites what was freed.
"""

from __future__ import annotations

import pytest

from support import child

pytestmark = pytest.mark.native

IMPORTS = "import gc, linecache, os, sys, threading\nfrom lastwords import traceback as L\n"
PROGRAMS = {
    "a key of linecache.cache replaces the cache": IMPORTS
    + """
class K(str):
    __hash__ = str.__hash__
    def __eq__(self, other):
        linecache.cache = {}
        [{i: i for i in range(50)} for _ in range(500)]
        return False
def f(): 1 / 0
g = type(f)(f.__code__.replace(co_filename="/no/such.py"), {})
for _ in range(200):
    linecache.cache = {K("/no/such.py"): (1, None, ["x\\n"], "x")}
    try: g()
    except ZeroDivisionError as e: L.format_exception(e)
""",
    "a source line with __del__ formats": IMPORTS
    + """
fn = "/no/such_%d.py" % os.getpid()
src = "def f(k):\\n" + "".join(f"    if k=={i}: 1/0\\n" for i in range(200))
class Line(str):
    armed = False
    def __del__(self):
        if Line.armed:
            Line.armed = False
            for k in range(2, 150): fmt(k)
def fmt(k):
    try: f(k)
    except ZeroDivisionError as e: return L.format_exception(e)
def lines(cls): linecache.cache[fn] = (len(src), None, [cls(x) for x in src.splitlines(True)], fn)
for r in range(50):
    ns = {}; exec(compile(src, fn, "exec"), ns); f = ns["f"]
    lines(Line); fmt(0); fmt(1); lines(str)
    Line.armed = True; fmt(0); Line.armed = False
""",
    "a loader exhausts the walk that is extracted": IMPORTS
    + """
src = "def deep(n, g):\\n    if n == 0: 1/0\\n    g['deep'](n-1, g)\\n"
class Loader:
    def get_source(self, name): list(W[0]); gc.collect(); return src
ns = {"__name__": "zz", "__loader__": Loader(), "__spec__": None}
exec(compile(src, "/no/such_zz.py", "exec"), ns)
W = [None]
for i in range(20):
    linecache.clearcache()
    try: ns["deep"](20, ns)
    except ZeroDivisionError as e: W[0] = L.walk_tb(e.__traceback__)
    try: L.StackSummary.extract(W[0])
    except ValueError: pass
""",
    "threads extract one walk": IMPORTS
    + """
sys.setswitchinterval(1e-6)
import tempfile
d = tempfile.mkdtemp(); fns = []
for k in range(60):
    p = d + "/m%d.py" % k
    open(p, "w").write("def f(n, fs):\\n    if n == 0: 1/0\\n    fs[n-1](n-1, fs)\\n")
    ns = {}; exec(compile(open(p).read(), p, "exec"), ns); fns.append(ns["f"])
def walk():
    try: fns[50](50, fns)
    except ZeroDivisionError as e: return L.walk_tb(e.__traceback__)
L.StackSummary.extract(walk())
for r in range(300):
    w = walk()
    def go():
        try: L.StackSummary.extract(w)
        except ValueError: pass
    ts = [threading.Thread(target=go) for _ in range(8)]
    [t.start() for t in ts]; [t.join() for t in ts]
""",
    "a key of the exception's dict replaces the dict": IMPORTS
    + """
class K:
    def __hash__(self): return hash("__notes__")
    def __eq__(self, other):
        if hot:
            e = hot.pop(); e.__dict__ = {}; gc.collect()
            [{i: i for i in range(50)} for _ in range(500)]
        return False
hot = []
for i in range(100):
    e = ValueError("x"); e.__dict__[K()] = 1; hot.append(e)
    L.format_exception(e)
""",
    "a finalizer formats while a text is remembered (3.11; seen with AddressSanitizer)": IMPORTS
    + """
fn = "/tmp/lastwords_finalizer_%d.py" % os.getpid()
src = "def f(k):\\n" + "".join(f"    if k=={i}: (1/" + "\\n" * 25 + f"       (k-{i}))\\n" for i in range(30))
open(fn, "w").write(src)
class G:
    busy = False
    def __init__(self): self.me = self
    def __del__(self):
        if G.busy: return
        G.busy = True
        for k in range(2, 12): fmt(k)
        G.busy = False
def fmt(k):
    try: f(k)
    except ZeroDivisionError as e: return L.format_exception(e)
for r in range(600):
    ns = {}; exec(compile(src, fn, "exec"), ns); f = ns["f"]
    gc.collect(); gc.set_threshold(r % 150 + 1); G(); fmt(0); fmt(1)
os.remove(fn)
""",
    "interpreters share a frozen function (3.11)": '''
import sys
try: import _xxsubinterpreters as I
except ImportError: import _interpreters as I
SUB = """
import sys; sys.path[:] = %r
from lastwords import traceback as L
import posixpath
class T(str):
    def endswith(s, *a): raise ValueError
    def startswith(s, *a): raise ValueError
def one(*a):
    try: posixpath.join(*a)
    except BaseException as e: return L.format_exception(e)
A = (1, 2); B = ("a", "b", T("c")); C = ("a", 3); D = (T("x"), "y")
""" % sys.path
exec(SUB)
one(*A)
for n in range(5):
    i = I.create(); (I.run_string if hasattr(I, "run_string") else I.exec)(i, SUB + "one(*B)"); I.destroy(i)
    one(*C); one(*D); one(*A)
''',
}


@pytest.mark.parametrize("allocator", [None, "debug"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_dies(name: str, allocator: str | None) -> None:
    child.python("-c", PROGRAMS[name], env={"PYTHONMALLOC": allocator}, status=0)
