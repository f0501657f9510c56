"""The text of an exception with its relatives: the order of parts, indentation, group margins.

Owns the walk over chains and groups for printing, which never recurses, however deep they are.
Follows CPython 3.15's `traceback`.
"""

import sys

from lastwords import _contained as contained
from lastwords import _overrides as overrides
from lastwords._contained import pass_on
from lastwords.traceback import _fast as fast
from lastwords.traceback import _stack_text as stack_text

_cause_message = "\nThe above exception was the direct cause of the following exception:\n\n"

_context_message = "\nDuring handling of the above exception, another exception occurred:\n\n"

_MOST_SHOWN = 250_000
"""Bound on the members that `format_exception_only` shows: a group may be inside itself."""


class _ExceptionPrintContext:
    """The state of printing: the depth in groups, and whether a group is still open."""

    def __init__(self):
        self.seen = set()
        self.exception_group_depth = 0
        self.need_close = False

    def indent(self):
        """Return the white space before every line at this depth."""
        return " " * (2 * self.exception_group_depth)

    def emit(self, text_gen, margin_char=None):
        """Yield the text, or each text of an iterable, with the margin before every line."""
        prefix = self.indent()
        if self.exception_group_depth:
            prefix += (margin_char or "|") + " "
        for text in (text_gen,) if isinstance(text_gen, str) else text_gen:
            yield _prefixed(text, prefix)


_context_parts = overrides.Parts()
_context_parts.note(_ExceptionPrintContext, "emit", "indent")
# The extension's answer is about more classes, and costs a quarter.
_context_is_ours = fast.classes_are_ours if fast.usable else _context_parts.are_ours


def _prefixed(text, prefix):
    if not prefix:
        return text
    return "".join([prefix + line for line in text.splitlines(keepends=True)])


def _format_final_exc_line(etype, value, *, insert_final_newline=True, colorize=False):
    """Return the line with the type and the message, or with the type alone."""
    if type(value) is str and not overrides.replaced:
        message = value
    else:
        message = contained._safe_string(value, "exception")
    end = "\n" if insert_final_newline else ""
    palette = stack_text.palette_for(colorize) if colorize else None
    if value is None or not message:
        text = f"{etype}{end}" if palette is None else f"{palette.type}{etype}{palette.reset}{end}"
    elif palette is None:
        text = f"{etype}: {message}{end}"
    else:
        z = palette.reset
        text = f"{palette.type}{etype}{z}: {palette.message}{message}{z}{end}"
    return text


def _format_note(note, indent, theme):
    """Yield each line of a note, indented and, with a theme, coloured."""
    for line in note.split("\n"):
        if theme is None:
            yield f"{indent}{line}\n"
        else:
            yield f"{indent}{theme.note}{line}{theme.reset}\n"


def _notes(notes, indent, palette):
    if contained.is_sequence_of_notes(notes):
        for text in contained.note_texts(notes):
            yield from _format_note(text, indent, palette)
    else:
        text = contained._safe_string(notes, "__notes__", func=repr)
        yield from _format_note(text, indent, palette)


def _only_lines(te, depth, colorize):
    """Return the lines of one exception, without its stack and its members."""
    message = te._str
    if (
        te._have_exc_type
        and not (depth or colorize or te._is_syntax_error or overrides.replaced)
        and te.__notes__ is None
        and type(message) is str
    ):  # nearly all exceptions
        return [f"{te.exc_type_str}: {message}\n" if message else f"{te.exc_type_str}\n"]
    indent = 3 * depth * " "
    if not te._have_exc_type:
        return [indent + _format_final_exc_line(None, te._str, colorize=colorize)]
    exc_type = te.exc_type_str
    if te._is_syntax_error:
        lines = [indent + line for line in _syntax_error_lines(te, exc_type, colorize)]
    elif depth:
        text = _format_final_exc_line(
            exc_type,
            te._str,
            insert_final_newline=False,
            colorize=colorize,
        )
        lines = [f"{indent}{line}\n" for line in text.split("\n")]
    else:
        lines = [_format_final_exc_line(exc_type, te._str, colorize=colorize)]
    if te.__notes__ is not None:
        lines.extend(_notes(te.__notes__, indent, stack_text.palette_for(colorize)))
    return lines


def _syntax_error_lines(te, exc_type, colorize):
    try:
        return list(te._format_syntax_error(exc_type, colorize=colorize))
    except BaseException as error:
        pass_on(error)
        return [_format_final_exc_line(exc_type, te._str, colorize=colorize)]


def _final_lines(te, colorize):
    """Return what `te.format_exception_only()` gives, which a subclass may override."""
    method = te.format_exception_only
    if overrides.is_ours(method):
        return _only_lines(te, 0, colorize)
    return overrides.call(method, colorize)


def exception_only(te, *, show_group, depth, colorize):
    """Yield what `TracebackException.format_exception_only` yields."""
    if not show_group or not te.exceptions:
        yield from _only_lines(te, depth, colorize)
    else:
        yield from _with_members(te, depth, colorize)


def _with_members(te, depth, colorize):
    pending = [(te, depth)]
    shown = 0
    while pending and shown < _MOST_SHOWN:
        member, depth = pending.pop()
        shown += 1
        method = member.format_exception_only
        if member is not te and not overrides.is_ours(method):
            options = {"colorize": colorize} if overrides.takes_colorize(method) else {}
            yield from method(show_group=True, _depth=depth, **options)
            continue
        yield from _only_lines(member, depth, colorize)
        if member.exceptions:
            pending.extend((inner, depth + 1) for inner in reversed(member.exceptions))


def _chain_of(te):
    """Return [(message before it, exception)] in the order of printing."""
    links = []
    while te is not None:
        if te.__cause__ is not None:
            message, earlier = _cause_message, te.__cause__
        elif te.__context__ is not None and not te.__suppress_context__:
            message, earlier = _context_message, te.__context__
        else:
            message = earlier = None
        links.append((message, te))
        te = earlier
    links.reverse()
    return links


class _Nested:
    """Yielded to `format_exception` to make it print a member next."""

    __slots__ = ("te",)

    def __init__(self, te):
        self.te = te


def simple_chain(te, chain):
    """Return [(message, exception)] if no group and no patched context is involved, else None."""
    # Outside of groups, our own context adds nothing.
    if overrides.replaced or not _context_is_ours():
        return None
    if te.__cause__ is te.__context__ is te.exceptions is None:
        return ((None, te),)
    links = _chain_of(te) if chain else [(None, te)]
    for _message, link in links:
        if link.exceptions is not None:
            return None
    return links


def format_chain(links, colorize):
    """Yield the text of exceptions without members."""
    for message, link in links:
        if message is not None:
            yield message
        if link.stack:
            yield "Traceback (most recent call last):\n"
            yield from overrides.call(link.stack.format, colorize)
        yield from _final_lines(link, colorize)


def format_exception(te, *, chain, context, colorize):
    """Yield what `TracebackException.format` yields."""
    if context is None:
        context = _ExceptionPrintContext()
    running = [_format_one(te, chain, context, colorize)]
    while running:
        for part in running[-1]:
            if type(part) is not _Nested:
                yield part
            elif overrides.is_ours(part.te.format):
                running.append(_format_one(part.te, chain, context, colorize))
                break
            else:
                yield from _overridden_format(part.te.format, chain, context, colorize)
        else:
            running.pop()


def _overridden_format(method, chain, context, colorize):
    options = {"colorize": colorize} if overrides.takes_colorize(method) else {}
    return method(chain=chain, _ctx=context, **options)


def _format_one(te, chain, context, colorize):
    for message, link in _chain_of(te) if chain else [(None, te)]:
        if message is not None:
            yield from context.emit(message)
        if link.exceptions is None:
            if link.stack:
                yield from context.emit("Traceback (most recent call last):\n")
                yield from context.emit(overrides.call(link.stack.format, colorize))
            yield from context.emit(_final_lines(link, colorize))
        elif _too_deep(link, context):
            yield from context.emit(f"... (max_group_depth is {link.max_group_depth})\n")
        else:
            yield from _format_group(link, context, colorize)


def _too_deep(te, context):
    return te.max_group_depth is not None and context.exception_group_depth > te.max_group_depth


def _format_group(te, context, colorize):
    outermost = context.exception_group_depth == 0
    if outermost:
        context.exception_group_depth += 1
    if te.stack:
        yield from context.emit(
            "Exception Group Traceback (most recent call last):\n",
            margin_char="+" if outermost else None,
        )
        yield from context.emit(overrides.call(te.stack.format, colorize))
    yield from context.emit(_final_lines(te, colorize))
    total = len(te.exceptions)
    width = total if te.max_group_width is None else te.max_group_width
    shown = min(total, width + 1)
    context.need_close = False
    for index in range(shown):
        if index == shown - 1:
            context.need_close = True
        title = str(index + 1) if index < width else "..."
        joint = "+-" if index == 0 else "  "
        yield f"{context.indent()}{joint}+---------------- {title} ----------------\n"
        context.exception_group_depth += 1
        if index < width:
            yield _Nested(te.exceptions[index])
        else:
            left = total - width
            yield from context.emit(f"and {left} more exception{'s' if left > 1 else ''}\n")
        if index == shown - 1 and context.need_close:
            yield f"{context.indent()}+------------------------------------\n"
            context.need_close = False
        context.exception_group_depth -= 1
    if outermost:
        context.exception_group_depth = 0


def write(lines, file):
    """Print the lines to `file` (default: `sys.stderr`), with one write if possible."""
    if file is None:
        file = sys.stderr
    lines = list(lines)
    try:
        print("".join(lines), file=file, end="")
    except UnicodeEncodeError:
        encoding = getattr(file, "encoding", None) or "ascii"
        for line in lines:  # what can't be encoded is escaped, as on the standard stderr
            print(line.encode(encoding, "backslashreplace").decode(encoding), file=file, end="")


def with_relatives(te):
    """Yield the exception and all its relatives, each once."""
    pending = [te]
    seen = set()
    while pending:
        te = pending.pop()
        if id(te) in seen:
            continue
        seen.add(id(te))
        yield te
        if te.exceptions:
            pending.extend(te.exceptions)
        pending.extend(link for link in (te.__context__, te.__cause__) if link is not None)
