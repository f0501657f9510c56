"""What is shown of a syntax error, by example, on every version."""

from __future__ import annotations

import pytest

from lastwords._theme import Traceback
from support.syntax_errors import parts, shown


def lines(te):
    """Source and caret lines."""
    return shown(te).split("\n")[1:-2]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, '  File "f.py", line 1\n    a b c\n      ^\nSyntaxError: invalid\n'),
        (
            {"filename": None},
            '  File "<string>", line 1\n    a b c\n      ^\nSyntaxError: invalid\n',
        ),
        ({"lineno": None, "text": None}, "SyntaxError: invalid (f.py)\n"),
        ({"lineno": None, "text": None, "filename": None}, "SyntaxError: invalid\n"),
        ({"text": None}, '  File "f.py", line 1\nSyntaxError: invalid\n'),
        ({"text": b"x"}, '  File "f.py", line 1\nSyntaxError: invalid\n'),
        ({"offset": None}, '  File "f.py", line 1\n    a b c\nSyntaxError: invalid\n'),
        ({"offset": "3"}, '  File "f.py", line 1\nSyntaxError: invalid\n'),
        (
            {"msg": None, "text": None},
            '  File "f.py", line 1\nSyntaxError: <no detail available>\n',
        ),
    ],
)
def test_lines(changes, text):
    assert shown(parts(**changes)) == text


@pytest.mark.parametrize(
    ("text", "offset", "end", "carets"),
    [
        ("abc", 1, 3, "^^"),
        ("abc", 2, 2, " ^"),
        ("abc", 2, 0, " ^"),
        ("abc", 2, -1, " ^"),
        ("abc", 9, 99, "   ^"),
        ("abc", 2, 99, " ^^"),
        ("  abc", 3, 5, "^^"),
        ("\f abc\n", 3, 5, "^^"),
        ("\u3000abc", 2, 3, "  ^"),
        ("\vabc", 2, 3, " ^"),
        ("abc", 0, 2, None),
        ("  abc", 1, 5, None),
        ("漢字 x", 2, 4, "  ^^^"),
        ("e\u0301 x", 4, 5, "  ^"),
        ("", 1, 4, "^^^"),
    ],
)
def test_carets(text, offset, end, carets):
    found = lines(parts(text=text, offset=offset, end_offset=end))
    assert found[0] == "    " + text.strip(" \n\f")
    assert found[1:] == ([] if carets is None else ["    " + carets])


def test_a_range_over_several_lines_is_marked_to_the_end_of_the_first():
    assert lines(parts(end_lineno="2", end_offset=1))[1] == "      ^^^"
    assert lines(parts(end_lineno=None))[1] == "      ^^^"


@pytest.mark.parametrize("size", [1, 2, 4, 8])
@pytest.mark.parametrize("text", ["\tx y z", "a\tb\tc y z", "\t漢 字\t y z", "x y z", "  \t y z"])
def test_carets_after_tabs_stand_under_their_character(text, size):
    te = parts(text=text, offset=text.index("y") + 1, end_offset=text.index("y") + 2)
    source, carets = (line.expandtabs(size) for line in lines(te))
    columns = source.replace("漢", "漢 ").replace("字", "字 ")  # two columns each
    tabs_meet = "漢" not in text  # expandtabs() counts characters, so wide ones move its stops
    if tabs_meet or size == 1:
        assert columns.index("y") == carets.index("^")


def test_no_line_is_too_long_for_carets():
    assert len(lines(parts(text="", offset=1, end_offset=10**9))[1]) < 2000


def test_colours():
    text = shown(parts(), Traceback())
    assert text == (
        '  File \x1b[35m"f.py"\x1b[0m, line \x1b[35m1\x1b[0m\n'
        "    a \x1b[1;31mb\x1b[0m c\n"
        "      \x1b[1;31m^\x1b[0m\n"
        "\x1b[1;35mSyntaxError\x1b[0m: \x1b[35minvalid\x1b[0m\n"
    )


class Message:
    def __init__(self, truth, text):
        self.truth = truth
        self.text = text

    def __bool__(self):
        if isinstance(self.truth, BaseException):
            raise self.truth
        return self.truth

    def __str__(self):
        if isinstance(self.text, BaseException):
            raise self.text
        return self.text


@pytest.mark.parametrize(
    ("truth", "text", "expected"),
    [
        (True, "words", "words"),
        (False, "words", "<no detail available>"),
        (TypeError(), "words", "words"),
        (KeyboardInterrupt(), "words", "words"),
        (True, KeyboardInterrupt(), "<no detail available>"),
    ],
)
def test_any_object_may_be_the_message(truth, text, expected):
    te = parts(msg=Message(truth, text), text=None)
    assert shown(te).endswith(f"\nSyntaxError: {expected}\n")
