"""Objects that do their worst while a traceback with them is printed, one function for each.

`python tests/support/hostile.py NAME...` prints the name of one, its traceback with our module (into nothing),
and `survived`, in a process of its own: so that a hang, a crash or a runaway is seen from outside.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHAIN = 100_000
WIDE = 100_000
DEEP = 10_000
HUGE_FILE = 200_000_000
MEMORY = 3 << 30  # address space for the child: more would be growth without bound

CASES: dict[str, Callable[[], BaseException]] = {}


def case(function: Callable[[], BaseException]) -> Callable[[], BaseException]:
    CASES[function.__name__] = function
    return function


def caught(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as exc:
        return exc
    raise AssertionError("nothing was raised")


def raised(exc: BaseException, **local_variables: object) -> BaseException:
    def fail() -> None:
        held = local_variables
        raise exc

    return caught(fail)


class Evil(BaseException):
    """What the hostile methods raise: no Exception."""

    def __str__(self) -> str:
        raise Evil

    __repr__ = __str__


FAILURES: dict[str, type[BaseException]] = {
    "error": ValueError, "interrupt": KeyboardInterrupt, "exit": SystemExit, "recursion": RecursionError,
    "memory": MemoryError, "evil": Evil, "generator_exit": GeneratorExit,
}  # fmt: skip


def hostile(failure: type[BaseException], *methods: str) -> type:
    """A class whose named methods raise."""

    def fail(self: object, *args: object, **kwargs: object) -> Any:
        raise failure

    return type("Hostile", (), dict.fromkeys(methods, fail))


METHODS = (
    "__str__", "__repr__", "__getattr__", "__getattribute__", "__dir__", "__eq__", "__hash__", "__len__", "__iter__", "__bool__",
    "__format__", "__class_getitem__", "__getitem__", "__contains__", "__index__", "__del__",
)  # fmt: skip


def _exception_classes() -> Iterator[tuple[str, Callable[[], BaseException]]]:
    for word, failure in FAILURES.items():
        for method in METHODS:

            def fail(
                self: object, *args: object, _f: type[BaseException] = failure, **kwargs: object
            ) -> Any:
                raise _f

            def make(_m: str = method, _fail: Any = fail) -> BaseException:
                cls = type("HostileError", (Exception,), {_m: _fail})
                return caught(lambda: _raise(cls("x")))

            yield f"exception_{method.strip('_')}_{word}", make

        for attribute in (
            "__notes__",
            "__cause__",
            "__context__",
            "__traceback__",
            "__suppress_context__",
            "__class__",
            "__dict__",
            "args",
        ):

            def get(self: object, _f: type[BaseException] = failure) -> Any:
                raise _f

            def make_property(_a: str = attribute, _get: Any = get) -> BaseException:
                cls = type("HostileError", (Exception,), {_a: property(_get)})
                return caught(lambda: _raise(cls("x")))

            yield f"exception_property_{attribute.strip('_')}_{word}", make_property

        def make_object(_f: type[BaseException] = failure) -> BaseException:
            cls = hostile(_f, *(m for m in METHODS if m != "__getattribute__"))
            exc = ValueError(cls())
            exc.__notes__ = [cls(), "text", cls()]  # type: ignore[list-item]
            return raised(exc, a=cls(), b=[cls()])

        yield f"argument_and_notes_{word}", make_object

        def make_notes(_f: type[BaseException] = failure) -> BaseException:
            exc = ValueError("x")
            exc.__notes__ = hostile(_f, *METHODS)()  # type: ignore[assignment]
            return raised(exc)

        yield f"notes_object_{word}", make_notes

        def make_sequence(_f: type[BaseException] = failure) -> BaseException:
            def fail(self: object, *args: object) -> Any:
                raise _f

            cls = type(
                "Notes",
                (list,),
                {"__iter__": fail, "__len__": fail, "__getitem__": fail, "__repr__": fail},
            )
            exc = ValueError("x")
            exc.__notes__ = cls(["a"])
            return raised(exc)

        yield f"notes_sequence_{word}", make_sequence

        def make_suggestion(_f: type[BaseException] = failure) -> BaseException:
            cls = hostile(_f, "__dir__", "__getattr__", "__repr__", "__eq__", "__hash__")
            return (
                caught(lambda: cls().missing)
                if issubclass(_f, AttributeError)
                else raised(AttributeError("no", name="missing", obj=cls()))
            )

        yield f"suggestion_{word}", make_suggestion

        def make_metaclass(_f: type[BaseException] = failure) -> BaseException:
            def fail(cls: type, *args: object) -> Any:
                raise _f

            meta = type(
                "Meta",
                (type,),
                {
                    "__getattribute__": fail,
                    "__repr__": fail,
                    "__eq__": fail,
                    "__hash__": fail,
                    "__instancecheck__": fail,
                },
            )
            cls = meta("Odd", (Exception,), {})
            return caught(lambda: _raise(type.__call__(cls, "x")))

        yield f"metaclass_{word}", make_metaclass


def _raise(exc: BaseException) -> None:
    raise exc


CASES.update(_exception_classes())


@case
def context_cycle() -> BaseException:
    a, b, c = ValueError("a"), ValueError("b"), ValueError("c")
    a.__context__, b.__context__, c.__context__ = b, c, a
    return raised(a)


@case
def cause_cycle() -> BaseException:
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    return raised(a)


@case
def group_in_its_own_context() -> BaseException:
    inner = ValueError("inner")
    group = ExceptionGroup("g", [inner])
    inner.__context__ = group
    group.__cause__ = inner
    return raised(group)


def chain(attribute: str) -> BaseException:
    exc: BaseException = ValueError("first")
    for number in range(CHAIN):
        following = ValueError(number)
        setattr(following, attribute, exc)
        exc = following
    return exc


@case
def chain_of_contexts() -> BaseException:
    return chain("__context__")


@case
def chain_of_causes() -> BaseException:
    return chain("__cause__")


@case
def wide_group() -> BaseException:
    return ExceptionGroup("wide", [ValueError(number) for number in range(WIDE)])


@case
def wide_group_of_one() -> BaseException:
    return ExceptionGroup("wide", [ValueError("same")] * WIDE)


@case
def deep_group() -> BaseException:
    exc: Exception = ValueError("core")
    for number in range(DEEP):
        exc = ExceptionGroup(f"level {number}", [exc])
    return exc


@case
def exploding_group() -> BaseException:
    """Each level holds the next one twice: 2**60 leaves, 60 objects."""
    exc: Exception = ValueError("core")
    for number in range(60):
        exc = ExceptionGroup(f"level {number}", [exc, exc])
    return exc


@case
def exploding_chains_in_groups() -> BaseException:
    """Each member's cause is the next group, with several members again."""
    exc: Exception = ValueError("core")
    for number in range(40):
        members = [ValueError(f"{number} {i}") for i in range(3)]
        for member in members:
            member.__cause__ = exc
        exc = ExceptionGroup(f"level {number}", members)
    return exc


@case
def chain_of_groups() -> BaseException:
    exc: BaseException = ValueError("core")
    for number in range(DEEP):
        following = ExceptionGroup(f"{number}", [ValueError(number)])
        following.__context__ = exc
        exc = following
    return exc


@case
def lying_group() -> BaseException:
    """A group whose `exceptions` is nothing of the kind."""

    class Liar(ExceptionGroup):
        exceptions = property(lambda self: [1, "two", None, ValueError, self])  # type: ignore[assignment]

    return raised(Liar("liar", [ValueError("x")]))


@case
def endless_group() -> BaseException:
    """A group that makes new members each time it is asked."""

    class Endless(ExceptionGroup):
        @property
        def exceptions(self) -> Any:
            return (Endless("more", [ValueError()]),)

    return raised(Endless("endless", [ValueError("x")]))


@case
def endless_context() -> BaseException:
    """An exception that makes a new context each time it is asked."""

    class Endless(Exception):
        @property
        def __context__(self) -> Any:
            return Endless("more")

    return raised(Endless("endless"))


@case
def huge_message() -> BaseException:
    return raised(ValueError("x" * 50_000_000))


@case
def many_lines() -> BaseException:
    return raised(ExceptionGroup("g", [ValueError("line\n" * 200_000)]))


@case
def many_notes() -> BaseException:
    exc = ValueError("x")
    exc.__notes__ = ["note"] * 200_000
    return raised(exc)


@case
def endless_notes() -> BaseException:
    class Endless(list):
        def __iter__(self) -> Any:
            while True:
                yield "note"

    exc = ValueError("x")
    exc.__notes__ = Endless(["x"])
    return raised(exc)


@case
def str_of_a_lying_length() -> BaseException:
    class Text(str):
        def __len__(self) -> int:
            return -1

        def __iter__(self) -> Any:
            raise KeyboardInterrupt

        def __bool__(self) -> bool:
            raise SystemExit

        def __add__(self, other: object) -> Any:
            raise KeyboardInterrupt

        def split(self, *args: object, **kwargs: object) -> Any:
            raise KeyboardInterrupt

        def splitlines(self, *args: object, **kwargs: object) -> Any:
            raise KeyboardInterrupt

        def __format__(self, spec: str) -> str:
            raise KeyboardInterrupt

    class Error(Exception):
        def __str__(self) -> str:
            return Text("own text")

    Error.__qualname__ = Text("Odd")
    Error.__module__ = Text("mod")
    exc = Error("x")
    exc.__notes__ = [Text("a\nb")]
    return raised(exc)


@case
def names_of_no_string() -> BaseException:
    return raised(NameError("x", name=hostile(KeyboardInterrupt, "__str__", "__repr__")()))  # type: ignore[arg-type]


@case
def attribute_error_of_a_module_that_lies() -> BaseException:
    module = types.ModuleType("liar")
    module.__dir__ = lambda: [1, None, b"x", "missin", ["y"]]  # type: ignore[method-assign, list-item, return-value]
    return raised(AttributeError("no", name="missing", obj=module))


@case
def import_error_of_a_broken_parent() -> BaseException:
    sys.modules["broken_parent"] = None  # type: ignore[assignment]
    return raised(
        ModuleNotFoundError("No module named 'broken_parent.child'", name="broken_parent.child")
    )


@case
def import_error_of_a_lying_module() -> BaseException:
    sys.modules["lying"] = hostile(KeyboardInterrupt, *METHODS)()
    exc = ImportError("cannot import name", name="lying", path="x")
    if hasattr(exc, "name_from"):  # 3.12
        exc.name_from = "thing"
    return raised(exc)


@case
def import_error_with_odd_names() -> BaseException:
    return raised(ModuleNotFoundError("no", name="a" * 100_000 + "." + "b" * 100_000))


@case
def a_finder_that_raises() -> BaseException:
    class Finder:
        def find_spec(self, *args: object) -> Any:
            raise KeyboardInterrupt

        def discover(self, *args: object) -> Any:
            raise SystemExit

    exc = raised(ModuleNotFoundError("no", name="some_module"))
    sys.meta_path.append(Finder())  # type: ignore[arg-type]
    sys.path[:] = [*sys.path, 3, None, "\0", "x" * 5000]  # type: ignore[list-item]
    return exc


# -- syntax errors -------------------------------------------------------------------------------


def _syntax_errors() -> Iterator[tuple[str, Callable[[], BaseException]]]:
    values: dict[str, Callable[[], object]] = {
        "hostile": lambda: hostile(KeyboardInterrupt, *METHODS)(),
        "huge": lambda: 10**400,
        "negative": lambda: -(10**400),
        "float": lambda: float("nan"),
        "long_text": lambda: "x" * 10_000_000,
        "lines": lambda: "\n" * 1_000_000,
        "bytes": lambda: b"x = 1",
        "surrogates": lambda: "\udc80" * 100,
    }
    for attribute in (
        "filename",
        "lineno",
        "offset",
        "text",
        "end_lineno",
        "end_offset",
        "msg",
        "print_file_and_line",
        "_metadata",
    ):
        for word, value in values.items():

            def make(_a: str = attribute, _v: Callable[[], object] = value) -> BaseException:
                exc = SyntaxError("invalid syntax", ("f.py", 1, 3, "x = (\n", 1, 5))
                setattr(exc, _a, _v())
                return raised(exc)

            yield f"syntax_error_{attribute}_{word}", make


CASES.update(_syntax_errors())


@case
def syntax_error_of_a_huge_program() -> BaseException:
    return caught(lambda: compile("x = 1\n" * 200_000 + "fro x in y: pass\n", "<huge>", "exec"))


@case
def syntax_error_of_many_names() -> BaseException:
    return caught(lambda: compile("a " * 20_000, "<names>", "exec"))


@case
def syntax_error_deeply_nested() -> BaseException:
    return caught(lambda: compile("(" * 5000, "<nested>", "exec"))


# -- code objects that lie -----------------------------------------------------------------------


def with_code(name: str = "f", filename: str = "<lie>", **changes: Any) -> BaseException:
    code = compile("raise ValueError('x')", filename, "exec").replace(co_name=name, **changes)
    return caught(lambda: exec(code, {"__name__": "lie"}))


def _lying_code() -> Iterator[tuple[str, Callable[[], BaseException]]]:
    import random

    yield "code_line_huge", lambda: with_code(co_firstlineno=2**31 - 1)
    yield "code_line_zero", lambda: with_code(co_firstlineno=0)
    yield "code_table_empty", lambda: with_code(co_linetable=b"")
    yield "code_table_short", lambda: with_code(co_linetable=b"\x80")
    yield "code_table_endless_varint", lambda: with_code(co_linetable=b"\xf0" + b"\x7f" * 1000)
    yield "code_table_ones", lambda: with_code(co_linetable=b"\xff" * 50)
    yield "code_table_no_start", lambda: with_code(co_linetable=b"\x00" * 50)
    yield "code_name_of_lines", lambda: with_code("a\nb\r\0\x1b[31m")
    yield "code_name_of_surrogates", lambda: with_code("\udc80\ud800")
    yield "code_name_long", lambda: with_code("n" * 1_000_000)
    yield "code_filename_of_lines", lambda: with_code(co_filename="a\nb\r")
    yield "code_filename_with_nul", lambda: with_code(co_filename="a\0b")
    yield "code_filename_of_surrogates", lambda: with_code(co_filename="/\udc80\ud800")
    yield "code_filename_long", lambda: with_code(co_filename="f" * 1_000_000)
    yield "code_filename_directory", lambda: with_code(co_filename="/")
    yield "code_filename_zero_device", lambda: with_code(co_filename="/dev/zero")
    yield "code_filename_tty", lambda: with_code(co_filename="/dev/tty")
    yield "code_filename_self_memory", lambda: with_code(co_filename="/proc/self/mem")
    for number in range(40):
        table = random.Random(number).randbytes(60)
        yield (
            f"code_table_random_{number}",
            lambda t=table: with_code(filename=__file__, co_linetable=t),
        )


CASES.update(_lying_code())


# -- source files --------------------------------------------------------------------------------


def from_file(prepare: Callable[[str], object], line: int = 3) -> BaseException:
    path = os.path.join(tempfile.mkdtemp(), "source.py")
    prepare(path)
    code = compile("\n" * (line - 1) + "raise ValueError('x')", path, "exec")
    return caught(lambda: exec(code, {"__name__": "m"}))


def write(content: bytes) -> Callable[[str], object]:
    def run(path: str) -> None:
        with open(path, "wb") as file:
            file.write(content)

    return run


def sparse(path: str) -> None:
    with open(path, "wb") as file:
        file.write(b"first\nsecond\nthird\n")
        file.truncate(HUGE_FILE)


CASES.update(
    source_missing=lambda: from_file(lambda path: None),
    source_empty=lambda: from_file(write(b"")),
    source_binary=lambda: from_file(write(os.urandom(100_000))),
    source_nul=lambda: from_file(write(b"\0" * 100_000)),
    source_sparse=lambda: from_file(sparse),
    source_one_line=lambda: from_file(write(b"x" * 20_000_000), 1),
    source_deep_line=lambda: from_file(write(b"\n\n" + b"(" * 100_000 + b"\n")),
    source_deep_operators=lambda: from_file(write(b"\n\n" + b"-" * 100_000 + b"x\n")),
    source_bad_coding=lambda: from_file(write(b"# coding: rot13\n\n\n")),
    source_fifo=lambda: from_file(os.mkfifo),
    source_directory=lambda: from_file(os.mkdir),
    source_loop=lambda: from_file(lambda path: os.symlink(path, path)),
)


@case
def deep_expression_in_the_marked_range() -> BaseException:
    """The whole of a hugely nested expression is the failing range."""
    text = "x = " + "(" * 90 + "1/0" + ")" * 90 + " + y" * 2000
    path = os.path.join(tempfile.mkdtemp(), "source.py")
    write(text.encode())(path)
    try:
        code = compile(text, path, "exec")
    except (RecursionError, MemoryError, SyntaxError) as exc:
        return exc
    return caught(lambda: exec(code, {"y": 1}))


@case
def range_over_many_lines() -> BaseException:
    """One call of 100,000 lines."""
    text = "int(\n" + "'x',\n" * 100_000 + ")\n"
    path = os.path.join(tempfile.mkdtemp(), "source.py")
    write(text.encode())(path)
    return caught(lambda: exec(compile(text, path, "exec"), {}))


@case
def loader_that_raises() -> BaseException:
    class Loader:
        def get_source(self, name: str) -> str:
            raise KeyboardInterrupt

    return caught(
        lambda: exec(
            compile("1/0", "nowhere.py", "exec"), {"__name__": "m", "__loader__": Loader()}
        )
    )


@case
def loader_that_gives_no_text() -> BaseException:
    class Loader:
        def get_source(self, name: str) -> object:
            return b"not text"

    return caught(
        lambda: exec(
            compile("1/0", "nowhere.py", "exec"), {"__name__": "m", "__loader__": Loader()}
        )
    )


@case
def globals_that_lie() -> BaseException:
    return caught(
        lambda: exec(
            compile("raise ValueError", "nowhere.py", "exec"),
            {"__name__": 3, "__spec__": 4, "__loader__": 5},
        )
    )


@case
def linecache_filled_with_nonsense() -> BaseException:
    import linecache

    exc = with_code(co_filename="nonsense.py")
    linecache.cache["nonsense.py"] = (1, None, [3, None, b"x"], "nonsense.py")  # type: ignore[assignment]
    return exc


@case
def locals_with_odd_names() -> BaseException:
    code = compile("raise ValueError", "<odd>", "exec")
    return caught(lambda: exec(code, {}, {1: 2, "b": 3, None: hostile(SystemExit, *METHODS)()}))


@case
def locals_that_lie() -> BaseException:
    class Names(dict):
        def items(self) -> Any:
            raise KeyboardInterrupt

        def __iter__(self) -> Any:
            raise KeyboardInterrupt

        def keys(self) -> Any:
            raise SystemExit

    return caught(lambda: exec(compile("raise ValueError", "<odd>", "exec"), {}, Names(a=1)))


@case
def locals_of_every_failure() -> BaseException:
    return raised(
        ValueError("x"),
        **{word: hostile(failure, "__repr__")() for word, failure in FAILURES.items()},
    )


@case
def deep_recursion() -> BaseException:
    def down(n: int) -> int:
        return down(n + 1)

    return caught(lambda: down(0))


@case
def at_the_recursion_limit() -> BaseException:
    """Formatting with hardly any frames left."""
    exc = raised(ValueError("deep"))
    subject = importlib.import_module(SUBJECT)
    seen: list[object] = []

    def down(n: int) -> None:
        try:
            down(n + 1)
        except RecursionError:
            pass
        try:
            seen.append(len(subject.format_exception(exc)))
        except RecursionError:
            seen.append("raised")

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    try:
        down(0)
    finally:
        sys.setrecursionlimit(limit)
    assert seen[-1] != "raised"
    return exc


@case
def traceback_loop() -> BaseException:
    """Python refuses a loop of tracebacks; the longest that it lets through is long."""
    exc = raised(ValueError("x"))
    tb = exc.__traceback__
    assert tb is not None
    for _ in range(200_000):
        tb = types.TracebackType(tb, tb.tb_frame, tb.tb_lasti, tb.tb_lineno)
    return exc.with_traceback(tb)


@case
def traceback_lying() -> BaseException:
    exc = raised(ValueError("x"))
    frame = exc.__traceback__.tb_frame  # type: ignore[union-attr]
    tb = None
    for lasti, lineno in ((-1, -1), (10**6, 10**6), (3, 0), (-(10**6), 5), (0, 2**31 - 1), (1, 1)):
        tb = types.TracebackType(tb, frame, lasti, lineno)
    return exc.with_traceback(tb)


def place(exc: BaseException) -> str:
    """Return the function of the package that let the exception through."""
    tb, found = BaseException.__traceback__.__get__(exc), "?"  # type: ignore[attr-defined]
    while tb is not None:
        code = tb.tb_frame.f_code
        if "lastwords" in code.co_filename or "traceback" in code.co_filename:
            found = f"{os.path.basename(code.co_filename)}:{tb.tb_lineno} {code.co_name}"
        tb = tb.tb_next
    return found


SUBJECT = os.environ.get("LASTWORDS_TEST_SUBJECT", "lastwords.traceback")
MOST_OUTPUT = 400_000_000


def survive(name: str) -> None:
    """Every way of printing it comes to an end, and raises nothing."""
    subject = importlib.import_module(SUBJECT)
    import io

    exc = CASES[name]()
    kind = type(exc)
    total = 0

    def count(chunks: Any) -> None:
        nonlocal total
        for chunk in chunks:
            total += str.__len__(chunk)

    count(subject.format_exception(exc))
    count(subject.format_exception(kind, exc, None))
    count(subject.format_exception_only(exc))
    count(
        subject.TracebackException.from_exception(exc, capture_locals=True, compact=True).format(
            colorize=True
        )
    )
    te = subject.TracebackException.from_exception(
        exc, lookup_lines=False, limit=-3, max_group_width=3, max_group_depth=3
    )
    count(te.format())
    count([str(te)])
    assert (te == te) is True  # noqa: PLR0124
    subject.print_exception(exc, file=io.StringIO())
    assert total < MOST_OUTPUT, total
    del te
    exc = None  # type: ignore[assignment]
    print("survived")


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.unraisablehook = lambda args: None  # __del__ that raises says so there
    for one in sys.argv[1:]:
        print(one, end=" ", flush=True)
        try:
            survive(one)
        except BaseException as exc:  # noqa: BLE001
            try:
                words = f"{type(exc).__name__}: {exc}"
            except BaseException as worse:  # noqa: BLE001
                words = type(worse).__name__
            print("raised", words[:200], "in", place(exc))
        sys.stdout.flush()
    os._exit(0)
