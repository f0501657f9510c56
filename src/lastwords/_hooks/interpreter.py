"""Our hooks in the places of the interpreter's own: `sys.excepthook` and the like.

The rule: ours stands where the interpreter's own stood, and nowhere else.  It replaces
`sys.__excepthook__`, which programs compare with `sys.excepthook` to learn whether there is a hook
of another library; and `sys.excepthook` itself, unless there is one.  A hook of another library is
called as before and is in charge: it prints or passes on.  What it passes on to the interpreter's
own hook, ours prints if the interpreter calls the standard module for that (`Printer`).
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
    """One of the interpreter's hooks: `own` is the interpreter's function, `hook` is ours."""

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
            # If a hook is missing or None, the interpreter complains, and prints by its own.
            missing = name == self.attribute and (current is None or current is _ABSENT)
            if current is self.hook:
                # Left by an earlier remove(), below another library's hook that has gone since.
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
                # Another library's hook is set and may call ours, which passes all on.
                covered = was_placed and current is not None and current is not self.own
                complete = complete and not covered
            elif previous is _ABSENT:
                del names[name]
            else:
                names[name] = previous
            self._replaced.pop(name, None)
        return complete


def _own(module: ModuleType, name: str) -> Hook | None:
    """Return the interpreter's hook; None if the program has replaced it in both places."""
    for attribute in (f"__{name}__", name):
        hook: Hook | None = getattr(module, attribute, None)
        if type(hook) is type(len) and hook.__module__ == "sys":
            return hook
    return None


# The hooks hold all that they need in their closures: the program may have emptied `builtins`, and
# the names of this module are gone when the interpreter ends.


def _print_ours(report: Hook, *args: object, error_class: type[Exception] = Exception) -> bool:
    """Print by ours; return False if the interpreter's own hook is to print instead.

    That is so if the program has changed how that prints, or if ours has failed.
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
"""Calls a function so that the program's profiler or tracer sees it, unless it is written in C."""

# If a signal handler raises while a hook prints, its exception leaves the hook.  The interpreter
# then reports both; where it would not, the hook has the first one printed before it raises.


def _mark_interrupted(
    *, run: Hook = exec, interrupt: type[BaseException] = KeyboardInterrupt
) -> None:
    """Make the interpreter end by SIGINT after a KeyboardInterrupt that ends the program.

    It does so if the last source text that it ran raised a KeyboardInterrupt.  An import for the
    report may have run another since (`namedtuple` runs one), so run one that raises.
    """
    try:
        run("raise interrupt", {"interrupt": interrupt})
    except interrupt:
        pass


def _make_excepthook(users: set[object], own: Hook) -> Hook:
    report, print_ours, call = uncaught.print_exception, _print_ours, _call
    interrupt, mark_interrupted, getframe = KeyboardInterrupt, _mark_interrupted, sys._getframe
    exit_class = SystemExit

    def excepthook(
        exc_type: type[BaseException], value: BaseException, tb: TracebackType | None, /
    ) -> None:
        """Print an exception that ends the program or a statement of an interactive session."""
        ends = exc_type is interrupt and getframe().f_back is None
        try:
            # If the hook has a caller, the interpreter prints an interrupt (from 3.13 on by the
            # Printer): it then knows whether to end by SIGINT.
            is_ours = users and (ends or exc_type is not interrupt)
            if is_ours and print_ours(report, exc_type, value, tb):
                return
        except exit_class:  # the interpreter would exit and not print the first one
            call(own, exc_type, value, tb)
            raise
        finally:
            if ends:
                mark_interrupted()
        call(own, exc_type, value, tb)

    return _hook(excepthook, "excepthook")


def _make_threading_excepthook(users: set[object], own: Hook) -> Hook:
    report, print_ours, call = uncaught.print_in_thread, _print_ours, _call

    def threading_excepthook(args: Any, /) -> None:
        """Print an exception that ends a thread."""
        if not (users and print_ours(report, args)):
            call(own, args)

    return _hook(threading_excepthook, "threading_excepthook")


def _make_unraisablehook(users: set[object], own: Hook) -> Hook:
    report, print_ours, call = uncaught.print_unraisable, _print_ours, _call
    every_class = BaseException

    def unraisablehook(unraisable: Any, /) -> None:
        """Print an exception that could not be raised."""
        try:
            if users and print_ours(report, unraisable):
                return
        except every_class:
            call(own, unraisable)
            raise
        call(own, unraisable)

    return _hook(unraisablehook, "unraisablehook", postpone=True)


def _hook(function: Any, name: str, *, postpone: bool = False) -> Hook:
    """Return the function as a hook that runs near the stack's limit and is hidden from profilers.

    `name` is its name in this module, by which it is pickled.  If `postpone` is true, an exception
    that leaves the function is raised after the hook has returned.
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

    It prints the exceptions that hooks of other libraries pass on to the interpreter's own hook.
    """

    def __init__(self) -> None:
        super().__init__("traceback")
        self._original: Hook | None = None
        self._replacement: Hook | None = None

    def place(self, module: ModuleType) -> None:
        names = patches.namespace_of(module)
        original: Any = names.get(patches.PRINTER_NAME)
        if original is not self._replacement and patches.is_original(original, names):
            self._original = original
            self._replacement = names[patches.PRINTER_NAME] = _make_printer(self.users, original)

    def remove(self, module: ModuleType | None) -> bool:
        if self._replacement is None or module is None:
            return True
        names = patches.namespace_of(module)
        current = names.get(patches.PRINTER_NAME)
        complete = current is self._replacement or current is self._original
        if complete:
            names[patches.PRINTER_NAME] = self._original
        self._replacement = None
        return complete


def _make_printer(users: set[object], original: Hook) -> Hook:
    ours, print_ours, stderr, call = styles.print_exception, _print_ours, uncaught.stderr, _call

    def _print_exception_bltin(exc: BaseException, /, *file: Any) -> None:
        """Print an exception for the interpreter's own hooks, which write what precedes it."""
        target = file[0] if file else stderr()  # 3.13 passes no file
        if not (users and target is not None and print_ours(ours, exc, None, target)):
            call(original, exc, *file)

    return _hook(_print_exception_bltin, patches.PRINTER_NAME)


PRINTER = Printer()
