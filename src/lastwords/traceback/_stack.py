"""Stacks as data: StackSummary, walk_stack, walk_tb.

Owns how a stack is captured and how a list of frames becomes text.  Follows CPython 3.15's
`traceback`.  Third parties replace some names here through the `lastwords.traceback` module; those
are looked up when they are called.
"""

import sys

from lastwords import _overrides as overrides
from lastwords import _source as source
from lastwords import _theme as theme
from lastwords._contained import sorted_by_name
from lastwords._excerpt import drawing as excerpt
from lastwords.traceback import _fast as fast
from lastwords.traceback import _kin, _pure
from lastwords.traceback._frame import (
    FrameRecord,
    FrameSummary,
    fields_of,
    from_fields,
    represent_locals,
    unread_frame,
)
from lastwords.traceback._saved_values import damaged, unwrap, wrap

_TracebackType, _FrameType = _pure.types_of_running_code()
_TracebackTypes = (_TracebackType, type(None))

_RECURSIVE_CUTOFF = 3
"""A frame that repeats is printed this many times; the rest are counted."""

_NO_LIMIT = sys.maxsize

BUILTIN_EXCEPTION_LIMIT = object()
"""As a limit: the last `sys.tracebacklimit` frames, as the interpreter prints for itself."""


def walk_stack(f):
    """Yield (frame, line number) from `f`, or from the caller when `f` is None, outwards."""
    if f is None:
        f = sys._getframe(1)
    if fast.usable and type(f) is _FrameType:
        return fast.FrameWalk(f)
    return _walk_stack(f)


def _walk_stack(frame):
    while frame is not None:
        yield frame, frame.f_lineno
        frame = frame.f_back


def walk_tb(tb):
    """Yield (frame, line number) of a traceback, the outermost first."""
    if fast.usable and type(tb) in _TracebackTypes:
        return fast.FrameWalk(tb)
    return _walk_tb(tb)


def _walk_tb(tb):
    while tb is not None:
        yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


def _get_code_position(code, instruction_index):
    """Return (line, end line, column, end column) at a byte offset; as the compiler recorded it."""
    return _pure.code_position(code, instruction_index)


def _walk_tb_with_full_positions(tb):
    """Yield (frame, (line, end line, column, end column)) of a traceback, the outermost first."""
    while tb is not None:
        position = _get_code_position(tb.tb_frame.f_code, tb.tb_lasti)
        if position[0] is None:
            position = (tb.tb_lineno, *position[1:])
        yield tb.tb_frame, position
        tb = tb.tb_next


def resolve_limit(limit):
    """Return the frame limit in force: `limit` itself, or what `sys.tracebacklimit` says."""
    if limit is not None and limit is not BUILTIN_EXCEPTION_LIMIT:
        return limit
    in_force = getattr(sys, "tracebacklimit", None)
    if not isinstance(in_force, int):
        return None
    most = min(max(in_force, 0), _NO_LIMIT)
    return most if limit is None else -most


def _is_usual(limit):
    """Say whether a limit that was given is None or a number of frames that there can be."""
    return limit is None or (type(limit) is int and -_NO_LIMIT <= limit <= _NO_LIMIT)


def _limited(frame_gen, limit):
    limit = resolve_limit(limit)
    if limit is None:
        return frame_gen
    if limit >= 0:
        from itertools import islice

        return islice(frame_gen, limit)
    from collections import deque

    return deque(frame_gen, maxlen=-limit)


class StackSummary(list, metaclass=_kin.Meta):
    """A stack as a list of FrameSummary objects, the most recent call last."""

    __module__ = "lastwords.traceback"

    __class__, __reduce_ex__ = _kin.CLASS, _kin.reduce_list

    @classmethod
    def extract(klass, frame_gen, *, limit=None, lookup_lines=True, capture_locals=False):
        """Make a stack from an iterable of (frame, line number), such as `walk_tb` gives.

        `limit`: at most so many frames, the first ones, or the last ones when negative; None: what
        `sys.tracebacklimit` says.  `lookup_lines` False reads no source until it is asked for.
        `capture_locals` keeps the `repr()` of each local variable.
        """
        if type(frame_gen) is fast.FrameWalk and klass is StackSummary and not overrides.replaced:
            frames = _extract_walk(frame_gen, limit, lookup_lines, capture_locals)
            if frames is not None:
                return frames

        def extended():
            for frame, lineno in frame_gen:
                yield frame, (lineno, None, None, None)

        return klass._extract_from_extended_frame_gen(
            extended(), limit=limit, lookup_lines=lookup_lines, capture_locals=capture_locals
        )

    @classmethod
    def _extract_from_extended_frame_gen(
        klass, frame_gen, *, limit=None, lookup_lines=True, capture_locals=False
    ):
        """Make a stack from (frame, (line, end line, column, end column)) pairs."""
        result = klass()
        names = []
        filenames = {}
        make_frame = FrameSummary if overrides.replaced else unread_frame
        for frame, (lineno, end_lineno, colno, end_colno) in _limited(frame_gen, limit):
            code = frame.f_code
            filename = code.co_filename
            summary = make_frame(
                filename,
                lineno,
                code.co_name,
                lookup_line=False,
                locals=frame.f_locals if capture_locals else None,
                end_lineno=end_lineno,
                colno=colno,
                end_colno=end_colno,
                _code=code,
            )
            if filename not in filenames or not source.is_known(filename):
                source.note_loader(filename, frame.f_globals)
                filenames[filename] = None
            names.append(filename)
            result.append(summary)
        _attach_sources(result, names, filenames, lookup_lines=lookup_lines)
        return result

    @classmethod
    def from_list(klass, a_list):
        """Make a stack from FrameSummary objects or (filename, lineno, name, line) tuples."""
        result = StackSummary()
        for frame in a_list:
            if isinstance(frame, FrameSummary):
                result.append(_kin.as_ours(frame, FrameSummary))
            else:
                filename, lineno, name, line = frame
                result.append(FrameSummary(filename, lineno, name, line=line))
        return result

    def to_dict(self):
        """Return the stack as JSON-able data, without loss; see `from_dict`."""
        return wrap("frames", [fields_of(frame) for frame in self])

    @classmethod
    def from_dict(klass, data):
        """Rebuild what `to_dict` gave; it formats to the same text without the source files.

        Raises `lastwords.FormatError` when the data isn't of a known version or form.
        """
        frames = unwrap(data, "frames")
        try:
            return klass(from_fields(FrameSummary, fields) for fields in frames)
        except (KeyError, TypeError) as error:
            raise damaged("frames", error) from error

    def format_frame_summary(self, frame_summary, **kwargs):
        """Return the text of one frame, ended by a newline.

        A subclass may return None to leave the frame out.  `colorize` True adds ANSI colours.
        """
        palette = colours(kwargs.get("colorize", False))
        frame = _kin.as_ours(frame_summary, FrameSummary)
        return frame_text(frame, self._should_show_carets, palette)

    def _should_show_carets(self, start_offset, end_offset, all_lines, anchors):
        """Say whether caret lines tell anything that the source text alone doesn't."""
        from lastwords._excerpt import carets as anchor_rules

        return anchor_rules.should_show_carets(start_offset, end_offset, all_lines, anchors)

    def format(self, **kwargs):
        """Return a list of strings, one a frame, each ended by a newline.

        A frame that repeats more than three times is printed three times and counted.
        `colorize` True adds ANSI colours.
        """
        colorize = kwargs.get("colorize", False)
        if type(self) is StackSummary and not overrides.replaced and not self.__dict__:
            palette = None if colorize is False else colours(colorize)
            lines = fast.format_stack(self, palette)
            if lines is not None:
                return lines
            if not fast.usable and _text_parts.are_ours():
                return _collapsed(_remembered_texts(self, palette))
        draw = self.format_frame_summary
        draw_all = not overrides.is_ours(draw)
        options = {} if draw_all and not takes_colorize(draw) else {"colorize": colorize}
        return _collapsed(_drawn_texts(self, draw, options, draw_all=draw_all))


excerpt.dedents(FrameSummary)
_ANY_STACK = StackSummary()
_text_parts = overrides.Parts()
_text_parts.note(StackSummary, "format_frame_summary", "_should_show_carets")
_text_parts.note(FrameSummary, "line", "_set_lines", "_original_lines", "_dedented_lines")
_capture_parts = overrides.Parts()
_capture_parts.note(StackSummary, "_extract_from_extended_frame_gen")
overrides.note_functions(
    StackSummary.format, StackSummary.format_frame_summary, StackSummary._should_show_carets
)


# What is typed in has a name with a number, which isn't shown; 3.13.0 wrote it in another way.
_STDIN = ("<stdin-", "<stdin>-") if sys.version_info[:2] == (3, 13) else "<stdin-"


def frame_text(frame, show_carets, palette):
    """Return header, source and locals of one frame; see `StackSummary.format_frame_summary`."""
    filename = frame.filename
    if filename.startswith(_STDIN) and (filename.endswith(">") or filename.startswith("<stdin>-")):
        filename = "<stdin>"
    if palette is None:
        header = f'  File "{filename}", line {frame.lineno}, in {frame.name}\n'
    else:
        z = palette.reset
        header = (
            f'  File {palette.filename}"{filename}"{z}, '
            f"line {palette.line_no}{frame.lineno}{z}, "
            f"in {palette.frame}{frame.name}{z}\n"
        )
    text = header + excerpt.draw(frame, show_carets, palette)
    if frame.locals:
        text += _format_locals(frame.locals)
    return text


def render_captured(frame, palette):
    """Return the text of a frame as it was captured, for the extension to remember.

    A tuple of it alone is not to be remembered: marks had to be left out.
    """
    before = excerpt.without_marks
    text = frame_text(frame, _ANY_STACK._should_show_carets, palette)
    return text if excerpt.without_marks == before else (text,)


def _drawn_texts(frames, draw, options, *, draw_all):
    """Yield (place, function that gives the text); `draw_all`: `draw` may leave some frames out."""
    for frame in frames:
        text = draw(frame, **options) if draw_all else None
        if draw_all and text is None:
            continue
        place = (frame.filename, frame.lineno, frame.name)
        if draw_all:
            yield place, lambda text=text: text
        else:
            yield place, lambda frame=frame: draw(frame, **options)


def _remembered_texts(frames, palette):
    """Yield (place, function that gives the text) of frames, as pure Python remembers them."""
    for frame in frames:
        is_ours = type(frame) is FrameSummary
        raw, lines = (frame._raw, frame._source) if is_ours else (None, None)
        if raw is None or lines is None:
            place = (frame.filename, frame.lineno, frame.name)
            frame = _kin.as_ours(frame, FrameSummary)  # noqa: PLW2901
            yield place, lambda frame=frame: frame_text(frame, _show_carets, palette)
        else:
            place, text = _pure.remembered(raw, lines, palette, _render_raw)
            variables = _pure.locals_of(frame)
            if variables:
                yield place, lambda text=text, shown=variables: text + _format_locals(shown)
            else:
                yield place, lambda text=text: text


def _render_raw(raw, lines, palette):
    """Return (place, text) of a raw frame, and whether that is to be remembered."""
    before = excerpt.without_marks
    frame = _pure.raw_record(FrameSummary, raw)
    frame._source = lines
    text = frame_text(frame, _show_carets, palette)
    place = (frame.filename, frame.lineno, frame.name)
    return (place, text), excerpt.without_marks == before


def _show_carets(start_offset, end_offset, all_lines, anchors):
    return _ANY_STACK._should_show_carets(start_offset, end_offset, all_lines, anchors)


overrides.note_functions(_show_carets)  # it is asked while the method is our own


def _collapsed(places):
    """Return the texts; a frame that repeats is printed a few times and counted."""
    result = []
    last = (None, None, None)
    repeats = 0
    for here, text in places:
        if last != here or None in here:
            if repeats > _RECURSIVE_CUTOFF:
                result.append(_repeated(repeats - _RECURSIVE_CUTOFF))
            last = here
            repeats = 0
        repeats += 1
        if repeats <= _RECURSIVE_CUTOFF:
            result.append(text())
    if repeats > _RECURSIVE_CUTOFF:
        result.append(_repeated(repeats - _RECURSIVE_CUTOFF))
    return result


def _repeated(count):
    return f"  [Previous line repeated {count} more time{'s' if count > 1 else ''}]\n"


def _format_locals(variables):
    return "".join(f"    {name} = {value}\n" for name, value in sorted_by_name(variables))


def colours(colorize):
    """Return the colours for a traceback, or None for plain text."""
    return theme._safe_get_theme(force_color=True).traceback if colorize else None


_set_source = FrameRecord.__dict__["_source"].__set__  # in pure Python, past its __setattr__


def _attach_sources(frames, names, filenames, *, lookup_lines):
    """Confirm each file's source once; keep it with its frames when lines are wanted now.

    `names` has the file name of each frame: asking the frame would look its position up.
    `filenames` maps each to its lines, or None when they are yet to be found.
    """
    if not lookup_lines:
        for filename in filenames:
            source.confirm(filename)
        return
    snapshots = {
        filename: source.snapshot(filename) if lines is None else lines
        for filename, lines in filenames.items()
    }
    for frame, filename in zip(frames, names, strict=True):
        lines = snapshots[filename]
        if lines is None:
            frame.line  # noqa: B018 - the look-up by code object or by linecache is what is wanted
        else:
            _set_source(frame, lines)


def capture(traceback, limit, lookup_lines=True, capture_locals=False, known=None):
    """Return the stack of a traceback with positions; arguments as in `StackSummary.extract`.

    `known`: a `fast.KnownFiles` that the captures of one moment share, or None.
    """
    if (
        overrides.replaced
        or type(traceback) not in _TracebackTypes
        or not (limit is BUILTIN_EXCEPTION_LIMIT or _is_usual(limit))
        or not _capture_parts.are_ours()
    ):
        return StackSummary._extract_from_extended_frame_gen(
            _walk_tb_with_full_positions(traceback),
            limit=limit,
            lookup_lines=lookup_lines,
            capture_locals=capture_locals,
        )
    if traceback is None:
        return StackSummary()
    limit = resolve_limit(limit)
    skip, most = (0, _NO_LIMIT) if limit is None else _span(traceback, limit)
    frames = None
    if lookup_lines and fast.usable:
        frames = fast.capture(traceback, skip, most, known)
    if frames is None:
        frames = _capture_in_python(traceback, skip, most, lookup_lines=lookup_lines)
    if capture_locals:
        _add_locals(frames, traceback, skip)
    return frames


def _extract_walk(walk, limit, lookup_lines, capture_locals):
    """Return the stack of a native walk, or None when the ordinary way must be taken."""
    if capture_locals or not lookup_lines or not _is_usual(limit) or not _capture_parts.are_ours():
        return None
    limit = resolve_limit(limit)
    frames = fast.capture_walk(walk, _NO_LIMIT if limit is None or limit < 0 else limit)
    if frames is not None and limit is not None and limit < 0:
        del frames[:limit]
    return frames


def _span(traceback, limit):
    """Return (first frame, frame after the last) of a traceback that a limit leaves."""
    if limit >= 0:
        return 0, limit
    depth = 0
    while traceback is not None:
        depth += 1
        traceback = traceback.tb_next
    return max(depth + limit, 0), depth


def _add_locals(frames, traceback, skip):
    for _ in range(skip):
        traceback = traceback.tb_next
    for frame in frames:
        variables = traceback.tb_frame.f_locals
        if variables:
            frame.locals = represent_locals(variables)
        traceback = traceback.tb_next


def _capture_in_python(traceback, skip, most, *, lookup_lines):
    result = StackSummary()
    names = []
    known = {}
    for code, lasti, lineno, frame in _pure.raw_frames(traceback, skip, most):
        summary = _pure.raw_record(FrameSummary, (code, lasti, lineno))
        filename = code.co_filename
        if filename not in known:
            known[filename] = source.fresh_lines(filename) if lookup_lines else None
            if known[filename] is None:
                source.note_loader(filename, frame.f_globals)
        elif known[filename] is None and not source.is_known(filename):
            source.note_loader(filename, frame.f_globals)
        names.append(filename)
        result.append(summary)
    _attach_sources(result, names, known, lookup_lines=lookup_lines)
    return result


def takes_colorize(function):
    """Say whether a method that a program overrode takes the `colorize` argument (new in 3.13)."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    has_keywords = 0x08
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return bool(code.co_flags & has_keywords) or "colorize" in names


def call(method, colorize):
    """Call a method that a program may have overridden before it took `colorize`."""
    if overrides.is_ours(method) or takes_colorize(method):
        return method(colorize=colorize)
    return method()
