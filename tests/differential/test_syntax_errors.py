"""Syntax errors of broken files: byte for byte what the standard module of 3.15 prints.

Two differences are meant: a caret after a tab stands under its character, and where a misspelt
keyword is on an earlier line than the error, that line's number is printed with that line.
On older versions the error's own text is compared where 3.15's rules are the same.
"""

from __future__ import annotations

import io
import keyword
import os
import random
import sys
import textwrap
import tokenize
import traceback
import warnings
from pathlib import Path

import pytest

import lastwords.traceback

CORPUS = sorted((Path(__file__).parent.parent / "corpus" / "syntax").glob("*.txt"))
STANDARD_LIBRARY = sorted(Path(os.__file__).parent.glob("*.py"))
SAME_RULES = sys.version_info >= (3, 15)
ODDITIES = [
    *("whille", "fro", "imprt", "esle", "retrun", "clas", "nto", "sa", "lamda", "raies", "iff"),
    *("é", "漢 x", "\u200b", "e\u0301", "😀", "ｗhile", "\t", "\f", "\\", "\n", "  ", "\0"),
    *("$", "?", '"', "'", '"""', "(", ")", "=", "==", ":", 'f"{', "1abc", "0777", "x y"),
]


def error_of(source, mode="exec"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<broken>", mode)
        except SyntaxError as error:
            return error
        except (ValueError, MemoryError, RecursionError):  # null bytes, brackets too deep
            return None
    return None


def texts(error):
    """The standard module's text and ours, plain and, where there is colour, coloured."""
    for colorize in (False, True) if SAME_RULES else (False,):
        options = {"colorize": True} if colorize else {}
        yield (
            "".join(traceback.format_exception_only(error, **options)),
            "".join(lastwords.traceback.format_exception_only(error, **options)),
        )


def without_meant_differences(standard, ours):
    """Both texts, with what is meant to differ taken out."""
    standard, ours = standard.split("\n"), ours.split("\n")
    if len(ours) > 3 and "\t" in ours[2]:
        ours[2] = ours[2].replace("\t", " ")
    if "Did you mean" in ours[-2]:
        if SAME_RULES:
            standard[0] = ours[0] = ""
        else:
            standard = ours = []
    elif not SAME_RULES and "invalid syntax. Did you mean" in standard[-2]:
        standard = ours = []  # 3.14 takes more words for misspelt keywords
    return standard, ours


def has_same_rules(error):
    if not SAME_RULES and error.lineno != error.end_lineno:
        return False  # marked by the last line's columns before 3.13
    text = error.text if isinstance(error.text, str) else ""
    if not SAME_RULES and (error.end_offset or 0) > len(text):
        return False  # the parser of 3.12 may point behind the line
    return SAME_RULES or all(" " <= c <= "~" for c in text.rstrip("\n"))


def differences(errors):
    found = []
    for error in errors:
        if error is None or not has_same_rules(error):
            continue
        for pair in texts(error):
            standard, ours = without_meant_differences(*pair)
            if standard != ours:
                found.append((error.args, *pair))
    return found


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_corpus(path):
    source = path.read_bytes()
    errors = [error_of(source)]
    try:
        errors.append(error_of(source.decode()))
    except UnicodeDecodeError:
        pass
    assert differences(errors) == []


def test_the_corpus_is_broken():
    working = [path.stem for path in CORPUS if error_of(path.read_bytes()) is None]
    assert len(CORPUS) > 100
    # What older versions refuse in another way, or newer ones allow.
    assert set(working) <= {"null_byte", "null_in_string", "deep"}


def tokens_of(source):
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.start[0] == token.end[0] and token.string.strip():
                yield token
    except (tokenize.TokenError, SyntaxError, SystemError):  # null bytes on 3.12
        return


def misspelt(word, rng):
    i = rng.randrange(len(word))
    choices = [
        word[:i] + word[i + 1 :],
        word[:i] + word[i] * 2 + word[i + 1 :],
        word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :],
        f"{word} {word}",
        "",
        rng.choice(ODDITIES),
    ]
    return rng.choice(choices)


def broken(lines, rng):
    """A few lines of a real file, one or two tokens of which are changed."""
    middle = rng.randrange(len(lines))
    source = "\n".join(lines[max(0, middle - rng.randint(0, 12)) : middle + rng.randint(1, 8)])
    if rng.random() < 0.7:
        source = textwrap.dedent(source)
    for _ in range(rng.choice([1, 1, 2])):
        tokens = list(tokens_of(source))
        keywords = [token for token in tokens if keyword.iskeyword(token.string)]
        if not tokens:
            break
        token = rng.choice(keywords if keywords and rng.random() < 0.6 else tokens)
        changed = source.split("\n")
        (row, start), (_, end) = token.start, token.end
        line = changed[row - 1]
        changed[row - 1] = line[:start] + misspelt(token.string, rng) + line[end:]
        if rng.random() < 0.1:
            row = rng.randrange(len(changed))
            changed[row] = rng.choice(["\t", " ", "\f", "\t "]) + changed[row]
        source = "\n".join(changed)
    return source + "\n"


def broken_files(seed, count):
    rng = random.Random(seed)
    while count:
        lines = rng.choice(STANDARD_LIBRARY).read_text("utf-8").split("\n")
        for _ in range(20):
            error = error_of(broken(lines, rng), rng.choice(["exec", "exec", "exec", "single"]))
            if error is not None and count:
                count -= 1
                yield error


def test_real_files_with_small_mistakes():
    assert differences(broken_files(1, 400)) == []


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_real_files_with_small_mistakes(seed):
    assert differences(broken_files(seed, 5000)) == []


OFFSETS = [None, 0, -1, -5, 1, 2, 3, 5, 9, 10, 11, 100, "x", 3.0, True]
LINES = ["  a = b c\n", "", "\n", "  \n", "abc\n\n", "\fabc", "a\nb\n", "a\r\n", b"abc", 3, None]
ODD_LINES = [
    "漢 x",
    "e\u0301 x",
    "a\u200bb x",
    "\x1b[31mred x",
    "👩\u200d🚀 x",
    "\u3000abc",
    "a\0b",
]


def made_errors(lines):
    for text in lines:
        for offset in OFFSETS:
            for end in OFFSETS:
                for end_line in (1, 2, None):
                    yield SyntaxError("m", ("f.py", 1, offset, text, end_line, end))


@pytest.mark.skipif(not SAME_RULES, reason="positions like these are treated so since 3.15")
def test_errors_made_by_hand():
    assert differences(made_errors(LINES + ODD_LINES)) == []


@pytest.mark.skipif(not SAME_RULES, reason="odd values are treated so since 3.15")
def test_odd_values():
    errors = [
        SyntaxError(m, ("f", 1, 1, "x", 1, 2)) for m in (None, "", 0, [], 3, "a\nb", b"x", "é")
    ]
    for name in ("<string>", "<stdin>", 'a"b', "é", "a\nb", None, "", 3, b"x"):
        errors += [
            SyntaxError("m", (name, 1, 2, "x y")),
            SyntaxError("m", (name, None, None, None)),
        ]
    for line in (0, -1, None, "3", "x", 2.5, True, 10**20):
        errors.append(SyntaxError("m", ("f", line, 2, "x y", line, 3)))
    errors += [SyntaxError("m"), SyntaxError(), IndentationError("m", ("f", 1, 1, "x")), TabError()]
    assert differences(errors) == []
