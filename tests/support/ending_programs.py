"""Programs that end in every way that a program can, for `lastwords run`: name -> source."""

from __future__ import annotations

FAILING = {
    "raise": "print(1)\ndef f(x):\n    return x / 0\nf(1)\n",
    "chain": ("try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('b') from e\n"),
    "context": "try:\n    1/0\nexcept ZeroDivisionError:\n    undefined_name\n",
    "group": "raise ExceptionGroup('g', [ValueError(1), ExceptionGroup('h', [KeyError('k')])])\n",
    "notes": "e = ValueError('v'); e.add_note('first'); e.add_note('second\\nline')\nraise e\n",
    "multiline": "def f(*a):\n    raise ValueError(\n        'x',\n    )\nf(\n    1,\n    2,\n)\n",
    "suggestion": "import sys\nsys.exitt\n",
    "suggest name": "counter = 1\nprint(cuonter)\n",
    "suggest import": "from collections import namedtupel\n",
    "missing module": "import nosuchmodule\n",
    "attribute": "[].push(1)\n",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "mutual recursion": "def f(n):\n    g(n)\ndef g(n):\n    f(n)\nf(0)\n",
    "recursion limit": "import sys\nsys.setrecursionlimit(200)\ndef f(): f()\nf()\n",
    "base exception": "class Stop(BaseException): pass\nraise Stop('x')\n",
    "unprintable": "class E(Exception):\n    def __str__(self): 1/0\nraise E\n",
    "system exit in str": "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E\n",
    "wide": "名前 = '値'\nraise ValueError(名前 + undefined)\n",
    "syntax error inside": "compile('a b', 'f.py', 'exec')\n",
    "exec": "exec('1/0')\n",
    "future": "from __future__ import annotations\nx: nosuch\n1/0\n",
    "async": (
        "import asyncio\nasync def child(n):\n    raise ValueError(n)\n"
        "async def main():\n    async with asyncio.TaskGroup() as group:\n"
        "        for n in range(3): group.create_task(child(n))\n"
        "asyncio.run(main())\n"
    ),
    "task never retrieved": (
        "import asyncio\nasync def child():\n    1/0\nasync def main():\n"
        "    task = asyncio.create_task(child(), name='t')\n    await asyncio.sleep(0.01)\n"
        "    del task\n    import gc; gc.collect()\nasyncio.run(main())\n"
    ),
    "thread": (
        "import threading\ndef work(): 1/0\nt = threading.Thread(target=work, name='worker')\n"
        "t.start(); t.join()\nprint('after')\n"
    ),
    "thread outlives": (
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.1), print('t')))"
        ".start()\n1/0\n"
    ),
    "unraisable": "class D:\n    def __del__(self): 1/0\nd = D(); del d\nprint('after')\n",
    "at exit": "import atexit\natexit.register(lambda: 1/0)\n",
    "no traceback": "import sys\nsys.tracebacklimit = 0\n1/0\n",
    "limit 1": "import sys\nsys.tracebacklimit = 1\ndef f(): 1/0\nf()\n",
    "hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[0], a[2].tb_next)\n1/0\n",
    "hook fails": "import sys\nsys.excepthook = lambda *a: 1/0\nfoo\n",
    "hook missing": "import sys\ndel sys.excepthook\nfoo\n",
    "hook None": "import sys\nsys.excepthook = None\nfoo\n",
    "hook exits": "import sys\ndef h(*a): raise SystemExit(7)\nsys.excepthook = h\nfoo\n",
    "standard hook": "import sys\nsys.excepthook = sys.__excepthook__\n1/0\n",
    "stderr None": "import sys\nsys.stderr = None\n1/0\n",
    "audit forbids": (
        "import sys\ndef h(n, a):\n    if n == 'sys.excepthook': raise RuntimeError\n"
        "sys.addaudithook(h)\nfoo\n"
    ),
    "audit fails": (
        "import sys\ndef h(n, a):\n    if n == 'sys.excepthook': raise ValueError('no')\n"
        "sys.addaudithook(h)\nfoo\n"
    ),
    "generator exit": "raise GeneratorExit\n",
    "keyboard interrupt": "raise KeyboardInterrupt\n",
    "interrupt, then at exit": (
        "import atexit, sys\natexit.register(lambda: print('atexit', sys.excepthook.__name__))\n"
        "raise KeyboardInterrupt\n"
    ),
    "sigint": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile 1: pass\n",
    "sigterm": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nwhile 1: pass\n",
    "stack": "import traceback\ndef f(): traceback.print_stack()\nf()\n",
    "frames": "import sys\nf = sys._getframe()\nprint(f.f_back, f.f_code.co_name)\n",
    "warning": "import warnings\nwarnings.warn('w', stacklevel=2)\nwarnings.warn('v')\n",
    "last": (
        "import atexit, sys\n"
        "def f(): print(sys.last_value, sys.last_traceback.tb_lineno, sys.last_type)\n"
        "atexit.register(f)\n1/0\n"
    ),
    "main at exit": (
        "import atexit, __main__\n"
        "atexit.register(lambda: print(sorted(k for k in vars(__main__) if k[:2] == '__')))\n"
        "import sys\nsys.exit('bye')\n"
    ),
    "pickle": (
        "import pickle\nclass C: pass\nprint(type(pickle.loads(pickle.dumps(C()))), C.__module__)\n"
    ),
    "stdout closed": "import sys\nsys.stdout.close()\n1/0\n",
    "stdout fails at exit": "import sys, os\nprint('x')\nos.close(1)\n",
    "os exit": "import os\nos._exit(9)\n",
    "logging": "import logging\ntry: 1/0\nexcept Exception: logging.exception('said')\n",
    "unittest": (
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 2)\n"
        "r = unittest.TextTestRunner(verbosity=0, descriptions=False).run(\n"
        "    unittest.defaultTestLoader.loadTestsFromTestCase(T))\n"
        "raise ValueError(len(r.failures))\n"
    ),
}

EXITS = {
    "nothing": "raise SystemExit",
    "none": "raise SystemExit(None)",
    "three": "raise SystemExit(3)",
    "text": "raise SystemExit('said')",
    "three hundred": "raise SystemExit(300)",
    "negative": "raise SystemExit(-1)",
    "huge": "raise SystemExit(2 ** 70)",
    "tuple": "raise SystemExit((1, 2))",
    "true": "raise SystemExit(True)",
    "failing code": "class S(SystemExit):\n    code = property(lambda s: 1/0)\nraise S(3)",
    "builtin": "exit(5)",
    "in a thread": "import threading, sys\nthreading.Thread(target=lambda: sys.exit(3)).start()",
}

# Text that the parser refuses, as bytes: what the interpreter says depends on how it read them.
BROKEN = {
    "unclosed": b"x = (1,\ny = 2\n",
    "character": b"x = 1 $ 2\n",
    "indent": b"if 1:\nx = 1\n",
    "unindent": b"if 1:\n        x = 1\n    y = 2\n",
    "tabs": b"if 1:\n        x = 1\n\ty = 2\n",
    "end of file": b"def f():\n",
    "open string": b"x = '''abc\n\n",
    "no newline": b"x = (",
    "not utf-8": b"x = 1\ny = '\xe9'\n",
    "cookie": b"# -*- coding: latin-1 -*-\nx = '\xe9' +* 3\n",
    "unknown cookie": b"# -*- coding: nosuch -*-\nx = 1\n",
    "mark and cookie": b"\xef\xbb\xbf# -*- coding: latin-1 -*-\nx = 1\n",
    "mark": b"\xef\xbb\xbfx = 1 +\n",
    "null": b"x = 1\ny = \x00 2\n",
    "form feed": b"\x0cx = 1 +\n",
    "old newlines": b"x = 1\ry = 2 +\rz = 1\r",
    "return": b"return 3\n",
    "typo": b"whlie True:\n    pass\n",
    "comma": b"x = [1 2]\n",
    "f-string": b"x = f'{1 +}'\n",
    "utf-16": "x = 1\n".encode("utf-16"),
    "warning first": b"x = '\\d' is 3\n1/0\n",
    "euro": "x = \u20ac\n".encode(),
    "deep": b"(" * 300 + b")" * 300 + b"\n",
}
