"""install() and uninstall(): which hooks are placed, in which order they go, and what is left."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from lastwords import _hooks as hooks
from lastwords._hooks.feature import Feature
from support import child

STANDARD = {
    "excepthook": lambda: sys.excepthook,
    "threading": lambda: threading.excepthook,
    "unraisable": lambda: sys.unraisablehook,
}


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


def test_a_hook_set_later_stays_on_top_and_may_go_on_to_ours(capfd):
    passed = []
    installation = hooks.install()
    ours = sys.excepthook
    sys.excepthook = theirs = lambda *args: (passed.append("theirs"), ours(*args))
    assert installation.uninstall() == ("excepthook",)
    assert sys.excepthook is theirs
    sys.excepthook(ValueError, ValueError(), None)
    assert passed == ["theirs"]
    assert capfd.readouterr().err == "ValueError\n"
    again = hooks.install()
    assert sys.excepthook is theirs
    assert again.uninstall() == ()
    assert sys.excepthook is theirs


def test_our_hook_goes_with_the_last_installation():
    standard = sys.excepthook
    first = hooks.install()
    below = sys.excepthook
    sys.excepthook = theirs = lambda *args: below(*args)
    second = hooks.install()
    assert first.uninstall() == ()
    assert sys.excepthook is theirs
    assert second.uninstall() == ("excepthook",)
    sys.excepthook = below  # they leave: what they found is there again, passing on
    with hooks.install():
        assert sys.excepthook is sys.__excepthook__ is below
    assert sys.excepthook is sys.__excepthook__ is standard


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

    class Broken(Feature):
        def acquire(self, user):
            super().acquire(user)
            raise RuntimeError

        def place(self, module):
            """Change nothing."""

        def remove(self, module):
            return True

    monkeypatch.setitem(hooks._FEATURES, "asyncio", (Broken("no such module"),))
    with pytest.raises(RuntimeError):
        hooks.install()
    assert sys.excepthook is standard


def test_nothing_is_imported_until_the_program_does():
    text = child.printed("""
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
        "set()\nlastwords._hooks.interpreter lastwords\n"
        "True <class '_frozen_importlib_external.SourceFileLoader'>\nTrue\nTrue traceback\nTrue\n"
    )


def test_uninstalling_before_the_import_leaves_nothing_behind():
    assert (
        child.printed("""
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


def test_after_a_fork():
    if not hasattr(os, "fork"):
        return
    text = child.printed("""
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
