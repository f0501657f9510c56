"""Source lines, from `linecache` or from the disk.

Owns the rules by which a frame gets its source text.  `linecache` stays the only cache: entries are
made and refreshed there, in its own form, so that debuggers and test tools find them.  Files are
read here, faster than `linecache` reads them, unless its functions or `os.stat` have been replaced
(doctest, IPython, pyfakefs): then the functions that the program put there do the work.
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

_ENTRY_WITH_LINES = 4
"""Length of a linecache entry that has its lines: (size, mtime, lines, fullname)."""

_LARGEST_CACHED = 16 << 20
"""Bytes.  Of a larger file only the wanted lines are read, and nothing is cached."""

_CHUNK = 1 << 20

_OTHER_LINE_ENDS = "\v\f\x1c\x1d\x1e"
"""ASCII characters that end a line for `str.splitlines`, but not in a file."""

_MOST_LINES = 10_000
"""A frame's range is cut to this many lines; only damaged code objects have longer ones."""

_OPEN_FLAGS = (
    getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)
"""A named pipe under a source file's name must not block; no child inherits the descriptor."""

_os_stat = os.stat
_linecache_parts = overrides.Parts()


when_loaded: Callable[[Any], None] | None = None
"""Called once, with the linecache module, when it has been imported."""


class _NoLinecache:
    """Stands for `linecache` if importing it fails: no descriptors, or a stub in its place."""

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
"""The module once it has been imported; a later replacement in `sys.modules` is not used."""


def linecache_module() -> Any:
    """Return the `linecache` module; import it at the first use, as it is costly before 3.13."""
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
    _linecache = linecache  # last: once it is set, the steps above are not repeated
    return linecache


def own_functions(module: Any) -> dict[str, object]:
    """Return linecache's functions by name, with None for each that a program has replaced."""
    functions: dict[str, object] = {}
    for name in ("checkcache", "getline", "getlines", "lazycache", "updatecache"):
        function = getattr(module, name)
        functions[name] = function if _is_own(function, module, name) else None
    if "os" in module.__dict__:
        functions["os"] = os
    return functions


def _is_own(function: object, module: Any, name: str) -> bool:
    """Return whether a function is linecache's original; wrappers copy the name, not the code."""
    code = getattr(function, "__code__", None)
    return (
        code is not None
        and getattr(function, "__globals__", None) is module.__dict__
        and code.co_name == name
        and not hasattr(function, "__wrapped__")
    )


def linecache_is_original() -> bool:
    """Return whether neither linecache's functions nor `os.stat` have been replaced."""
    return os.stat is _os_stat and _linecache_parts.are_ours()


def note_loader(filename: str, module_globals: dict[str, Any] | None) -> None:
    """Register a module's loader, which may have the source (PEP 302), with linecache."""
    try:
        linecache_module().lazycache(filename, module_globals)
    except BaseException as error:
        pass_on(error)
        return


def in_linecache(filename: str) -> bool:
    """Return whether linecache has an entry for the file, including a lazy one."""
    try:
        return filename in linecache_module().cache
    except BaseException as error:
        pass_on(error)
        return False


def drop_if_stale(filename: str) -> None:
    """Drop linecache's entry for a file that has changed since it was read."""
    try:
        linecache_module().checkcache(filename)
    except BaseException as error:
        pass_on(error)
        return


def fresh_lines(filename: str) -> list[str] | None:
    """Return the lines of a file that linecache has no entry for; None if `snapshot` is needed.

    If there are lines, the module's loader need not be registered: linecache uses a loader only
    for a source that is in no file.
    """
    linecache = linecache_module()
    try:
        if filename not in linecache.cache and linecache_is_original():
            return _load_utf8(linecache, filename)
    except BaseException as error:
        pass_on(error)
        return None
    return None


def snapshot(filename: str) -> list[str] | None:
    """Return the lines of `filename` as they are now, or None if there are none.

    The list is linecache's own: never change it.  A cached entry costs one `stat`.  Errors of the
    file and of its loader are contained.
    """
    linecache = linecache_module()
    try:
        if not linecache_is_original():
            linecache.checkcache(filename)
            if not served_by_snapshot(filename):
                return None
            return linecache.getlines(filename) or None
        entry = linecache.cache.get(filename)
        if type(entry) is tuple and len(entry) == _ENTRY_WITH_LINES:
            if entry[1] is None or _unchanged(entry):
                return entry[2] or None
            linecache.checkcache(filename)
        return _load(linecache, filename)
    except BaseException as error:
        pass_on(error)
        return None


def served_by_snapshot(filename: str) -> bool:
    """Return whether `snapshot` serves a file; if not, `pick_lines` does."""
    linecache = linecache_module()
    if not _is_own(linecache.getline, linecache, "getline"):
        return False
    return not _is_large(filename, linecache)


def _is_regular(mode: int) -> bool:
    """Return whether a mode is a regular file's, without an import of `stat`."""
    return mode & 0o170000 == 0o100000  # noqa: PLR2004 - S_IFMT and S_IFREG of inode(7)


def _unchanged(entry: tuple[Any, ...]) -> bool:
    try:
        stat = _os_stat(entry[3])
    except (OSError, ValueError) as error:
        pass_on(error)
        return False
    return bool(stat.st_size == entry[0] and stat.st_mtime == entry[1])


def _load(linecache: Any, filename: str) -> list[str] | None:
    """Read a file that is not in linecache, and make the entry that linecache would make."""
    lines = _load_utf8(linecache, filename)
    if lines is not None:
        return lines
    if _is_large(filename, linecache):
        return None  # a pipe would block for ever; pick_lines() serves large files
    return linecache.getlines(filename) or None


def _load_utf8(linecache: Any, filename: str) -> list[str] | None:
    """Read a file in UTF-8 and make linecache's entry; None if linecache must read the file."""
    if not (isinstance(filename, str) and filename.endswith(".py")):
        return None
    size, mtime, content = _read(filename)
    lines = split_utf8(content)
    if lines is not None:
        linecache.cache[filename] = (size, mtime, lines, filename)
    return lines


def _read(filename: str) -> tuple[int, float, bytes]:
    """Return size, time of change and bytes of a regular file that is not large, else no bytes."""
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


def split_utf8(content: bytes) -> list[str] | None:
    """Return the lines of a source file as text mode splits them, or None.

    None if linecache must decode it: not UTF-8, perhaps a declared encoding, or a NUL in it.
    """
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
    """Return lines `first` to `last` (from 1) of a file that `snapshot` doesn't serve.

    They come from `linecache.getline`, or from a large file itself; '' stands for a missing line.
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
    """Return lines `first` to `last` of a large file, read in one pass with bounded memory."""
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
    """Return the source lines of code that was typed, piped or given with -c, if they are known.

    CPython 3.13 and later register them in linecache under the code object, since every piece of
    such code has the same file name; for older versions see `register_source`.
    """
    linecache = linecache_module()
    get_line = getattr(linecache, "_getline_from_code", None)
    if get_line is None:
        return _registered.get((code.co_filename, code.co_qualname, code.co_firstlineno))
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


_registered: dict[tuple[str, str, int], list[str]] = {}
"""(file name, qualified name, first line) of a code object → lines, by `register_source`."""


def register_source(code: CodeType, text: str) -> None:
    """Register the text as the source of `code` (given with -c) and of the code objects in it.

    CPython 3.13 and later do so in linecache; for older versions the lines are kept here.
    """
    if sys.version_info >= (3, 13):  # before 3.13 linecache can't register code
        linecache = linecache_module()
        register = getattr(linecache, "_register_code", None)
        if register is not None:  # 3.13.0 registers by file name
            by_code = hasattr(linecache, "_getline_from_code")
            register(code if by_code else code.co_filename, text, code.co_filename)
            return
    lines = [line + "\n" for line in text.splitlines()]
    codes: list[CodeType] = [code]
    for one in codes:  # the loop appends to it
        _registered[one.co_filename, one.co_qualname, one.co_firstlineno] = lines
        codes.extend(part for part in one.co_consts if isinstance(part, type(code)))


def join_lines(lines: list[str], first: int, last: int) -> str:
    """Return lines `first` to `last` (from 1) as FrameSummary keeps them: stripped on the right."""
    if last < first:
        return "\n"
    if last - first > _MOST_LINES:
        last = first + _MOST_LINES
    return "".join([_stripped_line(lines, number) + "\n" for number in range(first, last + 1)])


def _stripped_line(lines: list[str], number: int) -> str:
    if not 0 < number <= len(lines):
        return ""
    line = lines[number - 1]
    return line.rstrip() if isinstance(line, str) else ""
