"""Captured objects as data: the saved form, pickles, copies."""

import copy
import gc
import json
import pickle
import weakref

import pytest

import lastwords
from lastwords import traceback as tb
from support import child


def raised(depth=3):
    def inner(level):
        if level:
            inner(level - 1)
        else:
            message = "at the bottom"
            raise ValueError(message)

    try:
        try:
            inner(depth)
        except ValueError as error:
            error.add_note("first\nsecond")
            raise KeyError("ö", "\ud800") from error
    except KeyError as error:
        return error


def broken_source():
    try:
        compile("fro x in y:\n    pass\n", "<typed>", "exec")
    except SyntaxError as error:
        return error


def group():
    return ExceptionGroup("all", [raised(), ExceptionGroup("inner", [broken_source(), raised(1)])])


EXCEPTIONS = [raised, broken_source, group, lambda: ValueError(), lambda: KeyboardInterrupt("stop")]


def text_of(te):
    colours = list(te.format(colorize=True))
    return list(te.format()), colours, list(te.format_exception_only(show_group=True))


@pytest.mark.parametrize("make", EXCEPTIONS)
@pytest.mark.parametrize("capture_locals", [False, True])
def test_json_round_trip(make, capture_locals):
    te = tb.TracebackException.from_exception(make(), capture_locals=capture_locals)
    again = tb.TracebackException.from_dict(json.loads(json.dumps(te.to_dict())))
    assert text_of(again) == text_of(te)
    assert again.to_dict() == te.to_dict()
    assert again == te


@pytest.mark.parametrize("make", EXCEPTIONS)
@pytest.mark.parametrize(
    "again", [lambda te: pickle.loads(pickle.dumps(te)), copy.copy, copy.deepcopy]
)
def test_pickle_and_copy(make, again):
    te = tb.TracebackException.from_exception(make())
    other = again(te)
    assert other is not te
    assert other == te
    assert text_of(other) == text_of(te)


def test_another_process_without_the_source(tmp_path):
    module = tmp_path / "failing.py"
    module.write_text("def fail(x):\n    return x['a']['b'] / (\n        0)\n")
    names = {}
    exec(compile(module.read_text(), str(module), "exec"), names)
    try:
        names["fail"]({"a": {"b": 1}})
    except ZeroDivisionError as error:
        te = tb.TracebackException.from_exception(error)
    module.unlink()
    program = (
        "import json, sys\nfrom lastwords import traceback\n"
        "te = traceback.TracebackException.from_dict(json.load(sys.stdin))\n"
        "print(json.dumps(list(te.format())))\n"
    )
    done = child.program(program, input=json.dumps(te.to_dict()), status=0)
    assert json.loads(done.stdout) == list(te.format())
    assert "return x['a']['b'] / (" in "".join(te.format())


def test_frames_and_stacks():
    stack = tb.extract_tb(raised().__traceback__)
    again = tb.StackSummary.from_dict(json.loads(json.dumps(stack.to_dict())))
    assert again.format() == stack.format()
    assert again == stack
    frame = tb.FrameSummary.from_dict(json.loads(json.dumps(stack[-1].to_dict())))
    assert frame == stack[-1]
    assert (frame.colno, frame.end_colno, frame.line) == (
        stack[-1].colno,
        stack[-1].end_colno,
        stack[-1].line,
    )
    assert pickle.loads(pickle.dumps(stack)).format() == stack.format()
    assert copy.deepcopy(stack).format() == stack.format()


class Marked(tb.FrameSummary):
    __slots__ = ("mark",)


def test_a_subclass_keeps_what_it_adds():
    frame = Marked("a.py", 1, "f", line="x")
    frame.mark = [1]
    for again in (pickle.loads(pickle.dumps(frame)), copy.copy(frame), copy.deepcopy(frame)):
        assert type(again) is Marked
        assert again.mark == [1]
        assert again == frame


@pytest.mark.parametrize("capture_locals", [False, True])
def test_a_capture_keeps_nothing_alive(capture_locals):
    class Value:
        pass

    def fail():
        value = Value()
        alive.append(weakref.ref(value))
        raise ValueError(value)

    def capture():  # before 3.13 a frame whose locals were read keeps them while it runs
        try:
            fail()
        except ValueError as error:
            return tb.TracebackException.from_exception(error, capture_locals=capture_locals)

    alive = []
    te = capture()
    gc.collect()
    assert alive[0]() is None
    assert "ValueError" in "".join(te.format())


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"lastwords": 2, "exceptions": []},
        {"lastwords": 1},
        {"lastwords": 1, "exceptions": []},
        {"lastwords": 1, "exceptions": [{}]},
        {"lastwords": 1, "exceptions": 5},
    ],
)
def test_damaged_data_is_refused_with_a_hint(data):
    with pytest.raises(lastwords.FormatError) as caught:
        tb.TracebackException.from_dict(data)
    assert caught.value.hint in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("cls", [tb.TracebackException, tb.StackSummary, tb.FrameSummary])
@pytest.mark.parametrize("text", ['{"lastwords": 1}', b"{}", bytearray(b"{}")])
def test_text_that_is_not_decoded_is_refused_with_the_way_to_do_it(cls, text):
    kind = type(text).__name__
    said = f"a dict expected, {kind} found (decode it first: json.loads(text))"
    with pytest.raises(lastwords.FormatError) as caught:
        cls.from_dict(text)
    assert str(caught.value) == said


def test_one_frame_of_another_kind_is_refused():
    with pytest.raises(lastwords.FormatError):
        tb.FrameSummary.from_dict(tb.StackSummary().to_dict())
    with pytest.raises(lastwords.FormatError):
        tb.StackSummary.from_dict({"lastwords": 1, "frames": [{}]})


@pytest.mark.parametrize(
    "notes", ["abc", b"ab", 5, ("a", "b"), {"a": 1}, ["a", 5, None], [], range(2), object()]
)
def test_copies_equal_the_original_whatever_its_notes_are(notes: object) -> None:
    exc = ValueError("x")
    exc.__notes__ = notes  # type: ignore[assignment]
    te = tb.TracebackException.from_exception(exc)
    others = [
        copy.copy(te),
        copy.deepcopy(te),
        tb.TracebackException.from_dict(te.to_dict()),
        *(pickle.loads(pickle.dumps(te, protocol)) for protocol in range(6)),
    ]
    assert others == [te] * len(others)
    assert pickle.loads(pickle.dumps(others[0], 0)) == te
    exc.__notes__ = ["another"]
    assert tb.TracebackException.from_exception(exc) not in others


@pytest.mark.parametrize(
    ("name", "value"),
    [("text", 5), ("text", b"x"), ("msg", 5), ("msg", ("m",)), ("filename", 5), ("offset", 1.5)]
    + [(name, [1]) for name in ("lineno", "end_lineno", "end_offset", "offset", "filename")],
)
def test_copies_equal_the_original_whatever_a_syntax_error_holds(name: str, value: object) -> None:
    exc = SyntaxError("message", ("file", 1, 2, "text", 1, 3))
    setattr(exc, name, value)
    te = tb.TracebackException.from_exception(exc)
    assert copy.copy(te) == te
    assert pickle.loads(pickle.dumps(te)) == te
    assert tb.TracebackException.from_dict(te.to_dict()) == te
