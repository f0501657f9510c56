"""The extension's text of a frame is the text that Python code makes.

Every instruction of generator functions that have not been started is taken as a frame's: their
code objects have all kinds of positions, and nothing has to run to get there.
"""

from __future__ import annotations

import inspect
import types
from pathlib import Path

import pytest

from lastwords._excerpt import drawing
from lastwords.traceback import FrameSummary, StackSummary, extract_tb, walk_tb

LONG = " + ".join(f"name_{number}" for number in range(300))
ROWS = "\n".join(f"        argument_{number}=depth," for number in range(45))
ODD_SOURCE = f"""
def steps(ctx, depth):
    yield ctx.first(depth)  \t
    yield ctx.scale * ctx.second(depth + 1) + 1
    yield ctx.table[ctx.third(depth)]["rows"][0]
    if depth:\tyield 1 \x0c
    yield ctx.ünïcode(depth, "日本語") + depth
    yield ctx.combine(
        ctx.fourth(depth),

        depth,  # a comment
    )
    yield (
        ctx.a
        .b(depth)
        .c)
    yield {LONG}
    yield ctx.many(
{ROWS}
    )
    yield "a\\
    b" % depth
    yield ctx.lambdas(lambda: depth / 0, *[x for x in depth if x])
    yield f"{{depth!r:>{{ctx}}}}" f"{{ctx.z}}"
    return ctx.last(depth)
"""


def generators(module: types.ModuleType) -> list[types.FrameType]:
    """Return a frame for each generator function of a module, classes included."""
    frames = []
    for owner in (module, *(value for value in vars(module).values() if isinstance(value, type))):
        for function in vars(owner).values():
            if not inspect.isgeneratorfunction(function):
                continue
            code = function.__code__
            count = code.co_argcount + code.co_kwonlyargcount
            plain = types.FunctionType(code, function.__globals__, closure=function.__closure__)
            names = code.co_varnames[code.co_argcount : count]
            started = plain(*[None] * code.co_argcount, **dict.fromkeys(names))
            frames.append(started.gi_frame)
    return frames


def places(frame: types.FrameType) -> list[types.TracebackType]:
    """Return a traceback for each instruction of a frame."""
    length = len(frame.f_code.co_code)
    return [types.TracebackType(None, frame, lasti, -1) for lasti in range(0, length, 2)]


def ordinary(summary: FrameSummary) -> str:
    """Return a frame's text by the layout that any source can have."""
    header = f'  File "{summary.filename}", line {summary.lineno}, in {summary.name}\n'
    return header + drawing.draw_in_full(summary, StackSummary()._should_show_carets)


@pytest.fixture
def odd_frame(tmp_path: Path) -> types.FrameType:
    path = tmp_path / "odd.py"
    path.write_text(ODD_SOURCE, encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(ODD_SOURCE, str(path), "exec"), names)
    generator = names["steps"](None, None)  # type: ignore[operator]
    return generator.gi_frame  # type: ignore[no-any-return]


def test_odd_source(odd_frame: types.FrameType) -> None:
    texts = set()
    for tb in places(odd_frame):
        (text,) = extract_tb(tb).format()
        assert text == ordinary(extract_tb(tb)[0])
        texts.add(text)
    assert len(texts) > 40
    assert any("...<" in text for text in texts)
    assert any("日本語" in text for text in texts)
    assert any("name_299" in text for text in texts)


def test_odd_source_without_columns(odd_frame: types.FrameType) -> None:
    texts = set()
    for tb in places(odd_frame):
        (text,) = StackSummary.extract(walk_tb(tb)).format()
        ((frame, line),) = walk_tb(tb)
        (summary,) = StackSummary.extract([(frame, line)])
        assert text == ordinary(summary)
        assert (summary.colno, summary.end_lineno) == (None, line)
        texts.add(text)
    assert len(texts) > 20


def first_call(frame: types.FrameType) -> types.TracebackType:
    """Return a traceback that stands at `ctx.first(depth)`."""
    return next(tb for tb in places(frame) if extract_tb(tb)[0].line == "yield ctx.first(depth)")


def test_changed_source_is_seen(odd_frame: types.FrameType) -> None:
    tb = first_call(odd_frame)
    before = extract_tb(tb).format()
    path = Path(odd_frame.f_code.co_filename)
    path.write_text(ODD_SOURCE.replace("first(", "another("), encoding="utf-8")
    (after,) = extract_tb(tb).format()
    assert "ctx.first(depth)" in before[0]
    assert "ctx.another(depth)" in after
    assert after == ordinary(extract_tb(tb)[0])


def test_missing_lines(odd_frame: types.FrameType) -> None:
    tb = first_call(odd_frame)
    path = Path(odd_frame.f_code.co_filename)
    path.write_text("one = 1\n", encoding="utf-8")
    (text,) = extract_tb(tb).format()
    assert text == ordinary(extract_tb(tb)[0])
    assert text.count("\n") == 1


@pytest.mark.parametrize("name", ["ast", "tokenize", "difflib", "glob", "heapq", "traceback"])
def test_library(name: str) -> None:
    module = __import__(name)
    compared = 0
    for frame in generators(module):
        for tb in places(frame):
            (text,) = extract_tb(tb).format()
            assert text == ordinary(extract_tb(tb)[0])
            compared += 1
    assert compared > 20
