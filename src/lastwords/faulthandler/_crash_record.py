"""The record of a fatal signal: its path, and the facts about the process that are known before.

The fault handler writes the record and can only copy facts that are ready: `set_record_path()`
renders them, and passes them to the handler with the path.  Facts that may change until then, or in
a child (process ids, user, directory), the handler gets from the kernel.
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
"""Letters that may follow a percent sign in the path; see docs/record.md."""

_MOST_FACTS = 60_000  # bytes: the handler has a buffer of 64 KiB
_MOST_TEXT = 4096  # bytes of one text in them
_MOST_NAME = 100  # bytes of the program's name in the name of a file
_MOST_PATH = 4095  # bytes: the kernel's limit
_LONGEST_SUFFIX = 2  # ".9"
_CONTINUATION, _CONTINUATION_MASK = 0x80, 0xC0  # in UTF-8, a byte after a character's first
_NOT_WITHIN_A_LINE = {code: f"\\u{code:04x}" for code in (0x7F, 0x85, 0x2028, 0x2029)}
"""Characters that JSON allows in a string, but that end a line for some readers."""


def set_record_path(template: str | bytes | os.PathLike[str] | None) -> None:
    """Make the fault handler write a record to `template` (None: no record) at a fatal signal.

    Raises RecordError if the path can't be used.
    """
    if template is None:
        _native._set_record(None)
        return
    path = _checked_path(os.fsdecode(template))
    _native._set_record(os.fsencode(path), _program_name(), _rendered_facts())


# -- the path --


def _checked_path(template: str) -> str:
    """Return the absolute path.  Raises RecordError if no record can be written to it."""
    if not template:
        raise RecordError("the path of the record is empty", hint="pass None to write no record")
    if "\0" in template:
        raise RecordError(f"there is a NUL in the path {template!r}", hint="no path can have it")
    _check_letters(template)
    if os.path.basename(template) in ("", ".", ".."):
        raise _is_a_directory(template)
    try:
        path = os.path.abspath(template)
        size = len(os.fsencode(path))
    except UnicodeEncodeError:
        message = f"the path {template!r} can't be encoded"
        raise RecordError(message, hint="no path can have it") from None
    except OSError:  # the working directory was removed
        message = f"there is no working directory for {template!r}"
        raise RecordError(message, hint="give an absolute path") from None
    if size > _MOST_PATH:
        raise RecordError(
            f"the path of the record has {size} bytes", hint="at most 4,095 are allowed"
        )
    _check_directory(os.path.dirname(path))
    _check_file(path)
    return path


def _is_a_directory(path: str) -> RecordError:
    return RecordError(f"{path!r} is a directory", hint="name a file in it, e.g. %e.%p.jsonl")


def _check_letters(path: str) -> None:
    """Raise RecordError for an unknown letter after a percent sign."""
    rest = path
    while rest:
        _, percent, rest = rest.partition("%")
        if (percent and rest[:1] not in LETTERS) or (percent and not rest):
            message = f"unknown %{rest[:1]} in the path of the record"
            raise RecordError(message, hint="use %p %t %e %h %s %%")
        rest = rest[1:]


def _check_directory(directory: str) -> None:
    """Raise RecordError if no record can be written to the directory; warn if none can now."""
    if "%" in directory.replace("%%", ""):
        return  # its name is known only when the process dies
    directory = directory.replace("%%", "%")
    if not os.path.isdir(directory):
        message = f"there is no directory {directory!r} for the record"
        raise RecordError(message, hint="make it first")
    if _device(directory) in {_device(kernel) for kernel in ("/proc", "/sys")} - {_device("/")}:
        message = f"no record can be written to {directory!r}, which is the kernel's"
        raise RecordError(message, hint="name a file in a directory on a disk")
    effective = os.access in os.supports_effective_ids
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=effective):
        # Not an error: the process may have other rights when it dies.
        message = f"the record can't be written to {directory!r} with the rights of this process"
        warnings.warn(message, RuntimeWarning, stacklevel=5)


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None


def _check_file(path: str) -> None:
    """Raise RecordError if the path can't be that of a regular file."""
    expanded = _expanded(path)
    longest = len(os.fsencode(os.path.basename(expanded))) + _LONGEST_SUFFIX
    most = _longest_name(os.path.dirname(expanded))
    if longest > most:
        message = f"the file name of the record has up to {longest} bytes"
        raise RecordError(message, hint=f"at most {most} are allowed")
    if "%" in path.replace("%%", ""):
        return
    try:
        mode = os.stat(expanded).st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        raise _is_a_directory(path)
    if not stat.S_ISREG(mode):
        hint = "name a new file; a pipe or a terminal can only be the argument `file`"
        raise RecordError(f"{path!r} is not a regular file", hint=hint)


def _expanded(path: str) -> str:
    """Return the longest path that the template may become, with a program's name of one byte."""
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
    """Return the text in at most `most` bytes, cut after a whole character."""
    if len(text) <= most // 4:
        return text
    encoded = text[: most + 1].encode("utf-8", "surrogatepass")
    if len(encoded) <= most:
        return text
    end = most - len(mark)
    while encoded[end] & _CONTINUATION_MASK == _CONTINUATION:
        end -= 1
    return encoded[:end].decode("utf-8", "surrogatepass") + mark


def _text(value: object) -> str | None:
    """Return a variable of `sys` as text; the program may have set it to any object."""
    if value is None:
        return None
    try:
        return _cut(str(value), _MOST_TEXT)
    except BaseException as error:
        _contained.pass_on(error)
        return None


def _program() -> str:
    """Return the name of the program: the script, or `-c` and the like."""
    arguments = getattr(sys, "argv", None)
    first = arguments[0] if isinstance(arguments, list) and arguments else None
    return _text(first) or _text(sys.executable) or "python"


def _program_name() -> bytes:
    """Return the program's name for use in the name of a file."""
    name = _cut(os.path.basename(_program()), _MOST_NAME, "").replace("\0", "_") or "python"
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        return name.encode("ascii", "replace")


def _facts() -> dict[str, Any]:
    """Return the constant members of the record's "process" line, without the arguments."""
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
    """Return a value as JSON in UTF-8; undecodable bytes (surrogateescape) become escapes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_NOT_WITHIN_A_LINE).encode("utf-8", "backslashreplace")


def _arguments() -> list[str]:
    """Return the command line, as the interpreter got it."""
    arguments = getattr(sys, "orig_argv", None)
    if not isinstance(arguments, list):
        return []
    return [argument for argument in arguments if isinstance(argument, str)]


def _rendered_facts() -> bytes:
    """Return the facts as members of a JSON object, without its braces."""
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
