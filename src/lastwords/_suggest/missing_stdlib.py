"""The messages for missing modules of the standard library.

Owns what replaces "No module named": the interpreter's own messages if it has them (CPython 3.15;
distributors put the names of their packages there), else messages by platform.
"""

from __future__ import annotations

import sys

from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on

_WINDOWS_ONLY = (
    "_overlapped",
    "_testconsole",
    "_winapi",
    "_wmi",
    "msvcrt",
    "nt",
    "winreg",
    "winsound",
)


def _platform_messages() -> dict[str, str]:
    messages = {}
    if sys.platform != "win32":
        for name in _WINDOWS_ONLY:
            messages[name] = (
                f"Unsupported platform for Windows-only standard library module '{name}'"
            )
    if sys.platform != "darwin":
        messages["_scproxy"] = "Unsupported platform for standard library module '_scproxy'"
    return messages


def load() -> dict[str, str]:
    """Return {module name: message}."""
    try:
        info = standard_library.module("_missing_stdlib_info")
    except ImportError as error:
        pass_on(error)
        return _platform_messages()
    messages: dict[str, str] = info._MISSING_STDLIB_MODULE_MESSAGES
    return messages
