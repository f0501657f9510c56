"""The native reader of expressions: what it decides is right, and it decides all common code."""

from __future__ import annotations

import pytest

from lastwords import _backend

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(_backend.native is None, reason=str(_backend.missing)),
]

PLAIN = [
    "f(x)",
    "self.a.b(c, *d, e=1, **g)",
    "f(x for x in y if x)",
    "f([a, *b], {c: d, **e}, {1, 2}, (1,))",
    "f(lambda x, *a, k=1: x, a if b else c)",
    "f(not a, b and c or d, e not in f, g is not h)",
    "f(f'{a.b!r:>10} {c=}', 'x' \"y\", b'\\x00', r'\\d')",
    "f('''a\nb''', -1, 1e-3, 0xff, 1_000, ...)",
    "a[1:2, ::3, b]",
    "a + -b ** c",
    "(a or b) + c",
    "await f(x) + 1",
]
UNSURE = [
    "f(x := 1)",
    "f(t'{a}')",
    "f('\\N{DASH}')",
    "f(\u00e9)",
    "f(f'{a!r:{b}}')",
    "f(01)",
    "f(1if x else y)",
    "f(a b)",
    "f(x",
    "f(x]",
    "f(a=1, b)",
    "f(*a for a in b)",
    "f(x for x in y, 1)",
    "f(lambda *: 1)",
    "f(lambda a=1, b: 1)",
    "(yield) + 1",
    "a + 'b' b'c'",
    "a + b'\u00e9'",
    "f(x)\x00",
    "a \\\n + b",
    "a) + (b",
    "(" * 40 + "a" + ")" * 40 + "(b)",
    "f(" + "-" * 100 + "1)",
    "a+" * 3000 + "b",
]
NO_ANCHORS = [
    "a.if(b)",
    "",
    " # comment",
    "a.b.c",
    "raise ValueError(x + 1)",
    "for x in f(y):",
    "a < b(c)",
    "a, b(c)",
    "x = f(y)",
    "x += f(y)",
    "not f(x)",
    "-f(x)",
    "await f(x)",
    "f'{a + b}'",
    "{a!r}",
    "import a.b",
]


@pytest.mark.parametrize("segment", PLAIN)
def test_sure_of_plain_code(segment):
    assert isinstance(_backend.native.find_anchors(segment), tuple)


@pytest.mark.parametrize("segment", UNSURE)
def test_unsure(segment):
    assert _backend.native.find_anchors(segment) is False


@pytest.mark.parametrize("segment", NO_ANCHORS)
def test_sure_that_there_is_none(segment):
    assert _backend.native.find_anchors(segment) is None


def test_rows_of_long_strings():
    assert _backend.native.find_anchors("f('''a\nb''', \n c)[\n0]") == (2, 3, 3, 2)


@pytest.mark.parametrize(
    ("before", "segment", "behind", "answer"),
    [
        ("return ", "f(x)", "", True),
        ("return ", "f(x)", " # c", True),
        ("return ", "f.a(x)", "", False),
        ("return ", "f(x)", ".b", False),
        ("return(", "f(x)", ")", None),
        ("return", "(f)(x)", "", None),
        ("x = ", "f.a(x)", "  ", True),
        ("x=", "f(x)", "; y", None),
        ("x = y = ", "f(x)", "", False),
        ("x == ", "f(x)", "", False),
        ("(x) = ", "f(x)", "", None),
        ("None = ", "f(x)", "", False),
        ("x = ", "f\n(x)", "", False),
        ("x = (", "f\n(x)", ")", None),
        ("x = ", " f(x)", "", False),
        ("x = ", "a + b", "", False),
        ("x = ", "f(\u00e9)", "", None),
    ],
)
def test_whole_call(before, segment, behind, answer):
    assert _backend.native.is_whole_call(before, segment, behind) is answer


@pytest.mark.parametrize(
    "arguments",
    [
        (None, 1, 0, 1),
        (b"f(x)", 1, 0, 4),
        ("", 1, 0, 4),
        ("f(x)\ng(x)\n", 1, 0, 4),
        ("f(x)\ng(x)\n", 3, 0, 4),
        ("f(x)\ng(x)", 2, 0, 4),
        ("\ng(x)\n", 2, 0, 4),
        ("f(x)\n\n", 2, 0, 4),
        ("# f\n(x)\n", 2, 0, 4),
        ("f(x)", 0, 0, 4),
        ("f(x)", 2**70, 0, 4),
        ("\u00e9(x)", 1, 0, 5),
        ("f(x)\x0c", 1, 0, 4),
        ("f(x)", 1, -1, 4),
        ("f(x)", 1, 0, 2**70),
        ("f(x)", 1, 0.0, 4),
        ("f(x)", 1, None, 4),
        ("x" * 5000, 1, 0, 4),
        ("x\n" * 300, 300, 0, 1),
        ("# f(x)", 1, 2, 6),
    ],
)
def test_lines_left_to_others(arguments):
    assert _backend.native.draw_lines(*arguments) is None


def test_a_long_range_is_drawn_in_part():
    text = "".join(f"  a{row},\n" for row in range(1, 151))
    drawn = _backend.native.draw_lines(f"  f(\n{text}  )\n", 152, 2, 3)
    assert drawn.replace("\n    ", "|") == ("    f(|~^|a1,|^^^|...<148 lines>...|a150,|^^^^^|)|^\n")


def test_arguments_are_counted():
    with pytest.raises(TypeError, match="4 arguments"):
        _backend.native.draw_lines("f(x)")
    with pytest.raises(TypeError, match="3 arguments"):
        _backend.native.is_whole_call("f(x)")
