"""Every way to name a program to `lastwords run`: it starts as `python` starts it."""

from __future__ import annotations

import os
import py_compile
import shutil
import threading
import zipfile

import pytest

from support import child
from support.as_python import NATIVE, RUN, compare_apart

SHOW = """\
import sys, __main__
print("ran", sys.argv, sys.path)
print({name: type(value).__name__ if name in ("__builtins__", "__loader__") else repr(value)
       for name, value in vars(__main__).items() if name[:2] == "__"})
print(getattr(__main__.__loader__, "path", None), len(sys.modules["__main__"].__dict__))
"""
RAISE = SHOW + "def f(): 1 / 0\nf()\n"
EXIT = SHOW + "raise SystemExit(4)\n"


def archive(name, text, *, member="__main__.py", before=b""):
    """Return what makes a zip file."""

    def make(folder):
        with zipfile.ZipFile(folder / "made", "w") as made:
            made.writestr(member, text)
        (folder / name).write_bytes(before + (folder / "made").read_bytes())

    return make


def compiled(name, text=EXIT, *, size=None):
    """Return what makes a file of bytecode, cut to `size` bytes."""

    def make(folder):
        (folder / "source.py").write_text(text)
        py_compile.compile(folder / "source.py", folder / "made", dfile="source.py")
        (folder / name).write_bytes((folder / "made").read_bytes()[:size])

    return make


# Commands of the shell; the folder has the files program.py and folder/__main__.py.
SHELL = {
    "process substitution": "PYTHON <(cat program.py)",
    "process substitution and arguments": "PYTHON <(cat program.py) a -b",
    "a pipe as /dev/stdin": "cat program.py | PYTHON /dev/stdin a",
    "a pipe as /dev/fd/0": "cat program.py | PYTHON /dev/fd/0 a",
    "a pipe as -": "cat program.py | PYTHON - a",
    "a pipe without arguments": "cat program.py | PYTHON - ",
    "here document as -": "PYTHON - <<'END'\nprint('ran')\n1/0\nEND",
    "here document as /dev/stdin": "PYTHON /dev/stdin <<'END'\nprint('ran')\n1/0\nEND",
    "a file as /dev/stdin": "PYTHON /dev/stdin < program.py",
    "a file as /dev/fd/N": "PYTHON /dev/fd/3 3< program.py",
    "a file as /proc/self/fd/N": "PYTHON /proc/self/fd/9 9< program.py",
    "bytecode from a pipe": "PYTHON -m py_compile program.py && PYTHON <(cat __pycache__/*.pyc)",
    "an absolute path": "PYTHON $PWD/program.py",
    "a path with dots": "PYTHON ./folder/../program.py",
    "a name like an option": "cp program.py ./-x.py && PYTHON -- -x.py -- -y",
    "without a working directory": "mkdir x; cd x; rmdir ../x; PYTHON ../program.py",
    "absolute without a working directory": "mkdir x; cd x; rmdir ../x; PYTHON $OLDPWD/program.py",
    "code without a working directory": (
        "mkdir x; cd x; rmdir ../x; PYTHON -c 'import sys; print(sys.path)'"
    ),
    "input without a working directory": (
        "mkdir x; cd x; rmdir ../x; echo 'import sys; print(sys.path)' | PYTHON -"
    ),
    "module without a working directory": (
        "mkdir x; cd x; rmdir ../x; PYTHON -m json.tool /dev/null"
    ),
    "folder without a working directory": "mkdir x; cd x; rmdir ../x; PYTHON ../folder",
    "dot without a working directory": "mkdir x; cd x; rmdir ../x; PYTHON .",
    "closed standard input": "PYTHON program.py <&-",
    "- with closed standard input": "PYTHON - <&-",
    "closed standard output": "PYTHON program.py >&-",
    "closed standard error": "PYTHON program.py 2>&-",
    "a missing file and closed standard error": "PYTHON nosuch.py 2>&-",
    "all streams closed": "PYTHON program.py <&- >&- 2>&-",
}


@pytest.mark.parametrize("name", SHELL)
def test_from_a_shell(name, tmp_path):
    if name == "bytecode from a pipe" and not NATIVE:
        pytest.skip("only the extension can have the interpreter read a file; documented")
    # Without a working directory the interpreter fails to print, and prints by a simpler way.
    text = EXIT if "without a working" in name else RAISE
    files = {"program.py": text, "folder/__main__.py": text}
    compare_apart(tmp_path, SHELL[name], files=files)


def test_a_pipe_is_read_once(tmp_path):
    """A named pipe gives its text to the first that opens it."""
    (tmp_path / "program.py").write_text(EXIT)
    done = child.command(*RUN, "/dev/stdin", cwd=tmp_path, input="print(1)\nraise SystemExit(4)\n")
    assert (done.returncode, done.stdout) == (4, "1\n")

    def feed():
        (tmp_path / "pipe").write_text("import sys\nprint(sys.argv)\nraise SystemExit(5)\n")

    os.mkfifo(tmp_path / "pipe")
    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    done = child.command(*RUN, "pipe", "a", cwd=tmp_path)
    feeder.join(child.TIME_LIMIT)
    assert (done.returncode, done.stdout) == (5, "['pipe', 'a']\n")


# Names of the program, and what is in the folder.
FILES = {
    "an empty file": ("p.py", {"p.py": ""}),
    "a device": ("/dev/null", {}),
    "no extension": ("program", {"program": RAISE}),
    "another extension": ("program.txt", {"program.txt": RAISE}),
    "a folder": ("folder", {"folder/__main__.py": RAISE}),
    "a folder with a slash": ("folder/", {"folder/__main__.py": RAISE}),
    "a folder without __main__": ("folder", {"folder/x.py": RAISE}),
    "a folder that does not parse": ("folder", {"folder/__main__.py": "x = (1 2)\n"}),
    "a folder that exits": ("folder", {"folder/__main__.py": "raise SystemExit('said')\n"}),
    "the working directory": (".", {"__main__.py": EXIT}),
    "the folder above": ("folder/..", {"__main__.py": EXIT, "folder/x": ""}),
    "an empty name": ("", {}),
    "a missing file": ("nosuch.py", {}),
    "a missing folder": ("a/b/c.py", {}),
    "a file as a folder": ("p.py/", {"p.py": EXIT}),
    "a long name": ("x" * 300, {}),
    "a long path": ("x/" * 3000, {}),
    "a name of other letters": ("ü €.py", {"ü €.py": RAISE}),
    "a name of two lines": ("a\nb.py", {"a\nb.py": RAISE}),
    "a missing name with quotes": ("a\"b'c.py", {}),
    "a cookie": ("p.py", {"p.py": b"# coding: latin-1\nx = '\xe9'\nprint(ascii(x))\n1/0 # \xe9\n"}),
    "UTF-16": ("p.py", {"p.py": "print(1)\n".encode("utf-16")}),
    "a mark": ("p.py", {"p.py": b"\xef\xbb\xbfprint(ascii('\xc3\xa9'))\n1/0\n"}),
    "a null byte": ("p.py", {"p.py": b"print(1)\nx = '\x00'\n"}),
    "a null byte at the end": ("p.py", {"p.py": b"print(1)\n\x00"}),
    "a null byte alone": ("p.py", {"p.py": b"\x00"}),
    "CR LF": ("p.py", {"p.py": b"print(1)\r\nif 1:\r\n    1/0\r\n"}),
    "CR": ("p.py", {"p.py": b"print(1)\rif 1:\r    1/0\r"}),
    "no newline": ("p.py", {"p.py": "1/0"}),
    "a form feed": ("p.py", {"p.py": "\x0cprint(1)\n\x0c1/0"}),
    "no bytecode": ("p.pyc", {"p.pyc": b"x" * 40}),
    "little bytecode": ("p.pyc", {"p.pyc": b"x"}),
    "empty bytecode": ("p.pyc", {"p.pyc": b""}),
    "one that removes itself": (
        "p.py",
        {"p.py": "import os, sys\nos.remove(sys.argv[0])\ndef f(): 1/0\nf()\n"},
    ),
    "one that rewrites itself": (
        "p.py",
        {"p.py": "import sys\nopen(sys.argv[0], 'w').write('x')\ndef f(): 1/0\nf()\n"},
    ),
    "a folder that removes itself": (
        "folder",
        {"folder/__main__.py": "import shutil, sys\nshutil.rmtree(sys.argv[0])\n1/0\n"},
    ),
}

# What the parser says of these differs when it is given bytes in place of the file.
READ_BY_THE_INTERPRETER = {
    "UTF-16",
    "a null byte",
    "a null byte at the end",
    "a null byte alone",
    "empty bytecode",
    "little bytecode",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file(name, tmp_path):
    if name in READ_BY_THE_INTERPRETER and not NATIVE:
        pytest.skip("only the extension can have the interpreter read a file; documented")
    program, files = FILES[name]
    compare_apart(tmp_path, [program, "a", "-b"], files=files)


MADE = {
    "a zip file": ("p.zip", archive("p.zip", RAISE)),
    "a zip file of another name": ("program", archive("program", EXIT)),
    "a zip file without __main__": ("p.zip", archive("p.zip", EXIT, member="x.py")),
    "a zip file that is executable": ("p", archive("p", EXIT, before=b"#!/usr/bin/python\n")),
    "bytecode": ("p.pyc", compiled("p.pyc", RAISE)),
    "bytecode that ends early": ("p.pyc", compiled("p.pyc", size=-20)),
    "bytecode without code": ("p.pyc", compiled("p.pyc", size=16)),
    "bytecode of another name": ("program", compiled("program")),
    "a link": ("link", lambda folder: (folder / "link").symlink_to("p.py")),
    "a link to another folder": ("link", lambda folder: (folder / "link").symlink_to("x/y.py")),
    "a link to nothing": ("link", lambda folder: (folder / "link").symlink_to("nosuch")),
    "a link to itself": ("link", lambda folder: (folder / "link").symlink_to("link")),
    "a name that is not UTF-8": (
        b"\xff.py",
        lambda folder: shutil.copy(folder / "p.py", os.fsencode(folder) + b"/\xff.py"),
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_a_file_that_is_made(name, tmp_path):
    program, make = MADE[name]
    files = {"p.py": RAISE, "x/y.py": RAISE}
    compare_apart(tmp_path, [program, "a"], files=files, prepare=make)


@pytest.mark.parametrize("program", ["p.py", "folder", "folder/__main__.py"])
def test_a_file_that_may_not_be_read(program, tmp_path):
    """Root is not asked for permission, unless it gives the capability away."""
    files = {"p.py": EXIT, "folder/__main__.py": EXIT}

    def forbid(folder):
        (folder / program.split("/")[0]).chmod(0)

    command = f"PYTHON {program}"
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is missing: as root, everything may be read")
        command = f"setpriv --bounding-set=-dac_override,-dac_read_search {command}"
    assert compare_apart(tmp_path, command, files=files, prepare=forbid)[0]


MODULES = {
    "a module": ["-m", "p"],
    "its arguments": ["-m", "p", "a", "-m"],
    "without a space": ["-mp"],
    "a package": ["-m", "package"],
    "a part of a package": ["-m", "package.part"],
    "a namespace package": ["-m", "spaces"],
    "a part of a namespace package": ["-m", "spaces.part"],
    "no name": ["-m", ""],
    "a dot": ["-m", "."],
    "a file's name": ["-m", "p.py"],
    "two words": ["-m", "a b"],
    "a missing module": ["-m", "nosuch"],
    "a missing part": ["-m", "package.nosuch"],
    "a built-in module": ["-m", "sys"],
    "an extension": ["-m", "_json"],
    "a module that raises": ["-m", "raises"],
    "a package that raises": ["-m", "broken.part"],
    "a package that exits": ["-m", "exits.part"],
    "a module that is interrupted": ["-m", "interrupted"],
    "a module that does not parse": ["-m", "unparsed"],
    "a module of other letters": ["-m", "é"],
    "one that the hooks wait for": ["-m", "threading"],
    "another that the hooks wait for": ["-m", "traceback"],
    "a part that the hooks wait for": ["-m", "asyncio.log"],
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module(name, tmp_path):
    files = {
        "p.py": SHOW,
        "package/__init__.py": "print('init', __name__)\n",
        "package/__main__.py": RAISE,
        "package/part.py": EXIT,
        "spaces/part.py": RAISE,
        "raises.py": RAISE,
        "broken/__init__.py": "1/0\n",
        "broken/part.py": "",
        "exits/__init__.py": "raise SystemExit(8)\n",
        "exits/part.py": "",
        "interrupted.py": "raise KeyboardInterrupt\n",
        "unparsed.py": "x = (1 2)\n",
        "é.py": SHOW,
    }
    compare_apart(tmp_path, MODULES[name], files=files)


CODE = {
    "the world": RAISE,
    "nothing": "",
    "not UTF-8": b"print(ascii('\xff'))",
    "other letters": "print(ascii('é€'))",
    "empty lines first": "\n\n1/0",
    "no code": "x = (1 2)",
    "indented": "  print(1)\n  1/0",
    "not indented alike": "if 1:\n print(1)\n  print(2)",
    "a tab": "\tprint(1)",
    "an exit": "raise SystemExit('said')",
    "an interrupt": "raise KeyboardInterrupt",
    "a cookie": "# coding: latin-1\nprint(ascii('é'))",
    "a mark": "\ufeffprint(1)",
    "a function": "def f():\n 1/0\nf()",
    "an open function": "def f(",
    "a backslash at the end": "print(1)\\",
    "a future": "from __future__ import annotations\nx: nosuch\nprint(compile('', '', 'exec').co_flags)",
    "a warning": "print('\\d')",
    "another warning": "print(1 is 1)",
}


@pytest.mark.parametrize("name", CODE)
def test_code(name, tmp_path):
    code = CODE[name]
    given = code if isinstance(code, bytes) else code.encode()
    for number, options in enumerate(([], ["-Werror"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        compare_apart(folder, ["-c", code, "a", "-c"], options=options)
    if NATIVE or name not in ("not UTF-8", "a future", "a cookie"):
        (tmp_path / "input").mkdir()
        compare_apart(tmp_path / "input", ["-"], stdin=given)


STATE = SHOW + (
    "import warnings\nprint(sys.flags, sys._xoptions, sys.warnoptions, warnings.filters)\n"
    "warnings.warn('w', DeprecationWarning)\n1/0\n"
)


@pytest.mark.parametrize("options", ["-q", "-I", "-P", "-OO", "-Werror", "-Xdev", "-Xutf8"])
@pytest.mark.parametrize("way", ["script", "module", "code", "input", "folder"])
def test_the_interpreters_options(options, way, tmp_path):
    if way == "module" and options in ("-I", "-P"):
        pytest.skip("without the working directory on the path there is nothing to find")
    arguments = {
        "script": ["p.py"],
        "module": ["-m", "p"],
        "code": ["-c", STATE],
        "input": ["-"],
        "folder": ["folder"],
    }[way]
    compare_apart(
        tmp_path,
        arguments,
        files={"p.py": STATE, "folder/__main__.py": STATE},
        options=[options],
        stdin=STATE.encode() if way == "input" else b"",
    )
