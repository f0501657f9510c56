"""Run the same call with two traceback modules and compare the results, byte for byte."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import traceback as standard
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# LASTWORDS_TEST_SUBJECT=traceback runs the tests with the standard module in place of ours: a check of
# the tests themselves.
SUBJECT = os.environ.get("LASTWORDS_TEST_SUBJECT", "lastwords.traceback")
subject: Any = importlib.import_module(SUBJECT)
EXACT = sys.version_info >= (3, 15)

Call = tuple[str, "Callable[[Any, BaseException, dict[str, Any]], object]"]


FORMATS: list[dict[str, Any]] = [{}, {"colorize": True}, {"chain": False}]


def texts(te: Any) -> list[list[str]]:
    """Everything that a captured exception prints."""
    return [
        *(list(te.format(**options)) for options in FORMATS),
        list(te.format_exception_only()),
        list(te.format_exception_only(show_group=True)),
        te.stack.format(),
        [str(te)],
    ]


def printed(module: Any, function: str, *args: object, **kwargs: object) -> str:
    """Return what `module.function` writes to its file."""
    file = io.StringIO()
    getattr(module, function)(*args, file=file, **kwargs)
    return file.getvalue()


def captured(module: Any, exc: BaseException, options: dict[str, Any]) -> Any:
    """A TracebackException made with the options' arguments."""
    return module.TracebackException.from_exception(exc, **options.get("make", {}))


def frame_fields(frame: Any) -> list[object]:
    """Return all fields of a FrameSummary."""
    return [
        frame.filename, frame.lineno, frame.end_lineno, frame.colno, frame.end_colno, frame.name, frame.line, frame.locals,
        len(frame), list(frame), frame[0], frame[-1], frame[1:3], repr(frame), frame == tuple(frame),
        getattr(frame, "_original_lines", None), getattr(frame, "_dedented_lines", None),
    ]  # fmt: skip


def tree_fields(te: Any) -> list[object]:
    """Return all of a TracebackException and its relatives; a number stands for one seen before."""
    numbers: dict[int, int] = {}
    out: list[object] = []
    todo = [te]
    while todo:
        one = todo.pop()
        if id(one) in numbers:
            out.append(numbers[id(one)])
            continue
        numbers[id(one)] = len(numbers)
        fields: dict[str, object] = {
            name: getattr(one, name, "absent")
            for name in (
                "__notes__", "__suppress_context__", "exc_type_str", "filename", "lineno", "end_lineno", "text", "offset",
                "end_offset", "msg", "max_group_width", "max_group_depth", "_str", "_is_syntax_error", "_have_exc_type",
            )
        }  # fmt: skip
        fields["exc_type"] = one.exc_type
        fields["str"] = str(one)
        fields["stack"] = [frame_fields(frame) for frame in one.stack]
        for name in ("__cause__", "__context__"):
            fields[name] = getattr(one, name) is not None
        fields["members"] = None if one.exceptions is None else len(one.exceptions)
        out.append(fields)
        todo += [
            x for x in (one.__cause__, one.__context__, *(one.exceptions or ())) if x is not None
        ]
    return out


CALLS: list[Call] = [
    ("format_exception", lambda m, e, o: m.format_exception(e, limit=o.get("limit"))),
    ("format_exception colour", lambda m, e, _: m.format_exception(e, colorize=True)),
    ("format_exception chain", lambda m, e, _: m.format_exception(e, chain=False)),
    ("format_exception old", lambda m, e, _: m.format_exception(type(e), e, e.__traceback__)),
    ("format_exception no tb", lambda m, e, _: m.format_exception(e, e, None)),
    ("format_exception_only", lambda m, e, _: m.format_exception_only(e)),
    ("format_exception_only old", lambda m, e, _: m.format_exception_only(type(e), e)),
    ("format_exception_only group", lambda m, e, _: m.format_exception_only(e, show_group=True)),
    ("format_exception_only colour", lambda m, e, _: m.format_exception_only(e, show_group=True, colorize=True)),
    ("print_exception", lambda m, e, o: printed(m, "print_exception", e, limit=o.get("limit"))),
    ("format_tb", lambda m, e, o: m.format_tb(e.__traceback__, o.get("limit"))),
    ("print_tb", lambda m, e, o: printed(m, "print_tb", e.__traceback__, o.get("limit"))),
    ("extract_tb", lambda m, e, o: [frame_fields(f) for f in m.extract_tb(e.__traceback__, o.get("limit"))]),
    ("walk_tb", lambda m, e, _: [(f.f_code.co_name, n) for f, n in m.walk_tb(e.__traceback__)]),
    (
        "StackSummary.extract",
        lambda m, e, o: m.StackSummary.extract(
            m.walk_tb(e.__traceback__), **{k: v for k, v in o.get("make", {}).items() if k in _STACK_OPTIONS}
        ).format(**{k: v for k, v in o.get("format", {}).items() if k == "colorize"}),
    ),
    ("format_list", lambda m, e, _: m.format_list([tuple(f) for f in m.extract_tb(e.__traceback__)])),
    ("TracebackException", lambda m, e, o: list(captured(m, e, o).format(**o.get("format", {})))),
    ("TracebackException tree", lambda m, e, o: tree_fields(captured(m, e, o))),
    ("TracebackException twice", lambda m, e, o: [list(te.format()) for te in [captured(m, e, o)] for _ in range(2)]),
    ("TracebackException.print", lambda m, e, o: _print_method(captured(m, e, o))),
    ("equality", lambda m, e, o: captured(m, e, o) == captured(m, e, o)),
    ("_print_exception_bltin", lambda m, e, _: _bltin(m, e)),
]  # fmt: skip
_STACK_OPTIONS = {"limit", "lookup_lines", "capture_locals"}


def _print_method(te: Any) -> str:
    file = io.StringIO()
    te.print(file=file)
    return file.getvalue()


def _bltin(module: Any, exc: BaseException) -> str:
    file = io.StringIO()
    with contextlib.redirect_stderr(file):
        module._print_exception_bltin(exc)
    return file.getvalue()


def outcome(call: Callable[..., object], *args: object) -> tuple[str, object]:
    """Return the outcome of a call: ("returned", value) or ("raised", type and text)."""
    try:
        return "returned", call(*args)
    except Exception as exc:  # noqa: BLE001  an error is a result here
        return "raised", f"{type(exc).__name__}: {exc}"


@contextlib.contextmanager
def tracebacklimit(limit: int | None) -> Iterator[None]:
    """sys.tracebacklimit set for a while; None leaves it unset."""
    if limit is None:
        yield
        return
    sys.tracebacklimit = limit
    try:
        yield
    finally:
        del sys.tracebacklimit


def both(
    call: Callable[..., object], *args: object
) -> tuple[tuple[str, object], tuple[str, object]]:
    """Return the outcomes of the standard module and of ours."""
    return outcome(call, standard, *args), outcome(call, subject, *args)


def assert_same(label: str, call: Callable[..., object], *args: object) -> None:
    """Both modules give the same outcome, the second time too."""
    expected, actual = both(call, *args)
    assert actual == expected, label
    again = outcome(call, subject, *args)
    assert again == expected, f"{label}, the second time"
