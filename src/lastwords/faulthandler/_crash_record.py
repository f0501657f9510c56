"""Facts about the process for the record of a fatal signal: owns what is known in advance.

The handler writes the record itself and can only copy what was rendered before: `switch()` renders
it, and hands it over with the record's path.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from lastwords import _native
from lastwords.errors import RecordError

if TYPE_CHECKING:
    from typing import Any

LETTERS = "ptehs%"
"""What may follow a percent sign in the path: see docs/record.md."""

_MOST_FACTS = 60_000  # bytes: the handler has a buffer of 64 KiB


def switch(template: str | bytes | os.PathLike[str] | None) -> None:
    """Write a record to `template` at a fatal signal; None: write none.

    Raises RecordError when the path can't be used.
    """
    if template is None:
        _native._set_record(None)
        return
    path = os.path.abspath(os.fsdecode(template))
    _check(path)
    _native._set_record(
        os.fsencode(path),
        os.fsencode(os.path.basename(_program())) or b"python",
        os.fsencode(os.uname().nodename),
        _rendered(),
    )


def _check(path: str) -> None:
    """Raise for a letter that is not known and for a directory that is not there."""
    rest = path
    while rest:
        _, percent, rest = rest.partition("%")
        if (percent and rest[:1] not in LETTERS) or (percent and not rest):
            message = f"unknown %{rest[:1]} in the path of the record"
            raise RecordError(message, hint="known are %p %t %e %h %s %%")
        rest = rest[1:]
    directory = os.path.dirname(path)
    if "%" not in directory and not os.path.isdir(directory):
        message = f"there is no directory {directory!r} for the record"
        raise RecordError(message, hint="make it before")


def _program() -> str:
    """Return what runs: the script, or `-c` and the like."""
    return sys.argv[0] if getattr(sys, "argv", None) and sys.argv[0] else sys.executable


def _started() -> float | None:
    """Return when the process started, in seconds since 1970; None where nothing says so."""
    import time

    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/uptime", "rb") as file:
            uptime = float(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return round(time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK"), 2)


def _facts() -> dict[str, Any]:
    """Return the members of the "process" line that do not change."""
    from lastwords import __version__

    system = os.uname()
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, OSError, ValueError):
        libc = None
    return {
        "program": _program(),
        "argv": list(sys.orig_argv),
        "executable": sys.executable,
        "working_directory": _working_directory(),
        "uid": os.getuid(),
        "host": system.nodename,
        "started": _started(),
        "lastwords": __version__,
        "python": {
            "version": ".".join(map(str, sys.version_info[:3])),
            "build": sys.version,
            "implementation": sys.implementation.name,
            "tag": sys.implementation.cache_tag,
        },
        "platform": {
            "system": system.sysname,
            "release": system.release,
            "machine": system.machine,
            "libc": libc,
        },
    }


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _rendered() -> bytes:
    """Render the facts as members of a JSON object, without its braces."""
    import json

    facts = _facts()
    text = json.dumps(facts)
    if len(text) > _MOST_FACTS:
        facts["argv"] = [argument[:200] for argument in facts["argv"][:200]]
        text = json.dumps(facts)
    return text[1:-1].encode("ascii")
