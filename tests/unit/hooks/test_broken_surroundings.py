"""In failing environments a program's error is still printed, as often as under `python`."""

from __future__ import annotations

import os

import pytest

from lastwords._backend import native
from support import child

SURROUNDINGS = {
    "modules cleared": "sys.modules.clear()",
    "path cleared": "sys.path[:] = []; sys.meta_path[:] = []",
    "path None": "sys.path = None",
    "finders None": "sys.meta_path = None",
    "import fails": "builtins.__import__ = lambda *a, **k: 1/0",
    "import deleted": "del builtins.__import__",
    "builtins cleared": "vars(builtins).clear()",
    "builtins replaced": (
        "builtins.print = builtins.isinstance = builtins.len = builtins.str = None\n"
        "builtins.getattr = builtins.type = builtins.callable = builtins.all = None"
    ),
    "open fails": "builtins.open = os.open = lambda *a, **k: 1/0",
    "stat fails": "os.stat = os.fstat = os.path.isfile = lambda *a, **k: 1/0",
    "stderr a number": "sys.stderr = 5",
    "stderr raises": "class W:\n    def write(self, s): 1/0\nsys.stderr = W()",
    "stderr exits": "class W:\n    def write(self, s): sys.exit(7)\nsys.stderr = W()",
    "stderr calls the hook": (
        "class W:\n    n = 0\n    def write(self, s):\n        W.n += 1\n"
        "        if W.n < 3: sys.excepthook(ValueError, ValueError('re'), None)\n"
        "        sys.__stderr__.write(s)\nsys.stderr = W()"
    ),
    "no descriptors": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
    "no folder": "import tempfile\nd = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)",
    "little stack": "sys.setrecursionlimit(60)",
    "a tracer that fails": "def t(*a): raise ValueError('trace')\nsys.settrace(t)",
    "a profiler": "sys.setprofile(lambda *a: None)",
    "hooks deleted": "del sys.excepthook, sys.__excepthook__",
    "a limit that is none": "sys.tracebacklimit = 'x'",
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')",
    "linecache gone": "import linecache\nlinecache.cache = None\nsys.modules['linecache'] = None",
    "traceback gone": "sys.modules['traceback'] = None",
    "all modules gone": (
        "for n in list(sys.modules):\n"
        "    if n not in ('sys', 'builtins', '__main__'): sys.modules[n] = None"
    ),
    "codecs gone": "import codecs\ncodecs.lookup = None\nimport encodings\nencodings.search_function = None",
}
if os.geteuid() == 0:
    SURROUNDINGS["another root"] = (
        "import tempfile\nos.chroot(tempfile.mkdtemp(dir=os.path.dirname(__file__)))\nos.chdir('/')"
    )
ERRORS = {
    "an error": "raise ZeroDivisionError('final')",
    "a syntax error": "exec(compile('x = (final 2)', 'the place', 'exec'))",
}


def outcome(tmp_path, program, *arguments):
    path = tmp_path / "program.py"
    path.write_text(program)
    done = child.python(path, *arguments)
    return done.returncode, done.stderr


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
@pytest.mark.parametrize("error", ERRORS)
def test_the_error_comes_out(surroundings, error, tmp_path):
    program = (
        "import builtins, os, sys\n"
        "if 'hooks' in sys.argv:\n    import lastwords\n    lastwords.install()\n"
        f"{SURROUNDINGS[surroundings]}\n{ERRORS[error]}\n"
    )
    plain = outcome(tmp_path, program)
    ours = outcome(tmp_path, program, "hooks")
    assert ours[0] == plain[0], ours[1]
    for fact in ("final", "the place", "program.py", "Error"):
        assert fact in ours[1] or fact not in plain[1], (fact, ours[1], plain[1])
    # Without the extension a tracer sees our hook too, and fails in it.
    fails_again = {"stderr calls the hook"} | (set() if native else {"a tracer that fails"})
    if surroundings not in fails_again:
        assert ours[1].count("Error: ") <= max(plain[1].count("Error: "), 1), ours[1]
