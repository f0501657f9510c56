"""The functions of the `traceback` module: extract, format and print.

Their arguments, defaults, errors and output are those of CPython 3.15.  Users import them from
`lastwords.traceback`.
"""

import sys

from lastwords import _overrides as overrides
from lastwords import _theme as theme
from lastwords._contained import pass_on
from lastwords.traceback import _exception_text as exception_text
from lastwords.traceback import _fast as fast
from lastwords.traceback import _shallow_text as shallow_text
from lastwords.traceback import _shutdown as shutdown
from lastwords.traceback import _stack as stack
from lastwords.traceback._exception import TracebackException, traceback_of
from lastwords.traceback._stack import StackSummary
from lastwords.traceback._stack_capture import BUILTIN_EXCEPTION_LIMIT, walk_stack


class _Sentinel:
    """The default of arguments for which None is a value."""

    def __repr__(self):
        return "<implicit>"


_sentinel = _Sentinel()


def _parse_value_tb(exc, value, tb):
    """Return (value, traceback) from the three arguments that many functions here share."""
    if sys.meta_path is None:
        shutdown.reopen_imports()
    if (value is _sentinel) != (tb is _sentinel):
        message = "Both or neither of value and tb must be given"
        raise ValueError(message)
    if value is not _sentinel:
        return value, tb
    if exc is None:
        return None, None
    if isinstance(exc, BaseException):
        return exc, traceback_of(exc)
    message = f"Exception expected for value, {type(exc).__name__} found"
    raise TypeError(message)


def _may_use_native(limit, chain):
    """Return whether the extension may be used; it reads `sys.tracebacklimit` itself."""
    unlimited = limit is None or limit is BUILTIN_EXCEPTION_LIMIT
    return fast.usable and unlimited and chain and not overrides.replaced


def _known_messages(known):
    """Return the constructor's argument with the messages that the extension has read already."""
    return {} if known is None else {"_seen": known}


def print_list(extracted_list, file=None):
    """Print a list of frames, as `extract_tb` or `extract_stack` gives, to `file`."""
    exception_text.write(StackSummary.from_list(extracted_list).format(), file)


def format_list(extracted_list):
    """Return the text of a list of frames: one string a frame, each ended by a newline."""
    return StackSummary.from_list(extracted_list).format()


def print_tb(tb, limit=None, file=None):
    """Print the frames of a traceback, at most `limit`, to `file` (default: `sys.stderr`)."""
    print_list(extract_tb(tb, limit=limit), file=file)


def format_tb(tb, limit=None):
    """Return `format_list(extract_tb(tb, limit))`."""
    return extract_tb(tb, limit=limit).format()


def extract_tb(tb, limit=None):
    """Return the frames of a traceback as a StackSummary, at most `limit`."""
    if sys.meta_path is None:
        shutdown.reopen_imports()
    return stack.capture(tb, limit)


def print_exception(
    exc, /, value=_sentinel, tb=_sentinel, limit=None, file=None, chain=True, **kwargs
):
    """Print an exception with its stack, causes, contexts and members to `file`.

    `print_exception(exc)`, or the older form with type, value and traceback.  `limit` bounds the
    frames of each stack; `chain` False leaves causes and contexts out.  Raises TypeError if `exc`
    isn't an exception, ValueError if only one of `value` and `tb` is given.
    """
    colorize = kwargs.get("colorize", False)
    value, tb = _parse_value_tb(exc, value, tb)
    lines = None
    try:
        if _may_use_native(limit, chain):
            lines = fast.format_exception(value, tb, stack.palette_for(colorize))
        if type(lines) is not list:
            known = _known_messages(lines)
            te = TracebackException(type(value), value, tb, limit=limit, compact=True, **known)
            te.print(file=file, chain=chain, colorize=colorize)
            return
    except RecursionError as error:  # near the stack's limit the exception still gets printed
        pass_on(error)
        lines = shallow_text.lines_of(value, tb, limit, chain)
    exception_text.write(lines, file)


def _print_exception_bltin(exc, file=None, /):
    """Print an exception as the interpreter prints uncaught ones."""
    if file is None:
        file = sys.stderr if sys.stderr is not None else sys.__stderr__
    colorize = theme._safe_can_colorize(file=file)
    print_exception(exc, limit=BUILTIN_EXCEPTION_LIMIT, file=file, colorize=colorize)


def format_exception(exc, /, value=_sentinel, tb=_sentinel, limit=None, chain=True, **kwargs):
    """Return what `print_exception` prints, as a list of strings that each end in a newline."""
    colorize = kwargs.get("colorize", False)
    value, tb = _parse_value_tb(exc, value, tb)
    lines = None
    try:
        if _may_use_native(limit, chain):
            lines = fast.format_exception(value, tb, stack.palette_for(colorize))
            if type(lines) is list:
                return lines
        known = _known_messages(lines)
        te = TracebackException(type(value), value, tb, limit=limit, compact=True, **known)
        return list(te.format(chain=chain, colorize=colorize))
    except RecursionError as error:  # near the stack's limit there is still a text
        pass_on(error)
        return shallow_text.lines_of(value, tb, limit, chain)


def format_exception_only(exc, /, value=_sentinel, *, show_group=False, **kwargs):
    """Return the lines with the exception's type, message and notes.

    `show_group` adds the members of a group.  A SyntaxError has lines that show its place, too.
    """
    colorize = kwargs.get("colorize", False)
    if value is _sentinel:
        value = exc
    te = TracebackException(type(value), value, None, compact=True)
    return list(te.format_exception_only(show_group=show_group, colorize=colorize))


def print_exc(limit=None, file=None, chain=True, **kwargs):
    """Print the exception that is being handled; see `print_exception`."""
    print_exception(sys.exception(), limit=limit, file=file, chain=chain, **kwargs)


def format_exc(limit=None, chain=True):
    """Return the exception that is being handled as one string; see `format_exception`."""
    return "".join(format_exception(sys.exception(), limit=limit, chain=chain))


def print_last(limit=None, file=None, chain=True):
    """Print the last uncaught exception of an interactive session.

    Raises ValueError if there was none.
    """
    if not hasattr(sys, "last_exc") and not hasattr(sys, "last_type"):
        message = "no last exception"
        raise ValueError(message)
    if hasattr(sys, "last_exc"):
        print_exception(sys.last_exc, limit=limit, file=file, chain=chain)
    else:
        print_exception(sys.last_type, sys.last_value, sys.last_traceback, limit, file, chain)


def print_stack(f=None, limit=None, file=None):
    """Print the stack from `f`, or from the caller, to `file` (default: `sys.stderr`)."""
    if f is None:
        f = sys._getframe(1)
    print_list(extract_stack(f, limit=limit), file=file)


def format_stack(f=None, limit=None):
    """Return the text of the stack from `f`, or from the caller: one string a frame."""
    if f is None:
        f = sys._getframe(1)
    return format_list(extract_stack(f, limit=limit))


def extract_stack(f=None, limit=None):
    """Return the stack from `f`, or from the caller, as a StackSummary; the caller comes last."""
    if sys.meta_path is None:
        shutdown.reopen_imports()
    if f is None:
        f = sys._getframe(1)
    frames = StackSummary.extract(walk_stack(f), limit=limit)
    frames.reverse()
    return frames


def clear_frames(tb):
    """Clear the local variables of every frame of a traceback; running frames are left alone."""
    while tb is not None:
        try:
            tb.tb_frame.clear()
        except RuntimeError as error:  # the frame is running
            pass_on(error)
        tb = tb.tb_next
