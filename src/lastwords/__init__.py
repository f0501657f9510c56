"""lastwords: what a Python program says when it fails, and why.

`lastwords.traceback` and `lastwords.faulthandler` replace the standard modules of these names;
`install()` puts lastwords in place for a whole program.  Importing this package loads nothing but
the name; each part is loaded when it is first used.
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
"""The public names by the module that defines them."""

_PARTS = ("faulthandler", "traceback")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def __getattr__(name: str) -> "Any":
    """Load a part of the package when it is first asked for."""
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
