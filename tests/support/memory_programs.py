"""Programs that change what the extension reads while it reads.

Keys, lines, loaders and finalizers run code of the program in the middle of a look-up; threads and
interpreters share what is being walked; objects are nested without an end.  Each program ends by
itself, with status 0.
"""

from __future__ import annotations

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
import atexit, shutil; atexit.register(shutil.rmtree, d)
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
    "a finalizer formats while a text is remembered": IMPORTS
    + """
import tempfile
file = tempfile.NamedTemporaryFile("w", suffix=".py"); fn = file.name
body = "(1/" + "\\n" * 25
src = "def f(k):\\n" + "".join(f"    if k=={i}: {body}       (k-{i}))\\n" for i in range(30))
file.write(src); file.flush()
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
""",
    "interpreters share a frozen function": '''
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
    "a key of a class changes the class of its exception": IMPORTS
    + """
class K:
    def __init__(self, name): self.hash = hash(name)
    def __hash__(self): return self.hash
    def __eq__(self, other):
        if hot:
            hot.pop().__class__ = Other
            gc.collect()
            [bytearray(n) for n in range(500, 1500)]
        return False
class Other(ValueError): pass
NAMES = "__cause__ __context__ __suppress_context__ __traceback__ __notes__ __module__".split()
hot = []
for name in NAMES * 20:
    e = type("E", (ValueError,), {K(name): 1})("x"); hot.append(e)
    L.format_exception(e)
    hot.clear()
""",
    "lines that are given up note more files": IMPORTS
    + """
from lastwords import _native
def warm():
    try: 1 / 0
    except ZeroDivisionError as e: L.format_exception(e)
warm()
names = {}
def failing(number):
    path = "/no/such/lastwords_%d.py" % number
    exec(compile("def f(): 1 / 0", path, "exec"), names)
    linecache.cache[path] = (9, None, [Line("def f(): 1 / 0\\n")], path)
    try: names["f"]()
    except ZeroDivisionError as e: return e.__traceback__.tb_next
class Line(str):
    def __del__(self):
        if armed:
            tb = armed.pop()
            _native.capture(tb, 0, 9, known)
armed = []
for r in range(20):
    known = _native.KnownFiles()
    tbs = [failing(n) for n in range(40)]
    for tb in tbs[:32]: _native.capture(tb, 0, 9, known)
    del tb
    linecache.cache.pop("/no/such/lastwords_31.py")
    armed += tbs[33:37]
    _native.capture(tbs[32], 0, 9, known)
    armed.clear()
""",
    "a palette that is given up formats": IMPORTS
    + """
from lastwords import _native
def warm():
    try: 1 / 0
    except ZeroDivisionError as e: L.format_exception(e)
warm()
class Palette:
    type = message = reset = filename = line_no = frame = error_highlight = error_range = ""
    error = None
    def __del__(self):
        e = self.error
        if e is not None:
            for _ in range(9): _native.format_exception(e, e.__traceback__, Palette())
def failing(n):
    names = {}
    exec(compile("def f(): 1 / 0", "/no/such/lastwords_p%d.py" % n, "exec"), names)
    try: names["f"]()
    except ZeroDivisionError as e: return e
for r in range(20):
    errors = [failing(n) for n in range(9)]
    for e in errors * 4:
        palette = Palette(); palette.error = e
        _native.format_exception(e, e.__traceback__, palette)
    del e, errors, palette
    _native.forget(); gc.collect()
""",
    "messages are given anew while they are used": IMPORTS
    + """
from lastwords import _native
L.format_exception(ValueError())
fast = sys.modules["lastwords.traceback._fast"]
texts = iter(range(10_000))
def give():
    _native.configure(tuple(fast._classes._held), str, list, lambda: True,
                      *["%s %d\\n" % (name, next(texts)) for name in ("header", "cause", "context")])
class Last(Exception):
    def __str__(self):
        give(); give(); gc.collect()
        [bytearray(n) for n in range(20, 200)]
        return "x"
for r in range(50):
    give()
    e = KeyError(); e.__cause__ = ValueError(); e.__cause__.__context__ = Last()
    "".join(_native.format_exception(e, None, None))
""",
    "records and hooks are nested without an end": IMPORTS
    + """
from lastwords import _native
def record(inner):
    made = _native.FrameRecord(); made._lines = inner
    return made
def frame(inner):
    made = L.FrameSummary("f", 1, "n", lookup_line=False); made._lines = inner
    return made
few = "ASAN_OPTIONS" in os.environ  # its frames are large, and it is slow
for kind, count in ((record, 200_000), (frame, 200_000), (_native.Hook, 1_500_000)):
    one = None
    for _ in range(count // 10 if few else count): one = kind(one)
    if kind is _native.Hook:
        for ask in (repr, kind.__call__):
            try: ask(one)
            except RecursionError: pass
    del one
""",
    "the standard library's names replace themselves": IMPORTS
    + """
from lastwords import faulthandler
class Names:
    def __iter__(self):
        sys.stdlib_module_names = ()
        gc.collect()
        return iter(["a", "\\ud800", "b"])
class Failing:
    def __iter__(self): raise KeyError
for _ in range(20):
    sys.stdlib_module_names = Names()
    faulthandler.enable()
for names in (Failing(), 3, [3, "a"]):
    sys.stdlib_module_names = names
    faulthandler.enable()
faulthandler.disable()
""",
    "a watchdog is found before it is made": IMPORTS
    + """
from lastwords import watchdog
class File:
    def fileno(self):
        for found in gc.get_objects():
            if type(found) is watchdog:
                found.cancel(); found.armed; found.name; found.extend(1000)
        return 2
    def flush(self): pass
for _ in range(20): watchdog(1000, file=File(), name="x").cancel()
""",
    "code objects lie about their lines": IMPORTS
    + """
import random
from lastwords import _native
random.seed(int(os.environ.get("LASTWORDS_TEST_SEED", "1")))
def f(x):
    return (1 / x +
            2)
path = "/no/such/lastwords_t.py"
linecache.cache[path] = (9, None, ["x" * n + "\\n" for n in range(40)], path)
for _ in range(2000):
    table = bytearray(f.__code__.co_linetable)
    for _ in range(random.randrange(1, 6)):
        table[random.randrange(len(table))] = random.randrange(256)
    if random.random() < 0.5: table = random.randbytes(random.randrange(30))
    code = f.__code__.replace(co_linetable=bytes(table), co_filename=path,
                              co_firstlineno=random.choice([0, 1, 5, 2**31 - 1]))
    try: type(f)(code, {})(0)
    except ZeroDivisionError as e: tb = e.__traceback__.tb_next
    text = L.format_tb(tb); _native.format_exception(ValueError(), tb, None)
    assert text == L.format_tb(tb)
    [(frame.lineno, frame.end_lineno, frame.line) for frame in L.extract_tb(tb)]
    list(L.walk_tb(tb))
""",
    "a hook puts another in its place and fails": IMPORTS
    + """
from lastwords import _native
L.format_exception(ValueError())
class Stop(BaseException): pass
class Failing:
    def __del__(self): 1 / 0
def replace(unraisable):
    sys.unraisablehook = sys.__unraisablehook__
    gc.collect()
    [bytearray(n) for n in range(30, 300)]
    raise Stop
for _ in range(50):
    sys.unraisablehook = _native.Hook(lambda unraisable: replace(unraisable), True)
    try:
        Failing()
        for _ in range(9): pass
    except Stop: continue
    sys.exit("nothing was raised")
""",
    "a call around another is forgotten while it runs": IMPORTS
    + """
from lastwords import _native
done = []
class Failing:
    def __del__(self): 1 / 0
for number in range(50):
    def before(unraisable):
        sys.unraisablehook = sys.__unraisablehook__
        gc.collect()
        return between
    def between(unraisable): return [(i, i) for i in range(2000)]
    sys.unraisablehook = _native.around(before, lambda unraisable: done.append(number))
    del before
    Failing()
assert done == list(range(50)), done
""",
    "a hook is found before it is made": IMPORTS
    + """
from lastwords import _native
class K:
    def __hash__(self): return hash("__qualname__")
    def __eq__(self, other):
        if hot:
            hot.pop().__dict__ = {}
            gc.collect()
            [{i: i for i in range(50)} for _ in range(300)]
        return False
hot = []
class Function:
    def __call__(self): pass
    def __getattribute__(self, name):
        if name == "__qualname__":
            found = [one for one in gc.get_objects() if type(one) is _native.Hook]
            for one in found: one.__dict__[K()] = 1
            hot.extend(found)
        return "x"
for _ in range(20): _native.Hook(Function())
""",
    "code gets another file while its source is looked for": IMPORTS
    + """
import _imp
def warm():
    try: 1 / 0
    except ZeroDivisionError as e: L.format_exception(e)
warm()
class K(str):
    def __hash__(self): return hash(str(self))
    def __eq__(self, other):
        if hot:
            _imp._fix_co_filename(hot.pop(), "/no/such/other.py")
            gc.collect()
            [bytes(n) + b"x" for n in range(30, 300)]
        return False
hot = []
for r in range(200):
    name = "/no/such/lastwords_%d.py" % r
    names = {}
    exec(compile("def f(): 1 / 0", "".join(name), "exec"), names)
    linecache.cache = {K(name): (1, None, ["x\\n"], "x")}
    name = None
    try: names["f"]()
    except ZeroDivisionError as e:
        hot.append(names["f"].__code__)
        L.format_exception(e)
""",
    "tracebacks name instructions that are not there": IMPORTS
    + """
import types
sys.settrace(lambda *given: None)
frame = sys._getframe()
for lasti in (2**31 - 1, 2**31 - 1001, 10**6, -1, -999, -1000, -1001, -1002, -5000, -2**31):
    for line in (1, 5):
        tb = types.TracebackType(None, frame, lasti, line)
        L.format_tb(tb)
        L.format_exception(ValueError, ValueError(), tb)
        assert list(L.walk_tb(tb)) == [(frame, line)]
        assert [one.lineno for one in L.StackSummary.extract(L.walk_tb(tb))] == [line]
""",
    "interpreters with locks of their own format side by side": '''
import sys, threading
try: import _interpreters as I
except ImportError: import _xxsubinterpreters as I
WORK = """
import sys; sys.path[:] = %r
from lastwords import traceback as L
import posixpath, linecache, json
class T(str):
    def endswith(s, *a): raise ValueError
class Failing(Exception):
    def __str__(self): raise KeyError
for n in range(60):
    for args in ((1, 2), ("a", T("c")), ("a", 3)):
        try: posixpath.join(*args)
        except BaseException as e: L.format_exception(e); L.TracebackException.from_exception(e)
    try: json.loads("{")
    except ValueError as e: L.format_exception(e)
    L.format_exception(Failing())
    linecache.clearcache()
""" % sys.path
def work():
    for _ in range(3):
        number = I.create()
        failed = I.run_string(number, WORK)
        if failed is not None: print(failed, file=sys.stderr)
        I.destroy(number)
threads = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
''',
}
