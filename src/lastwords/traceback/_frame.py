"""FrameSummary: one frame of a stack as plain data.

Owns what is kept of a frame and how its source text is found.  Follows CPython 3.15's `traceback`.
"""

import sys

from lastwords import _backend
from lastwords import _source as source
from lastwords._contained import _safe_string, pairs
from lastwords._excerpt import width
from lastwords.traceback import _kin, _pure
from lastwords.traceback import _saved_values as plain
from lastwords.traceback._pure import FIELDS

if _backend.native is None:
    from lastwords.traceback._pure import FrameRecord
else:
    from lastwords._native import FrameRecord


_KEEPS_GIVEN_LINES = sys.version_info < (3, 13)
"""Older modules show every line of a text that a program gave for one; values may stand there."""


class FrameSummary(FrameRecord, metaclass=_kin.Meta):
    """One frame of a stack: where it stood, and the source text there.

    `filename`, `lineno` and `name` say where; `end_lineno`, `colno` and `end_colno` (UTF-8 byte
    offsets from 0) mark the failing part of the source, and are None where the compiler recorded
    nothing; `locals` maps names to their `repr()`, or is None.  `line` is the first source line,
    stripped, looked up when first asked for.  Behaves as a sequence (filename, lineno, name, line).
    Pickles and copies; what it keeps is plain data once it has been pickled.
    """

    __module__ = "lastwords.traceback"

    __slots__ = ()
    __class__ = _kin.CLASS

    def __init__(
        self,
        filename,
        lineno,
        name,
        *,
        lookup_line=True,
        locals=None,
        line=None,
        end_lineno=None,
        colno=None,
        end_colno=None,
        **kwargs,
    ):
        """Make a summary of one frame.

        `lookup_line` False puts the look-up of the source off until `line` is read; `line` gives
        the source text instead; `locals` are kept as `repr()` strings.
        """
        self.filename = filename
        self.lineno = lineno
        self.end_lineno = lineno if end_lineno is None else end_lineno
        self.colno = colno
        self.end_colno = end_colno
        self.name = name
        self._code = kwargs.get("_code")
        self._lines = line
        self._lines_dedented = None
        self.locals = represent_locals(locals) if locals else None
        if lookup_line:
            self.line  # noqa: B018 - the look-up is what is wanted

    def __eq__(self, other):
        if isinstance(other, FrameSummary):
            return (
                self.filename == other.filename
                and self.lineno == other.lineno
                and self.name == other.name
                and self.locals == other.locals
            )
        if isinstance(other, tuple):
            return (self.filename, self.lineno, self.name, self.line) == other
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, pos):
        return (self.filename, self.lineno, self.name, self.line)[pos]

    def __iter__(self):
        return iter((self.filename, self.lineno, self.name, self.line))

    def __repr__(self):
        return f"<FrameSummary file {self.filename}, line {self.lineno} in {self.name}>"

    def __len__(self):
        return 4

    def _set_lines(self):
        """Look the source text up, unless that has been done."""
        if self._lines is not None or self.lineno is None or self.end_lineno is None:
            return
        lines = self._source
        if lines is None:
            self._lines = _lines_of(self.filename, self.lineno, self.end_lineno, self._code)
        else:
            self._lines = source.join_lines(lines, self.lineno, self.end_lineno)

    @property
    def _original_lines(self):
        """The source text with its indentation; None without a line number."""
        self._set_lines()
        return self._lines

    @property
    def _dedented_lines(self):
        """The source text without its common indentation; None without a line number."""
        self._set_lines()
        if self._lines_dedented is None and self._lines is not None:
            self._lines_dedented = width.dedent(self._lines)
        return self._lines_dedented

    if sys.version_info < (3, 13):

        @property
        def _original_line(self):
            """The first source line as it stands, for the standard module's functions."""
            self._set_lines()
            return None if self._lines is None else "".join(self._lines.partition("\n")[:2])

    @property
    def line(self):
        """The first source line, stripped; None without a line number, '' without a source."""
        self._set_lines()
        if self._lines is None:
            return None
        if _KEEPS_GIVEN_LINES and self.end_lineno == self.lineno:
            return self._lines.strip()
        return self._lines.partition("\n")[0].strip()

    def __reduce_ex__(self, protocol):
        self._set_lines()
        values = tuple(getattr(self, name) for name in _PLAIN_FIELDS)
        return _rebuild_frame, (type(self), *values), _extra_state(self)

    def to_dict(self):
        """Return the frame as JSON-able data, without loss; see `from_dict`."""
        return plain.wrap("frame", fields_of(self))

    @classmethod
    def from_dict(cls, data):
        """Rebuild what `to_dict` gave; it shows the same text without the source file.

        Raises `lastwords.FormatError` when the data isn't of a known version or form.
        """
        fields = plain.unwrap(data, "frame")
        try:
            return from_fields(cls, fields)
        except (KeyError, TypeError) as error:
            raise plain.damaged("frame", error) from error

    def __copy__(self):
        clone = type(self).__new__(type(self))
        for name in (*FIELDS, "_source"):
            setattr(clone, name, getattr(self, name))
        for name, value in (_extra_state(self) or (None, {}))[1].items():
            setattr(clone, name, value)
        return clone


def unread_frame(
    filename,
    lineno,
    name,
    *,
    lookup_line,  # noqa: ARG001 - the arguments are the constructor's
    locals,
    end_lineno,
    colno,
    end_colno,
    _code,
):
    """Do what the constructor does with `lookup_line` False, in less time, for a frame's code."""
    if _backend.native is None and end_lineno is colno is end_colno is None:
        frame = _pure.raw_record(FrameSummary, (_code, -1, lineno))
        if locals:
            frame.locals = represent_locals(locals)
        return frame
    frame = FrameSummary.__new__(FrameSummary)
    frame.filename = filename
    frame.lineno = lineno
    frame.end_lineno = lineno if end_lineno is None else end_lineno
    frame.colno = colno
    frame.end_colno = end_colno
    frame.name = name
    frame._code = _code
    frame._lines = frame._lines_dedented = None
    frame.locals = represent_locals(locals) if locals else None
    return frame


_PLAIN_FIELDS = tuple(name for name in FIELDS if name not in ("_code", "_lines_dedented"))

# Code that inspects the standard class's slots finds the same names; the storage is FrameRecord's.
FrameSummary.__slots__ = FIELDS  # type: ignore[misc]


def _extra_state(frame):
    """Return what a subclass keeps besides the fields, in the form that pickle restores."""
    kept = dict(getattr(frame, "__dict__", ()))
    for cls in type(frame).__mro__:
        slots = cls.__dict__.get("__slots__", ()) if cls not in (FrameSummary, FrameRecord) else ()
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(frame, name):
                kept[name] = getattr(frame, name)
    return (None, kept) if kept else None


def _rebuild_frame(cls, *values):
    """Make a frame from the values of `_PLAIN_FIELDS`: the form in which frames are pickled."""
    frame = cls.__new__(cls)
    frame._code = frame._lines_dedented = None
    for name, value in zip(_PLAIN_FIELDS, values, strict=True):
        setattr(frame, name, value)
    return frame


_rebuild_frame.__module__ = "lastwords.traceback"


_SAVED_FIELDS = {name: name.strip("_") for name in _PLAIN_FIELDS} | {"_lines": "source"}
"""Attributes and their names in the saved form."""


def fields_of(frame):
    """Return the fields of a frame as JSON-able data."""
    frame._set_lines()
    return {key: plain.plain_field(getattr(frame, name)) for name, key in _SAVED_FIELDS.items()}


_NUMBER = (plain.NONE, int)
_TYPES = {
    "filename": (str,),
    "name": plain.PLAIN,
    "_lines": (plain.NONE, str),
    "locals": (plain.NONE, dict),
}
"""What a field may be in saved data; the others are numbers or None."""


def from_fields(cls, fields):
    """Make a frame from what `fields_of` gave.  Raises KeyError or TypeError for other data."""
    values = [
        plain.of_type(fields[key], *_TYPES.get(name, _NUMBER))
        for name, key in _SAVED_FIELDS.items()
    ]
    frame = _rebuild_frame(cls, *values)
    for value in (frame.locals or {}).values():
        plain.of_type(value, *plain.PLAIN)
    return frame


def represent_locals(variables):
    """Return the variables with `repr()`s for values; whatever the user's objects do."""
    found = pairs(variables) or ()
    return {name: _safe_string(value, "local", func=repr) for name, value in found} or None


def _lines_of(filename, lineno, end_lineno, code):
    """Return the text of these lines by linecache's own look-up, each ended by a newline."""
    range(lineno, end_lineno + 1)  # numbers of another type: the error of the standard module
    picked = source.pick_lines(filename, lineno, end_lineno)
    lines = [line.rstrip() if isinstance(line, str) else "" for line in picked]
    if code is not None and not any(lines) and str(filename).startswith("<"):
        typed = source.interactive_lines(code)
        if typed is not None:
            return source.join_lines(typed, lineno, end_lineno)
    return "".join(line + "\n" for line in lines) or "\n"
