"""`lastwords run` against `python`, each as a user calls it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import zipfile
from pathlib import Path

import pytest

from lastwords import cli
from support import child
from support.as_python import EXACT, NATIVE, OURS, RUN, call, compare, neutral
from support.ending_programs import BROKEN, EXITS, FAILING

# What can be the same only when the extension keeps our frames out of the stack, or reads the file.
NEEDS_NATIVE = {"stack", "frames", "recursion", "mutual recursion", "recursion limit", "warning"}


@pytest.mark.parametrize("name", FAILING)
def test_a_script_ends_as_with_python(name, tmp_path):
    if name in NEEDS_NATIVE and not NATIVE:
        return  # the pure-Python way keeps its frames beneath the program; documented
    (tmp_path / "program.py").write_text(FAILING[name], encoding="utf-8")
    compare(["program.py"], cwd=tmp_path)


def test_a_finalizer_at_the_end_shows_its_source(tmp_path):
    """Which `python` of 3.15 can't read by then."""
    (tmp_path / "program.py").write_text("class D:\n    def __del__(self): 1/0\nkept = D()\n")
    expected = call([sys.executable, "program.py"], cwd=tmp_path)
    got = call([*RUN, "program.py"], cwd=tmp_path)
    assert got[:2] == expected[:2]
    headers = [
        [line for line in neutral(text).splitlines() if not line.startswith("    ")]
        for text in (got[2], expected[2])
    ]
    assert headers[0] == headers[1]
    assert "    def __del__(self): 1/0\n                       ~^~\n" in got[2]


@pytest.mark.parametrize("name", EXITS)
def test_exit_statuses(name, tmp_path):
    (tmp_path / "program.py").write_text(EXITS[name])
    compare(["program.py"], cwd=tmp_path)
    compare(["-c", EXITS[name]], cwd=tmp_path)


@pytest.mark.parametrize("name", BROKEN)
def test_a_script_that_does_not_parse(name, tmp_path):
    (tmp_path / "program.py").write_bytes(BROKEN[name])
    if NATIVE:
        compare(["program.py"], cwd=tmp_path)
    else:
        assert call([*RUN, "program.py"], cwd=tmp_path)[0] == 1


@pytest.mark.parametrize("name", ["raise", "group", "keyboard interrupt", "recursion", "stack"])
@pytest.mark.parametrize("way", ["-c", "-m", "-", "directory", "zip", "link", "pyc"])
def test_other_ways_to_give_a_program(name, way, tmp_path):
    if name in NEEDS_NATIVE and not NATIVE:
        return
    source = FAILING[name]
    (tmp_path / "package").mkdir()
    path = tmp_path / "package" / "__main__.py"
    path.write_text(source)
    if way == "zip":
        with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
            archive.write(path, "__main__.py")
    (tmp_path / "link.py").symlink_to(path)
    if way == "pyc":
        import py_compile

        py_compile.compile(path, tmp_path / "program.pyc")
    arguments = {
        "-c": ["-c", source],
        "-m": ["-m", "package"],
        "-": ["-"],
        "directory": ["package"],
        "zip": ["program.zip"],
        "link": ["./package/../link.py"],
        "pyc": ["program.pyc"],
    }[way]
    compare([*arguments, "a", "-b"], cwd=tmp_path, stdin=source.encode() if way == "-" else b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuch.py"],
        [""],
        ["."],
        ["/"],
        ["-m", "nosuch"],
        ["-m", "nosuch.x"],
        ["-m", "json.nosuch"],
        ["-m", "xml"],
        ["-m", ".x"],
        ["-m", "sys"],
        ["-mbroken"],
        ["-m", "broken.x"],
        ["-c", "x = (1 2)"],
        ["-c", "   print(1)\n   1/0"],
        ["-c", "x=1\n y=2"],
        ["-c", ""],
        ["-cprint(1); 1/0"],
        ["--", "program.py"],
        ["bad.pyc"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_run(arguments, tmp_path):
    (tmp_path / "broken.py").write_text("1/0\n")
    (tmp_path / "program.py").write_text("1/0\n")
    (tmp_path / "bad.pyc").write_bytes(b"x" * 32)
    compare(arguments, cwd=tmp_path)


STANDARD_PROGRAMS = {
    "json.tool": ["-m", "json.tool", "broken.json"],
    "json.tool of nothing": ["-m", "json.tool", "nosuch.json"],
    "http.server": ["-m", "http.server", "--bind", "127.0.0.1", "{port}"],
    "unittest": ["-m", "unittest", "test_sample"],
    "unittest of nothing": ["-m", "unittest", "nosuch"],
    "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_sample.py"],
    "doctest": ["-m", "doctest", "sample.py"],
    "timeit": ["-m", "timeit", "-n", "1", "1/0"],
    "cProfile": ["-m", "cProfile", "-s", "name", "raises.py"],
    "trace": ["-m", "trace", "--count", "--missing", "nosuch.py"],
    "pdb of nothing": ["-m", "pdb", "nosuch.py"],
    "py_compile": ["-m", "py_compile", "broken.py"],
    "compileall": ["-m", "compileall", "-q", "broken.py"],
    "ast": ["-m", "ast", "broken.py"],
    "tokenize": ["-m", "tokenize", "broken.py"],
    "tarfile": ["-m", "tarfile", "-l", "nosuch.tar"],
    "zipfile": ["-m", "zipfile", "-l", "broken.py"],
    "gzip": ["-m", "gzip", "-d", "broken.gz"],
    "base64": ["-m", "base64", "-d", "broken.gz"],
    "zipapp": ["-m", "zipapp", "nosuch"],
    "calendar": ["-m", "calendar", "2000", "13"],
    "inspect": ["-m", "inspect", "nosuch"],
    "runpy": ["-m", "runpy", "raises"],
    "code": ["-m", "code"],
}


@pytest.mark.parametrize("name", STANDARD_PROGRAMS)
def test_programs_of_others(name, tmp_path):
    files = {
        "broken.json": '{"a": [1, 2,}',
        "broken.py": "x = (1,\nprint('a' 'b'\n",
        "broken.gz": "not compressed!",
        "raises.py": "def f(): return {}['key']\nf()\n",
        "sample.py": "def f():\n    '''\n    >>> f()\n    2\n    '''\n    return 1 / 0\n",
        "test_sample.py": (
            "import unittest\nclass Test(unittest.TestCase):\n"
            "    def test_error(self): {}['key']\n"
            "    def test_failure(self): self.assertEqual([1, 2], [1, 3])\n"
            "    def test_group(self): raise ExceptionGroup('g', [ValueError(1)])\n"
        ),
    }
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = [argument.replace("{port}", port) for argument in STANDARD_PROGRAMS[name]]
        code, out, err = compare(arguments, cwd=tmp_path, stdin=b"1/0\n")
    assert code or name == "code", (out, err)


def test_code_on_the_command_line_is_shown(tmp_path):
    program = (
        "def f():\n    return (lambda: 1 / 0)()\ndef g(): exec('\\n\\n1/0')\ntry: g()\nfinally: f()"
    )
    assert call([*RUN, "-c", program], cwd=tmp_path)[2] == (
        """Traceback (most recent call last):
  File "<string>", line 4, in <module>
    try: g()
         ~^^
  File "<string>", line 3, in g
    def g(): exec('\\n\\n1/0')
             ~~~~^^^^^^^^^^^
  File "<string>", line 3, in <module>
    def g(): exec('\\n\\n1/0')
    ^^^
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "<string>", line 5, in <module>
    finally: f()
             ~^^
  File "<string>", line 2, in f
    return (lambda: 1 / 0)()
           ~~~~~~~~~~~~~~~^^
  File "<string>", line 2, in <lambda>
    return (lambda: 1 / 0)()
                    ~~^~~
ZeroDivisionError: division by zero
"""
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("way", ["script", "-m"])
def test_multiprocessing(method, way, tmp_path):
    (tmp_path / "program.py").write_text(
        "import multiprocessing as mp, sys\n"
        "class Result:\n    def __init__(self, n): self.n = n\n"
        "def work(n):\n    return Result(10 // n)\n"
        "if __name__ == '__main__':\n"
        f"    mp.set_start_method({method!r})\n"
        "    with mp.Pool(1) as pool:\n"
        "        print([r.n for r in pool.map(work, [1, 2])], Result.__module__)\n"
        "        pool.map(work, [0])\n"
    )
    code, out, err = compare(
        ["program.py"] if way == "script" else ["-m", "program"], cwd=tmp_path, options=["-Wignore"]
    )
    assert code == 1
    assert out == "[10, 5] __main__\n"
    assert err.rstrip().endswith(" by zero")


def test_a_real_interrupt_kills_by_the_signal(tmp_path):
    (tmp_path / "program.py").write_text(
        "import atexit, time\natexit.register(print, 'atexit', flush=True)\n"
        "print('ready', flush=True)\nwhile True: time.sleep(0.1)\n"
    )
    for command in ([sys.executable], RUN):
        with child.start(*command, "program.py", cwd=tmp_path) as process:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        assert out == "atexit\n"
        assert err.splitlines()[-1] == "KeyboardInterrupt"
        assert process.returncode == -signal.SIGINT


def test_a_reader_that_goes_away(tmp_path):
    (tmp_path / "program.py").write_text("for n in range(100000): print(n)\n")
    results = []
    for command in ([sys.executable], RUN):
        read, write = os.pipe()
        os.close(read)
        done = child.command(*command, "program.py", cwd=tmp_path, stdout=write)
        os.close(write)
        results.append((done.returncode, done.stderr.splitlines()[-1]))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "name", ["chain", "group", "thread", "unraisable", "wide", "notes", "suggestion", "hook fails"]
)
def test_a_terminal_shows_the_same_colours(name, tmp_path):
    (tmp_path / "program.py").write_text(FAILING[name], encoding="utf-8")
    status, text = child.on_terminal(*RUN, "--style", "standard", "program.py", cwd=tmp_path)
    if EXACT:
        expected = child.on_terminal(sys.executable, "program.py", cwd=tmp_path)
        assert (status, neutral(text)) == (expected[0], neutral(expected[1]))
    # The interpreter itself reports a hook that fails, in colours since 3.13.
    assert "\x1b[35m" in text or (name == "hook fails" and sys.version_info < (3, 13))


def test_the_program_reads_standard_input(tmp_path):
    compare(["-c", "import sys; print(sys.stdin.read().upper())"], cwd=tmp_path, stdin=b"text")


def test_fatal_signals_are_reported(tmp_path):
    (tmp_path / "program.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    command = [sys.executable, "-m", "lastwords", "run", "program.py"]
    code, _, err = call(command, cwd=tmp_path)
    assert code == -signal.SIGSEGV
    assert err.startswith("Fatal Python error: Segmentation fault\n")
    assert "program.py" in err
    assert call([*RUN, "program.py"], cwd=tmp_path)[2] == ""


def test_the_traceback_option_reaches_logging(tmp_path):
    (tmp_path / "program.py").write_text(
        "import logging, traceback\nprint(traceback.format_exc.__module__.split('.')[0])\n"
    )
    command = [*RUN, "--traceback", "program.py"]
    assert call(command, cwd=tmp_path)[:2] == (0, "lastwords\n")
    assert call([*RUN, "program.py"], cwd=tmp_path)[1] == "traceback\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "run script.py"),
        (["run"], "-m module"),
        (["run", "-c"], "-c"),
        (["run", "-m"], "-m"),
        (["run", "-X", "dev"], "python -X"),
        (["run", "--nosuch", "x.py"], "--traceback"),
        (["walk"], "lastwords run walk"),
        (["--nosuch"], "--help"),
    ],
)
def test_bad_usage_is_an_error_with_a_hint(arguments, word, tmp_path, capsys):
    code, out, err = call([sys.executable, "-m", "lastwords", *arguments], cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("lastwords: ")
    assert word in err.split("hint: ")[1]
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err == err


def test_the_command_is_installed(tmp_path):
    command = Path(sys.executable).with_name("lastwords")
    (tmp_path / "program.py").write_text("import sys; print(sys.argv, sys.path[0]); 1/0\n")
    code, out, err = call([command, "run", "--no-faulthandler", "program.py", "x"], cwd=tmp_path)
    assert (code, out) == (1, f"['program.py', 'x'] {tmp_path}\n")
    assert err == call([*RUN, "program.py", "x"], cwd=tmp_path)[2]
    assert OURS not in err


def test_quick_start_loads_no_parser_of_options(tmp_path):
    names = ("argparse", "logging", "asyncio", "traceback", "re", "typing", "inspect")
    program = f"import sys; print([m for m in {names} if m in sys.modules])"
    code, out, _ = call([*RUN, "-c", program], cwd=tmp_path)
    assert (code, out) == (0, "[]\n")
