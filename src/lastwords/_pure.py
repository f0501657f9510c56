"""The pure-Python twin of the extension's capture: what runs where no native code was built.

Owns `FrameRecord`, the storage under FrameSummary, and the walk over a traceback.  Same names and
meaning as in `lastwords._native`; the tests run over both.
"""

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


class FrameRecord:
    """One frame as plain data; what a code object and an offset tell is looked up when asked for.

    A record is *raw* while only (code, instruction offset, line) are known: the fields are then
    unset, and the first one that is read fills them all.
    """

    __slots__ = (*FIELDS, "_raw", "_source")

    if TYPE_CHECKING:
        _raw: "tuple[CodeType, int, int | None] | None"

    def __getattr__(self, name: str) -> "Any":
        """Fill the fields of a raw record; called only for a slot that is not set."""
        if name in ("_source", "_raw"):
            return None
        raw = self._raw
        if raw is None or name not in FIELDS:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)
        self._raw = None
        code, lasti, lineno = raw
        line, end_line, column, end_column = code_position(code, lasti)
        line = lineno if line is None else line
        end_line = line if end_line is None else end_line
        values = (code.co_filename, line, end_line, column, end_column, code.co_name)
        for field, value in zip(FIELDS, (*values, None, None, None, code), strict=True):
            try:
                object.__getattribute__(self, field)  # somebody has set it before
            except AttributeError:
                setattr(self, field, value)
        return getattr(self, name)


def code_position(code: "CodeType", lasti: int) -> "Position":
    """Return (line, end line, column, end column) of the instruction at byte offset `lasti`.

    Each is None where the compiler recorded nothing; columns are UTF-8 byte offsets.
    """
    if lasti < 0:
        return None, None, None, None
    for position in islice(code.co_positions(), lasti // 2, None):
        return position
    return None, None, None, None


def make_raw(record: "Any", code: "CodeType", lasti: int, lineno: int | None) -> None:
    """Set a record made by `__new__` to what a traceback tells; of either implementation."""
    if isinstance(record, FrameRecord):
        record._raw = (code, lasti, lineno)
        return
    line, end_line, column, end_column = code_position(code, lasti)
    record._code = code
    record.filename = code.co_filename
    record.name = code.co_name
    record.lineno = lineno if line is None else line
    record.end_lineno = record.lineno if end_line is None else end_line
    record.colno = column
    record.end_colno = end_column
    record._lines = record._lines_dedented = record.locals = None


def raw_frames(
    traceback: "TracebackType | None", skip: int, most: int
) -> "list[tuple[CodeType, int, int, FrameType]]":
    """Return (code, lasti, lineno, frame) of entries `skip` to `most`, outermost first."""
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


_READERS = tuple(FrameRecord.__dict__[name].__get__ for name in FIELDS)


def is_untouched(record: "FrameRecord") -> bool:
    """Say whether nobody has set a field of a raw record."""
    for read in _READERS:
        try:
            read(record)
        except AttributeError:
            continue
        return False
    return True


_MOST_REMEMBERED = 4096
_memory: "dict[tuple[int, int, int | None, int], tuple[Any, ...]]" = {}


def remembered(raw: "Any", lines: list[str], palette: "Any", render: "Any") -> "Any":
    """Return what `render` gives for a raw frame, remembered while its code object lives.

    A text is good for the very list of lines that it was made from.
    """
    code, lasti, lineno = raw
    key = (id(code), lasti, lineno, id(palette))
    known = _memory.get(key)
    if known is not None and known[0]() is code and known[1] is lines and known[2] is palette:
        return known[3]
    result = render(raw, lines, palette)
    if len(_memory) >= _MOST_REMEMBERED:
        _memory.clear()
    _memory[key] = (ref(code, lambda _: _memory.pop(key, None)), lines, palette, result)
    return result
