"""Source lines: what `linecache` knows of a file, checked against the disk, read fast.

Owns the rules by which a frame gets its source text.  `linecache` stays the one cache: entries are
made and refreshed there, in its own form, so that debuggers and test tools see what they expect.
Where its functions or the ones below it have been replaced (doctest, IPython, pyfakefs), its own
functions do the work.
"""

from __future__ import annotations

import os
import sys

from lastwords import _overrides as overrides
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any

_PLAIN_ENTRY = 4
"""Length of a linecache entry that holds lines: (size, mtime, lines, fullname)."""

_LARGEST_CACHED = 16 << 20
"""Bytes: of a larger file only the lines that are asked for are read, and nothing is cached."""

_CHUNK = 1 << 20

_OTHER_LINE_ENDS = "\v\f\x1c\x1d\x1e"
"""ASCII characters that end a line for `str.splitlines`, and not in a file."""

_MOST_LINES = 10_000
"""A frame's range is cut to this many lines: only lying code objects have longer ones."""

_OPEN_FLAGS = (
    getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)
"""A named pipe that is called like a source file must not block; no child inherits the file."""

_os_stat = os.stat
_linecache_parts = overrides.Parts()


when_loaded: Callable[[Any], None] | None = None
"""Called with the linecache module once it has been imported."""


class _NoLinecache:
    """What stands for `linecache` where it can't be had: a program without files, a stub."""

    cache: Mapping[str, Any] = {}  # stays empty

    @staticmethod
    def getlines(*_: object) -> list[str]:
        return []

    @staticmethod
    def getline(*_: object) -> str:
        return ""

    @staticmethod
    def lazycache(*_: object) -> bool:
        return False

    checkcache = updatecache = lazycache


_linecache: Any = None
"""The module once it has been imported: what others put in its place later is not ours to ask."""


def linecache_module() -> Any:
    """Return the `linecache` module, imported at its first use (it is not cheap before 3.13)."""
    global _linecache
    if _linecache is not None:
        return _linecache
    try:
        linecache = standard_library.module("linecache")
        functions = own_functions(linecache)
        if when_loaded is not None:
            when_loaded(linecache)
    except Exception as error:
        pass_on(error)
        return _NoLinecache
    _linecache_parts.note_values(linecache, functions)
    _linecache = linecache  # last: it says that all is done
    return linecache


def own_functions(module: Any) -> dict[str, object]:
    """Return linecache's own functions by name; None for one that a program has replaced."""
    functions: dict[str, object] = {}
    for name in ("checkcache", "getline", "getlines", "lazycache", "updatecache"):
        function = getattr(module, name)
        functions[name] = function if _is_own(function, module, name) else None
    if "os" in module.__dict__:
        functions["os"] = os
    return functions


def _is_own(function: object, module: Any, name: str) -> bool:
    """Say whether linecache's authors wrote it; `functools.wraps` copies a name, but no code."""
    code = getattr(function, "__code__", None)
    return (
        code is not None
        and getattr(function, "__globals__", None) is module.__dict__
        and code.co_name == name
        and not hasattr(function, "__wrapped__")
    )


def ordinary() -> bool:
    """Say whether linecache works as its authors wrote it: nothing below a look-up is replaced."""
    return os.stat is _os_stat and _linecache_parts.are_ours()


def note_loader(filename: str, module_globals: dict[str, Any] | None) -> None:
    """Tell linecache of a module's loader, which may have the source (PEP 302)."""
    try:
        linecache_module().lazycache(filename, module_globals)
    except BaseException as error:
        pass_on(error)
        return


def is_known(filename: str) -> bool:
    """Say whether linecache has an entry for a file, be it only the way to its loader."""
    try:
        return filename in linecache_module().cache
    except BaseException as error:
        pass_on(error)
        return False


def confirm(filename: str) -> None:
    """Drop what linecache holds of a file that has changed since."""
    try:
        linecache_module().checkcache(filename)
    except BaseException as error:
        pass_on(error)
        return


def fresh_lines(filename: str) -> list[str] | None:
    """Read a file that linecache knows nothing of; None for what only `snapshot` can serve.

    A loader needs no look then: linecache asks it for what is not in a file.
    """
    linecache = linecache_module()
    try:
        if filename not in linecache.cache and ordinary():
            return _load_plain(linecache, filename)
    except BaseException as error:
        pass_on(error)
        return None
    return None


def snapshot(filename: str) -> list[str] | None:
    """Return the lines of `filename` as they are now, or None when there are none.

    The list is linecache's own and shared: never change it.  One `stat` confirms a cached entry.
    Never raises because of the file or its loader.
    """
    linecache = linecache_module()
    try:
        if not ordinary():
            linecache.checkcache(filename)
            if not served_by_snapshot(filename):
                return None
            return linecache.getlines(filename) or None
        entry = linecache.cache.get(filename)
        if type(entry) is tuple and len(entry) == _PLAIN_ENTRY:
            if entry[1] is None or _unchanged(entry):
                return entry[2] or None
            linecache.checkcache(filename)
        return _load(linecache, filename)
    except BaseException as error:
        pass_on(error)
        return None


def served_by_snapshot(filename: str) -> bool:
    """Say whether a whole file may be taken at once; else `pick_lines` serves its frames."""
    linecache = linecache_module()
    if not _is_own(linecache.getline, linecache, "getline"):
        return False
    return not _is_large(filename, linecache)


def _is_regular(mode: int) -> bool:
    """Say whether a mode is a regular file's; `stat` would be one import more."""
    return mode & 0o170000 == 0o100000  # noqa: PLR2004 - S_IFMT and S_IFREG of inode(7)


def _unchanged(entry: tuple[Any, ...]) -> bool:
    try:
        stat = _os_stat(entry[3])
    except (OSError, ValueError) as error:
        pass_on(error)
        return False
    return bool(stat.st_size == entry[0] and stat.st_mtime == entry[1])


def _load(linecache: Any, filename: str) -> list[str] | None:
    """Read a file that linecache doesn't hold, and leave the entry that it would make."""
    lines = _load_plain(linecache, filename)
    if lines is not None:
        return lines
    if _is_large(filename, linecache):
        return None  # a pipe would block for ever; for large files see pick_lines()
    return linecache.getlines(filename) or None


def _load_plain(linecache: Any, filename: str) -> list[str] | None:
    """Read a file of plain UTF-8 text, and leave linecache's entry; None for any other."""
    if not (isinstance(filename, str) and filename.endswith(".py")):
        return None
    size, mtime, content = _read(filename)
    lines = split_plain(content)
    if lines is not None:
        linecache.cache[filename] = (size, mtime, lines, filename)
    return lines


def _read(filename: str) -> tuple[int, float, bytes]:
    """Return size, time of change and bytes of a regular file of usual size; else no bytes."""
    try:
        descriptor = os.open(filename, os.O_RDONLY | _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        pass_on(error)
        return 0, 0.0, b""
    try:
        stat = os.fstat(descriptor)
        size = stat.st_size
        if not _is_regular(stat.st_mode) or size > _LARGEST_CACHED:
            return 0, 0.0, b""
        content = os.read(descriptor, size + 1)
    except OSError as error:
        pass_on(error)
        return 0, 0.0, b""
    finally:
        os.close(descriptor)
    return (size, stat.st_mtime, content) if len(content) == size else (0, 0.0, b"")


def split_plain(content: bytes) -> list[str] | None:
    """Split the bytes of a source file as text mode would; None where it is not plain UTF-8."""
    second_line_end = content.find(b"\n", content.find(b"\n") + 1)
    if not content or b"coding" in content[: max(second_line_end, 512)] or b"\0" in content:
        return None
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.endswith("\n"):
        text += "\n"
    if text.isascii() and not any([mark in text for mark in _OTHER_LINE_ENDS]):  # noqa: C419 - faster
        return text.splitlines(keepends=True)
    return [line + "\n" for line in text.split("\n")[:-1]]


def pick_lines(filename: str, first: int, last: int) -> list[str]:
    """Return lines `first` to `last` (from 1) by linecache's own `getline`, or from a large file.

    The ordinary way for what `snapshot` doesn't serve.  '' stands for a line that isn't there.
    """
    linecache = linecache_module()
    last = min(last, first + _MOST_LINES)
    try:
        if _is_large(filename, linecache):
            return _stream_lines(filename, first, last)
        return [linecache.getline(filename, number) for number in range(first, last + 1)]
    except BaseException as error:
        pass_on(error)
        return [""] * (last - first + 1)


def _is_large(filename: str, linecache: Any) -> bool:
    if not isinstance(filename, str) or filename.startswith("<") or filename in linecache.cache:
        return False
    try:
        stat = os.stat(filename)
    except (OSError, ValueError) as error:
        pass_on(error)
        return False
    return not _is_regular(stat.st_mode) or stat.st_size > _LARGEST_CACHED


def _stream_lines(filename: str, first: int, last: int) -> list[str]:
    """Read the wanted lines of a file too large to keep, in one pass of bounded memory."""
    wanted = [""] * (last - first + 1)
    if not _is_regular(os.stat(filename).st_mode):
        return wanted
    number, held = 1, b""
    with open(filename, "rb") as file:
        while number <= last:
            chunk = file.read(_CHUNK)
            if not chunk:
                break
            newlines = chunk.count(b"\n")
            if number + newlines < first:
                number += newlines
                held = b""
                continue
            pieces = (held + chunk).split(b"\n")
            held = pieces.pop()[-_CHUNK:]
            for piece in pieces:
                if first <= number <= last:
                    wanted[number - first] = piece.decode("utf-8", "replace").rstrip("\r") + "\n"
                number += 1
    if held and first <= number <= last:
        wanted[number - first] = held.decode("utf-8", "replace") + "\n"
    return wanted


def interactive_lines(code: CodeType) -> list[str] | None:
    """Return the lines of code that was typed, piped or given with -c, where linecache has them.

    CPython 3.13 and later register such code under the code object, because every piece has the
    same file name.
    """
    linecache = linecache_module()
    get_line = getattr(linecache, "_getline_from_code", None)
    if get_line is None:
        return _given.get((code.co_filename, code.co_qualname, code.co_firstlineno))
    if not getattr(linecache, "_interactive_cache", True):
        return None
    get_lines = getattr(linecache, "_getlines_from_code", None)
    try:
        if get_lines is not None:
            return get_lines(code) or None
        lines: list[str] = []
        while len(lines) < _MOST_LINES:
            line = get_line(code, len(lines) + 1)
            if not line:
                break
            lines.append(line)
    except BaseException as error:
        pass_on(error)
        return None
    return lines or None


_given: dict[tuple[str, str, int], list[str]] = {}
"""Lines given by `give_lines`, under what tells pieces of code of one file name apart."""


def give_lines(code: CodeType, text: str) -> None:
    """Make the text known as the source of `code` and of the code in it.

    For what the interpreter itself was given (-c), as CPython 3.13 and later do in linecache; on
    older ones it is kept here.
    """
    if sys.version_info >= (3, 13):  # not imported for nothing: it costs before 3.13
        linecache = linecache_module()
        register = getattr(linecache, "_register_code", None)
        if register is not None:  # 3.13.0 had one entry for all code without a file
            by_code = hasattr(linecache, "_getline_from_code")
            register(code if by_code else code.co_filename, text, code.co_filename)
            return
    lines = [line + "\n" for line in text.splitlines()]
    codes: list[CodeType] = [code]
    for one in codes:  # grows while it is read
        _given[one.co_filename, one.co_qualname, one.co_firstlineno] = lines
        codes.extend(part for part in one.co_consts if isinstance(part, type(code)))


def join_lines(lines: list[str], first: int, last: int) -> str:
    """Return lines `first` to `last` (from 1) as FrameSummary keeps them: stripped right."""
    if last < first:
        return "\n"
    if last - first > _MOST_LINES:
        last = first + _MOST_LINES
    return "".join([_stripped(lines, number) + "\n" for number in range(first, last + 1)])


def _stripped(lines: list[str], number: int) -> str:
    if not 0 < number <= len(lines):
        return ""
    line = lines[number - 1]
    return line.rstrip() if isinstance(line, str) else ""
