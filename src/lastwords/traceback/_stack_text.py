"""The text of a stack: headers, repeated frames, local variables.

`_RECURSIVE_CUTOFF` may be replaced through `lastwords.traceback`; it is looked up at each use.
"""

import sys

from lastwords import _theme as theme
from lastwords._contained import sorted_by_name
from lastwords._excerpt import drawing as excerpt
from lastwords.traceback import _counterparts, _pure
from lastwords.traceback._frame import FrameSummary

_RECURSIVE_CUTOFF = 3
"""How many times a repeated frame is printed; the rest are counted."""

# Typed code has a file name with a number, which isn't shown; 3.13.0 has it in another form.
_STDIN = ("<stdin-", "<stdin>-") if sys.version_info[:2] == (3, 13) else "<stdin-"


def frame_text(frame, show_carets, palette):
    """Return header, source and locals of one frame."""
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


def drawn_texts(frames, draw, options, *, draw_all):
    """Yield (place, function that returns the text) of frames.

    `draw_all`: `draw` is the program's and may return None, to leave a frame out.
    """
    for frame in frames:
        text = draw(frame, **options) if draw_all else None
        if draw_all and text is None:
            continue
        place = (frame.filename, frame.lineno, frame.name)
        if draw_all:
            yield place, lambda text=text: text
        else:
            yield place, lambda frame=frame: draw(frame, **options)


def remembered_texts(frames, palette, show_carets):
    """Yield (place, function that returns the text) of frames; remember the texts of raw ones."""

    def render(raw, lines, palette):
        return _render_raw(raw, lines, palette, show_carets)

    for frame in frames:
        is_ours = type(frame) is FrameSummary
        raw, lines = (frame._raw, frame._source) if is_ours else (None, None)
        if raw is None or lines is None:
            place = (frame.filename, frame.lineno, frame.name)
            frame = _counterparts.as_ours(frame, FrameSummary)  # noqa: PLW2901
            yield place, lambda frame=frame: frame_text(frame, show_carets, palette)
        else:
            place, text = _pure.remembered(raw, lines, palette, render)
            variables = _pure.locals_of(frame)
            if variables:
                yield place, lambda text=text, shown=variables: text + _format_locals(shown)
            else:
                yield place, lambda text=text: text


def _render_raw(raw, lines, palette, show_carets):
    """Return (place, text) of a raw frame, and whether to remember it."""
    before = excerpt.frames_without_marks
    frame = _pure.raw_frame(FrameSummary, raw)
    frame._source = lines
    text = frame_text(frame, show_carets, palette)
    place = (frame.filename, frame.lineno, frame.name)
    return (place, text), excerpt.frames_without_marks == before


def collapsed(places):
    """Return the texts, with repeated frames cut after `_RECURSIVE_CUTOFF` and counted."""
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


def palette_for(colorize):
    """Return the colours of a traceback if `colorize`, else None."""
    return theme._safe_get_theme(force_color=True).traceback if colorize else None
