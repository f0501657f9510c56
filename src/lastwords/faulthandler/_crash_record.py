"""Facts about the process for the record of a fatal signal: owns what is known in advance.

The handler writes the record itself and can only copy what was rendered before: `switch()` renders
it, and hands it over with the record's path.  What may be another process's by then (its ids, its
user, its directory) the handler asks for.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import warnings
from typing import TYPE_CHECKING

from lastwords import __version__, _contained, _native
from lastwords.errors import RecordError
from lastwords.faulthandler._masked import masked

if TYPE_CHECKING:
    from typing import Any

LETTERS = "ptehs%"
"""What may follow a percent sign in the path: see docs/record.md."""

_MOST_FACTS = 60_000  # bytes: the handler has a buffer of 64 KiB
_MOST_TEXT = 4096  # bytes of one text among them
_MOST_NAME = 100  # bytes of the program's name as a part of a file's
_MOST_PATH = 4095  # bytes: the kernel's limit
_LONGEST_SUFFIX = 2  # ".9"
_FURTHER, _FURTHER_MASK = 0x80, 0xC0  # a byte of UTF-8 within a character
_NOT_WITHIN_A_LINE = {code: f"\\u{code:04x}" for code in (0x7F, 0x85, 0x2028, 0x2029)}
"""Characters that JSON allows, and that some readers take for the end of a line."""


def switch(template: str | bytes | os.PathLike[str] | None) -> None:
    """Write a record to `template` at a fatal signal; None: write none.

    Raises RecordError when the path can't be used.
    """
    if template is None:
        _native._set_record(None)
        return
    path = _usable(os.fsdecode(template))
    _native._set_record(os.fsencode(path), _name(), _rendered())


# -- the path --


def _usable(template: str) -> str:
    """Return the absolute path; raise for one that no record can be written to."""
    if not template:
        raise RecordError("the path of the record is empty", hint="None switches the record off")
    if "\0" in template:
        raise RecordError(f"there is a NUL in the path {template!r}", hint="no file can have it")
    _check_letters(template)
    if os.path.basename(template) in ("", ".", ".."):
        raise _is_a_directory(template)
    try:
        path = os.path.abspath(template)
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        message = f"the path {template!r} can't be encoded"
        raise RecordError(message, hint="no file can have it") from None
    except OSError:  # the working directory was removed
        message = f"there is no working directory for {template!r}"
        raise RecordError(message, hint="give an absolute path") from None
    if size > _MOST_PATH:
        raise RecordError(f"the path of the record has {size} bytes", hint="4,095 are possible")
    _check_directory(os.path.dirname(path))
    _check_file(path)
    return path


def _is_a_directory(path: str) -> RecordError:
    return RecordError(f"{path!r} is a directory", hint="name a file in it, e.g. %e.%p.jsonl")


def _check_letters(path: str) -> None:
    """Raise for a letter that is not known."""
    rest = path
    while rest:
        _, percent, rest = rest.partition("%")
        if (percent and rest[:1] not in LETTERS) or (percent and not rest):
            message = f"unknown %{rest[:1]} in the path of the record"
            raise RecordError(message, hint="known are %p %t %e %h %s %%")
        rest = rest[1:]


def _check_directory(directory: str) -> None:
    """Raise for a directory that can't take a record; warn of one that can't now."""
    if "%" in directory.replace("%%", ""):
        return  # it is known when the process dies
    directory = directory.replace("%%", "%")
    if not os.path.isdir(directory):
        message = f"there is no directory {directory!r} for the record"
        raise RecordError(message, hint="make it before")
    if _device(directory) in {_device(kernel) for kernel in ("/proc", "/sys")} - {_device("/")}:
        message = f"{directory!r} is the kernel's and takes no record"
        raise RecordError(message, hint="name a file in a directory that takes new ones")
    effective = os.access in os.supports_effective_ids
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=effective):
        # The process may get or drop rights until it dies.
        message = f"the record can't be written to {directory!r} with the rights of this process"
        warnings.warn(message, RuntimeWarning, stacklevel=5)


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None


def _check_file(path: str) -> None:
    """Raise for a name that no regular file can have."""
    expanded = _expanded(path)
    longest = len(os.fsencode(os.path.basename(expanded))) + _LONGEST_SUFFIX
    most = _longest_name(os.path.dirname(expanded))
    if longest > most:
        message = f"the name of the record has up to {longest} bytes"
        raise RecordError(message, hint=f"{most} are possible")
    if "%" in path.replace("%%", ""):
        return
    try:
        mode = os.stat(expanded).st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        raise _is_a_directory(path)
    if not stat.S_ISREG(mode):
        hint = "a record is a new file; the text can go to one that is there"
        raise RecordError(f"{path!r} is not a regular file", hint=hint)


def _expanded(path: str) -> str:
    """Return the path as it may become; the program's name, which can be any, is one byte."""
    pid, seconds, host = "4194304", "1" * 10, os.uname().nodename
    values = {"%": "%", "p": pid, "t": seconds, "e": "e", "h": host, "s": "11"}
    first, *rest = path.replace("%%", "\0").split("%")
    return (first + "".join(values[part[0]] + part[1:] for part in rest)).replace("\0", "%")


def _longest_name(directory: str) -> int:
    try:
        return os.pathconf(directory, "PC_NAME_MAX")
    except (OSError, ValueError):
        return 255


# -- the facts --


def _cut(text: str, most: int, mark: str = "...") -> str:
    """Return the text in at most `most` bytes, cut at the end of a character."""
    if len(text) <= most // 4:
        return text
    encoded = text[: most + 1].encode("utf-8", "surrogatepass")
    if len(encoded) <= most:
        return text
    end = most - len(mark)
    while encoded[end] & _FURTHER_MASK == _FURTHER:
        end -= 1
    return encoded[:end].decode("utf-8", "surrogatepass") + mark


def _text(value: object) -> str | None:
    """Return a variable of `sys`, which the program may have set to anything, as a text."""
    if value is None:
        return None
    try:
        return _cut(str(value), _MOST_TEXT)
    except BaseException as error:
        _contained.pass_on(error)
        return None


def _program() -> str:
    """Return what runs: the script, or `-c` and the like."""
    arguments = getattr(sys, "argv", None)
    first = arguments[0] if isinstance(arguments, list) and arguments else None
    return _text(first) or _text(sys.executable) or "python"


def _name() -> bytes:
    """Return the program's name as a part of a file's name."""
    name = _cut(os.path.basename(_program()), _MOST_NAME, "").replace("\0", "_") or "python"
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        return name.encode("ascii", "replace")


def _facts() -> dict[str, Any]:
    """Return the members of the "process" line that do not change, without the arguments."""
    system = os.uname()
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, OSError, ValueError):
        libc = None
    return {
        "program": _program(),
        "executable": _text(sys.executable),
        "lastwords": __version__,
        "python": {
            "version": ".".join(map(str, sys.version_info[:3])),
            "build": _text(sys.version) or "",
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


def _json(value: object) -> bytes:
    """Render in UTF-8; a byte of a name that is none becomes an escape (surrogateescape)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_NOT_WITHIN_A_LINE).encode("utf-8", "backslashreplace")


def _arguments() -> list[str]:
    """Return the command line."""
    arguments = getattr(sys, "orig_argv", None)
    if not isinstance(arguments, list):
        return []
    return [argument for argument in arguments if isinstance(argument, str)]


def _rendered() -> bytes:
    """Render the facts as members of a JSON object, without its braces."""
    facts = _json(_facts())[1:-1]
    arguments = _arguments()
    left = _MOST_FACTS - len(facts)
    shown: list[bytes] = []
    is_cut = False
    for argument in masked(arguments):
        short = _cut(argument, _MOST_TEXT)
        rendered = _json(short)
        left -= len(rendered) + 1
        if left < 0:
            is_cut = True
            break
        is_cut = is_cut or short is not argument
        shown.append(rendered)
    members = [facts, b'"argv":[%s]' % b",".join(shown), b'"argument_count":%d' % len(arguments)]
    if is_cut:
        members.append(b'"arguments_cut":true')
    return b",".join(members)
