"""The header of a report on request, with the extension and without."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
from pathlib import Path

import pytest

from lastwords import _backend, _report_header
from lastwords import faulthandler as fault
from support import child

LINE = re.compile(r"== Process (\d+), (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC(?:: (.*))? ==")

PROGRAM = """
import os, signal, sys, time
import lastwords
from lastwords import faulthandler as fault
way, path, options = sys.argv[1], sys.argv[2], eval(sys.argv[3])
def until_written():
    end = time.monotonic() + 30
    while not os.path.getsize(path) and time.monotonic() < end:
        time.sleep(0.01)
file = open(path, "a")
if way == "dump_traceback":
    fault.dump_traceback(file, **options)
elif way == "register":
    fault.register(signal.SIGUSR1, file, **options)
    os.kill(os.getpid(), signal.SIGUSR1)
elif way == "later":
    fault.dump_traceback_later(0.01, file=file, **options)
    until_written()
else:
    dog = lastwords.watchdog(0.01, file=path, **options)
    until_written()
    dog.cancel()
if "fork" in sys.argv:
    pid = os.fork()
    if pid == 0:
        if way == "dump_traceback":
            fault.dump_traceback(file, **options)
        else:
            os.kill(os.getpid(), signal.SIGUSR1)
        os._exit(0)
    os.waitpid(pid, 0)
    print(pid)
print(os.getpid())
"""

NATIVE = [
    pytest.param((way, None), marks=pytest.mark.native, id=way)
    for way in ("dump_traceback", "register", "later", "watchdog")
]
PURE = [pytest.param((way, "1"), id=f"{way}-pure") for way in ("dump_traceback", "watchdog")]


def report(way: tuple[str, str | None], path: Path, *more: str, **options: object) -> list[str]:
    """Return the processes that a child had, the last line its own, and write its report."""
    name, pure = way
    done = child.program(
        PROGRAM, name, path, repr(options), *more, env={"LASTWORDS_PURE": pure}, status=0
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("way", NATIVE + PURE)
@pytest.mark.parametrize("header", [True, "", "worker 3 of shop"])
def test_says_process_time_and_text(way, header, tmp_path: Path) -> None:
    log = tmp_path / "log"
    before = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
    [pid] = report(way, log, header=header)
    after = dt.datetime.now(dt.timezone.utc)
    first, rest = log.read_text().split("\n", 1)
    found = LINE.fullmatch(first)
    assert found, first
    assert found[1] == pid
    assert before <= dt.datetime.fromisoformat(f"{found[2]}+00:00") <= after
    assert (found[3] or "") == ("" if header is True else header)
    timer = "Timeout (0:00:00.010000)!\n" if way[0] in ("later", "watchdog") else ""
    assert rest.startswith(timer)
    assert "== " not in rest


@pytest.mark.parametrize("way", NATIVE + PURE)
@pytest.mark.parametrize("options", [{}, {"header": None}, {"header": False}])
def test_none_unless_asked(way, options, tmp_path: Path) -> None:
    log = tmp_path / "log"
    report(way, log, **options)
    begin = ("Timeout (", "Current thread 0x", "Thread 0x")
    assert log.read_text().startswith(begin)


@pytest.mark.native
@pytest.mark.parametrize("way", ["dump_traceback", "register"])
def test_the_process_is_the_one_that_writes(way: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child_pid, pid = report((way, None), log, "fork", header="mine")
    found = [line[1] for line in map(LINE.fullmatch, log.read_text().splitlines()) if line]
    assert found == [pid, child_pid]


TEXTS = [
    ("two\nlines\x1b[31m\x7f\0", r"two\x0alines\x1b[31m\x7f\x00"),
    ("Straße, 東京, 🙂", "Straße, 東京, 🙂"),
    ("\u202eleft\u2028\udc80\U000e0001", r"\u202eleft\u2028\udc80\U000e0001"),
    ("a" * 200, "a" * 200),
    ("a" * 201, "a" * 197 + "..."),
    ("é" * 100, "é" * 100),
    ("é" * 101, "é" * 98 + "..."),
    ("a" * 196 + "\n", "a" * 196 + "\\x0a"),
    ("a" * 197 + "\n" + "b", "a" * 197 + "..."),
    ("a" * 194 + "\nbcd", "a" * 194 + "..."),
    ("x" * 5_000_000, "x" * 197 + "..."),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("kind", [pytest.param("native", marks=pytest.mark.native), "pure"])
def test_the_text_is_one_short_line(text: str, shown: str, kind: str, tmp_path: Path) -> None:
    if kind == "pure":
        line = _report_header.line_maker(text)
        assert line is not None
        written = line()
    else:
        with (tmp_path / "log").open("w+b") as file:
            fault.dump_traceback(file, header=text)
            file.seek(0)
            written = file.readline()
    found = LINE.fullmatch(written.decode().removesuffix("\n"))
    assert found
    assert found[3] == shown


WRONG = "header must be None, True \\(process and time\\) or a str \\(a text besides\\), not "


@pytest.mark.parametrize("header", [3, b"bytes", ["text"], 1.5])
def test_what_is_no_header_is_refused(header: object) -> None:
    wrong = WRONG + type(header).__name__
    with pytest.raises(TypeError, match=wrong):
        _report_header.line_maker(header)
    if _backend.native is None:
        return
    native = _backend.native.fault
    for call in (
        lambda: native.dump_traceback(header=header),
        lambda: native.dump_traceback_later(60, header=header),
        lambda: native.register(signal.SIGUSR1, header=header),
        lambda: native.Watchdog(60, header=header),
    ):
        with pytest.raises(TypeError, match=wrong):
            call()
    assert native.unregister(signal.SIGUSR1) is False


@pytest.mark.native
def test_is_a_keyword_and_leaves_the_others_their_errors(tmp_path: Path) -> None:
    given = {"header": "x", "foo": 1}
    with pytest.raises(TypeError, match="foo"):
        fault.register(signal.SIGUSR1, **given)
    with pytest.raises(TypeError):
        fault.dump_traceback(2, True, "x")  # noqa: FBT003  (that is what is tested)
    with pytest.raises(TypeError):
        fault.dump_traceback_later(60, False, 2, False, "x")  # noqa: FBT003  (the same)
    import functools

    with (tmp_path / "log").open("w") as file:
        again = functools.partial(fault.dump_traceback, file, header="x")
        again()
        again()  # the keywords of the first call were the partial's own dict
    assert (tmp_path / "log").read_text().count("== Process ") == 2


@pytest.mark.native
def test_each_call_of_the_one_timer_has_its_own(tmp_path: Path) -> None:
    done = child.program(
        """
        import os, time
        import lastwords
        from lastwords import faulthandler as fault
        for header in ("first", None, "third"):
            fault.dump_traceback_later(0.05, header=header)
            last = lastwords.watchdog(0.1, file=os.devnull)  # fires when that dump is whole
            while not last.fired:
                time.sleep(0.001)
        """,
        status=0,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith(("==", "Timeout"))]
    assert len(lines) == 5
    assert [line.endswith((": first ==", ": third ==")) for line in lines] == [
        True, False, False, True, False,
    ]  # fmt: skip


@pytest.mark.native
def test_a_decorated_function_and_a_repeat_have_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = child.program(
        """
        import sys, time
        import lastwords
        @lastwords.watchdog(0.01, repeat=True, file=sys.argv[1], header="mine", threads="own")
        def slow():
            while open(sys.argv[1]).read().count(": mine ==") < 3:
                time.sleep(0.01)
        slow()
        """,
        log,
        status=0,
    )
    assert done.stderr == ""
    assert log.read_text().count(": mine ==") >= 3


def test_the_standard_timer_and_signals_go_on_without_it() -> None:
    program = """
        import os, signal
        from lastwords import faulthandler as fault
        fault.dump_traceback_later(60, header=True)
        fault.cancel_dump_traceback_later()
        fault.register(signal.SIGUSR1, header="x")
        os.kill(os.getpid(), signal.SIGUSR1)
        fault.unregister(signal.SIGUSR1)
        fault.register(signal.SIGUSR1, header=None)
    """
    done = child.program(program, env={"LASTWORDS_PURE": "1"}, status=0)
    warned = [line for line in done.stderr.splitlines() if "RuntimeWarning: header is left" in line]
    assert [line.split(":")[1] for line in warned] == ["4", "6"]
    assert 'File "<string>", line 7 in <module>' in done.stderr


def test_a_bad_file_has_its_own_error_without_the_extension() -> None:
    from lastwords.faulthandler import _standard

    with pytest.raises(AttributeError, match="fileno"):
        _standard.dump_traceback("path", header=True)
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    _standard.dump_traceback(writer, header=True)  # as the standard function: nothing is written
