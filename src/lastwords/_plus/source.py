"""The source lines of the style "plus": only of the file that the code is from.

A module's loader is asked for the source of the module's own file only, not for other file names
that the module gave to code which it compiled.  A file that was edited after its code was made is
noticed: its present text is compiled, and the code is searched for in the result.
"""

from __future__ import annotations

import os
import sys

from lastwords import _source as source
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on, read_attribute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType
    from typing import Any

    Compiled = dict[tuple[str, int], list[CodeType]] | None

_LARGEST_COMPILED = 1 << 20
"""Bytes.  A larger file is not compiled to see whether it has changed."""

_HEADER = 16
"""Bytes before the code in a `.pyc` file: magic number, flags, time and size (PEP 552)."""

_SLACK = 2
"""Seconds by which a file may be older than the process and count as newer: clocks are coarse."""


def lines_of(filename: str, module_globals: dict[str, Any]) -> list[str] | None:
    """Return linecache's list of the lines of a file (not of a `<name>`), or None.

    None also if a loader gave the text of its own module for this other name.
    """
    own = is_own(filename, module_globals)
    if own:
        source.note_loader(filename, module_globals)
    lines = source.snapshot(filename)
    if own or not lines:
        return lines
    entry = source.linecache_module().cache.get(filename)
    if type(entry) is tuple and len(entry) > 1 and entry[1] is None:
        # From a loader: it may have given its own module's text for this name.
        for file in _files_of(module_globals):
            theirs = source.snapshot(file)
            if theirs and _stripped(theirs) == _stripped(lines):
                return None
    return lines


def _stripped(lines: list[str]) -> list[str]:
    return "".join(lines).rstrip().split("\n")


def is_own(filename: str, module_globals: dict[str, Any]) -> bool:
    """Return whether a file name is that of the module with these globals."""
    files = _files_of(module_globals)
    if files:
        return filename in files
    loader = _loader_of(module_globals)
    if read_attribute(loader, "get_filename") is not None:
        return False
    # A module without a file: its name in tracebacks can't be known.
    return read_attribute(loader, "get_source") is not None and not isinstance(loader, type)


def _files_of(module_globals: dict[str, Any]) -> list[str]:
    """Return the file names of a module.

    From 3.14 on a script that has ended has no `__file__`; then its loader is asked.
    """
    spec = dict.get(module_globals, "__spec__")
    names = [dict.get(module_globals, "__file__"), read_attribute(spec, "origin")]
    known = [name for name in names if type(name) is str and name not in ("built-in", "frozen")]
    name_of = None if known else read_attribute(_loader_of(module_globals), "get_filename")
    if name_of is None:
        return known
    try:
        name = name_of(dict.get(module_globals, "__name__"))
    except BaseException as error:
        pass_on(error)
        return []
    return [name] if type(name) is str else []


def _loader_of(module_globals: dict[str, Any]) -> Any:
    spec = dict.get(module_globals, "__spec__")
    return dict.get(module_globals, "__loader__") or read_attribute(spec, "loader")


_compiled: dict[str, Compiled] = {}
"""File name → the code objects of its present text, for one report; None if not compared."""


def forget_compiled() -> None:
    """Drop the code objects that were compiled for a report."""
    _compiled.clear()


def has_changed(code: CodeType, module_globals: dict[str, Any]) -> bool:
    """Return whether the file of `code` was edited since the code was made.

    Never true of an unchanged file: only code of importlib's SourceFileLoader is compared, since
    other loaders may transform code.  A file is not read if it is older than the process and as
    old as its `.pyc` file says.
    """
    filename = code.co_filename
    if filename not in _compiled:
        try:
            suspect = _is_suspect(filename, module_globals)
            _compiled[filename] = _compile_file(filename) if suspect else None
        except Exception as error:
            pass_on(error)
            _compiled[filename] = None
    version = _compiled[filename]
    if version is None:
        return False
    same = version.get((code.co_qualname, code.co_firstlineno), ())
    return not any(_is_same(code, other) for other in same)


def _is_suspect(filename: str, module_globals: dict[str, Any]) -> bool:
    loader: Any = dict.get(module_globals, "__loader__")
    if type(loader) is not sys.modules["_frozen_importlib_external"].SourceFileLoader:
        return False
    if loader.path != filename:
        return False
    status = os.stat(filename)
    if status.st_mtime > _start_of_process() - _SLACK:
        return True
    spec = dict.get(module_globals, "__spec__")
    cached = read_attribute(spec, "cached")
    if type(cached) is not str:
        return False
    with open(cached, "rb") as file:
        header = file.read(_HEADER)
    flags, mtime, size = (int.from_bytes(header[i : i + 4], "little") for i in (4, 8, 12))
    whole = 0xFFFFFFFF
    return flags == 0 and (mtime, size) != (int(status.st_mtime) & whole, status.st_size & whole)


def _start_of_process() -> float:
    """Return the time at which the process began, in seconds since the epoch."""
    import time

    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    ticks = int(fields[19])  # the 22nd of proc(5); the first two are before the parenthesis
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age


def _compile_file(filename: str) -> Compiled:
    """Return the code objects of a file's present text by qualified name and first line."""
    with open(filename, "rb") as file:
        text = file.read(_LARGEST_COMPILED + 1)
    if len(text) > _LARGEST_COMPILED:
        return None
    warnings = standard_library.module("warnings")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            whole = compile(text, filename, "exec", dont_inherit=True)
        except SyntaxError:
            return {}
    version: dict[tuple[str, int], list[CodeType]] = {}
    for code in _codes_in(whole):
        version.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
    return version


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    pending = [code]
    while pending:
        code = pending.pop()
        yield code
        pending.extend(const for const in code.co_consts if isinstance(const, type(code)))


def _is_same(one: CodeType, other: CodeType) -> bool:
    """Return whether two code objects are equal, the code objects nested in them left out."""
    return _parts(one) == _parts(other)


def _parts(code: CodeType) -> tuple[object, ...]:
    consts = [None if isinstance(const, type(code)) else const for const in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
    return code.co_code, code.co_linetable, names, consts
