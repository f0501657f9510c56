"""Our hooks in the places of the interpreter's own: `sys.excepthook` and its like.

The rule: ours stands where the interpreter's own stood, and nowhere else.  So it does in
`sys.__excepthook__`, which programs compare with `sys.excepthook` to learn whether there is a hook
of another library; and in `sys.excepthook` itself unless there is one.  Such a hook is called as
ever, and is in charge: it prints or passes on.  What it passes on to the interpreter's own hook,
wherever it got that from, ours prints if the interpreter lets it (`Printer`).
"""

from __future__ import annotations

import _thread
import sys

from lastwords._backend import native
from lastwords._contained import pass_on
from lastwords._hooks import patches, styles, uncaught
from lastwords._hooks.feature import Feature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType
    from typing import Any

    Hook = Callable[..., Any]

_ABSENT = object()


class HookFeature(Feature):
    """One of the interpreter's hooks: `own` is its, `hook` is ours."""

    def __init__(
        self,
        module: str,
        attribute: str,
        own: Hook | None,
        make: Callable[[set[object], Hook], Hook],
    ) -> None:
        super().__init__(module)
        self.attribute = attribute
        self.own = own
        self.hook = None if own is None else make(self.users, own)
        self._places = (attribute, f"__{attribute}__")
        self._replaced: dict[str, object] = {}

    def place(self, module: ModuleType) -> None:
        if self.hook is None:
            return
        names = patches.namespace_of(module)
        for name in self._places:
            current = names.get(name, _ABSENT)
            # A hook that is missing or None: the interpreter complains, and prints by its own.
            missing = name == self.attribute and (current is None or current is _ABSENT)
            if current is self.hook:
                # It may be left from before: under another library's hook, which has gone since.
                self._replaced.setdefault(name, self.own)
            elif current is self.own or missing:
                self._replaced[name] = current
                names[name] = self.hook

    def remove(self, module: ModuleType | None) -> bool:
        if module is None or self.hook is None:
            return True
        names = patches.namespace_of(module)
        complete = True
        for name in self._places:
            current = names.get(name)
            was_placed = name in self._replaced
            previous = self._replaced.get(name, self.own)
            if current is not self.hook:
                # Another library's hook lies over ours and may call it: ours passes all on.
                covered = was_placed and current is not None and current is not self.own
                complete = complete and not covered
            elif previous is _ABSENT:
                del names[name]
            else:
                names[name] = previous
            self._replaced.pop(name, None)
        return complete


def _own(module: ModuleType, name: str) -> Hook | None:
    """Return the interpreter's hook, unless the program has replaced it wherever it was."""
    for attribute in (f"__{name}__", name):
        hook: Hook | None = getattr(module, attribute, None)
        if type(hook) is type(len) and hook.__module__ == "sys":
            return hook
    return None


# What the hooks need themselves they hold: the program may have emptied `builtins`, and the
# interpreter's end takes the names of this module away.


def _printed(report: Hook, *args: object, error_class: type[Exception] = Exception) -> bool:
    """Print by ours; False if it is for the interpreter's own hook to print.

    That is so if the program has changed how it prints; or if ours failed: C code may not.
    """
    try:
        if patches.interpreter_prints_otherwise():
            return False
        report(*args)
    except error_class as error:
        try:
            pass_on(error)
        except error_class as raised:
            if raised is error:
                raise
        return False  # `pass_on` itself may fail while the interpreter ends
    return True


def _directly(function: Hook, *args: object) -> None:
    function(*args)


_call: Hook = _directly if native is None else native.traced
"""Calls what a profiler or tracer of the program's sees, if it is not C code."""

# What a signal handler raises while we print leaves the hook.  The interpreter then reports both
# exceptions; if it wouldn't, the first one is printed here.


def _mark_interrupted(
    *, run: Hook = exec, interrupt: type[BaseException] = KeyboardInterrupt
) -> None:
    """Have the interpreter end by SIGINT, after a KeyboardInterrupt that ends the program.

    It does so if the last text that it ran left by one.  Imports that the report needs may have run
    another since: `namedtuple` does.
    """
    try:
        run("raise interrupt", {"interrupt": interrupt})
    except interrupt:
        pass


def _make_excepthook(users: set[object], own: Hook) -> Hook:
    report, printed, call = uncaught.print_exception, _printed, _call
    interrupt, mark_interrupted, getframe = KeyboardInterrupt, _mark_interrupted, sys._getframe
    exit_class = SystemExit

    def excepthook(
        exc_type: type[BaseException], value: BaseException, tb: TracebackType | None, /
    ) -> None:
        """Print an exception that ends the program or a statement of an interactive session."""
        ends = exc_type is interrupt and getframe().f_back is None
        try:
            # With a caller, an interrupt is printed by the interpreter, which from 3.13 on calls
            # the Printer and knows afterwards that it is to end by SIGINT, if it is.
            is_ours = users and (ends or exc_type is not interrupt)
            if is_ours and printed(report, exc_type, value, tb):
                return
        except exit_class:  # the interpreter exits without another word
            call(own, exc_type, value, tb)
            raise
        finally:
            if ends:
                mark_interrupted()
        call(own, exc_type, value, tb)

    return _hook(excepthook, "excepthook")


def _make_threading_excepthook(users: set[object], own: Hook) -> Hook:
    report, printed, call = uncaught.print_in_thread, _printed, _call

    def threading_excepthook(args: Any, /) -> None:
        """Print an exception that ends a thread."""
        if not (users and printed(report, args)):
            call(own, args)

    return _hook(threading_excepthook, "threading_excepthook")


def _make_unraisablehook(users: set[object], own: Hook) -> Hook:
    report, printed, call = uncaught.print_unraisable, _printed, _call
    every_class = BaseException

    def unraisablehook(unraisable: Any, /) -> None:
        """Print an exception that could not be raised."""
        try:
            if users and printed(report, unraisable):
                return
        except every_class:
            call(own, unraisable)
            raise
        call(own, unraisable)

    return _hook(unraisablehook, "unraisablehook", postpone=True)


def _hook(function: Any, name: str, *, postpone: bool = False) -> Hook:
    """Return the function as a hook: works where the stack ends, and no profiler sees into it.

    Its name is the one that it has in this module, by which it is pickled.  What leaves it is
    raised after it has ended if `postpone` is true.
    """
    function.__name__ = function.__qualname__ = name
    hook: Hook = function if native is None else native.Hook(function, postpone)
    return hook


EXCEPTHOOK = HookFeature("sys", "excepthook", _own(sys, "excepthook"), _make_excepthook)
THREADING = HookFeature(
    "threading",
    "excepthook",
    getattr(_thread, "_excepthook", None),
    _make_threading_excepthook,
)
UNRAISABLE = HookFeature("sys", "unraisablehook", _own(sys, "unraisablehook"), _make_unraisablehook)

excepthook = EXCEPTHOOK.hook
threading_excepthook = THREADING.hook
unraisablehook = UNRAISABLE.hook


class Printer(Feature):
    """The function by which the interpreter's own hooks print, from 3.13 on.

    A hook of another library that has kept the interpreter's own and passes exceptions on to it
    comes by here.
    """

    def __init__(self) -> None:
        super().__init__("traceback")
        self._original: Hook | None = None
        self._replacement: Hook | None = None

    def place(self, module: ModuleType) -> None:
        names = patches.namespace_of(module)
        original: Any = names.get(patches.PRINTER)
        if original is not self._replacement and patches.is_original(original, names):
            self._original = original
            self._replacement = names[patches.PRINTER] = _make_printer(self.users, original)

    def remove(self, module: ModuleType | None) -> bool:
        if self._replacement is None or module is None:
            return True
        names = patches.namespace_of(module)
        current = names.get(patches.PRINTER)
        complete = current is self._replacement or current is self._original
        if complete:
            names[patches.PRINTER] = self._original
        self._replacement = None
        return complete


def _make_printer(users: set[object], original: Hook) -> Hook:
    ours, printed, stderr, call = styles.print_exception, _printed, uncaught.stderr, _call

    def _print_exception_bltin(exc: BaseException, /, *file: Any) -> None:
        """Print an exception for the interpreter's own hooks, which write its header."""
        target = file[0] if file else stderr()  # 3.13 gives none
        if not (users and target is not None and printed(ours, exc, None, target)):
            call(original, exc, *file)

    return _hook(_print_exception_bltin, patches.PRINTER)


PRINTER = Printer()
