"""What the hooks print of an uncaught exception, and where when stderr fails."""

from __future__ import annotations

import io
import sys
import textwrap
import threading
import types

import pytest

import lastwords.traceback
from lastwords import _hooks as hooks
from lastwords._hooks import uncaught
from support import child, hook_calls


class Terminal(io.StringIO):
    def isatty(self):
        return True


WORKER = threading.Thread(name="worker")


def raised(kind=ValueError, *args):
    try:
        raise kind(*args)
    except BaseException as error:
        return error


def standard_text(error):
    return "".join(lastwords.traceback.format_exception(error))


def call_hook(name, error, *, source=None, message=None):
    details = (type(error), error, error.__traceback__)
    hook_calls.call(name, details, thread=WORKER, source=source, message=message)


HEADERS = {
    "excepthook": "",
    "threading": "Exception in thread worker:\n",
    "unraisable": "Exception ignored in: <built-in function len>\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_hook_prints_its_header_and_the_traceback_in_one_write(name, monkeypatch):
    written = []
    file = io.StringIO()
    file.write = written.append
    monkeypatch.setattr(sys, "stderr", file)
    error = raised(KeyError, "a")
    with hooks.install():
        call_hook(name, error, source=len)
    assert written == [HEADERS[name] + standard_text(error)]


@pytest.mark.parametrize("name", HEADERS)
def test_the_text_is_that_of_the_interpreters_hook(name, monkeypatch):
    if sys.version_info < (3, 15) and name == "unraisable":
        return  # before 3.15 that hook's text is a plainer one; tests/e2e shows ours
    error = raised(KeyError, "a")
    texts = []
    for place in (lambda: None, hooks.install):
        place()
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        call_hook(name, error, source=len)
        texts.append(sys.stderr.getvalue())
    assert texts[0] == texts[1] != ""


@pytest.mark.parametrize("name", HEADERS)
def test_a_terminal_gets_colours(name, monkeypatch):
    for variable in ("NO_COLOR", "PYTHON_COLORS", "TERM"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with hooks.install():
        call_hook(name, raised(), source=len)
    assert "\x1b[1;35mValueError\x1b[0m" in sys.stderr.getvalue()
    assert sys.stderr.getvalue().startswith(HEADERS[name] + "Traceback")


@pytest.mark.parametrize(
    ("message", "source", "header"),
    [
        (None, None, ""),
        ("Said", None, "Said:\n"),
        ("Said", len, "Said: <built-in function len>\n"),
        (None, len, "Exception ignored in: <built-in function len>\n"),
    ],
)
def test_headers_of_unraisable_exceptions(message, source, header, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    error = raised()
    with hooks.install():
        call_hook("unraisable", error, message=message, source=source)
    assert sys.stderr.getvalue() == header + standard_text(error)


class BadRepr:
    def __repr__(self):
        raise SystemExit


def test_hostile_objects_are_contained(monkeypatch):
    class Hostile(Exception):
        def __str__(self):
            raise KeyboardInterrupt

        @property
        def __notes__(self):
            raise SystemExit

    class Name:
        @property
        def name(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    error = raised(Hostile)
    with hooks.install():
        call_hook("unraisable", error, source=BadRepr())
        uncaught.print_in_thread(
            types.SimpleNamespace(
                exc_type=Hostile, exc_value=error, exc_traceback=None, thread=Name()
            )
        )
    text = sys.stderr.getvalue()
    assert text.count("<exception str() failed>") == 2
    assert text.startswith("Exception ignored in: <object repr() failed>\n")
    assert f"Exception in thread {threading.get_ident()}:\n" in text


class Refuses:
    """A `sys.stderr` that fails in one way."""

    def __init__(self, way):
        self.way = way
        self.text = ""

    def write(self, text):
        if self.way == "write":
            raise SystemExit
        if self.way == "codec":
            text.encode("ascii")
        self.text += text

    def flush(self):
        raise KeyboardInterrupt

    def isatty(self):
        raise KeyboardInterrupt

    def fileno(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("way", ["write", "codec", "flush", "deleted"])
def test_the_error_is_not_lost_when_stderr_fails(name, way, monkeypatch):
    fallback = io.StringIO()
    stderr = Refuses(way)
    monkeypatch.setattr(sys, "__stderr__", fallback)
    monkeypatch.setattr(sys, "stderr", stderr)
    error = raised(KeyError, "\xe9")
    with hooks.install():
        if way == "deleted":
            del sys.stderr
        call_hook(name, error, source=len)
        sys.stderr = stderr
    expected = HEADERS[name] + standard_text(error)
    if way == "codec":
        assert stderr.text == expected.replace("\xe9", "\\xe9")
    elif way == "flush":
        assert stderr.text == expected
    else:
        assert fallback.getvalue() == expected


def test_none_for_stderr_asks_for_silence(monkeypatch, capfd):
    monkeypatch.setattr(sys, "stderr", None)
    with hooks.install():
        for name in HEADERS:
            call_hook(name, raised(), source=len)
    assert capfd.readouterr() == ("", "")


def test_a_thread_prints_to_the_stream_it_was_made_with(monkeypatch):
    before = io.StringIO()
    monkeypatch.setattr(sys, "stderr", before)

    def work():
        sys.stderr = None
        raise ValueError

    with hooks.install():
        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()
    assert before.getvalue().startswith("Exception in thread worker:\nTraceback")


def test_descriptor_2_is_the_last_resort_unless_it_became_another_file(monkeypatch, tmp_path):
    program = """
        import os, sys
        import lastwords._hooks
        lastwords._hooks.install()
        sys.stderr = sys.__stderr__ = open(os.devnull, "w")
        sys.stderr.close()
        if len(sys.argv) > 1:
            os.close(2)
            assert open(sys.argv[1], "w").fileno() == 2
        raise ValueError("the text")
    """
    other = tmp_path / "other"
    assert "ValueError: the text" in child.program(program).stderr
    child.program(program, other)
    assert "Traceback" not in other.read_text()


def test_system_exit_ends_a_thread_in_silence(monkeypatch):
    class Subclass(SystemExit):
        pass

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with hooks.install():
        call_hook("threading", raised(SystemExit, 3))
        assert sys.stderr.getvalue() == ""
        call_hook("threading", raised(Subclass, 3))
        assert "Subclass: 3" in sys.stderr.getvalue()


def test_what_is_no_exception_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    texts = []
    for value in (3, None, BaseException):
        for hook in (sys.__excepthook__, uncaught.print_exception):
            sys.stderr = io.StringIO()
            hook(type(value) if value is not None else None, value, None)
            texts.append(sys.stderr.getvalue())
    if sys.version_info >= (3, 13):
        assert texts[::2] == texts[1::2]
    assert texts[1] == "TypeError: print_exception(): Exception expected for value, int found\n"


def test_an_exception_that_is_only_a_type_keeps_its_name(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    uncaught.print_exception(ValueError, None, raised().__traceback__)
    assert sys.stderr.getvalue().startswith("Traceback (most recent call last):\n  File ")
    assert sys.stderr.getvalue().endswith("\nValueError\n")


def test_the_hook_gives_the_exception_its_traceback(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    error, tb = ValueError(), raised().__traceback__
    with hooks.install():
        sys.excepthook(ValueError, error, tb)
    assert error.__traceback__ is tb
    assert "raised" in sys.stderr.getvalue()


@pytest.mark.parametrize("name", HEADERS)
def test_when_ours_fails_the_interpreters_own_prints(name, monkeypatch):
    monkeypatch.setattr(uncaught, "text_of", lambda *args: 1 / 0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with hooks.install():
        call_hook(name, raised(), source=len)
    assert sys.stderr.getvalue().startswith(HEADERS[name] + "Traceback")
    assert sys.stderr.getvalue().endswith(("\nValueError\n", "\nValueError: \n"))


@pytest.mark.parametrize("where", ["sys", "builtins"])
def test_late_in_the_shutdown(where):
    program = """
        import {where}
        class Late:
            def __del__(self):
                raise ValueError("late")
        {where}.kept = Late()
    """
    program = textwrap.dedent(program.format(where=where))
    install = "import lastwords._hooks\nlastwords._hooks.install(traceback=True)\n"
    plain, ours = child.printed(program), child.printed(install + program)
    assert ours.count("ValueError: late\n") == plain.count("ValueError: late\n")
    assert ours.count("Exception ignored ") == plain.count("Exception ignored ")
    assert "lastwords" not in ours


def test_at_the_end_of_the_stack():
    text = child.printed("""
        import lastwords._hooks
        lastwords._hooks.install()
        class Deep:
            def __del__(self):
                raise ValueError("deep")
        def down(n):
            Deep()
            down(n + 1)
        try:
            down(0)
        except RecursionError:
            pass
        down = None
        def outer(n):
            return outer(n + 1)
        outer(0)
    """)
    assert "ValueError: deep\n" in text
    assert text.endswith("RecursionError: maximum recursion depth exceeded\n")
    if lastwords.native_status().present:
        assert text.count("ValueError: deep\n") > 900  # at every depth
        assert "sys.unraisablehook" not in text


def test_a_program_out_of_descriptors_gets_its_report(tmp_path):
    (tmp_path / "late.py").write_text("def f(): [][\n    0]\n")
    text = child.printed(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import late, os, resource
        import lastwords._hooks
        lastwords._hooks.install()
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
        late.f()
    """)
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.endswith('late.py", line 1, in f\nIndexError: list index out of range\n')
