"""Where source lines come from: files of every kind, archives, loaders, the REPL, doctest."""

from __future__ import annotations

import codecs
import doctest
import linecache
import textwrap
import traceback as standard
import types
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from support import child
from support.compare import CALLS, EXACT, assert_same, subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

exact = pytest.mark.skipif(
    not EXACT, reason="older standard modules draw by other rules: see the golden tests"
)
BODY = "def f(x):\n    return x.a + (x\n        .b)\n\nf(1)\n"
FILES: dict[str, bytes] = {
    "plain": BODY.encode(),
    "crlf": BODY.replace("\n", "\r\n").encode(),
    "cr": BODY.replace("\n", "\r").encode(),
    "no newline at the end": BODY.rstrip("\n").encode(),
    "byte order mark": codecs.BOM_UTF8 + BODY.encode(),
    "latin-1": b"# coding: latin-1\nx = '\xe9\xe8'.nothing\n",
    "utf-8": "名 = '日本語'; 名.無\n".encode(),
    "shift_jis": "# -*- coding: shift_jis -*-\nx = '日本' + 1\n".encode("shift_jis"),
    "form feed": b"\x0cdef f():\n\x0c    return 1/0\n\x0c\nf()\n",
    "tabs": b"def f():\n\tif 1:\n\t\treturn (1 +\n\t\t\t'x')\nf()\n",
    "nul in a comment": b"x = 1 / 0  # a\n",
    "vertical tab": b"x = '\x0b\x1c\x1d\x85' + 1\n".replace(b"\x85", b""),
    "line separators": "x = '\u2028\u2029\x85' + 1\n".encode(),
    "long line": b"x = " + b"1 + " * 400 + b"None\n",
    "many lines": b"\n" * 5000 + b"1/0\n",
    "trailing space": b"x = (1   \n   +   \n  None)   \n",
    "form feed inside": b"def f(a):\n    x = a.b; \x0c y = a.c\nf(1)\n",
    "wide": "x = 'ｗｉｄｅ' + '👍🏽' * None\n".encode(),
    "escape": b"x = '\x1b[31m' + 1\n",
}
# What is put in place of the file between the failure and the traceback.
REPLACED: dict[str, bytes | None] = {
    "removed": None,
    "empty": b"",
    "shorter": b"x\n",
    "binary": bytes(range(256)) * 40,
    "not utf-8": b"\xff\xfe\n" * 9,
    "unknown coding": b"# coding: no-such-codec\n" + BODY.encode(),
    "nul bytes": b"\x00" * 100,
    "other indentation": textwrap.indent(BODY, "      ").encode(),
    "comments": b"# one\n# two\n# three\n# four\n# five\n# six\n",
    "one long line": b"y" * 200_000,
    "unclosed": b"(((\n[[[\n{{{\n'''\n\"\"\"\n",
}


def failure_of(code: types.CodeType, **names: object) -> BaseException:
    """What running the code raises, with the frames of the code alone."""
    try:
        exec(code, {"__name__": "made", **names})
    except BaseException as exc:
        assert exc.__traceback__
        return exc.with_traceback(exc.__traceback__.tb_next)
    raise AssertionError("did not fail")


def compare_all(exc: BaseException, **options: Any) -> None:
    for label, call in CALLS:
        assert_same(label, call, exc, options)
        linecache.clearcache()
        assert_same(f"{label}, cold", call, exc, options)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.filterwarnings("ignore")
def test_file(folder: Path, kind: str) -> None:
    """The source line is found in every version; on 3.15 all output is the same."""
    path = folder / "source.py"
    path.write_bytes(FILES[kind])
    try:
        code = compile(FILES[kind], "source.py", "exec")
        exc = failure_of(code)
    except SyntaxError as error:
        exc = error
    if EXACT:
        compare_all(exc)
    lines = subject.format_exception(exc)
    assert lines == subject.format_exception(exc)
    assert lines[0] == "Traceback (most recent call last):\n" or isinstance(
        exc, SyntaxError | NameError
    )
    last = subject.extract_tb(exc.__traceback__)
    if last:
        assert last[-1].line == standard.extract_tb(exc.__traceback__)[-1].line


@pytest.mark.parametrize("kind", REPLACED)
def test_file_replaced_before_the_traceback(folder: Path, kind: str) -> None:
    path = folder / "source.py"
    path.write_text(BODY)
    exc = failure_of(compile(BODY, "source.py", "exec"))
    content = REPLACED[kind]
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    if EXACT:
        compare_all(exc)
    names = [frame.name for frame in subject.extract_tb(exc.__traceback__)]
    assert names == ["<module>", "f"]
    assert subject.format_exception(exc)[-1].startswith("AttributeError: ")


@pytest.mark.parametrize(
    "kind", ["directory", "no permission", "dangling link", "link", "long name"]
)
def test_what_is_no_file(folder: Path, kind: str) -> None:
    path = folder / "source.py"
    name = "source.py"
    if kind == "directory":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to(folder / "missing.py")
    elif kind == "link":
        (folder / "real.py").write_text(BODY)
        path.symlink_to(folder / "real.py")
    elif kind == "no permission":
        path.write_text(BODY)
        path.chmod(0)
    elif kind == "long name":
        name = "n" * 5000 + ".py"
    exc = failure_of(compile(BODY, name, "exec"))
    if EXACT:
        compare_all(exc)
    assert len(subject.format_exception(exc)) >= 3


@pytest.mark.parametrize(
    "name",
    [
        "<string>",
        "<stdin>",
        "<stdin-7>",
        "<console>",
        "<frozen made>",
        "<>",
        "<",
        "",
        "x",
        "a\x00b",
        "a\udc80.py",
    ],
)
def test_name_that_is_no_file(folder: Path, name: str) -> None:
    code = compile(BODY, "x", "exec").replace(co_filename=name)
    exc = failure_of(code)
    if EXACT:
        compare_all(exc)
    assert subject.extract_tb(exc.__traceback__)[0].filename == name


@pytest.mark.parametrize(
    "name",
    ["<stdin>", "<stdin-7>", "<console>", "<ipython-input-1-abc>", "<doctest a.b[0]>", "made.py"],
)
def test_lines_put_into_linecache(folder: Path, name: str) -> None:
    """IPython, doctest, Jinja and others register sources there."""
    linecache.cache[name] = (len(BODY), None, BODY.splitlines(keepends=True), name)
    exc = failure_of(compile(BODY, name, "exec"))
    expected = standard.format_exception(exc)
    actual = subject.format_exception(exc)
    if EXACT:
        assert actual == expected
    assert "return x.a + (x" in "".join(actual)
    linecache.cache[name] = (1, None, ["z = 1\n"] * 9, name)
    assert "return x.a" not in "".join(subject.format_exception(exc))


class Loader:
    """A loader of one source; `failure` is what asking it for the source does."""

    def __init__(self, source: str | None, failure: Exception | None = None) -> None:
        self.source = source
        self.failure = failure

    def get_source(self, name: str) -> str | None:
        assert name == "made"
        if self.failure:
            raise self.failure
        return self.source


@pytest.mark.parametrize(
    "loader",
    [
        Loader(BODY),
        Loader(None),
        Loader(""),
        Loader(None, OSError("no")),
        Loader(None, ImportError("no")),
        object(),
        None,
    ],
    ids=["source", "none", "empty", "os error", "import error", "no get_source", "none at all"],
)
@pytest.mark.parametrize("name", ["nowhere/made.py", "<made>", "made.zip/made.py"])
@pytest.mark.filterwarnings("ignore")
def test_loader(folder: Path, loader: object, name: str) -> None:
    spec = types.SimpleNamespace(name="made", loader=loader)
    for names in (
        {"__loader__": loader},
        {"__spec__": spec},
        {"__loader__": loader, "__spec__": spec},
    ):
        exc = failure_of(compile(BODY, name, "exec"), **names)
        if EXACT:
            compare_all(exc)
        if isinstance(loader, Loader) and loader.source == BODY and name != "<made>":
            assert "return x.a + (x" in "".join(subject.format_exception(exc))


def test_zip_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile("archive.zip", "w") as archive:
        archive.writestr("zipped_module.py", BODY)
    monkeypatch.syspath_prepend("archive.zip")
    with pytest.raises(AttributeError) as caught:
        __import__("zipped_module")
    exc = caught.value
    text = "".join(subject.format_exception(exc))
    assert "return x.a + (x" in text
    if EXACT:
        compare_all(exc)


def test_doctest_sees_the_example_as_source() -> None:
    """doctest replaces linecache.getlines while examples run."""
    outputs: dict[str, str] = {}

    def show(module: Any) -> None:
        outputs[module.__name__] = module.format_exc()

    source = ">>> def f(x):\n...     return x.a\n>>> try:\n...     f(1)\n... except AttributeError:\n...     show(subject); show(standard)\n"
    test = doctest.DocTestParser().get_doctest(
        source, {"show": show, "subject": subject, "standard": standard}, "example", "file.txt", 0
    )
    result = doctest.DocTestRunner(verbose=False).run(test)
    assert result.failed == 0
    assert "    return x.a" in outputs[subject.__name__]
    if EXACT:
        assert outputs[subject.__name__] == outputs["traceback"]


SCRIPT = """
import sys
def show(module):
    text = module.format_exc()
    sys.stdout.write(text)
def f(x):
    return (x
        .a)
try:
    f(1)
except Exception:
    import importlib, traceback
    show(importlib.import_module({name!r}))
"""


@pytest.mark.parametrize("how", ["-c", "stdin", "repl"])
def test_interpreter_started_on(folder: Path, how: str) -> None:
    """-c, a program on standard input and the REPL: the lines that the interpreter kept."""

    def run(name: str) -> str:
        text = SCRIPT.format(name=name)
        args: list[str] = {"-c": ["-c", text], "stdin": ["-"], "repl": ["-i", "-q"]}[how]
        if how == "repl":
            text = text.replace("\ndef", "\n\ndef").replace("\ntry", "\n\ntry") + "\n"
        env = {"PYTHON_BASIC_REPL": "1", "PYTHON_COLORS": "0"}
        done = child.python(*args, input=None if how == "-c" else text, env=env)
        written: str = done.stdout
        return written

    actual = run(subject.__name__)
    assert "AttributeError: 'int' object has no attribute 'a'" in actual
    if EXACT:
        assert actual == run("traceback")


def test_getlines_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where linecache's functions were replaced, the replacement decides."""
    exc = failure_of(compile(BODY, "nowhere.py", "exec"))
    subject.format_exception(exc)
    original = linecache.getlines
    monkeypatch.setattr(
        linecache, "getlines",
        lambda name, names=None: ["replaced_line\n"] * 9 if name == "nowhere.py" else original(name, names),
    )  # fmt: skip
    linecache.clearcache()
    expected = standard.format_exception(exc)
    assert ("replaced_line" in "".join(subject.format_exception(exc))) == (
        "replaced_line" in "".join(expected)
    )
    if EXACT:
        assert subject.format_exception(exc) == expected


def test_lookups_are_made_in_the_standard_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With replaced functions, the same calls are made for the same exception: no more stats than theirs."""
    (folder / "source.py").write_text(BODY)
    exc = failure_of(compile(BODY, "source.py", "exec"))

    def record(call: Callable[[], object]) -> list[str]:
        seen: list[str] = []
        with monkeypatch.context() as patch:
            for name in ("checkcache", "lazycache"):
                original = getattr(linecache, name)

                def replacement(
                    *args: Any, _o: Any = original, _n: str = name, **kwargs: Any
                ) -> Any:
                    seen.append(_n)
                    return _o(*args, **kwargs)

                patch.setattr(linecache, name, replacement)
            call()
        return seen

    ours = record(lambda: subject.format_exception(exc))
    theirs = record(lambda: standard.format_exception(exc))
    assert sorted(set(ours)) == sorted(set(theirs))


class OneSource:
    """A loader of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, _name: str) -> str:
        return self.text


CALLER = "def call():\n    following()\n"


def caller(filename: str, loader: OneSource | None, following: object) -> object:
    """Return a function of a module of its own, compiled under a file name."""
    names: dict[str, object] = {"__name__": "module", "following": following}
    if loader is not None:
        names["__loader__"] = loader
    exec(compile(CALLER, filename, "exec"), names)
    return names["call"]


@pytest.mark.parametrize("filename", ["<stdin-x", "nowhere/none.py", "<made up>", "nowhere"])
@pytest.mark.parametrize("with_loader", [(False, True), (True, False), (True, True)])
@pytest.mark.parametrize("by", ["format_exception", "extract", "from_exception"])
def test_loader_of_another_frame(filename: str, with_loader: tuple[bool, bool], by: str) -> None:
    """Frames of one file name: each module's loader is asked, whichever frame comes first."""
    texts = []
    for module in (standard, subject):
        linecache.clearcache()
        loaders = [OneSource(CALLER) if wanted else None for wanted in with_loader]
        inner = caller(filename, loaders[1], lambda: 1 / 0)
        outer = caller(filename, loaders[0], inner)
        try:
            outer()  # type: ignore[operator]
        except ZeroDivisionError as error:
            tb = error.__traceback__
            from_exception = module.TracebackException.from_exception
            made = {
                "format_exception": lambda: module.format_exception(error),
                "extract": lambda: module.StackSummary.extract(module.walk_tb(tb)).format(),
                "from_exception": lambda: list(from_exception(error).format()),
            }
            texts.append([made[by](), made[by]()])
    linecache.clearcache()
    expected, actual = ("".join(first + again) for first, again in texts)
    shown = actual.count("    following()\n")
    assert shown == expected.count("    following()\n")
    assert shown == (0 if filename == "<made up>" else 4)
    if EXACT:
        assert actual == expected
