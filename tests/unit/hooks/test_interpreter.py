"""Which hook prints an uncaught exception: ours stand where the interpreter's own did."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import pickle
import signal
import sys
import threading
import time
import weakref

import pytest

from lastwords import _hooks as hooks
from support import child, hook_calls

HOOKS = {
    "excepthook": (sys, "excepthook"),
    "threading": (threading, "excepthook"),
    "unraisable": (sys, "unraisablehook"),
}
ASKS_THE_MODULE = {
    "excepthook": sys.version_info >= (3, 13),
    "threading": sys.version_info >= (3, 13),
    "unraisable": sys.version_info >= (3, 15),
}
"""Whether the interpreter's own hook prints by the standard module, so that ours can print."""


def in_place(name):
    module, attribute = HOOKS[name]
    return getattr(module, attribute), getattr(module, f"__{attribute}__")


@pytest.mark.parametrize("name", HOOKS)
def test_a_program_that_compares_the_hooks_finds_none_of_another_library(name):
    own = in_place(name)[0]
    with hooks.install():
        current, standard = in_place(name)
        assert current is standard is not own
    assert in_place(name) == (own, own)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_that_was_there_stays_and_so_does_its_undoing(name, monkeypatch):
    module, attribute = HOOKS[name]
    own = in_place(name)[0]
    theirs = print  # a hook may be written in C
    monkeypatch.setattr(module, attribute, theirs)
    with hooks.install():
        current, standard = in_place(name)
        assert current is theirs
        assert standard not in (theirs, own)
    assert in_place(name) == (theirs, own)
    installation = hooks.install()
    monkeypatch.setattr(module, attribute, standard)  # it is undone: by `sys.__excepthook__`
    assert installation.uninstall() == ()
    assert in_place(name) == (own, own)


@pytest.mark.parametrize("name", HOOKS)
def test_two_foreign_hooks_are_left_alone(name, monkeypatch):
    module, attribute = HOOKS[name]
    for place in (attribute, f"__{attribute}__"):
        monkeypatch.setattr(module, place, print)
    with hooks.install():
        assert in_place(name) == (print, print)
    assert in_place(name) == (print, print)


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("state", ["deleted", "None"])
def test_what_is_no_hook_is_replaced_and_restored(name, state, monkeypatch):
    module, attribute = HOOKS[name]
    monkeypatch.setattr(module, attribute, None)
    if state == "deleted":
        delattr(module, attribute)
    with hooks.install():
        current, standard = in_place(name)
        assert current is standard is not None
    assert getattr(module, attribute, "deleted") == (None if state == "None" else state)
    setattr(module, attribute, None)  # for monkeypatch


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_an_object_like_a_function(name):
    with hooks.install():
        hook = in_place(name)[0]
        assert weakref.ref(hook)() is hook
        assert copy.copy(hook) is hook
        assert copy.deepcopy(hook) is hook
        assert hook.__name__ == hook.__qualname__
        assert hook.__doc__.startswith("Print an exception")
        assert pickle.loads(pickle.dumps(hook)) is hook


FAILURES = {
    "excepthook": "def fail(): raise ValueError('failed')\nfail()",
    "threading": (
        "import threading\ndef fail(): raise ValueError('failed')\n"
        "thread = threading.Thread(target=fail)\nthread.start()\nthread.join()"
    ),
    "unraisable": (
        "class Fails:\n    def __del__(self): fail()\n"
        "def fail(): raise ValueError('failed')\nFails()"
    ),
}

# A hook as other libraries have it: it says that it was called, and passes on or not.
FOREIGN = """
import sys, threading
def theirs(*args):
    print("theirs", flush=True)
    {body}
found = {module}.{attribute}
{module}.{attribute} = theirs
"""
WAYS = {
    "prints": "print('ValueError: failed')",
    "goes on to what it found": "found(*args)",
    "goes on to the interpreter's": "{module}.__{attribute}__(*args)",
}
INSTALL = "import lastwords; lastwords.install()\n"
MARK = (  # ours is seen by what it prints
    "import lastwords.traceback as ours\n"
    "def marked(*args, **options): print('ours'); real(*args, **options)\n"
    "real, ours.print_exception = ours.print_exception, marked\n"
)


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("order", ["before", "after", "around"])
def test_a_foreign_hook_is_called_once_and_there_is_one_text(name, way, order):
    module, attribute = HOOKS[name]
    places = {"module": module.__name__, "attribute": attribute}
    foreign = FOREIGN.format(body=WAYS[way].format(**places), **places)
    parts = {
        "before": foreign + INSTALL,
        "after": INSTALL + foreign,
        "around": INSTALL + foreign + INSTALL,
    }
    done = child.program(MARK + parts[order] + FAILURES[name])
    text = done.stdout + done.stderr
    assert text.count("theirs\n") == 1
    assert text.count("ValueError: failed\n") == 1
    if way == "prints":
        assert "ours" not in text
    elif way == "goes on to what it found" and order == "before":
        assert done.stdout.count("ours\n") == ASKS_THE_MODULE[name]
    else:
        assert done.stdout.count("ours\n") == 1


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_foreign_hook_that_fails_is_reported_and_so_is_the_first_error(order):
    foreign = FOREIGN.format(body="{}['theirs']", module="sys", attribute="excepthook")
    parts = [foreign, INSTALL] if order == "before" else [INSTALL, foreign]
    text = child.printed("".join(parts) + FAILURES["excepthook"])
    assert text.count("Error in sys.excepthook:\n") == 1
    assert text.count("KeyError: 'theirs'\n") == 1
    assert text.count("Original exception was:\n") == 1
    assert text.count("ValueError: failed\n") == 1


def test_a_debugger_finds_what_it_looks_for():
    done = child.program(
        """
        import sys, traceback, pdb
        def debug(kind, value, tb):
            traceback.print_exception(kind, value, tb)
            assert sys.last_value is value and sys.last_traceback is tb
            pdb.pm()
        if "before" in sys.argv: sys.excepthook = debug
        import lastwords
        lastwords.install()
        if "after" in sys.argv: sys.excepthook = debug
        def fails(local): return 1 / local
        fails(0)
        """,
        "before",
        input="p 'local is', local\nq\n",
    )
    assert "'local is', 0" in done.stdout
    assert done.stderr.count("ZeroDivisionError: division by zero\n") == 1


def test_an_embedded_console_shows_errors_in_its_own_window():
    program = """
        import code, sys
        import lastwords
        if "hooks" in sys.argv: lastwords.install()
        class Window(code.InteractiveConsole):
            shown = ""
            def write(self, text): self.shown += text
        window = Window()
        for line in ("1 / 0", "x = )"): window.push(line)
        print(window.shown)
    """
    plain, ours = child.program(program), child.program(program, "hooks")
    assert ours.stderr == plain.stderr == ""
    assert ours.stdout == plain.stdout
    assert ours.stdout.count("Error: ") == 2


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_prints_the_traceback_that_it_is_given(name, monkeypatch):
    def inner():
        raise ValueError

    def outer():
        inner()

    try:
        outer()
    except ValueError as error:
        tb = error.__traceback__.tb_next.tb_next
        details = (ValueError, error, tb)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with hooks.install():
        hook_calls.call(name, details)
        hook_calls.call(name, (ValueError, details[1], None))  # none: the exception's own
    text, _, rest = sys.stderr.getvalue().partition("\nValueError\n")
    assert "in inner" in text
    assert "in outer" not in text
    assert "in outer" in rest


PATCHES = {
    "print_exception": ("traceback.print_exception = lambda *args, **options: print('patched')"),
    "a method": (
        "def format(self, **options): yield 'patched\\n'\n"
        "traceback.TracebackException.format = format"
    ),
    "a class": (
        "class Theirs(traceback.TracebackException):\n"
        "    def format(self, **options): yield 'patched\\n'\n"
        "    def print(self, *, file, **options): file.write('patched\\n')\n"
        "traceback.TracebackException = Theirs"
    ),
    "a mock": (
        "from unittest import mock\n"
        "mock.patch('traceback.TracebackException.print', "
        "lambda self, *, file, **options: file.write('patched\\n')).start()"
    ),
    "the interpreter's way": ("traceback._print_exception_bltin = lambda *args: print('patched')"),
}


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_patch_of_the_standard_module_still_changes_the_report(patch, whole, order):
    install = f"import lastwords\nlastwords.install(traceback={whole})\n"
    change = f"import traceback\n{PATCHES[patch]}\n"
    program = change + install if order == "before" else install + change
    if patch == "the interpreter's way" and sys.version_info < (3, 13):
        program = program.replace("_bltin = ", "_bltin = traceback.none = ")
    text = child.printed(program + FAILURES["threading"] + "\nfail()")
    by_the_module = sys.version_info >= (3, 13)  # else the interpreter prints without it
    in_its_place = whole and (order == "after" or patch == "print_exception")
    in_its_place = in_its_place and patch != "the interpreter's way"
    expected = 2 if by_the_module or in_its_place else 0
    assert text.count("patched\n") == expected
    assert text.count("ValueError: failed") == 2 - expected


def test_a_patch_that_is_taken_back_or_fails_leaves_ours():
    text = child.printed("""
        import lastwords, sys, traceback
        lastwords.install()
        def fails(*args, **options): 1 / 0
        real, traceback.print_exception = traceback.print_exception, fails
        sys.excepthook(KeyError, KeyError("first"), None)
        traceback.print_exception = real
        sys.excepthook(KeyError, KeyError("second"), None)
    """)
    assert text == "KeyError: 'first'\nKeyError: 'second'\n"


def test_what_the_interpreter_prints_is_given_back():
    import traceback

    before = dict(vars(traceback))
    with hooks.install(), hooks.install(traceback=True):
        if sys.version_info >= (3, 13):
            assert traceback._print_exception_bltin is not before["_print_exception_bltin"]
    assert dict(vars(traceback)) == before


class TimeIsUp(Exception):
    pass


class Interrupted(io.StringIO):
    """A stream in whose first write a signal arrives."""

    def write(self, text):
        if "boom" in text and not self.getvalue():
            signal.raise_signal(signal.SIGALRM)
        return super().write(text)


@contextlib.contextmanager
def time_limit(monkeypatch):
    """Install the hooks, and a time limit that is over while one prints."""

    def handler(*_):
        raise TimeIsUp

    monkeypatch.setattr(sys, "stderr", Interrupted())
    previous = signal.signal(signal.SIGALRM, handler)
    try:
        with hooks.install():
            yield
    finally:
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.parametrize("name", ["excepthook", "threading"])
def test_an_exception_that_a_signal_handler_raises_leaves_the_hook(name, monkeypatch):
    with time_limit(monkeypatch), pytest.raises(TimeIsUp):
        hook_calls.call(name, (ValueError, ValueError("boom"), None))


class Dies:
    def __init__(self, message):
        self.message = message

    def __del__(self):
        raise ValueError(self.message)


def go_on():
    for _ in range(10):  # it comes between two instructions
        pass


@pytest.mark.native  # what leaves a Python function that is called for such an error is dropped
def test_it_reaches_the_program_where_nothing_can_be_raised(monkeypatch):
    with time_limit(monkeypatch), pytest.raises(TimeIsUp):
        Dies("boom")
        go_on()
    assert sys.stderr.getvalue().count("ValueError: boom\n") == 1
    assert "TimeIsUp" not in sys.stderr.getvalue()


@pytest.mark.native
def test_what_is_raised_from_outside_in_a_thread_reaches_it(monkeypatch):
    import ctypes

    class Stop(BaseException):
        pass

    def work():
        # C code, so that what is raised from outside turns up in ours; the first time only.
        stop = ctypes.pythonapi.PyThreadState_SetAsyncExc
        once = map(stop, [ctypes.c_ulong(threading.get_ident())], [ctypes.py_object(Stop)])
        sys.stderr.write = functools.partial(next, once)
        Dies("boom")
        sys.stderr = io.StringIO()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            go_on()

    def thread_main():
        try:
            work()
        except Stop:
            stopped.append(True)

    stopped = []
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with hooks.install():
        thread = threading.Thread(target=thread_main)
        thread.start()
        while thread.is_alive():  # the main thread passes it on
            thread.join(0.01)
    assert stopped


def test_a_signal_that_ends_the_program_loses_no_error():
    done = child.program(
        """
        import signal, sys
        import lastwords
        lastwords.install()
        class Slow:
            def write(self, text):
                if "boom" in text: signal.raise_signal(signal.SIGTERM)
                sys.__stderr__.write(text)
            def flush(self): pass
        def end(*_):
            sys.stderr = sys.__stderr__
            sys.exit(7)
        signal.signal(signal.SIGTERM, end)
        sys.stderr = Slow()
        raise ValueError("boom")
        """,
        status=7,
    )
    assert done.stderr.count("ValueError: boom\n") == 1


def test_installing_may_be_interrupted_anywhere():
    text = child.printed("""
        import asyncio, collections, logging, sys, threading, traceback
        import lastwords
        lastwords.install(traceback=True)
        lastwords.uninstall()
        def state():
            return (sys.excepthook, sys.__excepthook__, threading.excepthook,
                    threading.__excepthook__, sys.unraisablehook, sys.__unraisablehook__,
                    logging.Formatter.formatException, logging.getLogger("asyncio").filters[:],
                    dict(vars(traceback)), type(traceback), sys.meta_path[:])
        before = state()
        class Interrupt(BaseException): pass
        def interrupted(call, line):
            seen = collections.Counter()
            def trace(frame, event, arg):
                if "lastwords" not in frame.f_code.co_filename: return None
                place = frame.f_code, frame.f_lineno
                if event == "line" and seen[place] < 2:
                    seen[place] += 1
                    if seen.total() == line:
                        sys.settrace(None)
                        raise Interrupt
                return trace
            sys.settrace(trace)
            try: call()
            except Interrupt: return True
            finally: sys.settrace(None)
            return False
        lines = 0
        while True:
            lines += 1
            if not interrupted(lambda: lastwords.install(traceback=True), lines): break
            assert state() == before, lines
        lastwords.uninstall()
        assert state() == before
        print("installing", lines > 100)
        lines = 0
        while True:
            lines += 1
            installation = lastwords.install(traceback=True)
            if not interrupted(installation.uninstall, lines): break
            installation.uninstall()
            lastwords.uninstall()
            assert state() == before, lines
        assert state() == before
        print("undoing", lines > 100)
    """)
    assert text == "installing True\nundoing True\n"
