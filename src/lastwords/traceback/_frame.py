"""FrameSummary: one frame of a stack as data.

Owns what is kept of a frame and how its source text is found.  Follows CPython 3.15's `traceback`.
"""

import sys

from lastwords import _backend
from lastwords import _source as source
from lastwords._contained import _safe_string, items_of
from lastwords._excerpt import width
from lastwords.traceback import _counterparts, _pure
from lastwords.traceback import _saved_values as saved_values
from lastwords.traceback._pure import FIELDS

if _backend.native is None:
    from lastwords.traceback._pure import FrameRecord
else:
    from lastwords._native import FrameRecord


_KEEPS_GIVEN_LINES = sys.version_info < (3, 13)
"""Before 3.13 the standard module shows all lines of a text that was given as one line."""


class FrameSummary(FrameRecord, metaclass=_counterparts.Meta):
    """One frame of a stack: where it stood, and the source text there.

    `filename`, `lineno` and `name` say where; `end_lineno`, `colno` and `end_colno` (UTF-8 byte
    offsets from 0) mark the failing part of the source, and are None where the compiler recorded
    nothing; `locals` maps names to their `repr()`, or is None.  `line` is the first source line,
    stripped, looked up at its first use.  Behaves as a sequence (filename, lineno, name, line).
    Can be copied and pickled; a pickle holds no code object.
    """

    __module__ = "lastwords.traceback"

    __slots__ = ()
    __class__ = _counterparts.CLASS

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
            self.line  # noqa: B018 - looks the line up

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
        """Look the source text up, unless that was done before."""
        if self._lines is not None or self.lineno is None or self.end_lineno is None:
            return
        lines = self._source
        if lines is None:
            self._lines = _lines_of(self.filename, self.lineno, self.end_lineno, self._code)
        else:
            self._lines = source.join_lines(lines, self.lineno, self.end_lineno)

    @property
    def _original_lines(self):
        """Return the source text with its indentation; None without a line number."""
        self._set_lines()
        return self._lines

    @property
    def _dedented_lines(self):
        """Return the source text without its common indentation; None without a line number."""
        self._set_lines()
        if self._lines_dedented is None and self._lines is not None:
            self._lines_dedented = width.dedent(self._lines)
        return self._lines_dedented

    if sys.version_info < (3, 13):

        @property
        def _original_line(self):
            """Return the first source line unstripped, for the standard module's functions."""
            self._set_lines()
            return None if self._lines is None else "".join(self._lines.partition("\n")[:2])

    @property
    def line(self):
        """Return the first source line, stripped; None without a line number, '' without source."""
        self._set_lines()
        if self._lines is None:
            return None
        if _KEEPS_GIVEN_LINES and self.end_lineno == self.lineno:
            return self._lines.strip()
        return self._lines.partition("\n")[0].strip()

    def __reduce_ex__(self, protocol):
        self._set_lines()
        values = tuple(getattr(self, name) for name in _PICKLED_FIELDS)
        return _rebuild_frame, (type(self), *values), _extra_state(self)

    def to_dict(self):
        """Return the frame as JSON-able data, without loss; see `from_dict`."""
        return saved_values.wrap("frame", fields_of(self))

    @classmethod
    def from_dict(cls, data):
        """Rebuild a frame from `to_dict`; it shows the same text without the source file.

        Raises `lastwords.FormatError` if the data has an unknown version or form.
        """
        fields = saved_values.unwrap(data, "frame")
        try:
            return from_fields(cls, fields)
        except (KeyError, TypeError) as error:
            raise saved_values.damaged("frame", error) from error

    def __copy__(self):
        clone = type(self).__new__(type(self))
        for name in (*FIELDS, "_source"):
            setattr(clone, name, getattr(self, name))
        for name, value in (_extra_state(self) or (None, {}))[1].items():
            setattr(clone, name, value)
        return clone


def frame_without_lookup(
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
    """Return `FrameSummary(...)` of a frame with `lookup_line` False, made in less time."""
    if _backend.native is None and end_lineno is colno is end_colno is None:
        frame = _pure.raw_frame(FrameSummary, (_code, -1, lineno))
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


_PICKLED_FIELDS = tuple(name for name in FIELDS if name not in ("_code", "_lines_dedented"))

# Programs find the slots of the standard class here; the storage is FrameRecord's.
FrameSummary.__slots__ = FIELDS  # type: ignore[misc]


def _extra_state(frame):
    """Return a subclass's attributes besides the fields, in the form that pickle restores."""
    kept = dict(getattr(frame, "__dict__", ()))
    for cls in type(frame).__mro__:
        slots = cls.__dict__.get("__slots__", ()) if cls not in (FrameSummary, FrameRecord) else ()
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(frame, name):
                kept[name] = getattr(frame, name)
    return (None, kept) if kept else None


def _rebuild_frame(cls, *values):
    """Make a frame from the values of `_PICKLED_FIELDS`; pickles of frames call this."""
    frame = cls.__new__(cls)
    frame._code = frame._lines_dedented = None
    for name, value in zip(_PICKLED_FIELDS, values, strict=True):
        setattr(frame, name, value)
    return frame


_rebuild_frame.__module__ = "lastwords.traceback"


_SAVED_FIELDS = {name: name.strip("_") for name in _PICKLED_FIELDS} | {"_lines": "source"}
"""Attribute → its name in the saved form."""


def fields_of(frame):
    """Return the fields of a frame as JSON-able data."""
    frame._set_lines()
    json_field = saved_values.json_field
    return {key: json_field(getattr(frame, name)) for name, key in _SAVED_FIELDS.items()}


_NUMBER = (saved_values.NONE, int)
_TYPES = {
    "filename": (str,),
    "name": saved_values.JSON_TYPES,
    "_lines": (saved_values.NONE, str),
    "locals": (saved_values.NONE, dict),
}
"""Field → its types in saved data; the others are int or None."""


def from_fields(cls, fields):
    """Make a frame from the data of `fields_of`.  Raises KeyError or TypeError for other data."""
    values = [
        saved_values.of_type(fields[key], *_TYPES.get(name, _NUMBER))
        for name, key in _SAVED_FIELDS.items()
    ]
    frame = _rebuild_frame(cls, *values)
    for value in (frame.locals or {}).values():
        saved_values.of_type(value, *saved_values.JSON_TYPES)
    return frame


def represent_locals(variables):
    """Return {name: repr(value)} of the variables, or None without any; errors are contained."""
    found = items_of(variables) or ()
    return {name: _safe_string(value, "local", func=repr) for name, value in found} or None


def _lines_of(filename, lineno, end_lineno, code):
    """Return the text of lines by linecache's own look-up, each ended by a newline."""
    range(lineno, end_lineno + 1)  # raises the standard module's error for another type
    picked = source.pick_lines(filename, lineno, end_lineno)
    lines = [line.rstrip() if isinstance(line, str) else "" for line in picked]
    if code is not None and not any(lines) and str(filename).startswith("<"):
        typed = source.interactive_lines(code)
        if typed is not None:
            return source.join_lines(typed, lineno, end_lineno)
    return "".join(line + "\n" for line in lines) or "\n"
