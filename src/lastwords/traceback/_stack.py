"""Stacks as data: StackSummary, and the capture of a traceback.

Follows CPython 3.15's `traceback`.
"""

from lastwords import _overrides as overrides
from lastwords import _source as source
from lastwords._excerpt import drawing as excerpt
from lastwords.traceback import _counterparts
from lastwords.traceback import _fast as fast
from lastwords.traceback._frame import (
    FrameSummary,
    fields_of,
    frame_without_lookup,
    from_fields,
)
from lastwords.traceback._saved_values import damaged, unwrap, wrap
from lastwords.traceback._stack_capture import (
    BUILTIN_EXCEPTION_LIMIT,
    NO_LIMIT,
    TRACEBACK_TYPES,
    _walk_tb_with_full_positions,
    add_locals,
    attach_sources,
    capture_in_python,
    is_usable_limit,
    limited,
    resolve_limit,
    span,
)
from lastwords.traceback._stack_text import (
    collapsed,
    drawn_texts,
    frame_text,
    palette_for,
    remembered_texts,
)


class StackSummary(list, metaclass=_counterparts.Meta):
    """A stack as a list of FrameSummary objects, the most recent call last."""

    __module__ = "lastwords.traceback"

    __class__, __reduce_ex__ = _counterparts.CLASS, _counterparts.reduce_list

    @classmethod
    def extract(klass, frame_gen, *, limit=None, lookup_lines=True, capture_locals=False):
        """Make a stack from an iterable of (frame, line number), such as `walk_tb`.

        `limit`: the most frames, the first ones, or if negative the last ones; None stands for
        `sys.tracebacklimit`.  `lookup_lines` False reads no source until a line is used.
        `capture_locals` keeps the `repr()` of each local variable.
        """
        if (
            type(frame_gen) is fast.FrameIterator
            and klass is StackSummary
            and not overrides.replaced
        ):
            frames = _extract_iterator(frame_gen, limit, lookup_lines, capture_locals)
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
        make_frame = FrameSummary if overrides.replaced else frame_without_lookup
        for frame, (lineno, end_lineno, colno, end_colno) in limited(frame_gen, limit):
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
            if filename not in filenames or not source.in_linecache(filename):
                source.note_loader(filename, frame.f_globals)
                filenames[filename] = None
            names.append(filename)
            result.append(summary)
        attach_sources(result, names, filenames, lookup_lines=lookup_lines)
        return result

    @classmethod
    def from_list(klass, a_list):
        """Make a stack from FrameSummary objects or (filename, lineno, name, line) tuples."""
        result = StackSummary()
        for frame in a_list:
            if isinstance(frame, FrameSummary):
                result.append(_counterparts.as_ours(frame, FrameSummary))
            else:
                filename, lineno, name, line = frame
                result.append(FrameSummary(filename, lineno, name, line=line))
        return result

    def to_dict(self):
        """Return the stack as JSON-able data, without loss; see `from_dict`."""
        return wrap("frames", [fields_of(frame) for frame in self])

    @classmethod
    def from_dict(klass, data):
        """Rebuild a stack from `to_dict`; it formats to the same text without the source files.

        Raises `lastwords.FormatError` if the data has an unknown version or form.
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
        palette = palette_for(kwargs.get("colorize", False))
        frame = _counterparts.as_ours(frame_summary, FrameSummary)
        return frame_text(frame, self._should_show_carets, palette)

    def _should_show_carets(self, start_offset, end_offset, all_lines, anchors):
        """Return whether caret lines say more than the source text."""
        from lastwords._excerpt import carets as anchor_rules

        return anchor_rules.should_show_carets(start_offset, end_offset, all_lines, anchors)

    def format(self, **kwargs):
        """Return a list of strings, one a frame, each ended by a newline.

        A frame that repeats more than three times is printed three times and counted.
        `colorize` True adds ANSI colours.
        """
        colorize = kwargs.get("colorize", False)
        if type(self) is StackSummary and not overrides.replaced and not self.__dict__:
            palette = None if colorize is False else palette_for(colorize)
            lines = fast.format_stack(self, palette)
            if lines is not None:
                return lines
            if not fast.usable and _text_parts.are_ours():
                return collapsed(remembered_texts(self, palette, self._should_show_carets))
        draw = self.format_frame_summary
        draw_all = not overrides.is_ours(draw)
        options = {} if draw_all and not overrides.takes_colorize(draw) else {"colorize": colorize}
        return collapsed(drawn_texts(self, draw, options, draw_all=draw_all))


excerpt.note_frame_class(FrameSummary)
_ANY_STACK = StackSummary()
_text_parts = overrides.Parts()
_text_parts.note(StackSummary, "format_frame_summary", "_should_show_carets")
_text_parts.note(FrameSummary, "line", "_set_lines", "_original_lines", "_dedented_lines")
_capture_parts = overrides.Parts()
_capture_parts.note(StackSummary, "_extract_from_extended_frame_gen")
overrides.note_functions(
    StackSummary.format, StackSummary.format_frame_summary, StackSummary._should_show_carets
)


def render_captured(frame, palette):
    """Return the text of an unchanged frame, which the extension remembers.

    If marks had to be left out, return the text in a tuple, which is not remembered.
    """
    before = excerpt.frames_without_marks
    text = frame_text(frame, _ANY_STACK._should_show_carets, palette)
    return text if excerpt.frames_without_marks == before else (text,)


def capture(traceback, limit, lookup_lines=True, capture_locals=False, known=None):
    """Return the stack of a traceback with positions; arguments as in `StackSummary.extract`.

    `known`: a `fast.KnownFiles` that the captures of one moment share, or None.
    """
    if (
        overrides.replaced
        or type(traceback) not in TRACEBACK_TYPES
        or not (limit is BUILTIN_EXCEPTION_LIMIT or is_usable_limit(limit))
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
    skip, most = (0, NO_LIMIT) if limit is None else span(traceback, limit)
    frames = None
    if lookup_lines and fast.usable:
        frames = fast.capture(traceback, skip, most, known)
    if frames is None:
        frames = capture_in_python(StackSummary(), traceback, skip, most, lookup_lines=lookup_lines)
    if capture_locals:
        add_locals(frames, traceback, skip)
    return frames


def _extract_iterator(iterator, limit, lookup_lines, capture_locals):
    """Return the stack of a native iterator, or None if it must be extracted in Python."""
    if capture_locals or not lookup_lines or not is_usable_limit(limit):
        return None
    if not _capture_parts.are_ours():
        return None
    limit = resolve_limit(limit)
    frames = fast.capture_iterator(iterator, NO_LIMIT if limit is None or limit < 0 else limit)
    if frames is not None and limit is not None and limit < 0:
        del frames[:limit]
    return frames
