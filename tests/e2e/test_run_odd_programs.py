"""`lastwords run` beside `python`: programs with odd files, names or environments."""

from __future__ import annotations

import pytest

from support.as_python import compare_apart

FILES = {
    "a file that deletes itself": ("p.py", {"p.py": "import os\nos.unlink(__file__)\n1/0\n"}),
    "a file that empties itself": ("p.py", {"p.py": "open(__file__, 'w').close()\n1/0\n"}),
    "called like a module": (
        "random.py",
        {"random.py": "import random\nprint(random.__file__, __name__)\n"},
    ),
    "called like a module of ours": (
        "signal.py",
        {"signal.py": "import signal\nprint(signal.__file__)\n1/0\n"},
    ),
    "beside a module of the same name": (
        "p.py",
        {"p.py": "import string\nprint(string.x)\n", "string.py": "x = 1\n"},
    ),
    "a frozen module": ("-m __hello__", {}),
    "a frozen package": ("-m __phello__", {}),
    "a built-in module": ("-m sys", {}),
    "a part of a package": (
        "-m pk.sub",
        {"pk/__init__.py": "import pk.sub\n", "pk/sub.py": "print(__spec__.name)\n1/0\n"},
    ),
    "a part of a folder": ("-m pk.sub", {"pk/sub.py": "print(__spec__, __package__)\n"}),
    "a package that fails": ("-m pk.sub", {"pk/__init__.py": "1/0\n", "pk/sub.py": ""}),
}


@pytest.mark.parametrize("name", FILES)
def test_files_and_modules(name, tmp_path):
    arguments, files = FILES[name]
    compare_apart(tmp_path, arguments.split(), files=files)


PROGRAMS = {
    "an exit in a thread": (
        "import sys, threading\nt = threading.Thread(target=sys.exit, args=(4,))\nt.start()\n"
        "t.join()\nprint('on')\n"
    ),
    "many errors at exit": (
        "import atexit, sys\natexit.register(lambda: 1/0)\natexit.register(lambda: sys.exit(7))\n"
        "atexit.register(lambda: [].x)\n"
    ),
    "a callback of a weak reference fails": (
        "import weakref\nclass C: pass\nc = C()\nr = weakref.ref(c, lambda _: 1/0)\ndel c\n"
    ),
    "a signal handler exits": (
        "import os, signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
        "os.kill(os.getpid(), signal.SIGTERM)\nfor i in range(9): pass\n"
    ),
    "a signal handler fails at exit": (
        "import atexit, os, signal\ndef handler(*_): raise ValueError('h')\n"
        "signal.signal(signal.SIGUSR1, handler)\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGUSR1))\n"
    ),
    "another library's finder": (
        "import sys\nclass F:\n    @staticmethod\n    def find_spec(name, *_):\n"
        "        if name == 'threading': print('asked')\n"
        "sys.meta_path.insert(0, F)\nimport threading\n"
    ),
    "paths that are none": "import sys\nsys.path[:] = [None, 1, '/no']\nimport nosuch\n",
    "names of main are replaced": "__file__ = __name__ = 'x'\n__loader__ = None\n__spec__ = 3\n1/0\n",
    "a child fails": "import os\nif not os.fork(): 1/0\nprint(os.wait()[1])\n",
}


@pytest.mark.parametrize("options", [(), ("-I",)], ids=["plain", "isolated"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name, options, tmp_path):
    compare_apart(tmp_path, ["p.py"], files={"p.py": PROGRAMS[name]}, options=options)
