from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import textwrap
import threading
import types

import pytest

import lastwords.traceback
from lastwords import _hooks as hooks
from lastwords._hooks import uncaught

STANDARD = {
    "excepthook": lambda: sys.excepthook,
    "threading": lambda: threading.excepthook,
    "unraisable": lambda: sys.unraisablehook,
}


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Every test starts from the interpreter's own hooks and leaves what it found."""
    for module, name in (
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (threading, "excepthook"),
    ):
        monkeypatch.setattr(module, name, getattr(module, f"__{name}__"))
    yield
    hooks.uninstall()


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
    if name == "excepthook":
        sys.excepthook(*details)
    elif name == "threading":
        threading.excepthook(threading.ExceptHookArgs((*details, WORKER)))
    else:
        sys.unraisablehook(sys_unraisable_args((*details, message, source)))


def sys_unraisable_args(values):
    seen = []
    before, sys.unraisablehook = sys.unraisablehook, lambda args: seen.append(type(args))

    class Dies:
        def __del__(self):
            raise ValueError

    Dies()
    sys.unraisablehook = before
    return seen[0](values)


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
    program = textwrap.dedent("""
        import os, sys
        import lastwords._hooks
        lastwords._hooks.install()
        sys.stderr = sys.__stderr__ = open(os.devnull, "w")
        sys.stderr.close()
        if len(sys.argv) > 1:
            os.close(2)
            assert open(sys.argv[1], "w").fileno() == 2
        raise ValueError("the text")
    """)
    other = tmp_path / "other"
    command = [sys.executable, "-c", program]
    assert "ValueError: the text" in subprocess.run(command, capture_output=True, text=True).stderr
    subprocess.run([*command, other], check=False)
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
def test_when_ours_fails_the_one_before_is_called(name, monkeypatch):
    called = []
    module = threading if name == "threading" else sys
    attribute = "unraisablehook" if name == "unraisable" else "excepthook"
    monkeypatch.setattr(module, attribute, lambda *args: called.append(len(args)))
    monkeypatch.setattr(uncaught, "text_of", lambda *args: 1 / 0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with hooks.install():
        call_hook(name, raised(), source=len)
    assert called == [3 if name == "excepthook" else 1]
    assert sys.stderr.getvalue() == ""


def test_options_choose_the_hooks():
    for name, current in STANDARD.items():
        standard = current()
        with hooks.install(**dict.fromkeys(STANDARD, False) | {name: True}) as installation:
            assert current() is not standard
            assert [other for other in STANDARD if other in installation.active] == [name]
        assert current() is standard
        assert installation.active == ()


def test_installing_twice_puts_one_hook_there_and_each_call_is_undone_by_itself():
    standard = sys.excepthook
    first = hooks.install()
    ours = sys.excepthook
    second = hooks.install()
    assert sys.excepthook is ours
    assert first.uninstall() == ()
    assert first.uninstall() == ()
    assert sys.excepthook is ours
    assert second.uninstall() == ()
    assert sys.excepthook is standard


def test_a_hook_set_later_stays_on_top_and_may_go_on_to_ours(monkeypatch):
    passed = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: passed.append("before"))
    before = sys.excepthook
    installation = hooks.install()
    ours = sys.excepthook
    sys.excepthook = theirs = lambda *args: (passed.append("theirs"), ours(*args))
    assert installation.uninstall() == ("excepthook",)
    assert sys.excepthook is theirs
    sys.excepthook(ValueError, ValueError(), None)
    assert passed == ["theirs", "before"]
    again = hooks.install()
    assert sys.excepthook not in (ours, theirs, before)
    assert again.uninstall() == ()
    assert sys.excepthook is theirs


def test_layers_taken_out_in_any_order_leave_what_was_there():
    standard = sys.excepthook
    first = hooks.install()
    below = sys.excepthook
    sys.excepthook = lambda *args: below(*args)
    theirs = sys.excepthook
    second = hooks.install()
    assert first.uninstall()[-1:] == ("excepthook",)
    assert second.uninstall() == ()
    assert sys.excepthook is theirs
    sys.excepthook = below  # they leave: what they found is there again, passing on
    with hooks.install():
        assert sys.excepthook is below
    assert sys.excepthook is standard


def test_uninstall_undoes_everything():
    standard = [current() for current in STANDARD.values()]
    for _ in range(3):
        hooks.install(traceback=True)
    assert hooks.uninstall() == ()
    assert [current() for current in STANDARD.values()] == standard
    import traceback

    assert traceback.format_exc.__module__ == "traceback"
    assert hooks.uninstall() == ()


def test_threads_may_install_and_uninstall_at_once():
    standard = [current() for current in STANDARD.values()]
    errors = []

    def work():
        try:
            for _ in range(50):
                with hooks.install(traceback=True):
                    assert sys.excepthook is not standard[0]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [current() for current in STANDARD.values()] == standard


def test_a_failing_feature_takes_the_whole_call_back(monkeypatch):
    standard = sys.excepthook

    class Broken:
        name = "asyncio"

        def acquire(self):
            raise RuntimeError

    monkeypatch.setitem(hooks._FEATURES, "asyncio", Broken())
    with pytest.raises(RuntimeError):
        hooks.install()
    assert sys.excepthook is standard


def isolated(program):
    """Runs a program in a fresh interpreter; returns what it printed, both streams."""
    environment = {k: v for k, v in os.environ.items() if not k.endswith("COLOR")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    return done.stdout + done.stderr


def test_nothing_is_imported_until_the_program_does():
    text = isolated("""
        import sys
        before = set(sys.modules)
        finders = list(sys.meta_path)
        import lastwords._hooks
        with lastwords._hooks.install(traceback=True):
            absent = {"threading", "asyncio", "logging", "traceback"} - before
            print(absent & set(sys.modules))
            import threading, traceback, asyncio
            print(threading.excepthook.__module__, traceback.format_exc.__module__[:9])
            print(threading.__loader__ is threading.__spec__.loader, type(threading.__loader__))
            print(sys.meta_path == finders)
        print(threading.excepthook is threading.__excepthook__, traceback.format_exc.__module__)
        print(sys.meta_path == finders)
    """)
    assert text == (
        "set()\nlastwords._hooks lastwords\n"
        "True <class '_frozen_importlib_external.SourceFileLoader'>\nTrue\nTrue traceback\nTrue\n"
    )


def test_uninstalling_before_the_import_leaves_nothing_behind():
    assert (
        isolated("""
        import sys
        finders = list(sys.meta_path)
        import lastwords._hooks
        with lastwords._hooks.install(traceback=True):
            assert sys.meta_path != finders
        assert sys.meta_path == finders
        import threading, traceback, asyncio, logging
        print(threading.excepthook is threading.__excepthook__)
        print(logging.getLogger("asyncio").filters)
    """)
        == "True\n[]\n"
    )


def test_a_failing_callback_does_not_break_an_import():
    assert (
        isolated("""
        import sys
        from lastwords._hooks import on_import as onimport
        onimport.when_imported("threading", lambda module: 1 / 0)
        import threading
        print(threading.__name__, onimport._finder in sys.meta_path)
    """)
        == "threading False\n"
    )


ASYNCIO = """
    import asyncio, logging, sys
    import lastwords._hooks
    {install}
    class Loud(logging.Formatter):
        def formatException(self, info):
            return "LOUD " + super().formatException(info)
    handler = logging.StreamHandler()
    handler.setFormatter({formatter}("%(name)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    async def child():
        def inner():
            return (lambda: 1 /
                    0)()
        return inner()
    async def main():
        loop = asyncio.get_running_loop()
        task = loop.create_task(child(), name="named")
        await asyncio.sleep(0.01)
        del task
        loop.call_soon(child_now)
        await asyncio.sleep(0.01)
    def child_now():
        raise KeyError("callback")
    asyncio.run(main())
    try: 1/0
    except Exception: logging.exception("another")
"""


@pytest.mark.parametrize("formatter", ["logging.Formatter", "Loud"])
def test_asyncio_logs_as_ever_with_our_traceback(formatter):
    plain = isolated(ASYNCIO.format(install="", formatter=formatter))
    ours = isolated(ASYNCIO.format(install="lastwords._hooks.install()", formatter=formatter))
    marked = isolated(
        ASYNCIO.format(
            install=(
                "lastwords._hooks.install()\n"
                "    lastwords.traceback.format_exception = lambda *a, **k: ['OURS\\n']"
            ),
            formatter=formatter,
        )
    )
    loud = "LOUD " if formatter == "Loud" else ""
    assert marked.count(f"\n{loud}OURS\n") == 2
    assert marked.count("asyncio ERROR ") == plain.count("asyncio ERROR ") == 2
    assert "root ERROR another\n" in marked
    assert marked.count("\nZeroDivisionError") == 1  # what others log is left alone
    if sys.version_info >= (3, 15):
        import re

        assert re.sub("0x[0-9a-f]+", "", ours) == re.sub("0x[0-9a-f]+", "", plain)


def test_asyncio_is_given_back():
    import asyncio  # noqa: F401

    original = logging.Formatter.formatException
    with hooks.install(asyncio=True):
        assert logging.Formatter.formatException is not original
        assert logging.getLogger("asyncio").filters
    assert logging.Formatter.formatException is original
    assert not logging.getLogger("asyncio").filters


# The standard module.


def test_the_standard_module_is_replaced_and_given_back():
    import traceback

    before = dict(vars(traceback))
    with hooks.install(traceback=True):
        for name in traceback.__all__:
            assert getattr(traceback, name) is getattr(lastwords.traceback, name)
        assert traceback.__name__ == "traceback"
        assert sys.modules["traceback"] is traceback
        stream = io.StringIO()
        error = raised()
        traceback.print_exception(error, file=stream)
        assert isinstance(traceback.extract_tb(error.__traceback__)[0], traceback.FrameSummary)
        assert stream.getvalue() == standard_text(error)
    assert dict(vars(traceback)) == before
    assert type(traceback) is types.ModuleType


def test_names_imported_before_are_replaced_in_their_modules():
    import traceback

    module = types.ModuleType("importer")
    exec("from traceback import format_exc, TracebackException as Base", vars(module))
    sys.modules["importer"] = module
    try:
        standard = module.format_exc
        with hooks.install(traceback=True):
            assert module.format_exc is lastwords.traceback.format_exc
            assert module.Base is not lastwords.traceback.TracebackException
        assert module.format_exc is standard is traceback.format_exc
    finally:
        del sys.modules["importer"]


def test_a_patch_of_the_standard_module_acts_on_ours(monkeypatch):
    import traceback

    original = traceback.format_exc
    with hooks.install(traceback=True):
        replaced = traceback.format_exc
        traceback.format_exc = lambda: "patched"
        assert lastwords.traceback.format_exc() == "patched"
        traceback.format_exc = replaced
        assert lastwords.traceback.format_exc is replaced
        traceback.format_exc = original  # a patch from before the install is taken back
        assert traceback.format_exc is lastwords.traceback.format_exc is replaced
        traceback.something_new = 1
        assert not hasattr(lastwords.traceback, "something_new")
        del traceback.something_new
    assert traceback.format_exc is original


def test_a_patch_that_is_still_there_stays():
    import traceback

    original = traceback.format_exc
    installation = hooks.install(traceback=True)
    ours = traceback.format_exc
    traceback.format_exc = patch = lambda: "patched"
    try:
        assert installation.uninstall() == ("traceback",)
        assert traceback.format_exc is patch
    finally:
        traceback.format_exc = original
        lastwords.traceback.format_exc = ours


@pytest.mark.parametrize("library", ["logging", "unittest", "doctest", "code", "concurrent"])
def test_libraries_get_ours(library):
    programs = {
        "logging": """
            import logging
            try: (lambda: 1/0)()
            except Exception: logging.exception('x')
        """,
        "unittest": """
            import unittest
            class T(unittest.TestCase):
                def test(self): (lambda: 1/0)()
            result = unittest.TestResult()
            T('test').run(result)
            print(result.errors[0][1])
        """,
        "doctest": """
            import doctest
            test = doctest.DocTestParser().get_doctest('>>> (lambda: 1/0)()', {}, 'n', 'f', 0)
            doctest.DocTestRunner().run(test)
        """,
        "code": """
            import code
            code.InteractiveInterpreter().runsource('(lambda: 1/0)()')
        """,
        "concurrent": """
            import concurrent.futures.process as p, pickle
            try: (lambda: 1/0)()
            except Exception as e: print(p._ExceptionWithTraceback(e, e.__traceback__).tb)
        """,
    }
    program = textwrap.dedent(programs[library])
    plain = isolated(program)
    called = (
        "import lastwords._hooks, lastwords.traceback._exception as e\n"
        "lastwords._hooks.install(traceback=True)\nseen = []\n"
        "new = e.TracebackException.__init__\n"
        "def init(self, *a, **k): seen.append(1); new(self, *a, **k)\n"
        "e.TracebackException.__init__ = init\n"
    )
    ours = isolated(called + program + "\nprint('OURS', bool(seen))\n")
    assert ours.endswith("OURS True\n") or ours.startswith("OURS True\n")
    if sys.version_info >= (3, 15):
        import re

        numbers = re.compile(r'line \d+|0x[0-9a-f]+|"<string>"')
        assert numbers.sub("", ours.replace("OURS True\n", "")) == numbers.sub("", plain)


def test_the_interpreters_own_printing_uses_ours():
    if sys.version_info < (3, 13):
        return  # all C there
    assert (
        isolated("""
        import lastwords._hooks, lastwords.traceback
        lastwords._hooks.install(traceback=True, excepthook=False)
        lastwords.traceback._print_exception_bltin  # what the C code calls
        import traceback
        traceback._print_exception_bltin = lambda exc, file=None, /: print("ours", exc)
        1/0
    """)
        == "ours division by zero\n"
    )


# Hard times.


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
    plain, ours = isolated(program), isolated(install + program)
    assert ours.count("ValueError: late\n") == plain.count("ValueError: late\n")
    assert ours.count("Exception ignored ") == plain.count("Exception ignored ")
    assert "lastwords" not in ours


def test_at_the_end_of_the_stack():
    text = isolated("""
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
    if lastwords._hooks.native is not None:
        assert text.count("ValueError: deep\n") > 900  # at every depth
        assert "sys.unraisablehook" not in text


def test_a_program_out_of_descriptors_gets_its_report(tmp_path):
    (tmp_path / "late.py").write_text("def f(): [][\n    0]\n")
    text = isolated(f"""
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


def test_after_a_fork():
    if not hasattr(os, "fork"):
        return
    text = isolated("""
        import os, sys, warnings
        warnings.simplefilter("ignore")
        import lastwords._hooks
        lastwords._hooks.install()
        pid = os.fork()
        if pid == 0:
            lastwords._hooks.uninstall()
            assert sys.excepthook is sys.__excepthook__
            lastwords._hooks.install()
            1/0
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """)
    assert text.startswith("1\n")
    assert text.count("ZeroDivisionError") == 1


def test_repr_names_what_is_in_place():
    with hooks.install(threading=False, unraisable=False) as installation:
        assert repr(installation) == "<lastwords.Installation of excepthook, asyncio>"
    assert repr(installation) == "<lastwords.Installation of nothing>"
