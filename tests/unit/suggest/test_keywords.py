"""Suggested keywords, by example, on every version."""

from __future__ import annotations

import sys

import pytest

from lastwords._suggest import keywords
from lastwords.traceback import TracebackException
from support.syntax_errors import of, parts, shown

NO_PLACE_RECORDED = sys.version_info < (3, 14)


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
    keywords.find_keyword_typos(te)
    assert te.__dict__ == before


@pytest.mark.parametrize(("size", "found"), [(1024, True), (1025, False)])
def test_how_much_is_compiled(size, found):
    line = "whille x: pass"
    source = "#" * (size - len(line) - 1) + "\n" + line
    te = parts(msg="invalid syntax", lineno="2", _exc_metadata=(0, 0, source))
    keywords.find_keyword_typos(te)
    assert (te.msg != "invalid syntax") is found


def test_the_line_alone_does_where_no_source_is_known():
    te = parts(msg="invalid syntax", text="whille x: pass\n", _exc_metadata=(0, 0, None))
    te.filename = "<nowhere>"
    te.lineno = "7"
    keywords.find_keyword_typos(te)
    assert (te.msg, te.lineno) == ("invalid syntax. Did you mean 'while'?", "7")
    assert (te.offset, te.end_offset, te.text) == (1, 7, "whille x: pass")


@pytest.mark.skipif(not NO_PLACE_RECORDED, reason="3.14 and later record where the block begins")
def test_the_block_is_found_in_the_file_where_it_isnt_recorded(tmp_path):
    source = "# a comment\n" * 200 + "@decorator\ndef f():\n\n    retrun 1\n"
    path = tmp_path / "broken.py"
    path.write_text(source)
    assert "Did you mean 'return'?" in shown(of(source, str(path)))


@pytest.mark.skipif(NO_PLACE_RECORDED, reason="older versions don't mark errors of the parser")
def test_an_error_made_by_hand_is_taken_as_it_is():
    te = parts(msg="invalid syntax", text="whille x: pass\n")
    keywords.find_keyword_typos(te)
    assert te.msg == "invalid syntax"


def test_a_subclass_may_look_for_keywords_itself():
    class Own(TracebackException):
        def _find_keyword_typos(self):
            self.msg = "found"

    te = Own.from_exception(SyntaxError("invalid syntax"))
    assert list(te.format_exception_only())[-1] == "SyntaxError: found\n"
