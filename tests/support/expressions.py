"""Strategies for source text: expressions, broken expressions, and wrong columns."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ["a", "foo", "self", "x1", "_", "match", "type", "print", "\u00e9", "\u6f22\u5b57"]
LITERALS = [
    "None", "True", "...", "0", "300", "1_000", "1e-3", "1.5", ".5j", "0xff", "1.", "()", "[]",
    "{}", "'s'", '"("', "'[])'", '"\\n\\x41\\101"', '"\\""', "r'\\d'", "b'\\x00'", "rb'x'",
    "u'x'", "'''m'''", "f'{a}'", "f'{a.b[0]!r:>10}'", "f'{{}}'", "f'{a=}'", "f'{a+b}('",
    "f'{a[0]}{b}'", "'\u00e9'", "'a' 'b'", "'a' f'{b}'",
]  # fmt: skip
# Text that is odd anywhere: other parsers' syntax, comments, controls, wide and joined characters.
ODD = [
    "", " ", "  ", "\t", "(", ")", "[", "]", "{", "}", ",", ":", "=", ":=", "->", "!=", "!",
    "<>", "?", "$", "`", ";", "\\", "\\\n", "\n", "#c", "# )(", "'", '"', "'''", "if", "else",
    "for", "in", "not", "is", "lambda", "await ", "yield", "yield from ", "return ", "raise ",
    "import ", "async ", "match x:", "case _:", "x = ", "01", "0_0", "1__0", "1e", "1if",
    "0x1for", "1or 2", "f'{'", "f'}'", "f'{a!x}'", "f'{a b}'", "t'{a}'", "'\\x1'", "'\\d'",
    "'\\N{DASH}'", "'\\400'", "b'\u00e9'", "'a' b'b'", "*", "**", "+", "-", "~", "@", "//",
    "<<", ">>", "\x00", "\x0c", "\x1a", "\x1b[31m", "\u3000", "\xa0", "\u200b", "e\u0301",
    "\U0001f469\u200d\U0001f680", "\u2028", "\r", "__debug__", "a=1", "*a", "**k",
    "x for x in y", "k=1, b", "**k, *a", ":1:2", "a:=1", ".if", "f(", "*, k",
]  # fmt: skip
BINARY = ["+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "|", "^"]
LOOSE = [" < ", "==", " in ", " not in ", " is not ", " and ", " or "]
BLANKS = st.sampled_from(["", "", "", "", " ", "  ", "\n", "\n  ", " #c)\n", "\t"])


def _joined(*parts):
    return st.tuples(*parts).map("".join)


def _grown(inner):
    argument = st.one_of(
        inner,
        _joined(st.sampled_from(["k=", "*", "**", "k = "]), inner),
        _joined(inner, st.sampled_from([" for x in ", " for x, y in "]), inner),
    )
    arguments = st.lists(argument, max_size=3).map(", ".join)
    parameters = st.sampled_from(["", "x", "x, y=1", "*a, **k", "*, k", "*", "x=1, y", "**k, x"])
    index = st.one_of(inner, _joined(inner, st.just(":"), inner), st.just(":"), arguments)
    return st.one_of(
        _joined(inner, BLANKS, st.sampled_from(BINARY), BLANKS, inner),
        _joined(inner, st.sampled_from(LOOSE), inner),
        _joined(inner, BLANKS, st.just("("), BLANKS, arguments, BLANKS, st.just(")")),
        _joined(inner, BLANKS, st.just("["), BLANKS, index, BLANKS, st.just("]")),
        _joined(inner, st.just("."), st.sampled_from(NAMES)),
        _joined(st.just("("), BLANKS, inner, BLANKS, st.just(")")),
        _joined(st.sampled_from(["-", "~", "not ", "await "]), inner),
        _joined(inner, st.just(" if "), inner, st.just(" else "), inner),
        _joined(st.just("lambda "), parameters, st.just(": "), inner),
        _joined(
            st.sampled_from("([{"), arguments, st.sampled_from(["", ","]), st.sampled_from(")]}")
        ),
        _joined(st.just("{"), inner, st.just(": "), inner, st.just("}")),
        _joined(
            st.just("["), inner, st.just(" for x in "), inner, st.just(" if "), inner, st.just("]")
        ),
    )


expressions = st.recursive(st.sampled_from(NAMES + LITERALS), _grown, max_leaves=8)


@st.composite
def _broken(draw):
    text = draw(expressions)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(text)))
        until = draw(st.integers(at, min(len(text), at + 3)))
        text = text[:at] + draw(st.sampled_from(ODD)) + text[until:]
    return text


segments = st.one_of(
    expressions, _broken(), st.lists(st.sampled_from(ODD + NAMES), max_size=6).map("".join)
)

BEFORE = [
    "", "", "    ", "\t", "x = ", "return ", "    x = ", "    return ", "return (", "(x) = ",
    "x = (", "x = y = ", "if x: ", "for x in ", "x += ", "x: int = ", "x=", "x.y = ", "x[0] = ",
    "a; x = ", "  raise ", "    with ", "return", "returnx ", "type x = ", "match ", "None = ",
    "\u00e9 = ", "# x = ", "\x0c", "x \\\n = ", "__debug__ = ",
]  # fmt: skip
BEHIND = [
    "", "", "", " # c", ";", "; y", "; x =", ")", "))", ":", ".b", "[0]", " + 1", "  ",
    " if x else y", ",", ", 1", "()", "\\", " \t", "\n", "\ny", "\u3000", " # \u00e9",
]  # fmt: skip


@st.composite
def excerpts(draw):
    """Return text, number of lines in the range, column and end column (UTF-8 bytes)."""
    before, segment, behind = (
        draw(st.sampled_from(BEFORE)), draw(segments), draw(st.sampled_from(BEHIND)),
    )  # fmt: skip
    text = before + segment + behind
    start = len(before.rpartition("\n")[2].encode())
    end = len((before + segment).rpartition("\n")[2].encode())
    rows = segment.count("\n") + 1
    if draw(st.integers(0, 5)) == 0:
        start, end = draw(st.integers(-3, 40)), draw(st.integers(-3, 40))
    if draw(st.integers(0, 9)) == 0:
        rows = draw(st.integers(-2, 9))
    if draw(st.integers(0, 9)) == 0:
        margins = draw(st.lists(st.sampled_from(["", " ", "  ", "\t"]), min_size=1, max_size=4))
        lines = text.split("\n")
        text = "\n".join(margins[row % len(margins)] + line for row, line in enumerate(lines))
    if draw(st.booleans()):
        text = "".join([f"{line}\n" for line in text.split("\n")])
    return text, rows, start, end
