"""lastwords: what a Python program says when it fails, and why.

`lastwords.traceback` and `lastwords.faulthandler` replace the standard modules of these names;
`install()` makes a whole program report by lastwords.  Importing this package loads nothing else;
each part is loaded when it is first used.
"""

__version__ = "0.1.0"

__all__ = [
    "FormatError",
    "Installation",
    "LastwordsError",
    "NativeStatus",
    "RecordError",
    "StyleError",
    "__version__",
    "install",
    "native_status",
    "uninstall",
    "watchdog",
]

_HOME = {
    "FormatError": "errors",
    "Installation": "_hooks",
    "LastwordsError": "errors",
    "NativeStatus": "status",
    "RecordError": "errors",
    "StyleError": "errors",
    "install": "_hooks",
    "native_status": "status",
    "uninstall": "_hooks",
}
"""Public name → the module that defines it."""

_PARTS = ("faulthandler", "traceback")

_BEFORE_FORK = {
    "lastwords": ("faulthandler", "watchdog"),
    "lastwords.traceback": (
        "traceback._functions",
        "traceback._rebuilt",
        "traceback._saved_form",
        "_excerpt.carets",
        "_excerpt.graphemes",
        "_excerpt.syntax_error",
        "_suggest.keywords",
        "_suggest.missing_module",
        "_suggest.missing_stdlib",
        "_suggest.other_languages",
        "_suggest.suggestions",
    ),
    "lastwords._hooks": ("_plus",),
}
"""Module → the modules that it imports when it first needs them."""

_STANDARD_BEFORE_FORK = (
    *("_colorize", "codeop", "collections", "contextlib", "keyword", "linecache", "opcode", "re"),
    *("tokenize", "types", "unicodedata", "warnings"),
)
"""Standard modules that the parts of `lastwords.traceback` import when they first need them.

Not `ast` and `difflib`: they take long, and the standard `traceback` imports them late too.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def __getattr__(name: str) -> "Any":
    """Load a part of the package when its name is first used."""
    import sys

    if name == "watchdog" or name in _HOME or name in _PARTS:
        home = f"lastwords.{_HOME.get(name, name)}"
        __import__(home)
        part = sys.modules[home]
        value = part if name in _PARTS else getattr(part, name)
        globals()[name] = value
        return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message, name=name, obj=sys.modules[__name__])


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_PARTS})


def _load_before_fork() -> None:
    """Before a fork, import what the child may need, if this process has other threads.

    They do not exist in the child.  One that is importing a module during the fork would leave
    that module's import lock held for ever there.
    """
    import sys

    if len(sys._current_frames()) == 1:
        return
    wanted = [
        (__import__, f"lastwords.{part}")
        for module, parts in _BEFORE_FORK.items()
        for part in parts
        if module in sys.modules
    ]
    if "lastwords.traceback" in sys.modules:
        # Not by a statement: it lies below what imports this package.
        __import__("lastwords._standard_library")
        module = sys.modules["lastwords._standard_library"].module
        wanted += [(module, name) for name in _STANDARD_BEFORE_FORK]
    for load, name in wanted:
        try:
            load(name)
        except Exception:  # what cannot be imported here cannot be there either
            pass


try:
    from posix import register_at_fork
except ImportError:  # a platform without fork()
    pass
else:
    register_at_fork(before=_load_before_fork)
    del register_at_fork
