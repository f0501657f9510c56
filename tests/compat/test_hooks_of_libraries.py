"""Libraries with hooks of their own, set before and after ours: each error is reported once.

A program prints and sends the same as without lastwords, apart from the marks under source lines,
which older interpreters make otherwise.
"""

from __future__ import annotations

import re
import sys

import pytest

from support import child

pytestmark = pytest.mark.compat

LIBRARIES = {
    "rich": "import rich.traceback\nrich.traceback.install(width=80)",
    "sentry_sdk": (
        "import sentry_sdk\n"
        "def send(event, hint):\n"
        "    print('sent', event['exception']['values'][0]['type'], flush=True)\n"
        "sentry_sdk.init(dsn='http://key@127.0.0.1:9/1', before_send=send)"
    ),
    "better_exceptions": "import better_exceptions\nbetter_exceptions.hook()",
    "IPython": (
        "from IPython.core import ultratb\nimport sys\n"
        "sys.excepthook = ultratb.FormattedTB(mode='Context')"
    ),
    "a debugger": (
        "import pdb, sys, traceback\n"
        "def debug(kind, value, tb):\n"
        "    traceback.print_exception(kind, value, tb)\n"
        "    assert (sys.last_type, sys.last_value, sys.last_traceback) == (kind, value, tb)\n"
        "    pdb.post_mortem(tb)\n"
        "sys.excepthook = debug"
    ),
}
FAILURES = """
import threading
def work(): {}["thread"]
thread = threading.Thread(target=work)
thread.start()
thread.join()
class Fails:
    def __del__(self): [][1]
Fails()
def divide(by): return 1 / by
divide(0)
"""
INSTALL = "import lastwords\nlastwords.install()\n"
MARKS = re.compile(r"^[ │❱|]*[~^]+[ │|]*\n", re.MULTILINE)
CHANGING = re.compile(r"0x[0-9a-f]+")


def outcome(folder, prelude):
    """Return the status and the text of a program whose files are the same each time but one."""
    (folder / "prelude.py").write_text(prelude)
    (folder / "failures.py").write_text(FAILURES)
    (folder / "program.py").write_text("import prelude\nimport failures\n")
    done = child.python("-B", folder / "program.py", input="p 'by is', by\nq\n")
    text = CHANGING.sub("", done.stdout + done.stderr)
    return done.returncode, text if sys.version_info >= (3, 15) else MARKS.sub("", text)


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_error_is_told_as_without_lastwords(library, tmp_path):
    theirs = LIBRARIES[library] + "\n"
    plain = outcome(tmp_path, theirs)
    assert plain[1].count("division by zero") == 1
    assert plain[1].count("KeyError: 'thread'") == 1
    assert plain[1].count("sent ") == (2 if library == "sentry_sdk" else 0)
    assert ("'by is', 0" in plain[1]) == (library == "a debugger")
    assert outcome(tmp_path, INSTALL + theirs) == plain
    assert outcome(tmp_path, theirs + INSTALL) == plain
    assert outcome(tmp_path, theirs + INSTALL + "lastwords.uninstall()\n") == plain


def test_a_library_that_leaves_leaves_ours():
    text = child.printed("""
        import sys
        import lastwords
        lastwords.install()
        ours = sys.excepthook
        import rich.traceback
        before = rich.traceback.install(width=80)
        sys.excepthook = before
        assert sys.excepthook is sys.__excepthook__ is ours
        import lastwords.traceback
        lastwords.traceback.print_exception = lambda *args, **options: print("ours")
        1 / 0
    """)
    assert text == "ours\n"


def test_an_interactive_shell_of_ipython():
    text = child.printed("""
        import sys
        import lastwords
        lastwords.install()
        ours = sys.excepthook
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance(colors="nocolor")
        shell.run_cell("1 / 0")
        shell.restore_sys_module_state()
        assert sys.excepthook is sys.__excepthook__ is ours
    """)
    assert text.count("ZeroDivisionError: division by zero") == 1
    assert "Assertion" not in text
