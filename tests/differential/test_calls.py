"""Arguments, defaults and errors of every public function: the same results and messages.

The expected side is 3.15's module; on older versions, the cases whose rules 3.15 shares with them.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.compare import EXACT, both, outcome, subject, tracebacklimit

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

Case = "Callable[[Any], object]"


def raised() -> ValueError:
    """An exception with a traceback of one frame."""
    try:
        raise ValueError("raised")
    except ValueError as exc:
        return exc


def deep(levels: int, call: Callable[[], object]) -> object:
    """`call()` below so many frames."""
    return deep(levels - 1, call) if levels else call()


def current(_: object = None) -> FrameType:
    return sys._getframe(1)


def exc_raised() -> BaseException:
    try:
        deep(3, lambda: 1 / 0)
    except ZeroDivisionError as exc:
        return exc
    raise AssertionError


EXC = raised()
DEEP = exc_raised()
TB = EXC.__traceback__
FRAME = deep(4, current)


def with_file(function: str, *args: Any, **kwargs: Any) -> Callable[[Any], object]:
    """A call whose output goes to a file given by keyword."""

    def call(module: Any) -> object:
        file = io.StringIO()
        result = getattr(module, function)(*args, file=file, **kwargs)
        return result, file.getvalue()

    return call


def to_stderr(function: str, *args: Any, **kwargs: Any) -> Callable[[Any], object]:
    """A call whose output goes to sys.stderr as it is at the call."""

    def call(module: Any) -> object:
        old, sys.stderr = sys.stderr, io.StringIO()
        try:
            result = getattr(module, function)(*args, **kwargs)
            return result, sys.stderr.getvalue()
        finally:
            sys.stderr = old

    return call


def while_handling(call: Callable[[Any], object]) -> Callable[[Any], object]:
    """The call made inside an except block."""

    def run(module: Any) -> object:
        try:
            raise KeyError("handled")
        except KeyError:
            return call(module)

    return run


def with_last(call: Callable[[Any], object], **last: object) -> Callable[[Any], object]:
    """The call made with sys.last_* as given and no others."""

    def run(module: Any) -> object:
        names = ("last_exc", "last_type", "last_value", "last_traceback")
        saved = {name: getattr(sys, name) for name in names if hasattr(sys, name)}
        for name in saved:
            delattr(sys, name)
        for name, value in last.items():
            setattr(sys, name, value)
        try:
            return call(module)
        finally:
            for name in names:
                if hasattr(sys, name):
                    delattr(sys, name)
            for name, value in saved.items():
                setattr(sys, name, value)

    return run


def with_limit(limit: object, call: Callable[[Any], object]) -> Callable[[Any], object]:
    def run(module: Any) -> object:
        with tracebacklimit(limit):  # type: ignore[arg-type]
            return call(module)

    return run


def fields(frames: Any) -> list[object]:
    return [
        (f.filename, f.lineno, f.name, f.line, f.end_lineno, f.colno, f.end_colno, f.locals)
        for f in frames
    ]


def frame_summary(*args: Any, **kwargs: Any) -> Callable[[Any], object]:
    def call(module: Any) -> object:
        f = module.FrameSummary(*args, **kwargs)
        summary = module.StackSummary.from_list([f])
        return (
            repr(f),
            f.line,
            f.locals,
            fields([f]),
            summary.format(),
            f == tuple(f),
            f == f,
            f == 3,
            f != (1, 2, 3, 4),
        )

    return call


def odd(f: Any) -> list[object]:
    """Everything that a frame does as a sequence."""
    return [len(f), f[0], f[1], f[2], f[3], f[-1], f[:2], list(f), tuple(reversed(tuple(f)))]


class Weird(type):
    """A class that calls itself something else."""

    def __repr__(cls) -> str:
        return "<weird>"


class NotAnException(metaclass=Weird):
    """Looks like none."""


NAMED = list(range(5))
CASES: dict[str, Callable[[Any], object]] = {
    # format_exception and friends: how value and tb may be given
    "format_exception none": lambda m: m.format_exception(None),
    "format_exception none none none": lambda m: m.format_exception(None, None, None),
    "format_exception type none none": lambda m: m.format_exception(ValueError, None, None),
    "format_exception wrong type": lambda m: m.format_exception(TypeError, EXC, TB),
    "format_exception instance": lambda m: m.format_exception(EXC, EXC, None),
    "format_exception int": lambda m: m.format_exception(3),
    "format_exception str": lambda m: m.format_exception("text"),
    "format_exception class": lambda m: m.format_exception(ValueError),
    "format_exception weird": lambda m: m.format_exception(NotAnException()),
    "format_exception nothing": lambda m: m.format_exception(),
    "format_exception by keyword": lambda m: m.format_exception(exc=EXC),
    "format_exception two": lambda m: m.format_exception(ValueError, EXC),
    "format_exception tb only": lambda m: m.format_exception(EXC, tb=TB),
    "format_exception value by keyword": lambda m: m.format_exception(ValueError, value=EXC, tb=TB),
    "format_exception int value": lambda m: m.format_exception(int, 3, None),
    "format_exception odd tb": lambda m: m.format_exception(ValueError, EXC, 3),
    "format_exception limit text": lambda m: m.format_exception(EXC, limit="3"),
    "format_exception limit float": lambda m: m.format_exception(EXC, limit=1.5),
    "format_exception limit true": lambda m: m.format_exception(DEEP, limit=True),
    "format_exception limits": lambda m: [m.format_exception(DEEP, limit=n) for n in range(-7, 8)],
    "format_exception limit by place": lambda m: m.format_exception(type(DEEP), DEEP, DEEP.__traceback__, 2, False),
    "format_exception too many": lambda m: m.format_exception(ValueError, EXC, TB, 1, True, 3),
    "format_exception unknown keyword": lambda m: m.format_exception(EXC, nonsense=1),
    "format_exception file": lambda m: m.format_exception(EXC, file=None),
    "format_exception_only none": lambda m: m.format_exception_only(None),
    "format_exception_only none none": lambda m: m.format_exception_only(None, None),
    "format_exception_only type none": lambda m: m.format_exception_only(ValueError, None),
    "format_exception_only instance": lambda m: m.format_exception_only(EXC),
    "format_exception_only pair": lambda m: m.format_exception_only(ValueError, EXC),
    "format_exception_only int": lambda m: m.format_exception_only(3),
    "format_exception_only odd type": lambda m: m.format_exception_only("SomeType", None),
    "format_exception_only int pair": lambda m: m.format_exception_only(int, 3),
    "format_exception_only three": lambda m: m.format_exception_only(ValueError, EXC, None),
    "format_exception_only group": lambda m: m.format_exception_only(
        ExceptionGroup("a\nb", [EXC, ExceptionGroup("c", [KeyError("d\ne"), OSError()])]), show_group=True
    ),
    "format_exception_only nothing": lambda m: m.format_exception_only(),
    "print_exception": with_file("print_exception", EXC),
    "print_exception triple": with_file("print_exception", ValueError, EXC, TB),
    "print_exception none": with_file("print_exception", None),
    "print_exception int": with_file("print_exception", 3),
    "print_exception two": with_file("print_exception", ValueError, EXC),
    "print_exception limit": with_file("print_exception", DEEP, limit=1),
    "print_exception chain": with_file("print_exception", DEEP, chain=False),
    "print_exception stderr": to_stderr("print_exception", EXC),
    "print_exception odd file": lambda m: m.print_exception(EXC, file=3),
    "print_exception by place": lambda m: m.print_exception(ValueError, EXC, TB, None, 3),
    # the exception being handled
    "format_exc none": lambda m: m.format_exc(),
    "format_exc": while_handling(lambda m: m.format_exc().splitlines()[0::3]),
    "format_exc limit": while_handling(lambda m: m.format_exc(0)),
    "format_exc chain": while_handling(lambda m: m.format_exc(0, False)),
    "format_exc three": lambda m: m.format_exc(0, False, 1),
    "print_exc none": to_stderr("print_exc"),
    "print_exc none file": with_file("print_exc"),
    "print_exc limit": while_handling(with_file("print_exc", 0)),
    "print_exc extra": while_handling(with_file("print_exc", 0, colorize=True)),
    # the last exception
    "print_last nothing": with_last(with_file("print_last")),
    "print_last exc": with_last(with_file("print_last"), last_exc=EXC),
    "print_last exc limit": with_last(with_file("print_last", 1), last_exc=DEEP),
    "print_last old": with_last(with_file("print_last"), last_type=ValueError, last_value=EXC, last_traceback=TB),
    "print_last old type": with_last(with_file("print_last"), last_type=ValueError),
    "print_last old none": with_last(with_file("print_last"), last_type=None, last_value=None, last_traceback=None),
    "print_last both": with_last(
        with_file("print_last"), last_exc=EXC, last_type=KeyError, last_value=KeyError("k"), last_traceback=None
    ),
    "print_last exc none": with_last(with_file("print_last"), last_exc=None),
    "print_last stderr": with_last(to_stderr("print_last"), last_exc=EXC),
    "print_last chain": with_last(with_file("print_last", chain=False), last_exc=EXC),
    # tracebacks
    "print_tb": with_file("print_tb", TB),
    "print_tb none": with_file("print_tb", None),
    "print_tb int": with_file("print_tb", 3),
    "print_tb stderr": to_stderr("print_tb", TB),
    "print_tb limit": with_file("print_tb", DEEP.__traceback__, -1),
    "format_tb": lambda m: [m.format_tb(DEEP.__traceback__, n) for n in (None, 0, 1, 2, -1, -2, 100, -100)],
    "format_tb none": lambda m: m.format_tb(None),
    "format_tb int": lambda m: m.format_tb(3),
    "extract_tb": lambda m: [fields(m.extract_tb(DEEP.__traceback__, limit=n)) for n in (None, 0, 1, 2, -1, -2, 100)],
    "extract_tb none": lambda m: m.extract_tb(None),
    "extract_tb int": lambda m: m.extract_tb(3),
    "extract_tb type": lambda m: type(m.extract_tb(TB)).__name__,
    "walk_tb": lambda m: [(f.f_code.co_name, n) for f, n in m.walk_tb(DEEP.__traceback__)],
    "walk_tb none": lambda m: list(m.walk_tb(None)),
    "walk_tb int": lambda m: type(m.walk_tb(3)).__name__,
    "walk_tb int next": lambda m: list(m.walk_tb(3)),
    "clear_frames": lambda m: (m.clear_frames(exc_raised().__traceback__), m.clear_frames(None)),
    "clear_frames int": lambda m: m.clear_frames(3),
    # stacks
    "format_stack": lambda m: [m.format_stack(FRAME, n) for n in (None, 0, 1, 2, -1, -2, 100)],
    "format_stack here": lambda m: deep(3, lambda: m.format_stack(limit=3)),
    "print_stack": with_file("print_stack", FRAME),
    "print_stack here": lambda m: deep(2, lambda: with_file("print_stack", limit=4)(m)),
    "print_stack limit": with_file("print_stack", FRAME, 2),
    "print_stack stderr": to_stderr("print_stack", FRAME, 1),
    "extract_stack": lambda m: [fields(m.extract_stack(FRAME, n)) for n in (None, 0, 1, 2, -1, -2, 100)],
    "extract_stack here": lambda m: deep(3, lambda: fields(m.extract_stack(limit=6))),
    "extract_stack int": lambda m: m.extract_stack(3),
    "format_stack int": lambda m: m.format_stack(3),
    "walk_stack": lambda m: [(f.f_code.co_name, n) for f, n in m.walk_stack(FRAME)],
    "walk_stack here": lambda m: deep(2, lambda: [(f.f_code.co_name, n) for f, n in m.walk_stack(None)][:5]),
    "walk_stack nothing": lambda m: m.walk_stack(),
    "walk_stack int": lambda m: list(m.walk_stack(3)),
    "StackSummary.extract walk_stack": lambda m: deep(2, lambda: fields(m.StackSummary.extract(m.walk_stack(None), limit=4))),
    # lists
    "format_list empty": lambda m: m.format_list([]),
    "format_list tuples": lambda m: m.format_list([("f.py", 3, "name", "line"), ("g.py", 4, "n", None), ("h", None, "", "  x  ")]),
    "format_list lines": lambda m: m.format_list([("f.py", 3, "name", "one\n  two\nthree")]),
    "format_list short": lambda m: m.format_list([("f.py", 3, "name")]),
    "format_list long": lambda m: m.format_list([("f.py", 3, "name", "line", 5)]),
    "format_list frames": lambda m: m.format_list(m.extract_tb(TB)),
    "format_list int": lambda m: m.format_list(3),
    "format_list ints": lambda m: m.format_list([3]),
    "format_list strings": lambda m: m.format_list(["abcd"]),
    "format_list iterator": lambda m: m.format_list(iter([("f.py", 3, "name", "line")])),
    "format_list odd values": lambda m: m.format_list([(None, "x", 3, b"line")]),
    "format_list repeated": lambda m: m.format_list([("f.py", 3, "name", "line")] * 9 + [("f.py", 4, "name", "line")] * 4),
    "format_list repeated lines": lambda m: m.format_list([("f.py", 3, "n", str(i)) for i in range(6)]),
    "format_list none repeated": lambda m: m.format_list([("f.py", None, "n", "x")] * 6 + [(None, 1, "n", "x")] * 6),
    "print_list": with_file("print_list", [("f.py", 3, "name", "line")]),
    "print_list stderr": to_stderr("print_list", [("f.py", 3, "name", "line")]),
    "print_list empty": with_file("print_list", []),
    "StackSummary.from_list": lambda m: m.StackSummary.from_list([("f.py", 3, "name", "line")]).format(),
    "StackSummary.from_list type": lambda m: type(m.StackSummary.from_list(m.extract_tb(TB))).__name__,
    "StackSummary.extract nothing": lambda m: m.StackSummary.extract([]),
    "StackSummary.extract int": lambda m: m.StackSummary.extract(3),
    "line number that is a float": lambda m: m.FrameSummary("f", 2.0, "n").line,
    "line number that is a string": lambda m: m.FrameSummary("f", "2", "n").line,
    "end that is a string": lambda m: m.FrameSummary("f", 2, "n", end_lineno="x").line,
    "kinds of iterators": lambda m: [type(it).__name__ for te in (m.TracebackException.from_exception(EXC),) for it in (te.format(), te.format_exception_only(), te.format_exception_only(show_group=True))],
    "limit above any depth": lambda m: m.format_tb(TB, sys.maxsize),
    "limit too large": lambda m: m.extract_tb(TB, sys.maxsize + 1),
    "limit too large, stack": lambda m: m.extract_stack(FRAME, 10**30),
    "limit too large, exception": lambda m: m.format_exception(EXC, limit=10**30),
    "limit too small": lambda m: m.extract_tb(TB, -(10**30)),
    "StackSummary.extract pairs": lambda m: fields(m.StackSummary.extract(iter([(FRAME, 3), (FRAME, 10**6), (FRAME, None)]))),
    "StackSummary.extract locals": lambda m: [sorted(f.locals or {}) for f in m.StackSummary.extract(m.walk_tb(TB), capture_locals=True)],
    "StackSummary.extract by place": lambda m: m.StackSummary.extract(m.walk_tb(TB), 1),
    "StackSummary.extract limits": lambda m: [
        len(m.StackSummary.extract(m.walk_tb(DEEP.__traceback__), limit=n)) for n in (None, 0, 2, -2, 100, True)
    ],
    "StackSummary.extract limit text": lambda m: m.StackSummary.extract(m.walk_tb(TB), limit="2"),
    "StackSummary is a list": lambda m: [m.StackSummary() == [], m.StackSummary([1, 2])[0], m.StackSummary((1,)) + [2]],
    "StackSummary.format kwargs": lambda m: m.extract_tb(TB).format(nonsense=1),
    "StackSummary.format colour": lambda m: m.extract_tb(TB).format(colorize=True),
    "StackSummary.format by place": lambda m: m.extract_tb(TB).format(True),
    "format_frame_summary": lambda m: m.extract_tb(TB).format_frame_summary(m.extract_tb(TB)[0]),
    "format_frame_summary tuple": lambda m: m.StackSummary().format_frame_summary(("f", 1, "n", "l")),
    # FrameSummary
    "FrameSummary": frame_summary("f.py", 3, "name"),
    "FrameSummary line": frame_summary("f.py", 3, "name", line="  some line  "),
    "FrameSummary lines": frame_summary("f.py", 3, "name", line="one\ntwo", end_lineno=4, colno=0, end_colno=2),
    "FrameSummary columns": frame_summary("f.py", 3, "name", line="  one = two(3)", end_lineno=3, colno=8, end_colno=14),
    "FrameSummary empty": frame_summary("f.py", 3, "name", line=""),
    "FrameSummary none": frame_summary("f.py", None, "name"),
    "FrameSummary all none": frame_summary(None, None, None),
    "FrameSummary locals": frame_summary("f.py", 3, "name", locals={"b": 1, "a": "two\nlines"}),
    "FrameSummary no locals": frame_summary("f.py", 3, "name", locals={}),
    "FrameSummary lookup": frame_summary("f.py", 3, "name", lookup_line=False),
    "FrameSummary this file": frame_summary(__file__, 3, "name"),
    "FrameSummary this file columns": frame_summary(__file__, 13, "name", end_lineno=13, colno=5, end_colno=7),
    "FrameSummary this file lines": frame_summary(__file__, 13, "name", end_lineno=17, colno=0, end_colno=7),
    "FrameSummary kwargs": frame_summary("f.py", 3, "name", nonsense=3),
    "FrameSummary short": frame_summary("f.py", 3),
    "FrameSummary by place": frame_summary("f.py", 3, "name", True),
    "FrameSummary negative": frame_summary(__file__, -3, "name"),
    "FrameSummary float": frame_summary("f.py", 1.5, "name", line="x"),
    "FrameSummary zero": frame_summary(__file__, 0, "name"),
    "FrameSummary end before start": frame_summary(__file__, 5, "name", end_lineno=3, colno=2, end_colno=1),
    "FrameSummary no end": frame_summary(__file__, 5, "name", colno=2, end_colno=4),
    "FrameSummary wide": frame_summary("f.py", 1, "n", line="日本 = é(1)", end_lineno=1, colno=9, end_colno=14),
    "FrameSummary sequence": lambda m: odd(m.FrameSummary("f", 1, "n", line="l")),
    "FrameSummary index": lambda m: m.FrameSummary("f", 1, "n", line="l")[4],
    "FrameSummary key": lambda m: m.FrameSummary("f", 1, "n", line="l")["x"],
    "FrameSummary hash": lambda m: hash(m.FrameSummary("f", 1, "n", line="l")),
    "FrameSummary unpack": lambda m: [x for x in (lambda a, b, c, d: (a, b, c, d))(*m.FrameSummary("f", 1, "n", line="l"))],
    "FrameSummary equality": lambda m: [
        m.FrameSummary("f", 1, "n", line=a, locals=x) == m.FrameSummary("f", n, "n", line=b, locals=y)
        for a in ("l", "k") for b in ("l", "k") for x in (None, {"a": 1}) for y in (None, {"a": 1}) for n in (1, 2)
    ],
    "FrameSummary attribute": lambda m: setattr(m.FrameSummary("f", 1, "n"), "other", 1),
    "FrameSummary set": lambda m: [setattr(f := m.FrameSummary("f", 1, "n", line="l"), "lineno", 7), f.lineno, repr(f)],
    "FrameSummary set line": lambda m: setattr(m.FrameSummary("f", 1, "n", line="l"), "line", "x"),
    # TracebackException
    "TracebackException none": lambda m: list(m.TracebackException(None, None, None).format()),
    "TracebackException type only": lambda m: list(m.TracebackException(ValueError, None, None).format()),
    "TracebackException value": lambda m: list(m.TracebackException(ValueError, EXC, TB).format()),
    "TracebackException other type": lambda m: list(m.TracebackException(KeyError, EXC, TB).format()),
    "TracebackException odd": lambda m: list(m.TracebackException(3, 4, None).format()),
    "TracebackException short": lambda m: m.TracebackException(ValueError, EXC),
    "TracebackException by place": lambda m: m.TracebackException(ValueError, EXC, TB, 1),
    "TracebackException unknown": lambda m: m.TracebackException(ValueError, EXC, TB, nonsense=1),
    "TracebackException str": lambda m: str(m.TracebackException.from_exception(EXC)),
    "TracebackException str empty": lambda m: str(m.TracebackException(ValueError, ValueError(), None)),
    "TracebackException repr": lambda m: repr(m.TracebackException.from_exception(EXC)).split(" at ")[0].rpartition(".")[2],
    "TracebackException hash": lambda m: hash(m.TracebackException.from_exception(EXC)),
    "TracebackException equal": lambda m: [
        m.TracebackException.from_exception(EXC) == m.TracebackException.from_exception(EXC),
        m.TracebackException.from_exception(EXC) == m.TracebackException.from_exception(DEEP),
        m.TracebackException.from_exception(EXC) == m.TracebackException.from_exception(EXC, limit=0),
        m.TracebackException.from_exception(EXC) == 3,
        m.TracebackException.from_exception(EXC) != m.TracebackException.from_exception(EXC),
    ],
    "TracebackException from int": lambda m: m.TracebackException.from_exception(3),
    "TracebackException from none": lambda m: m.TracebackException.from_exception(None),
    "TracebackException from class": lambda m: m.TracebackException.from_exception(ValueError),
    "TracebackException format by place": lambda m: m.TracebackException.from_exception(EXC).format(True),
    "TracebackException format unknown": lambda m: list(m.TracebackException.from_exception(EXC).format(nonsense=1)),
    "TracebackException format generator": lambda m: type(m.TracebackException.from_exception(EXC).format()).__name__,
    "TracebackException only iterator": lambda m: next(m.TracebackException.from_exception(EXC).format_exception_only()),
    "TracebackException only": lambda m: list(m.TracebackException.from_exception(EXC).format_exception_only()),
    "TracebackException only depth": lambda m: list(m.TracebackException.from_exception(EXC).format_exception_only(_depth=3)),
    "TracebackException print": lambda m: _printed(m.TracebackException.from_exception(EXC)),
    "TracebackException print stderr": lambda m: _printed_to_stderr(m.TracebackException.from_exception(EXC)),
    "TracebackException dict": lambda m: sorted(
        k for k in vars(m.TracebackException.from_exception(EXC)) if not k.startswith("_") or k.startswith("__")
    ),
    "TracebackException edited": lambda m: _edited(m),
    "TracebackException widths": lambda m: [
        list(m.TracebackException.from_exception(ExceptionGroup("g", [EXC] * 4), max_group_width=n).format()) for n in (0, 1, 3, 4, -1, 10)
    ],
    "TracebackException depths": lambda m: [
        list(m.TracebackException.from_exception(ExceptionGroup("g", [ExceptionGroup("h", [EXC])]), max_group_depth=n).format())
        for n in (0, 1, 2, 3, -1)
    ],
    "TracebackException exc_type": lambda m: [
        m.TracebackException(t, None, None, save_exc_type=s).exc_type_str for t in (ValueError, None, NotAnException) for s in (True, False)
    ],
    "TracebackException exc_type_str set": lambda m: setattr(m.TracebackException.from_exception(EXC), "exc_type_str", "x"),
    # sys.tracebacklimit
    **{
        f"tracebacklimit {limit!r} {name}": with_limit(limit, call)
        for limit in (0, 1, 2, -1, 100)
        for name, call in {
            "format_exception": lambda m: m.format_exception(DEEP),
            "limit given": lambda m: m.format_exception(DEEP, limit=3),
            "extract_tb": lambda m: fields(m.extract_tb(DEEP.__traceback__)),
            "extract_stack": lambda m: fields(m.extract_stack(FRAME)),
            "only": lambda m: m.format_exception_only(DEEP),
        }.items()
    },
    # semi-public names that others call
    "_parse_value_tb": lambda m: [
        outcome(m._parse_value_tb, *a)
        for a in ((EXC, m._sentinel, m._sentinel), (ValueError, EXC, None), (None, m._sentinel, m._sentinel), (3, m._sentinel, m._sentinel))
    ],
    "_format_final_exc_line": lambda m: [
        m._format_final_exc_line("T", v) for v in (None, "", "text", "a\nb", EXC, ValueError(), 0, b"")
    ] + [m._format_final_exc_line("T", "v", insert_final_newline=False), m._format_final_exc_line("T", "v", colorize=True)],
    "_safe_string": lambda m: [m._safe_string(3, "thing"), m._safe_string("x", "thing", func=repr), m._safe_string(EXC, "thing", len)],
    "_get_code_position": lambda m: [m._get_code_position(deep.__code__, n) for n in (-1, 0, 2, 4, 10)],
    "_walk_tb_with_full_positions": lambda m: [p for _, p in m._walk_tb_with_full_positions(DEEP.__traceback__)],
    "_extract_from_extended_frame_gen": lambda m: m.StackSummary._extract_from_extended_frame_gen(
        m._walk_tb_with_full_positions(DEEP.__traceback__), limit=2
    ).format(),
    "_ExceptionPrintContext": lambda m: _context(m),
    "_Anchors": lambda m: [repr(m._Anchors(1, 2, 3, 4)), m._Anchors(1, 2, 3, 4)._asdict()],
    "_anchors of segments": lambda m: [
        a and tuple(a) for s in ("a + b", "a[b]", "a(b)", "(a)+(b)", "x", "", "a.b", "f(x)(y)", "a +\nb", "a # +\n+ b", "(", "日 + 本")
        for a in [m._extract_caret_anchors_from_line_segment(s)]
    ],
    "_byte_offset_to_character_offset": lambda m: [m._byte_offset_to_character_offset("aé日b", n) for n in range(9)],
    "_display_width": lambda m: [m._display_width(s, n) for s in ("abc", "日本", "é\u0301x", "") for n in (None, 0, 1, 2, 10)],
    "_levenshtein_distance": lambda m: [m._levenshtein_distance(a, b, 20) for a in ("kitten", "", "A") for b in ("sitting", "", "a", "kitten")],
    "_substitution_cost": lambda m: [m._substitution_cost(a, b) for a in "aB" for b in "aAbB"],
    "_print_exception_bltin": to_stderr("_print_exception_bltin", EXC),
    "_print_exception_bltin int": to_stderr("_print_exception_bltin", 3),
    "BUILTIN_EXCEPTION_LIMIT": lambda m: m.format_exception(DEEP, limit=m.BUILTIN_EXCEPTION_LIMIT),
    "BUILTIN_EXCEPTION_LIMIT set": with_limit(2, lambda m: m.format_exception(DEEP, limit=m.BUILTIN_EXCEPTION_LIMIT)),
    "_Sentinel": lambda m: [repr(m._sentinel), str(m._Sentinel())],
}  # fmt: skip


def _printed(te: Any) -> object:
    file = io.StringIO()
    return te.print(file=file), te.print(file=file, chain=False), file.getvalue()


def _printed_to_stderr(te: Any) -> object:
    old, sys.stderr = sys.stderr, io.StringIO()
    try:
        te.print()
        return sys.stderr.getvalue()
    finally:
        sys.stderr = old


def _edited(module: Any) -> list[object]:
    """A captured exception whose parts are then changed by hand, as werkzeug does."""
    te = module.TracebackException.from_exception(DEEP)
    first = list(te.format())
    te.stack[:] = te.stack[1:]
    te.__notes__ = ["note"]
    second = list(te.format())
    te.__cause__ = module.TracebackException.from_exception(EXC)
    te.stack.clear()
    third = list(te.format())
    te.__cause__ = None
    te.__context__ = module.TracebackException.from_exception(EXC)
    te.__suppress_context__ = True
    fourth = list(te.format())
    te.exceptions = [module.TracebackException.from_exception(EXC)]
    return [first, second, third, fourth, list(te.format())]


def _context(module: Any) -> list[object]:
    ctx = module._ExceptionPrintContext()
    out: list[object] = [ctx.indent(), list(ctx.emit("one\ntwo\n")), list(ctx.emit(["a\nb", "c"]))]
    ctx.exception_group_depth = 2
    out += [
        ctx.indent(),
        list(ctx.emit("one\ntwo\n", margin_char="+")),
        list(ctx.emit(["a\n\nb", "c"])),
    ]
    return out


NOT_THE_SAME_BEFORE_3_15 = pytest.mark.skipif(
    not EXACT, reason="the older standard module's rules differ: see the golden tests"
)


@NOT_THE_SAME_BEFORE_3_15
@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore")
def test_same_outcome(name: str) -> None:
    expected, actual = both(CASES[name])
    assert actual == expected


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore")
def test_stable_outcome(name: str) -> None:
    """On every version: the second call gives what the first gave."""
    assert outcome(CASES[name], subject) == outcome(CASES[name], subject)
