"""Capturing in pure Python, for use without the extension.

Owns `FrameRecord`, the storage of FrameSummary, with the name and meaning that it has in
`lastwords._native`, and the walk over a traceback.  The tests run over both.
"""

import sys
from _weakref import ref
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType
    from typing import Any

    Position = tuple[int | None, int | None, int | None, int | None]
    """Line, end line, column, end column."""

FIELDS = (
    "filename",
    "lineno",
    "end_lineno",
    "colno",
    "end_colno",
    "name",
    "_lines",
    "_lines_dedented",
    "locals",
    "_code",
)


def traceback_and_frame_types() -> "tuple[type[TracebackType], type[FrameType]]":
    """Return the types of tracebacks and frames, without an import of `types`."""
    try:
        raise ValueError  # noqa: TRY301 - the shortest way to a traceback
    except ValueError as error:
        traceback: Any = error.__traceback__
        return type(traceback), type(traceback.tb_frame)


class FrameRecord:
    """The fields of one frame, which are looked up when one is first used.

    A frame is *raw* while it has only (code, instruction offset, line) and perhaps `locals`.  The
    other fields are then unset; the first one that is read or set fills them all.
    """

    __slots__ = (*FIELDS, "_raw", "_source")

    if TYPE_CHECKING:
        _raw: "tuple[CodeType, int, int | None] | None"

    def __new__(cls, *_args: "Any", **_options: "Any") -> "Any":
        """Make a frame without any field, and not raw."""
        record = _new(cls)
        _set_raw(record, None)
        return record

    def __getattr__(self, name: str) -> "Any":
        """Fill the fields of a raw frame; called only for a slot that is not set."""
        if name == "_source":
            return None
        if self._raw is None or name not in FIELDS:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)
        _fill(self)
        return getattr(self, name)

    def __setattr__(self, name: str, value: "Any") -> None:
        """Set a field; in a raw frame, fill the others first."""
        if self._raw is not None and name in _FILLED:
            _fill(self)
        if name in ("lineno", "end_lineno") and self._source is not None and self._lines is None:
            self._set_lines()  # the lines belong to the old line numbers
        try:
            _set(self, name, value)
        except AttributeError as error:
            if not hasattr(type(self), name):
                error.args = (f"{error}{_NO_DICT}",)
            raise


# What the interpreter adds for a class without a __setattr__ of its own.
_NO_DICT = " and no __dict__ for setting new attributes" if sys.version_info >= (3, 13) else ""
_new: "Any" = object.__new__
_set = object.__setattr__
_set_raw = FrameRecord.__dict__["_raw"].__set__
_read_locals = FrameRecord.__dict__["locals"].__get__
_FILLED = (*(name for name in FIELDS if name != "locals"), "_raw")


def _fill(record: FrameRecord) -> None:
    """Fill the fields of a raw frame."""
    code, lasti, lineno = record._raw  # type: ignore[misc] # called for raw frames only
    _set_raw(record, None)
    line, end_line, column, end_column = code_position(code, lasti)
    line = lineno if line is None else line
    _set(record, "filename", code.co_filename)
    _set(record, "lineno", line)
    _set(record, "end_lineno", line if end_line is None else end_line)
    _set(record, "colno", column)
    _set(record, "end_colno", end_column)
    _set(record, "name", code.co_name)
    _set(record, "_lines", None)
    _set(record, "_lines_dedented", None)
    _set(record, "_code", code)
    _set(record, "locals", locals_of(record))


def locals_of(record: FrameRecord) -> "dict[str, str] | None":
    """Return the variables of a raw frame, which stays raw."""
    try:
        variables: dict[str, str] | None = _read_locals(record)
    except AttributeError:
        return None
    return variables


def code_position(code: "CodeType", lasti: int) -> "Position":
    """Return (line, end line, column, end column) of the instruction at byte offset `lasti`.

    Each is None where the compiler recorded nothing; columns are UTF-8 byte offsets.
    """
    if lasti < 0:
        return None, None, None, None
    for position in islice(code.co_positions(), lasti // 2, None):
        return position
    return None, None, None, None


def raw_frame(cls: "type[Any]", raw: "tuple[CodeType, int, int | None]") -> "Any":
    """Make a raw frame of a class from (code, lasti, line); of a foreign class, a filled one."""
    if issubclass(cls, FrameRecord):
        record = _new(cls)
        _set_raw(record, raw)
        return record
    make: Any = cls.__new__
    record = make(cls)
    code, lasti, lineno = raw
    line, end_line, column, end_column = code_position(code, lasti)
    record._code = code
    record.filename = code.co_filename
    record.name = code.co_name
    record.lineno = lineno if line is None else line
    record.end_lineno = record.lineno if end_line is None else end_line
    record.colno = column
    record.end_colno = end_column
    record._lines = record._lines_dedented = record.locals = None
    return record


def raw_frames(
    traceback: "TracebackType | None", skip: int, most: int
) -> "list[tuple[CodeType, int, int, FrameType]]":
    """Return (code, lasti, lineno, frame) of the entries `skip` to `most - 1`, outermost first."""
    frames: list[tuple[CodeType, int, int, FrameType]] = []
    append = frames.append
    index = 0
    while traceback is not None and index < most:
        if index >= skip:
            frame = traceback.tb_frame
            append((frame.f_code, traceback.tb_lasti, traceback.tb_lineno, frame))
        traceback = traceback.tb_next
        index += 1
    return frames


_MOST_REMEMBERED = 4096
_remembered: "dict[tuple[int, int, int | None, int], tuple[Any, ...]]" = {}


def remembered(raw: "Any", lines: list[str], palette: "Any", render: "Any") -> "Any":
    """Return the result of `render` for a raw frame; remember it while the code object lives.

    It is used again only with the identical list of lines.  `render` returns (result, whether to
    remember it).
    """
    code, lasti, lineno = raw
    key = (id(code), lasti, lineno, id(palette))
    known = _remembered.get(key)
    if known is not None and known[0]() is code and known[1] is lines and known[2] is palette:
        return known[3]
    result, is_whole = render(raw, lines, palette)
    if not is_whole:
        return result
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[key] = (ref(code, lambda _: _remembered.pop(key, None)), lines, palette, result)
    return result
