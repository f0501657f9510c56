"""Capturing stacks: walks over frames, limits, and capture without the extension.

Other libraries replace some names of this module through `lastwords.traceback`; these are looked up
at each call.
"""

import sys

from lastwords import _source as source
from lastwords.traceback import _fast as fast
from lastwords.traceback import _pure
from lastwords.traceback._frame import FrameRecord, FrameSummary, represent_locals

_TracebackType, _FrameType = _pure.traceback_and_frame_types()
TRACEBACK_TYPES = (_TracebackType, type(None))

NO_LIMIT = sys.maxsize

BUILTIN_EXCEPTION_LIMIT = object()
"""A limit: the last `sys.tracebacklimit` frames, as the interpreter itself prints."""


def walk_stack(f):
    """Yield (frame, line number) from `f` outwards; None stands for the caller."""
    if f is None:
        f = sys._getframe(1)
    if fast.usable and type(f) is _FrameType:
        return fast.FrameIterator(f)
    return _walk_stack(f)


def _walk_stack(frame):
    while frame is not None:
        yield frame, frame.f_lineno
        frame = frame.f_back


def walk_tb(tb):
    """Yield (frame, line number) of a traceback, the outermost first."""
    if fast.usable and type(tb) in TRACEBACK_TYPES:
        return fast.FrameIterator(tb)
    return _walk_tb(tb)


def _walk_tb(tb):
    while tb is not None:
        yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


def _get_code_position(code, instruction_index):
    """Return (line, end line, column, end column) of the instruction at a byte offset."""
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
    """Return the limit in force: `limit` itself, or by `sys.tracebacklimit`."""
    if limit is not None and limit is not BUILTIN_EXCEPTION_LIMIT:
        return limit
    in_force = getattr(sys, "tracebacklimit", None)
    if not isinstance(in_force, int):
        return None
    most = min(max(in_force, 0), NO_LIMIT)
    return most if limit is None else -most


def is_usable_limit(limit):
    """Return whether a limit is None or a possible number of frames."""
    return limit is None or (type(limit) is int and -NO_LIMIT <= limit <= NO_LIMIT)


def limited(frame_gen, limit):
    limit = resolve_limit(limit)
    if limit is None:
        return frame_gen
    if limit >= 0:
        from itertools import islice

        return islice(frame_gen, limit)
    from _collections import deque

    return deque(frame_gen, maxlen=-limit)


# Not by FrameRecord.__setattr__ of pure Python, which would fill the fields.
_set_source = FrameRecord.__dict__["_source"].__set__


def attach_sources(frames, names, filenames, *, lookup_lines):
    """Check each file's source once; keep the lines with the frames if `lookup_lines`.

    `names` has the file name of each frame, since reading it from the frame would fill its fields.
    `filenames` maps each name to its lines, or to None if they are yet to be read.
    """
    if not lookup_lines:
        for filename in filenames:
            source.drop_if_stale(filename)
        return
    snapshots = {
        filename: source.snapshot(filename) if lines is None else lines
        for filename, lines in filenames.items()
    }
    for frame, filename in zip(frames, names, strict=True):
        lines = snapshots[filename]
        if lines is None:
            frame.line  # noqa: B018 - looks the line up by code object or by linecache
        else:
            _set_source(frame, lines)


def span(traceback, limit):
    """Return (index of the first frame, index after the last) within a limit."""
    if limit >= 0:
        return 0, limit
    depth = 0
    while traceback is not None:
        depth += 1
        traceback = traceback.tb_next
    return max(depth + limit, 0), depth


def add_locals(frames, traceback, skip):
    for _ in range(skip):
        traceback = traceback.tb_next
    for frame in frames:
        variables = traceback.tb_frame.f_locals
        if variables:
            frame.locals = represent_locals(variables)
        traceback = traceback.tb_next


def capture_in_python(result, traceback, skip, most, *, lookup_lines):
    """Append the frames of a traceback `skip` to `most - 1` to `result`; return it."""
    names = []
    known = {}
    for code, lasti, lineno, frame in _pure.raw_frames(traceback, skip, most):
        summary = _pure.raw_frame(FrameSummary, (code, lasti, lineno))
        filename = code.co_filename
        if filename not in known:
            known[filename] = source.fresh_lines(filename) if lookup_lines else None
            if known[filename] is None:
                source.note_loader(filename, frame.f_globals)
        elif known[filename] is None and not source.in_linecache(filename):
            source.note_loader(filename, frame.f_globals)
        names.append(filename)
        result.append(summary)
    attach_sources(result, names, known, lookup_lines=lookup_lines)
    return result
