"""The exceptions to measure: realistic modules in files, and failures through them."""

from __future__ import annotations

import importlib
import itertools
import linecache
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How a function calls the next one; what a frame of a real program looks like.
CALL_LINES = (
    "    return {next}(ctx, depth + 1)",
    "    result = {next}(ctx, depth + 1)",
    "    value = ctx.scale * {next}(ctx, depth + 1) + 1",
    "    outcome = ctx.combine(\n        {next}(ctx, depth + 1),\n        depth,\n    )",
    "    with ctx.lock:\n        {next}(ctx, depth + 1)",
    "    if {next}(ctx, depth + 1) > limit and not ctx.quiet:\n        names.append(limit)",
    "    found = {{'first': {next}(ctx, depth + 1), 'second': names}}",
    "    total = sum(values) + {next}(ctx, depth + 1)",
    "    text = f'{{names}}: {{ {next}(ctx, depth + 1) }}'",
    "    return ctx.table[{next}(ctx, depth + 1)]['rows'][0]",
)
FUNCTION = '''
def {name}(ctx, depth):
    """Do one step of the work."""
    names = ["alpha", "beta", str(depth)]
    values = [len(name) * 2 for name in names if name]
    limit = max(values) + ctx.scale
    if limit < 0:
        raise RuntimeError("never")
    for name in names:
        limit += len(name)
{call}
    ctx.done = True
    return limit
'''
HEADER = '''"""A module of a program that fails."""
import {modules}


class Context:
    scale = 2
    quiet = True
    table = {{}}

    class lock:
        def __enter__(self): return self
        def __exit__(self, *exc): return None
    lock = lock()

    def combine(self, *args, **kwargs):
        return args
'''
_fresh = itertools.count()


class Project:
    """Modules in files of their own, with a chain of `frames` calls through all of them."""

    def __init__(self, folder: Path, frames: int, files: int, *, last: str | None = None) -> None:
        tag = f"project_{next(_fresh)}"
        self.names = [f"{tag}_{number}" for number in range(files)]
        self.paths = [folder / f"{name}.py" for name in self.names]
        last = last or "    raise ValueError(f'bad value {depth!r}')"
        texts = [HEADER.format(modules=", ".join(self.names)) for _ in range(files)]
        for number in range(frames):
            following = f"{self.names[(number + 1) % files]}.step_{number + 1}"
            call = (
                last
                if number == frames - 1
                else CALL_LINES[number % len(CALL_LINES)].format(next=following)
            )
            texts[number % files] += FUNCTION.format(name=f"step_{number}", call=call)
        for path, text in zip(self.paths, texts, strict=True):
            path.write_text(text)
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        self.modules = [importlib.import_module(name) for name in self.names]

    def run(self) -> BaseException:
        """Return the exception, raised anew, with the frames of the project alone."""
        first: Any = self.modules[0]
        return failure(lambda: first.step_0(first.Context(), 0))

    def forget(self) -> None:
        """Drop modules and files."""
        for name, path in zip(self.names, self.paths, strict=True):
            sys.modules.pop(name, None)
            path.unlink()


def failure(call: Callable[[], object]) -> BaseException:
    """Return what `call` raises, without the frames of this file."""
    try:
        call()
    except BaseException as exc:
        tb = exc.__traceback__
        while tb is not None and tb.tb_frame.f_code.co_filename == __file__:
            tb = tb.tb_next
        return exc.with_traceback(tb)
    raise AssertionError("the workload did not fail")


def module_of(folder: Path, text: str) -> Any:
    """Return a module with this source, imported from a file in `folder`."""
    name = f"workload_{next(_fresh)}"
    (folder / f"{name}.py").write_text(text)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return importlib.import_module(name)


RECURSION = '''
import sys

def direct(n):
    return direct(n + 1) + 1

def ping(n):
    return [pong(n + 1)]

def pong(n):
    return ping(n + 1) or None

def limited(function, frames):
    """Let `function` recurse for about that many more frames."""
    depth, frame = 0, sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back
    old = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + frames)
    try:
        function(0)
    finally:
        sys.setrecursionlimit(old)
'''
CHAIN = """
def level(n):
    try:
        if n == 0:
            return {}["missing"]
        return level(n - 1)
    except Exception as error:
        raise RuntimeError(f"level {n} failed") from (error if n % 2 else None) or error
"""
GROUP = """
def leaf(number, depth):
    if depth:
        return leaf(number, depth - 1) + 1
    raise ValueError(f"leaf {number}")

def collect(width, depth):
    errors = []
    for number in range(width):
        try:
            leaf(number, depth - 1)
        except ValueError as error:
            errors.append(error)
    raise ExceptionGroup("several failed", errors)
"""
NAMES = """
def work(alpha_value, beta_value):
    gamma_value = alpha_value
    return gama_value + beta_value
""" + "".join(f"constant_number_{n} = {n}\n" for n in range(200))


def recursion(folder: Path, function: str, frames: int) -> BaseException:
    """Return a RecursionError of about that many frames."""
    module = module_of(folder, RECURSION)
    return failure(lambda: module.limited(getattr(module, function), frames))


def chain(folder: Path) -> BaseException:
    """Return a chain of five exceptions, each raised while handling the one before."""
    module = module_of(folder, CHAIN)
    return failure(lambda: module.level(4))


def group(folder: Path) -> BaseException:
    """Return a group of ten, each with five frames."""
    module = module_of(folder, GROUP)
    return failure(lambda: module.collect(10, 5))


def wide_group(folder: Path) -> BaseException:
    """Return a group of 50,000, each with a frame."""
    module = module_of(folder, GROUP)
    return failure(lambda: module.collect(50_000, 1))


def name_error(folder: Path) -> BaseException:
    """Return a NameError in a module of 200 names."""
    module = module_of(folder, NAMES)
    return failure(lambda: module.work(1, 2))


def missing_module(folder: Path) -> BaseException:
    """Return a ModuleNotFoundError."""
    module = module_of(folder, "def work():\n    import no_such_module_anywhere\n")
    return failure(module.work)


def forget_sources() -> None:
    """Clear linecache, as in a process that has printed no traceback yet."""
    linecache.clearcache()
