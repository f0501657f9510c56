"""The record of a crash in failing environments: odd arguments, no descriptors, no rights, no stderr."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import lastwords
from lastwords import faulthandler
from support import child, fault_report

if TYPE_CHECKING:
    from collections.abc import Iterator

if faulthandler.backend != "native":
    pytest.skip("there is no record without the native part", allow_module_level=True)

FAULT = "ctypes.string_at(0x1234)\n"
PRELUDE = """
import ctypes, io, os, signal, sys, warnings
from lastwords import faulthandler
warnings.simplefilter("error")
"""
ENABLE = PRELUDE + "faulthandler.enable(record=sys.argv[1])\n"
Line = dict[str, Any]


def lines_of(path: Path) -> list[Line]:
    """Return the lines of a record, which must be whole."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[-1] == {"kind": "end"}
    return lines


def process_of(path: Path) -> Line:
    """Return the "process" line of a record."""
    (line,) = [line for line in lines_of(path) if line["kind"] == "process"]
    return line


def crash(source: str, *arguments: str | Path, **options: Any) -> fault_report.Report:
    """Run a program that dies of SIGSEGV; return its report."""
    done = child.python("-c", source, *arguments, status=-signal.SIGSEGV, **options)
    return fault_report.last_report(done.stderr)


# -- the text names the record --


def test_the_text_names_the_record(tmp_path: Path) -> None:
    report = crash(ENABLE + FAULT, "name.%s.%%", cwd=tmp_path)
    assert report.record == [str(tmp_path / "name.11.%")]
    assert lines_of(tmp_path / "name.11.%")
    assert crash(PRELUDE + "faulthandler.enable()\n" + FAULT).record == []


def test_control_characters_in_the_name_do_not_break_the_line(tmp_path: Path) -> None:
    report = crash(ENABLE + FAULT, tmp_path / "two\nlines\x1b")
    assert report.record == [str(tmp_path / "two?lines?")]
    assert lines_of(tmp_path / "two\nlines\x1b")


def test_taken_names_are_told(tmp_path: Path) -> None:
    for name in ("record", *(f"record.{number}" for number in range(1, 10))):
        (tmp_path / name).write_text("precious")
    report = crash(ENABLE + FAULT, tmp_path / "record")
    assert report.record == [f"not written (all its names are taken): {tmp_path / 'record'}"]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"precious"}


@pytest.mark.parametrize(
    ("between", "template", "why"),
    [
        ("os.rmdir('there')", "there/record", "no such directory"),
        ("os.rmdir('there'); open('there', 'w').close()", "there/record", "not a directory"),
        ("os.mkdir('there/record')", "there/record", "is a directory"),
        ("", "there/" + 32 * "%%%e" + "%p", "name too long"),
    ],
)
def test_a_file_that_can_t_be_made_is_told(
    tmp_path: Path, between: str, template: str, why: str
) -> None:
    tmp_path.joinpath("there").mkdir()
    source = f"import sys\nsys.argv[0] = 20 * 'é'\n{ENABLE}{between}\n{FAULT}"
    report = crash(source, template, cwd=tmp_path)
    (told,) = report.record
    assert told.startswith(f"not written ({why}): {tmp_path}/there/")
    assert report.c_frames
    assert [path for path in tmp_path.rglob("*") if path.name.startswith("record.")] == []


def test_a_cut_record_is_told(tmp_path: Path) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
    report = crash(ENABLE + limit + FAULT, tmp_path / "record")
    path = str(tmp_path / "record")
    assert report.record == [path, f"cut (file too large): {path}"]


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a directory that each user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


DROP = "os.setgid(65534); os.setuid(65534)\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take rights away from itself")
def test_rights_that_were_dropped_are_told(public: Path) -> None:
    report = crash(ENABLE + DROP + FAULT, public / "record", cwd="/")
    assert report.record == [f"not written (permission denied): {public / 'record'}"]
    assert report.c_frames


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take rights away from itself")
def test_a_directory_without_rights_is_warned_of(public: Path) -> None:
    source = (
        ENABLE + DROP + "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    faulthandler.enable(record=sys.argv[1])\n"
        "(one,) = caught\n"
        "print(one.category.__name__, one.filename, one.message, faulthandler.is_enabled())\n"
    )
    done = child.python("-c", source, public / "record", status=0, cwd="/")
    message = f"the record can't be written to {str(public)!r} with the rights of this process"
    assert done.stdout == f"RuntimeWarning <string> {message} True\n"


# -- paths --


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("", "is empty"),
        (b"", "is empty"),
        ("logs/", "is a directory"),
        ("logs", "is a directory"),
        (Path("logs"), "is a directory"),
        (".", "is a directory"),
        ("logs/..", "is a directory"),
        ("no\0name", "NUL"),
        ("/proc/x", "no record can be written to"),
        ("/proc/self/x", "no record can be written to"),
        ("/dev/null", "not a regular file"),
        ("/dev/full", "not a regular file"),
        ("x" * 254, "name of the record has up to 256 bytes"),
        ("x" * 240 + "%p%t", "name of the record"),
        ("x/" * 2100 + "x", "bytes"),
        ("\ud800", "can't be encoded"),
    ],
)
def test_a_path_that_no_file_can_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: Any, message: str
) -> None:
    (tmp_path / "logs").mkdir()
    monkeypatch.chdir(tmp_path)
    try:
        with pytest.raises(lastwords.RecordError, match=message) as caught:
            faulthandler.enable(2, record=template)
        assert not faulthandler.is_enabled()
    finally:
        faulthandler.disable()
    assert caught.value.hint
    assert [path.name for path in tmp_path.rglob("*")] == ["logs"]


def test_without_a_working_directory_a_relative_path_is_refused(tmp_path: Path) -> None:
    source = PRELUDE + (
        "import lastwords\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
        "try: faulthandler.enable(record='x')\n"
        "except lastwords.RecordError as error: print(error, flush=True)\n"
        "faulthandler.enable(record=sys.argv[1])\n" + FAULT
    )
    done = child.python("-c", source, tmp_path / "record", cwd=tmp_path, status=-signal.SIGSEGV)
    assert "no working directory" in done.stdout
    assert process_of(tmp_path / "record")["working_directory"] is None


# -- the arguments --


@pytest.mark.parametrize(
    "arguments",
    [
        [f"/srv/данные/Фотографии/отпуск-на-море/фотография-номер-{i:04}.jpg" for i in range(300)],
        [f"{i:04}\N{GRINNING FACE}" * 40 for i in range(1000)],
        ["\udcff" * 3000] * 9,
        ["я" * 60_000],
        ['\x01\x7f\x85\u2028\u2029\v\f\x1c"'] * 2000,
    ],
    ids=["paths", "many", "bytes", "long", "controls"],
)
def test_any_arguments_will_do(tmp_path: Path, arguments: list[str]) -> None:
    path = tmp_path / "record"
    crash(ENABLE + FAULT, path, *arguments)
    process = process_of(path)
    everything = [sys.executable, "-c", ENABLE + FAULT, str(path), *arguments]
    assert process["argument_count"] == len(everything)
    shown = process["argv"]
    is_cut = len(shown) < len(everything)
    for argument, whole in zip(shown, everything, strict=False):
        if argument != whole:
            assert argument.endswith("...")
            assert whole.startswith(argument[:-3])
            assert 4000 < len(argument.encode("utf-8", "surrogatepass")) <= 4096
            is_cut = True
    assert process.get("arguments_cut", False) == is_cut
    assert len(shown) == len(everything) or path.read_bytes().splitlines()[1][55_000:]


@pytest.mark.parametrize(
    "setting",
    [
        "sys.argv = ['я' * 300]",
        "sys.argv = ['\\ud800\\udfff/\\0\\ud800']",
        "sys.argv = [None]",
        "sys.argv = []",
        "del sys.argv",
        "import pathlib; sys.argv[0] = pathlib.Path('x')",
        "sys.executable = 'y' * 100_000",
        "sys.orig_argv = None",
        "sys.orig_argv = ['a', 1]",
        "del sys.orig_argv",
    ],
)
def test_what_the_program_set_will_do(tmp_path: Path, setting: str) -> None:
    source = PRELUDE + f"path = sys.argv[1]\n{setting}\nfaulthandler.enable(record=path)\n" + FAULT
    report = crash(source, tmp_path / "record.%e")
    (path,) = tmp_path.iterdir()
    assert lines_of(path)
    assert len(report.record) == 1
    assert len(os.fsencode(path.name)) <= len("record.") + 100


def fake(*parts: str) -> str:
    """Join what would be taken for a secret in this file."""
    return "".join(parts)


JWT = fake("eyJ", "hbGciOiJIUzI1NiJ9", ".", "eyJzdWIiOiIxIn0", ".", "c2lnbmF0dXJl")
SECRETS = [
    (["--password", "hunter2"], ["--password", "***"]),
    (["-password", "hunter2"], ["-password", "***"]),
    (["--db-password", "a b"], ["--db-password", "***"]),
    (["--password=hunter2 x"], ["--password=***"]),
    (["--token=hunter2"], ["--token=***"]),
    (["--token", "--verbose"], ["--token", "--verbose"]),
    (["API_KEY=hunter2"], ["API_KEY=***"]),
    (["PGPASSWORD=hunter2"], ["PGPASSWORD=***"]),
    (["MYSQL_PWD=hunter2"], ["MYSQL_PWD=***"]),
    (["AWS_SECRET_ACCESS_KEY=hunter2"], ["AWS_SECRET_ACCESS_KEY=***"]),
    (["--clientSecret=hunter2"], ["--clientSecret=***"]),
    (["postgres://me:hunter2@db:5432/x"], ["postgres://me:***@db:5432/x"]),
    (["redis://:p/w@d@db/0"], ["redis://:***@db/0"]),
    ([f"https://{'a1b2' * 8}@host/x"], ["https://***@host/x"]),
    (["https://h/x?api_key=hunter2&y=1"], ["https://h/x?api_key=***&y=1"]),
    (["-H", "Authorization: Basic aHVudGVyMg=="], ["-H", "Authorization: ***"]),
    (["-H", "X-Api-Key: hunter2"], ["-H", "X-Api-Key: ***"]),
    (["-H", "Cookie: a=b; c=hunter2"], ["-H", "Cookie: ***"]),
    (["say Bearer abcdefgh12345"], ["say Bearer ***"]),
    (["-u", "me:hunter2"], ["-u", "me:***"]),
    ([f"x {JWT} y"], ["x *** y"]),
    ([fake("AK", "IA", "IOSFODNN7EXAMPLE")], ["***"]),
    ([fake("gh", "p_", "a1" * 18)], ["***"]),
    ([fake("sk", "-", "a1" * 18)], ["***"]),
    ([fake("-----BEGIN RSA PRIV", "ATE KEY-----\nhunter2\nhunter2")], ["***"]),
    (['{"password": "hunter2 x", "y": 1}'], ['{"password": ***, "y": 1}']),
    (["connect(password='hunter2', y=1)"], ["connect(password=***, y=1)"]),
    # not secrets
    (["--max-tokens=512", "--tokenizer", "x"], ["--max-tokens=512", "--tokenizer", "x"]),
    (["--author=me", "bypass=1", "compass"], ["--author=me", "bypass=1", "compass"]),
    (["http://host:80/x", "a@b.example"], ["http://host:80/x", "a@b.example"]),
    (["git@host:x/y.git", "ssh://git@host/x"], ["git@host:x/y.git", "ssh://git@host/x"]),
    (["if token == other: pass"], ["if token == other: pass"]),
]


@pytest.mark.parametrize(("arguments", "right"), SECRETS)
def test_secrets_are_masked(arguments: list[str], right: list[str]) -> None:
    from lastwords.faulthandler._masked import masked

    assert list(masked(arguments)) == right


def test_the_record_holds_no_secret(tmp_path: Path) -> None:
    given = [argument for arguments, _ in SECRETS for argument in arguments]
    crash(ENABLE + FAULT, tmp_path / "record", *given)
    shown = process_of(tmp_path / "record")["argv"]
    assert shown[4:] == [argument for _, right in SECRETS for argument in right]
    assert "hunter2" not in (tmp_path / "record").read_text()


@pytest.mark.parametrize(
    "piece", ["token", "://a:", "eyJ", "Bearer ", "password=", "-----BEGIN ", "a.", "cookie:", "-"]
)
def test_long_arguments_are_looked_through_in_bounded_time(piece: str) -> None:
    from lastwords.faulthandler._masked import masked

    length = 131_000  # the kernel's limit
    (text,) = masked([piece * (length // len(piece))])
    assert len(text) <= length


def test_no_name_breaks_a_line(tmp_path: Path) -> None:
    name = "a\u2028b\u2029c\x85d\x7fe\vf\x1cg"
    source = ENABLE + f"exec(compile('ctypes.string_at(0x1234)', {name!r}, 'exec'))\n"
    crash(source, tmp_path / "record")
    assert name in [line.get("file") for line in lines_of(tmp_path / "record")]


# -- the process that died --


def test_the_facts_are_those_of_the_process_that_died(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o777)
    source = PRELUDE + (
        "import time\nfaulthandler.enable(record=sys.argv[1])\nwarnings.simplefilter('ignore')\n"
        "time.sleep(.2)\nchild = os.fork()\nif child == 0:\n"
        "    os.chdir('elsewhere')\n"
        "    if os.getuid() == 0: os.setresuid(65534, 0, 0)\n"
        "    " + FAULT + "os.waitpid(child, 0)\nprint(child, os.getpid(), os.getuid())\n"
    )
    done = child.python("-c", source, tmp_path / "record", cwd=tmp_path, status=0)
    pid, parent, uid = map(int, done.stdout.split())
    process = process_of(tmp_path / "record")
    assert (process["pid"], process["parent"]) == (pid, parent)
    assert process["working_directory"] == str(tmp_path / "elsewhere")
    assert process["uid"] == (65534 if uid == 0 else uid)
    assert process["host"] == os.uname().nodename
    assert 0 <= process["failed"] - process["started"] < child.TIME_LIMIT


def test_a_child_started_when_it_was_forked(tmp_path: Path) -> None:
    source = ENABLE + (
        "warnings.simplefilter('ignore')\nimport time\ntime.sleep(1)\nbefore = time.time()\n"
        "child = os.fork()\nif child == 0:\n    " + FAULT + "os.waitpid(child, 0)\nprint(before)\n"
    )
    done = child.python("-c", source, tmp_path / "record", status=0)
    assert process_of(tmp_path / "record")["started"] > float(done.stdout) - 0.1


# -- descriptors --

LEAK = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
try:
    while True: os.open("/dev/null", os.O_RDONLY)
except OSError as error: print(error.errno)
"""


def test_the_record_needs_no_free_descriptor(tmp_path: Path) -> None:
    report = crash(ENABLE + LEAK + FAULT, tmp_path / "record")
    assert report.record == [str(tmp_path / "record")]
    kinds = {line["kind"] for line in lines_of(tmp_path / "record")}
    assert {"process", "thread", "frame", "native_frame", "mapping"} <= kinds
    assert process_of(tmp_path / "record")["started"]


def test_kept_descriptors_that_were_closed_are_told(tmp_path: Path) -> None:
    report = crash(ENABLE + "os.closerange(3, 1000)\n" + LEAK + FAULT, tmp_path / "record")
    assert report.record == [f"not written (no descriptor left): {tmp_path / 'record'}"]


def test_kept_descriptors_are_ours_alone(tmp_path: Path) -> None:
    source = PRELUDE + (
        "def count(): return len(os.listdir('/proc/self/fd'))\n"
        "import subprocess\nfaulthandler.enable()\nbefore = count()\n"
        "for _ in range(5): faulthandler.enable(record=sys.argv[1])\n"
        "assert count() == before + 2\n"
        "faulthandler.enable()\nassert count() == before\n"
        "faulthandler.enable(record=sys.argv[1])\n"
        "def target(fd):\n    try: return os.readlink(f'/proc/self/fd/{fd}')\n"
        "    except OSError: return ''\n"
        "kept = [fd for fd in range(3, 128) if target(fd).startswith('pipe:')]\n"
        "assert len(kept) == 2 and not any(map(os.get_inheritable, kept)), kept\n"
        "for fd in kept: os.close(fd)\n"
        "theirs = os.pipe()\nassert set(theirs) == set(kept)\n"
        "faulthandler.disable()\n"
        "os.write(theirs[1], b'still open')\nprint(os.read(theirs[0], 20))\n"
    )
    assert child.python("-c", source, tmp_path / "x", status=0).stdout == "b'still open'\n"


def test_standard_streams_keep_their_numbers(tmp_path: Path) -> None:
    source = PRELUDE + (
        "os.close(0); os.close(1)\nfaulthandler.enable(record=sys.argv[1])\n"
        "assert os.open('/dev/null', os.O_RDONLY) == 0\n"
        "assert os.open('/dev/null', os.O_WRONLY) == 1\n"
    )
    child.python("-c", source, tmp_path / "x", status=0)


# -- standard error --


@pytest.mark.parametrize("stderr", ["None", "io.StringIO()", "object()"])
def test_a_record_needs_no_stderr(tmp_path: Path, stderr: str) -> None:
    source = PRELUDE + f"sys.stderr = {stderr}\nfaulthandler.enable(record=sys.argv[1])\n" + FAULT
    report = crash(source, tmp_path / "record")
    assert report.record == [str(tmp_path / "record")]
    assert lines_of(tmp_path / "record")


def test_a_record_needs_no_descriptor_2(tmp_path: Path) -> None:
    source = PRELUDE + (
        "sys.stderr = None\nos.close(2)\nfaulthandler.enable(record=sys.argv[1])\n"
        "open(sys.argv[2], 'w+').close()\n" + FAULT
    )
    arguments = (tmp_path / "record", tmp_path / "data")
    child.python("-c", source, *arguments, status=-signal.SIGSEGV)
    assert lines_of(tmp_path / "record")
    assert (tmp_path / "data").read_text() == ""


@pytest.mark.parametrize("file", ["3.5", "io.StringIO()", "-1"])
def test_a_file_that_was_given_is_still_checked(tmp_path: Path, file: str) -> None:
    source = PRELUDE + (
        f"try: faulthandler.enable({file}, record=sys.argv[1])\n"
        "except (AttributeError, OSError, ValueError): print('refused')\n"
    )
    assert child.python("-c", source, tmp_path / "x", status=0).stdout == "refused\n"


def test_an_exception_of_a_signal_handler_comes_out(tmp_path: Path) -> None:
    source = PRELUDE + (
        "class SoftLimit(Exception): pass\n"
        "class Stream:\n    def fileno(self): raise SoftLimit\n"
        "sys.stderr = Stream()\n"
        "try: faulthandler.enable(record=sys.argv[1])\nexcept SoftLimit: print('came out')\n"
        "sys.stderr = sys.__stderr__\n"
    )
    assert child.python("-c", source, tmp_path / "x", status=0).stdout == "came out\n"


# -- many processes, one log --

MANY = 40


def test_many_that_die_at_once_leave_whole_reports(tmp_path: Path) -> None:
    source = PRELUDE + (
        "log = open('log', 'a')\nfaulthandler.enable(log, record='record.%p')\n"
        "warnings.simplefilter('ignore')\nr, w = os.pipe()\nchildren = []\n"
        f"for _ in range({MANY}):\n    child = os.fork()\n    if child == 0:\n"
        "        os.close(w); os.read(r, 1)\n        " + FAULT + "    children.append(child)\n"
        "os.close(w)\n"
        "assert {os.waitpid(child, 0)[1] & 127 for child in children} == {11}\n"
        "print(*children)\n"
    )
    done = child.python("-c", source, cwd=tmp_path, status=0)
    pids = set(map(int, done.stdout.split()))
    reports = re.split(r"(?=^Fatal Python error: )", (tmp_path / "log").read_text(), flags=re.M)
    assert reports.pop(0) == ""
    named = set()
    for text in reports:
        report = fault_report.parse(text)
        assert report.sections[:2] == ["current", "native"]
        assert len(report.record) == 1
        named.add(report.record[0])
    assert named == {str(tmp_path / f"record.{pid}") for pid in pids}
    assert {process_of(Path(path))["pid"] for path in named} == pids
    assert len(reports) == MANY
