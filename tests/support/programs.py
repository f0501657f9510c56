"""Programs that fail, each in its own way.

`PROGRAMS` maps a name to source text whose execution as a module raises.  `failure` runs one from a file
of that name in the current directory and returns the exception, with the frames of the program alone.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

_TEXT = """
### generator
def numbers(n):
    for i in range(n):
        yield 1 / (3 - i)

total = sum(numbers(5))
### yield_from
def inner():
    yield 1
    raise ValueError("inner")
def outer():
    x = yield from inner()
    return x
for item in outer():
    pass
### stop_iteration
def g():
    yield next(iter(()))
list(g())
### coroutine
import asyncio
async def leaf(x):
    await asyncio.sleep(0)
    return {}[x]
async def branch():
    return await leaf("key") + 1
c = branch()
try:
    c.send(None)
    c.send(None)
finally:
    c.close()
### async_generator
async def ticks():
    yield 1
    raise OSError(2, "gone", "file")
async def use():
    async for t in ticks():
        t + 1
    return [t async for t in ticks()]
c = use()
c.send(None)
### async_with
class Manager:
    async def __aenter__(self):
        raise LookupError(self.__class__.__name__)
    async def __aexit__(self, *exc):
        pass
async def use():
    async with Manager() as m:
        pass
use().send(None)
### lambda_chain
f = lambda x: (lambda y: y / (x - 1))(x)
apply = lambda f, *a: f(*a)
apply(f, 1)
### list_comprehension
[x / (2 - x) for x in range(4) if x % 2 == 0]
### dict_comprehension
def build(pairs):
    return {
        key: value / 0
        for key, value in pairs
    }
build([(1, 2)])
### nested_comprehension
def table():
    return [[row[col] for col in range(3)] for row in ([1, 2, 3], [1, 2])]
table()
### generator_expression
any(
    x.missing
    for x in [1, 2]
)
### class_body
class A:
    x = 1
    class B:
        y = undefined_thing
### metaclass
class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)
class C(metaclass=Meta):
    def __init__(self, a):
        self.a = a.b.c
C(1)
### class_call
class Base:
    def __init_subclass__(cls, *, key):
        super().__init_subclass__()
class Derived(Base, key=1, other=2):
    pass
### decorator
def twice(n):
    def wrap(f):
        return f(n) + f(n - 1)
    return wrap
@twice(1)
def inverse(x):
    return 1 / x
### decorator_of_class
def broken(cls):
    raise RuntimeError(f"no {cls.__name__}")
@broken
class A:
    pass
### with_enter
class M:
    def __enter__(self): raise ValueError("enter")
    def __exit__(self, *a): pass
with M() as m: pass
### with_exit
class M:
    def __enter__(self): return self
    def __exit__(self, *a):
        raise KeyError("exit") from a[1]
with M() as m, M() as n:
    int("x")
### recursion_direct
def down(n):
    return down(n - 1) + 1 if n else 1 / n
down(12)
### recursion_mutual
def ping(n):
    return pong(n - 1)
def pong(n):
    if not n:
        raise RecursionError
    return ping(n)
ping(9)
### recursion_two_lines
def walk(n):
    if n % 2:
        return walk(n - 1)
    if n:
        return walk(n - 1)
    raise ValueError(n)
walk(11)
### recursion_of_columns
def fib(n):
    if n < 0: raise ValueError
    return fib(n - 2) + fib(n - 1)
fib(7)
### raise_from
def a():
    try:
        int("x")
    except ValueError as e:
        raise TypeError("a") from e
def b():
    try:
        a()
    except TypeError:
        raise KeyError("b") from None
def c():
    try:
        b()
    except KeyError:
        1 / 0
c()
### raise_in_finally
def f():
    try:
        raise ValueError("first")
    finally:
        raise KeyError("second")
f()
### reraise
def f():
    try:
        {}["x"]
    except KeyError:
        try:
            raise
        except KeyError as again:
            again.add_note("seen twice")
            raise
f()
### with_traceback
def f():
    try:
        1 / 0
    except ZeroDivisionError as e:
        return e
e = f()
raise e.with_traceback(None)
### same_exception_twice
error = ValueError("one object")
def f():
    raise error
for _ in range(2):
    try:
        f()
    except ValueError:
        pass
f()
### group
def leaf(n):
    raise ValueError(n)
def collect(n):
    found = []
    for i in range(n):
        try:
            leaf(i)
        except ValueError as e:
            found.append(e)
    raise ExceptionGroup("several", found)
try:
    collect(3)
except* ValueError as group:
    raise ExceptionGroup("outer", [group, TypeError("beside")]) from OSError("below")
### group_wide
raise ExceptionGroup("wide", [ValueError(i) for i in range(20)])
### group_deep
e = ValueError("core")
for i in range(12):
    e = ExceptionGroup(f"level {i}", [e, KeyError(i)])
raise e
### group_except_star
try:
    raise ExceptionGroup("eg", [TypeError(1), ValueError(2)])
except* TypeError:
    1 / 0
### notes
e = ValueError("noted")
e.add_note("first\\nsecond")
e.add_note("")
e.__notes__.append(7)
raise e
### attribute_chain
class N: pass
n = N(); n.a = N(); n.a.b = None
x = n.a.b.c.d
### subscript
grid = {"rows": [[1, 2], [3]]}
cell = grid["rows"][1][2]["x"]
### subscript_multi_line
grid = {"rows": [[1, 2], [3]]}
value = (
    grid
    ["rows"]
    [5]
)
### slice
"abc"[1:2, 3]
### binary_operators
a, b = 1, "x"
c = a * 2 + (a - b) / 3
### binary_multi_line
first_value = 10
second_value = None
third = (
    first_value
    + first_value
    - second_value  # here
    * 2
)
### binary_parentheses
(1)+(None)
### unary
-(
  "x"
)
### compare
1 < 2 < "3"
### call_multi_line
def function(*args, **kwargs):
    raise ValueError("called")
result = function(
    1,
    2,
    key="value",
    other=[
        1, 2, 3,
    ],
).attribute
### call_arguments
def f(a, *, b): pass
f(1, 2,
  b=3)
### call_spread
def f(a): pass
f(*[1, 2], **{"x": 1})
### call_nested
def g(x): return x.nope
print(len(str(g(int("1")))), 2)
### call_method_chain
(
    "text"
    .upper()
    .lower()
    .missing()
    .strip()
)
### return_call
def f(): return g()
def g(): return (h())
def h(): raise ValueError
f()
### assign_call
def boom(): raise ValueError
x = boom()
### assign_call_multi_line
def boom(*a): raise ValueError
x = boom(
    1,
)
### assign_targets
a = b = int("x")
### assign_attribute
class S: __slots__ = ()
S().x = 1
### assign_unpack
a, (b, c) = 1, (2, 3, 4)
### assign_star
a, *b, c = [1]
### augmented
total = 0
total += "x"
### annotated
x: int = int("y")
### delete
d = {}
del d["a"], d["b"]
### delete_name
del never_set
### assert_plain
assert 1 == 2
### assert_message
assert (
    1 ==
    2
), "one is not two"
### fstring
x = None
print(f"before {x.attr!r:>{10}} after")
### fstring_nested
d = {}
y = f"{d['a']}" + "tail"
### string_concat
s = ("a"
     "b" + 1 +
     "c")
### walrus
if (n := len(3)) > 1:
    pass
### ternary
y = 1 if 1/0 else 2
### boolean
x = None
y = x and 1 or x.a
### match
def f(x):
    match x:
        case {"a": a} if a.b:
            return 1
        case [a, b]:
            return a / b
f([1, 0])
### match_class
match 1:
    case int(real=1, imag=0, x=2): pass
    case int(1, 2): pass
### for_loop
for i in 5: pass
### for_multi_line
for (
    a,
    b
) in (
    1,
    2
):
    pass
### while_loop
while not (1/0): pass
### import_missing
import no_such_module_of_mine
### import_name
from os import path_of_nothing
### import_submodule
import os.no_such
### exec_string
exec("x = 1\\nraise ValueError('inside')")
### eval_string
eval("1 + (2 / 0)")
### exec_named
exec(compile("def f():\\n  return 1/0\\nf()", "<generated code>", "exec"))
### name_error
def f():
    value_of_it = 1
    return valeu_of_it
f()
### name_error_self
class A:
    thing = 1
    def m(self):
        return thing
A().m()
### name_error_module
print(collections.OrderedDict)
### unbound
def f():
    print(x)
    x = 1
f()
### free_variable
def f():
    def g():
        return y
    g()
    y = 1
f()
### attribute_error
"abc".uper()
### attribute_error_hint
[].push(1)
### attribute_error_slots
class A:
    __slots__ = ("alpha",)
A().alhpa
### keyword_suggestion
def f(alpha, beta): pass
f(alpah=1, beta=2)
### key_error
{"a": 1}["b\\nc"]
### unicode_error
"日本".encode("ascii")
### unicode_source
名前 = {"鍵": None}
値 = 名前["鍵"].属性 + 名前["ない"]
### wide_columns
x = "日本語" + "ｗｉｄｅ" + 1
### combining
x = "e\u0301e\u0301" + 1
### emoji
x = "👨‍👩‍👧" + 1 + "🇩🇪"
### tabs
def f():
\tif 1:
\t\treturn {"a": 1}["b"] +\t1
f()
### form_feed
def f():
\x0c
    return 1/0
\x0cf()
### backslash
x = 1 + \\
    2 + \\
    None
### semicolons
a = 1; b = a / 0; c = 3
### comment_between
x = (1  # one (
     +  # plus )
     # nothing
     None)
### blank_lines
x = [

    1,

    2 / 0,

    3,
]
### long_call
def f(*a): raise ValueError(len(a))
f(
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
)
### long_operand
x = [
    1,
    2,
    3,
    4,
    5,
] + (
    1,
    2,
    3,
    4,
    5,
)
### huge_line
x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 1 / 0, 31, 32, 33, 34]
### type_alias
def f(x: "undefined"): return x + ""
f(1)
### property
class A:
    @property
    def x(self):
        return self._hidden.value
A().x
### descriptor
class D:
    def __get__(self, obj, cls): return 1 / 0
class A:
    d = D()
print(A.d)
### callbacks
sorted([3, "a", 1], key=lambda x: x + 1)
### map
list(map(int, ["1", "x"]))
### bytes
b"\\xff".decode("utf-8")
### system_exit
def leave(): raise SystemExit(3)
leave()
### keyboard_interrupt
raise KeyboardInterrupt
### stop_async
raise StopAsyncIteration("x")
### own_error
class ConfigError(Exception):
    def __init__(self, name, line):
        super().__init__(name, line)
    def __str__(self):
        return "{}:{}".format(*self.args)
raise ConfigError("file", 3)
### own_error_in_function
def f():
    class Local(Exception): pass
    raise Local("x")
f()
### str_fails
class E(Exception):
    def __str__(self): return self.nope
raise E()
### syntax_error_at_run_time
compile("x = (1,\\ny = 2", "<inner>", "exec")
### syntax_error_keyword
compile("fro x in y: pass", "<inner>", "exec")
### indentation_error
compile("def f():\\nx", "<inner>", "exec")
### tab_error
compile("if 1:\\n\\tx\\n        y", "<inner>", "exec")
### syntax_error_import
import broken_neighbour
### try_star_nested
try:
    try:
        raise ExceptionGroup("a", [ValueError(1), ExceptionGroup("b", [TypeError(2)])])
    except* ValueError:
        raise
except* TypeError as e:
    raise LookupError from e
### context_in_generator
def g():
    try:
        yield
    except ValueError:
        raise KeyError("in generator")
it = g()
next(it)
it.throw(ValueError("thrown"))
### context_loop
def f():
    a = ValueError("a"); b = KeyError("b")
    a.__context__ = b; b.__context__ = a
    raise a
f()
### cause_is_self
e = ValueError("self")
e.__cause__ = e
raise e
### locals_of_all_kinds
class Bad:
    def __repr__(self): raise RuntimeError("no repr")
def f(a, *args, b=2, **kwargs):
    text = "x" * 3; bad = Bad(); lines = "a\\nb"
    return 1 / 0
f(1, 2, c=3)
### starred_index
x = {}
x[1, *[2, 3]]
### complex_index
data = [[1]]
data[0][len(data[0])] += data[5]["x"](1)
### not_callable
x = 3
x(1)(2)
### lambda_default
(lambda a=1, *, b: a)(2)
### matrix
class V:
    def __init__(self, n): self.n = n
V(1) @ V(2)
### power
0.0 ** -1
### shift
1 << -1
### yield_outside
def g():
    x = yield
    x.y
it = g()
next(it); it.send(None)
### global_code_after_loop
for i in range(3):
    if i == 2:
        i / 0
### try_else
try:
    pass
except ValueError:
    pass
else:
    1/0
### with_multi
import contextlib
with (
    contextlib.suppress(KeyError) as a,
    contextlib.nullcontext(1/0) as b,
):
    pass
### nested_with_body
import contextlib
@contextlib.contextmanager
def cm():
    try:
        yield 1
    finally:
        None.x
with cm() as c:
    with cm() as d:
        raise ValueError("body")
### exit_stack
import contextlib
def fail(n): raise ValueError(n)
with contextlib.ExitStack() as stack:
    for i in range(3): stack.callback(fail, i)
### dataclass
import dataclasses
@dataclasses.dataclass
class P:
    x: int
    y: int = dataclasses.field(default=[])
### typed_dict_comprehension
{k: v for k, v in [(1, 2, 3)]}
### set_comprehension
{[x] for x in range(2)}
### conditional_import
try:
    import json as j
    j.loads("{bad}")
except ValueError as e:
    raise RuntimeError("could not read") from e
### stdlib_deep
import string
string.Template("$a $b").substitute(a=1)
### thread
import threading
caught = []
def work(n): caught.append(n / 0)
hook, threading.excepthook = threading.excepthook, lambda args: caught.append(args.exc_value)
t = threading.Thread(target=work, args=(1,))
t.start(); t.join()
threading.excepthook = hook
raise caught[0]
"""
_parts = re.split(r"^### (\w+)\n", _TEXT, flags=re.M)
PROGRAMS: dict[str, str] = dict(zip(_parts[1::2], _parts[2::2], strict=True))
NEIGHBOURS = {"broken_neighbour.py": "def f(:\n    pass\n"}


def write(name: str, folder: Path) -> None:
    """Put the program's file, and the modules that programs import, into `folder`."""
    (folder / f"{name}.py").write_text(PROGRAMS[name], encoding="utf-8")
    for neighbour, text in NEIGHBOURS.items():
        (folder / neighbour).write_text(text)


def failure(name: str) -> BaseException:
    """Run the program from its file in the current directory and return what it raises."""
    filename = f"{name}.py"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # many of these are suspicious enough for a warning
        code = compile(Path(filename).read_text(encoding="utf-8"), filename, "exec")
    namespace = {"__name__": name, "__file__": filename}
    try:
        exec(code, namespace)  # noqa: S102  running it is the point
    except BaseException as exc:  # noqa: BLE001  programs raise anything
        assert exc.__traceback__ is not None
        own = exc.__traceback__.tb_next
        return exc.with_traceback(own)
    raise AssertionError(f"{name} did not fail")
