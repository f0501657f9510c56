"""`TracebackException.as_traceback()`: a traceback for a captured exception."""

from __future__ import annotations

import json
import pickle
import traceback as standard

import pytest

from lastwords import traceback
from support import child


def outer(value):
    return (inner(value) +
            len(
                value))  # fmt: skip


def inner(value):
    é = "äöü"; return é + value["x"]["y"] / 0  # fmt: skip  # noqa: E702, PLC2401 - wide and narrow characters


@pytest.fixture
def captured():
    try:
        outer({"x": {"y": 1}})
    except ZeroDivisionError as error:
        return traceback.TracebackException.from_exception(error)


REBUILT = {
    "itself": lambda te: te,
    "saved": lambda te: type(te).from_dict(json.loads(json.dumps(te.to_dict()))),
    "pickled": lambda te: pickle.loads(pickle.dumps(te)),
}


@pytest.mark.parametrize("form", REBUILT)
def test_it_prints_as_the_original(form, captured):
    te = REBUILT[form](captured)
    with pytest.raises(ZeroDivisionError) as caught:
        raise ZeroDivisionError("division by zero").with_traceback(te.as_traceback())
    error = caught.value.with_traceback(caught.value.__traceback__.tb_next)  # without this test
    expected = "".join(captured.format())
    assert "".join(traceback.format_exception(error)) == expected
    names = [frame.f_code.co_name for frame, _ in standard.walk_tb(error.__traceback__)]
    assert names == ["captured", "outer", "inner"]


def test_the_standard_module_sees_the_same_places(captured):
    fields = ("filename", "lineno", "end_lineno", "colno", "end_colno", "name", "line")
    stack = standard.extract_tb(captured.as_traceback())
    # The standard capture of frames takes no positions out of extract_tb on every version.
    te = standard.TracebackException(ValueError, ValueError(), captured.as_traceback())
    assert [f.lineno for f in stack] == [f.lineno for f in captured.stack]
    for theirs, ours in zip(te.stack, captured.stack, strict=True):
        assert [getattr(theirs, name) for name in fields] == [
            getattr(ours, name) for name in fields
        ]


def test_lines_of_files_that_are_missing(captured):
    saved = json.dumps(captured.to_dict()).replace("test_rebuilt.py", "not_there.py")
    te = traceback.TracebackException.from_dict(json.loads(saved))
    error = ZeroDivisionError("division by zero").with_traceback(te.as_traceback())
    assert "".join(traceback.format_exception(error)) == "".join(te.format())
    assert "".join(standard.format_tb(error.__traceback__)).count("not_there.py") == 3


def test_odd_frames():
    rows = [("x.py", None, "f", None), ("x.py", 0, "g", None), ("x.py", 5, None, "line of x"),
            ("<s>", 2, "<module>", "line of s"), ("y", 2**40, "z", None), ("y", -1, "w", None)]  # fmt: skip
    te = traceback.TracebackException(ValueError, ValueError(), None)
    assert te.as_traceback() is None
    te.stack = traceback.StackSummary.from_list(rows)
    assert traceback.format_tb(te.as_traceback()) == [
        '  File "x.py", line None, in f\n',
        '  File "x.py", line 0, in g\n',
        '  File "x.py", line 5, in None\n    line of x\n',
        '  File "<s>", line 2, in <module>\n    line of s\n',
        '  File "y", line None, in z\n',
        '  File "y", line None, in w\n',
    ]


def test_the_interpreter_prints_it_too():
    done = child.program(
        """
        from lastwords import traceback
        te = traceback.TracebackException(ValueError, ValueError(), None)
        te.stack = traceback.StackSummary.from_list([("gone.py", 7, "f", None)])
        raise ValueError("x").with_traceback(te.as_traceback())
        """,
        status=1,
    )
    assert done.stderr.endswith('  File "gone.py", line 7, in f\nValueError: x\n')
