"""Captured exceptions are data: they keep nothing alive, and can be pickled, copied, compared and sent."""

from __future__ import annotations

import copy
import gc
import json
import linecache
import pickle
import sys
import types
import weakref
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from support import child, programs, shape_strategies, shapes
from support.compare import subject, texts, tracebacklimit, tree_fields

TracebackException = subject.TracebackException
EVERY_PROGRAM = sorted(programs.PROGRAMS)
LIVE = (types.FrameType, types.TracebackType, BaseException, types.GeneratorType, types.ModuleType)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    linecache.clearcache()
    return tmp_path


def reachable(root: object) -> list[object]:
    """All objects that `root` keeps alive, classes and what hangs on them left out."""
    seen: dict[int, object] = {}
    todo = [root]
    while todo:
        obj = todo.pop()
        if id(obj) in seen or isinstance(
            obj, type | types.CodeType | types.FunctionType | types.BuiltinFunctionType
        ):
            continue
        seen[id(obj)] = obj
        if not isinstance(obj, types.ModuleType):
            todo += gc.get_referents(obj)
    return list(seen.values())


class Local:
    """A local variable whose end is watched."""


class Failed(Exception):
    """Unlike a built-in exception, its end can be watched."""


class Several(ExceptionGroup):
    """The same of a group."""


def failing(local: Local) -> None:
    other = [local]
    raise Several("g", [Failed(local), chained(local)])


def chained(local: Local) -> Exception:
    try:
        {}[local]
    except KeyError as error:
        caught = Failed("chained")
        caught.__cause__ = error
        caught.add_note("a note")
        return caught
    raise AssertionError


@pytest.mark.parametrize("formatted", [False, True])
@pytest.mark.parametrize(
    "options", [{}, {"capture_locals": True}, {"lookup_lines": False}, {"save_exc_type": False}]
)
def test_nothing_is_kept_alive(options: dict[str, Any], formatted: bool) -> None:
    def make() -> tuple[Any, Any, list[weakref.ref[Any]]]:
        local = Local()
        try:
            failing(local)
        except Several as error:
            te = TracebackException.from_exception(error, **options)
            stack = subject.extract_tb(error.__traceback__)
            refs = [weakref.ref(local), weakref.ref(error), *map(weakref.ref, error.exceptions)]
        return te, stack, refs

    te, stack, refs = make()
    if formatted:
        texts(te)
        stack.format()
    gc.collect()
    assert [ref() for ref in refs] == [None] * len(refs)
    assert not [obj for obj in reachable([te, stack]) if isinstance(obj, LIVE)]


def test_no_frame_is_kept_by_a_walk() -> None:
    def inner() -> Any:
        local = Local()
        return subject.extract_stack(), subject.format_stack(), weakref.ref(local)

    stack, _, ref = inner()
    gc.collect()
    assert ref() is None
    assert not [obj for obj in reachable(stack) if isinstance(obj, LIVE)]


@pytest.mark.parametrize("name", EVERY_PROGRAM)
def test_programs_travel(folder: Path, name: str) -> None:
    programs.write(name, folder)
    exc = programs.failure(name)
    sys.modules.pop("broken_neighbour", None)
    for options in (
        {},
        {"capture_locals": True, "limit": 3},
        {"save_exc_type": False, "max_group_width": 2},
    ):
        te = TracebackException.from_exception(exc, **options)
        expected = texts(te)
        travelled = [
            *(
                pickle.loads(pickle.dumps(te, protocol))
                for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
            ),
            copy.copy(te),
            copy.deepcopy(te),
            TracebackException.from_dict(te.to_dict()),
            TracebackException.from_dict(json.loads(json.dumps(te.to_dict()))),
        ]
        for other in travelled:
            assert texts(other) == expected
            assert other.stack == te.stack
    fresh = TracebackException.from_exception(exc)
    assert fresh == TracebackException.from_exception(exc)
    assert pickle.loads(pickle.dumps(fresh)) == pickle.loads(pickle.dumps(fresh))


@pytest.mark.parametrize(
    "name", ["group", "unicode_source", "recursion_mutual", "syntax_error_keyword"]
)
def test_without_the_source(folder: Path, name: str) -> None:
    """The lines travel along: neither the file nor linecache is needed to print."""
    programs.write(name, folder)
    te = TracebackException.from_exception(programs.failure(name))
    data = json.dumps(te.to_dict())
    pickled = pickle.dumps(te)
    expected = texts(te)
    (folder / f"{name}.py").unlink()
    linecache.clearcache()
    assert texts(TracebackException.from_dict(json.loads(data))) == expected
    assert texts(pickle.loads(pickled)) == expected
    assert texts(te) == expected


def test_stacks_and_frames_travel(folder: Path) -> None:
    programs.write("call_multi_line", folder)
    stack = subject.extract_tb(programs.failure("call_multi_line").__traceback__)
    expected = stack.format()
    for again in (pickle.loads(pickle.dumps(stack)), copy.deepcopy(stack), copy.copy(stack)):
        assert type(again) is type(stack)
        assert again == stack
        assert again.format() == expected
    for frame in stack:
        for again in (pickle.loads(pickle.dumps(frame)), copy.deepcopy(frame), copy.copy(frame)):
            assert again == frame
            assert (again.line, again.colno, again.end_lineno) == (
                frame.line,
                frame.colno,
                frame.end_lineno,
            )


READER = """
import json, sys
from lastwords.traceback import TracebackException
te = TracebackException.from_dict(json.load(sys.stdin))
json.dump([list(te.format()), list(te.format(colorize=True)), te.stack.format()], sys.stdout)
"""


def test_another_process_prints_the_same(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A process that has neither the modules nor their sources."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in (
        "group",
        "raise_from",
        "unicode_source",
        "str_fails",
        "locals_of_all_kinds",
        "tab_error",
    ):
        programs.write(name, folder)
        te = TracebackException.from_exception(programs.failure(name), capture_locals=True)
        data = json.dumps(te.to_dict())
        done = child.python("-c", READER, input=data, cwd=elsewhere, status=0)
        assert json.loads(done.stdout) == [
            list(te.format()),
            list(te.format(colorize=True)),
            te.stack.format(),
        ]


GOLDEN = Path(__file__).parent.parent / "golden" / "traceback" / "travelled.jsonl"


@pytest.mark.parametrize(
    "line", GOLDEN.read_text().splitlines(), ids=lambda line: json.loads(line)["name"]
)
def test_written_by_another_version(line: str) -> None:
    """What a process of CPython 3.15 wrote prints the same here."""
    case = json.loads(line)
    te = TracebackException.from_dict(case["data"])
    assert texts(te) == case["texts"]
    assert te.to_dict() == case["data"]


def without_type(te: Any) -> list[object]:
    """Return all that is captured, except the class itself, which is not kept."""
    return [
        {k: v for k, v in node.items() if k != "exc_type"}
        for node in tree_fields(te)
        if isinstance(node, dict)
    ]


def travels(shape: dict[str, Any]) -> bool:
    """Notes that are no strings and texts of a subclass of str become strings on the way."""
    return not any(
        node["type"] == "StrSubclass"
        or not isinstance(node.get("notes", []), list)
        or "object" in str(node.get("notes"))
        for node in shape["nodes"]
    )


@pytest.mark.filterwarnings("ignore")
@settings(suppress_health_check=list(HealthCheck))
@given(shape_strategies.exception_shapes(), shape_strategies.call_options())
def test_shapes_travel(folder: Path, shape: dict[str, Any], options: dict[str, Any]) -> None:
    shapes.write_files(shape, folder)
    try:
        with tracebacklimit(options.get("tracebacklimit")):
            te = TracebackException.from_exception(shapes.build(shape), **options["make"])
        data = te.to_dict()
        again = TracebackException.from_dict(json.loads(json.dumps(data)))
        assert again.to_dict() == data
        if travels(shape):
            assert texts(again) == texts(te)
        assert texts(pickle.loads(pickle.dumps(te))) == texts(te)
        copied = copy.deepcopy(te)
        assert texts(copied) == texts(te)
        if travels(shape):
            assert copied == te
            assert without_type(copied) == without_type(te)
    finally:
        shapes.remove_files(shape, folder)


ODD_SYNTAX_ERRORS = [
    ("m", ("f", 1, 2, b"b\nc")), ("", (None, None, None, b"x")), ([], ("f", 1, 2, "abc")), ((), (b"", 1, 2, "abc")),
    ("m", (b"", None, 2, "abc")), ("m", (0, 3, 2, 3)), ({"a": 1}, ("f", 1, b"2", "abc def", 1, 3)),
]  # fmt: skip


@pytest.mark.parametrize("arguments", ODD_SYNTAX_ERRORS, ids=repr)
def test_syntax_errors_made_of_odd_parts_travel(arguments: tuple[Any, Any]) -> None:
    te = TracebackException.from_exception(SyntaxError(*arguments))
    again = TracebackException.from_dict(json.loads(json.dumps(te.to_dict())))
    assert list(again.format()) == list(te.format())


BROKEN = [
    None, 3, [], "x", {}, {"lastwords": 1}, {"lastwords": 99, "exceptions": []}, {"lastwords": 1, "exceptions": []},
    {"lastwords": 1, "exceptions": [3]}, {"lastwords": 1, "exceptions": [{}]}, {"lastwords": "1", "exceptions": [{"type": "x"}]},
    {"lastwords": 1, "exceptions": [{"type": "x", "cause": 7}]}, {"lastwords": 1, "exceptions": [{"type": "x", "stack": 3}]},
    {"lastwords": 1, "exceptions": [{"type": "x", "stack": [{"filename": 3}]}]}, {"lastwords": 1, "exceptions": {"a": 1}},
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN, ids=repr)
def test_broken_data_is_refused_in_words(data: object) -> None:
    import lastwords

    with pytest.raises(lastwords.FormatError) as caught:
        TracebackException.from_dict(data)
    assert str(caught.value)


def test_any_part_of_the_data_may_be_spoiled(folder: Path) -> None:
    """Whatever stands in any one place: a FormatError, or an object that formats."""
    import lastwords

    programs.write("raise_from", folder)
    data = TracebackException.from_exception(
        programs.failure("raise_from"), capture_locals=True
    ).to_dict()

    def places(value: Any, path: tuple[Any, ...] = ()) -> Any:
        items = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        for key, inner in items:
            yield (*path, key)
            yield from places(inner, (*path, key))

    for path in list(places(data)):
        for wrong in (None, -1, 10**30, "text", [], {}, [None], 1.5, True):
            spoiled = copy.deepcopy(data)
            inner = spoiled
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = wrong
            try:
                te = TracebackException.from_dict(spoiled)
            except lastwords.FormatError:
                continue
            try:
                texts(te)
            except Exception as error:
                raise AssertionError(f"{path} = {wrong!r}") from error
