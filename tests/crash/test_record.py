"""The structured record that the fault handler writes, read back and held against its schema."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lastwords import faulthandler
from lastwords.errors import LastwordsError
from support import child

if faulthandler.backend != "native":
    pytest.skip("there is no record without the native part", allow_module_level=True)

SCHEMA = json.loads(
    resources.files("lastwords").joinpath("schema/record.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PRELUDE = """
import os, sys, threading, signal
from lastwords import faulthandler
faulthandler.enable(open(os.devnull, "w"), record=sys.argv[1])
"""
Line = dict[str, Any]


def crash(
    tmp_path: Path, source: str, *, template: str = "record.%p", signum: int = signal.SIGSEGV
) -> list[Line]:
    """Run a program that ends by `signum`; return its record, each line checked."""
    child.python("-c", PRELUDE + source, tmp_path / template, status=-signum)
    (path,) = tmp_path.glob(template.partition("%")[0] + "*")
    return read(path)


def read(path: Path) -> list[Line]:
    """Return the lines of a record; each is checked against the schema."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        VALIDATOR.validate(line)
    return lines


def kind(lines: list[Line], name: str) -> list[Line]:
    """Return the lines of a kind."""
    return [line for line in lines if line["kind"] == name]


def current_frames(lines: list[Line]) -> list[Line]:
    """Return the failing thread's frames."""
    (current,) = [line for line in kind(lines, "thread") if line["current"]]
    return [line for line in kind(lines, "frame") if line["thread"] == current["native_id"]]


def test_the_order_and_the_facts(tmp_path: Path) -> None:
    before = time.time()
    lines = crash(tmp_path, "faulthandler._read_null()\n")
    kinds = list(dict.fromkeys(line["kind"] for line in lines))
    assert kinds[:3] == ["record", "process", "signal"]
    order = ["thread", "frame", "native_frame", "extension_module", "mapping", "end"]
    assert [name for name in kinds if name in order] == [name for name in order if name in kinds]
    assert kinds[-1] == "end"
    process = lines[1]
    (path,) = tmp_path.iterdir()
    assert path.name == f"record.{process['pid']}"
    assert path.stat().st_mode & 0o777 == 0o600
    assert process["parent"] == os.getpid()
    assert process["argv"][0] == sys.executable
    assert before - 1 < process["failed"] < time.time() + 1
    assert abs(process["started"] - before) < 60
    assert process["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert process["platform"]["machine"] == os.uname().machine


def test_a_fault_has_its_address_and_registers(tmp_path: Path) -> None:
    lines = crash(tmp_path, "faulthandler._read_null()\n")
    (fault,) = kind(lines, "signal")
    assert (fault["name"], fault["code_name"], fault["address"]) == (
        "SIGSEGV",
        "SEGV_MAPERR",
        "0x0",
    )
    (registers,) = kind(lines, "registers")
    natives = kind(lines, "native_frame")
    assert registers["rip"] == natives[0]["address"]


def test_a_signal_that_was_sent_has_its_sender(tmp_path: Path) -> None:
    source = "os.kill(os.getpid(), signal.SIGFPE)\nsignal.pause()\n"
    lines = crash(tmp_path, source, signum=signal.SIGFPE)
    (sent,) = kind(lines, "signal")
    assert (sent["name"], sent["code_name"]) == ("SIGFPE", "SI_USER")
    assert sent["sender_pid"] == lines[1]["pid"]
    assert sent["sender_uid"] == os.getuid()
    assert "address" not in sent


def test_what_the_c_library_said(tmp_path: Path) -> None:
    source = (
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.calloc.restype = ctypes.c_void_p\n"
        "libc.free(ctypes.c_void_p(libc.calloc(1, 64) + 8))\n"
    )
    lines = crash(tmp_path, source, signum=signal.SIGABRT)
    (message,) = kind(lines, "abort_message")
    assert "invalid pointer" in message["text"]


def test_native_and_python_frames_belong_together(tmp_path: Path) -> None:
    source = (
        "def inner(item):\n    faulthandler._sigsegv()\n"
        "def middle():\n    sorted([1], key=inner)\n"
        "def outer():\n    list(map(lambda item: middle(), [1]))\n"
        "outer()\n"
    )
    lines = crash(tmp_path, source)
    frames = current_frames(lines)
    names = [frame["name"] for frame in frames]
    assert names == ["inner", "middle", "<lambda>", "outer", "<module>"]
    loops = [line for line in kind(lines, "native_frame") if "python_frames" in line]
    # C code entered the interpreter three times, and each entry ran its own frames.
    assert [loop["python_frames"] for loop in loops] == [[0, 0], [1, 2], [3, 4]]
    symbols = {loop["symbol"] for loop in loops if "symbol" in loop}
    assert symbols <= {"_PyEval_EvalFrameDefault"}
    assert all(loop["build_id"] for loop in loops)


def test_positions_and_names_in_full_unicode(tmp_path: Path) -> None:
    source = (
        "class Klasse:\n"
        "    def größe(self):\n"
        "        x = 'ä'; faulthandler._sigsegv()\n"
        "code = Klasse.größe.__code__\n"
        "Klasse.größe.__code__ = code.replace(co_filename='d\\udc80 \\U0001f600\\n\"\\\\.py')\n"
        "Klasse().größe()\n"
    )
    frame = current_frames(crash(tmp_path, source))[0]
    assert frame["file"] == 'd\udc80 \U0001f600\n"\\.py'
    assert (frame["name"], frame["qualified_name"]) == ("größe", "Klasse.größe")
    # Columns count UTF-8 bytes: the two of the umlaut stand before.
    assert (frame["column"], frame["end_column"]) == (18, 41)
    assert frame["line"] == frame["end_line"] == PRELUDE.count("\n") + 3


def test_a_recursion_is_one_line(tmp_path: Path) -> None:
    source = (
        "sys.setrecursionlimit(20000)\n"
        "def down(n):\n    if n:\n        return down(n - 1)\n    faulthandler._sigsegv()\n"
        "down(5000)\n"
    )
    frames = current_frames(crash(tmp_path, source))
    assert [(frame["index"], frame.get("repeated", 1)) for frame in frames] == [
        (0, 1),
        (1, 5000),
        (5001, 1),
    ]


def test_of_a_deep_stack_both_ends_are_told(tmp_path: Path) -> None:
    source = (
        "sys.setrecursionlimit(20000)\n"
        "def even(n):\n    return odd(n - 1) if n else faulthandler._sigsegv()\n"
        "def odd(n):\n    return even(n - 1)\n"
        "even(4000)\n"
    )
    lines = crash(tmp_path, source)
    frames = current_frames(lines)
    (gap,) = kind(lines, "frames_left_out")
    assert len(frames) == 1000
    assert gap["count"] == 4002 - 1000
    assert [frames[499]["index"], frames[500]["index"]] == [499, 499 + 1 + gap["count"]]
    assert lines.index(gap) == lines.index(frames[499]) + 1
    assert frames[-1]["name"] == "<module>"


def test_many_threads_the_failing_one_first(tmp_path: Path) -> None:
    source = (
        "stop = threading.Event()\n"
        "for number in range(150):\n    threading.Thread(target=stop.wait, daemon=True).start()\n"
        "def fail():\n    faulthandler._sigsegv()\n"
        "failing = threading.Thread(target=fail)\nfailing.start()\nfailing.join()\n"
    )
    lines = crash(tmp_path, source)
    threads = kind(lines, "thread")
    assert len(threads) == 152
    assert [thread["current"] for thread in threads] == [True] + [False] * 151
    assert threads[0]["holds_lock"]
    assert sum(thread["holds_lock"] for thread in threads) == 1
    assert {thread["interpreter"] for thread in threads} == {0}
    assert current_frames(lines)[0]["name"] == "fail"


def test_extension_modules_and_mappings(tmp_path: Path) -> None:
    lines = crash(tmp_path, "faulthandler._sigsegv()\n")
    modules = {line["name"]: line for line in kind(lines, "extension_module")}
    assert modules["sys"]["standard"]
    assert not modules["lastwords._native"]["standard"]
    assert modules["lastwords._native"]["file"].endswith(".so")
    paths = {line.get("path") for line in kind(lines, "mapping")}
    assert modules["lastwords._native"]["file"] in paths
    assert "[stack]" in paths


def test_the_path_is_expanded(tmp_path: Path) -> None:
    crash(tmp_path, "faulthandler._sigsegv()\n", template="%e-%h-%s-%%-%p")
    (path,) = tmp_path.iterdir()
    host = os.uname().nodename
    assert path.name.startswith(f"-c-{host}-11-%-")
    assert path.name.rpartition("-")[2].isdigit()


def test_a_file_that_exists_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("precious")
    (tmp_path / "kept.1").symlink_to(tmp_path / "elsewhere")
    source = PRELUDE + "faulthandler._sigsegv()\n"
    for _ in range(2):
        child.python("-c", source, tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "precious"
    assert not (tmp_path / "elsewhere").exists()
    assert read(tmp_path / "kept.2")[-1] == read(tmp_path / "kept.3")[-1] == {"kind": "end"}


def test_a_child_s_record_is_the_child_s(tmp_path: Path) -> None:
    source = (
        "child = os.fork()\n"
        "if child == 0:\n    faulthandler._sigsegv()\n"
        "assert os.waitpid(child, 0)[1] & 127 == 11\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    lines = crash(tmp_path, source, signum=signal.SIGKILL)
    (path,) = tmp_path.iterdir()
    assert lines[1]["pid"] == int(path.name.rpartition(".")[2])
    assert len(kind(lines, "thread")) == 1


def test_a_text_that_is_not_read_does_not_hold_up_the_end(tmp_path: Path) -> None:
    source = (
        "r, w = os.pipe()\nos.set_blocking(w, False)\n"
        "try:\n    while True: os.write(w, bytes(4096))\nexcept BlockingIOError: pass\n"
        "os.set_blocking(w, True)\n"
        "faulthandler.enable(w, record=sys.argv[1])\n"
        "faulthandler._sigsegv()\n"
    )
    lines = crash(tmp_path, source)  # a child that waits for ever is ended, and fails the test
    assert lines[-1] == {"kind": "end"}
    assert current_frames(lines)[0]["name"] == "<module>"


@pytest.mark.parametrize(
    ("step", "how"),
    [*((step, "fault") for step in range(16)), *((step, "hang") for step in (2, 7, 9, 13))],
)
def test_a_step_that_fails_costs_only_itself(tmp_path: Path, step: int, how: str) -> None:
    source = f"faulthandler._implementation._break_step({step}, {how!r})\nfaulthandler._sigsegv()\n"
    child.python("-c", PRELUDE + source, tmp_path / "record", status=-signal.SIGSEGV)
    record = tmp_path / "record"
    if record.exists():  # else the step that makes it was the one
        kinds = {line["kind"] for line in read(record)}
        parts = {"process", "frame", "native_frame", "extension_module", "mapping"}
        assert len(kinds & parts) >= len(parts) - 1


def test_disable_and_a_later_enable_switch_it_off(tmp_path: Path) -> None:
    for source in (
        "faulthandler.disable()\nfaulthandler._sigsegv()\n",
        "faulthandler.enable(open(os.devnull, 'w'))\nfaulthandler._sigsegv()\n",
    ):
        child.python("-c", PRELUDE + source, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("template", "message"),
    [("no/such/directory/x", "there is no directory"), ("%q", "unknown %q"), ("x%", "unknown %")],
)
def test_a_path_that_can_t_work_is_refused_at_once(template: str, message: str) -> None:
    assert not faulthandler.is_enabled()
    with pytest.raises(LastwordsError, match=message):
        faulthandler.enable(record=template)
    assert not faulthandler.is_enabled()


def test_the_schema_is_a_schema_and_strict() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for wrong in (
        {"kind": "end", "more": 1},
        {"kind": "frame", "thread": 1, "index": -1},
        {"kind": "frame", "thread": 1, "index": 0, "line": "1"},
        {"kind": "unknown"},
        {},
    ):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(wrong)


def test_a_record_that_was_cut_is_readable_up_to_there(tmp_path: Path) -> None:
    crash(tmp_path, "faulthandler._sigsegv()\n", template="whole")
    data = (tmp_path / "whole").read_bytes()
    whole = data.splitlines()
    for size in range(0, len(data), 97):
        cut = data[:size].splitlines()
        assert cut[:-1] == whole[: max(len(cut) - 1, 0)]
        for line in cut[:-1]:
            json.loads(line)
