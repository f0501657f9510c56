"""What is shown of a syntax error, by example, on every version."""

from __future__ import annotations

import sys
import types

import pytest

from lastwords._excerpt import syntax_error
from lastwords._theme import Traceback

NO_PLACE_RECORDED = sys.version_info < (3, 14)


def parts(msg="invalid", text="a b c\n", offset=3, end_offset=None, **others):
    """What a TracebackException notes down of a SyntaxError."""
    values = {
        "filename": "f.py",
        "lineno": "1",
        "end_lineno": "1",
        "text": text,
        "offset": offset,
        "end_offset": end_offset,
        "msg": msg,
        "_exc_metadata": None,
    }
    return types.SimpleNamespace(**{**values, **others})


def of(source, filename="<test>"):
    """The same, of the error that compiling the source raises."""
    with pytest.raises(SyntaxError) as caught:
        compile(source, filename, "exec")
    error = caught.value
    names = ("filename", "text", "offset", "end_offset", "msg")
    values = {name: getattr(error, name) for name in names}
    return parts(
        **values,
        lineno=str(error.lineno),
        end_lineno=str(error.end_lineno),
        _exc_metadata=getattr(error, "_metadata", None),
    )


def shown(te, theme=None):
    return "".join(syntax_error.format_syntax_error(te, "SyntaxError", theme))


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


@pytest.mark.parametrize(
    ("source", "word", "meant"),
    [
        ("whille True: pass\n", "whille", "while"),
        ("for x im y: pass\n", "im", "in"),
        ("[x fo x in y]\n", "fo", "for"),
        ("def f():\n    retrun 1\n", "retrun", "return"),
        ("x = 1\ndef f():\n    if x:\n        pass\n    esle:\n        pass\n", "esle", "else"),
        ("def f():\n\tglobl x\n", "globl", "global"),
        ("class A:\n    deff f(): pass\n", "deff", "def"),
    ],
)
def test_misspelt_keywords(tmp_path, source, word, meant):
    path = tmp_path / "broken.py"
    path.write_text(source)
    te = of(source, str(path))
    text = shown(te)
    assert text.endswith(f"\nSyntaxError: invalid syntax. Did you mean '{meant}'?\n")
    number, line = next(
        (number, line) for number, line in enumerate(source.split("\n"), 1) if word in line
    )
    header, code, carets, *_ = text.split("\n")
    assert header.endswith(f", line {number}")
    assert code.strip() == line.strip()
    assert (code.index(word), len(word)) == (carets.index("^"), carets.count("^"))
    assert shown(te) == text  # asked again, the same is said


def test_a_misspelt_keyword_on_an_earlier_line_is_shown_with_its_own_number():
    source = 'if not (\n    ff(x, "a")\n    andd gg(x)\n     x.readable()\n):\n    pass\n'
    te = of(source)
    te.msg = "invalid syntax. Perhaps you forgot a comma?"
    te._exc_metadata = (0, 0, source)
    te.lineno = te.end_lineno = "3"
    text = shown(te)
    assert text.split("\n")[:2] == ['  File "<test>", line 3', "    andd gg(x)"]
    assert "Did you mean 'and'?" in text
    te = of(source)
    te.msg, te.lineno, te.text = "invalid syntax", "2", "ff"
    te._exc_metadata = (0, 0, "whille x:\n  y\n")
    assert shown(te).split("\n")[:3] == ['  File "<test>", line 1', "    whille x:", "    ^^^^^^"]


@pytest.mark.parametrize(
    "changes",
    [
        {"msg": "something else"},
        {"msg": 3},
        {"_exc_metadata": ()},
        {"_exc_metadata": 3},
        {"_exc_metadata": (0, 0, 3)},
        {"_exc_metadata": ("a", 0, "whille x: pass")},
        {"_exc_metadata": (0, 0, "x = 1")},
        {"_exc_metadata": (0, 0, "#" + "x" * 2000 + "\nwhille x: pass"), "lineno": "2"},
        {"_exc_metadata": (0, 0, "x=1;" * 11 + "y iff 1 else 2")},
        {"_exc_metadata": (0, 0, "fuunction f(): pass")},
        {"text": None},
        {"text": 3},
        {"lineno": "x"},
        {"lineno": None},
    ],
)
def test_where_no_keyword_is_looked_for(changes):
    values = {"msg": "invalid syntax", "_exc_metadata": (0, 0, "whille x: pass\n"), **changes}
    te = parts(**values)
    before = dict(te.__dict__)
    syntax_error.find_keyword_typos(te)
    assert te.__dict__ == before


@pytest.mark.parametrize(("size", "found"), [(1024, True), (1025, False)])
def test_how_much_is_compiled(size, found):
    line = "whille x: pass"
    source = "#" * (size - len(line) - 1) + "\n" + line
    te = parts(msg="invalid syntax", lineno="2", _exc_metadata=(0, 0, source))
    syntax_error.find_keyword_typos(te)
    assert (te.msg != "invalid syntax") is found


def test_the_line_alone_does_where_no_source_is_known():
    te = parts(msg="invalid syntax", text="whille x: pass\n", _exc_metadata=(0, 0, None))
    te.filename = "<nowhere>"
    te.lineno = "7"
    syntax_error.find_keyword_typos(te)
    assert (te.msg, te.lineno) == ("invalid syntax. Did you mean 'while'?", "7")
    assert (te.offset, te.end_offset, te.text) == (1, 7, "whille x: pass")


@pytest.mark.skipif(not NO_PLACE_RECORDED, reason="3.14 and later record where the block begins")
def test_the_block_is_found_in_the_file_where_it_isnt_recorded(tmp_path):
    source = "# a comment\n" * 200 + "@decorator\ndef f():\n\n    retrun 1\n"
    path = tmp_path / "broken.py"
    path.write_text(source)
    assert "Did you mean 'return'?" in shown(of(source, str(path)))


@pytest.mark.skipif(NO_PLACE_RECORDED, reason="older versions don't tell a parser's error")
def test_an_error_made_by_hand_is_taken_as_it_is():
    te = parts(msg="invalid syntax", text="whille x: pass\n")
    syntax_error.find_keyword_typos(te)
    assert te.msg == "invalid syntax"


def test_a_subclass_may_look_for_keywords_itself():
    te = parts()
    te._find_keyword_typos = lambda: setattr(te, "msg", "found")
    assert shown(te).endswith("SyntaxError: found\n")
