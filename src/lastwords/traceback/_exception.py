"""TracebackException: one exception and its relatives as data.

Owns what is captured of an exception; `_exception_text` makes the text.  Follows CPython 3.15's
`traceback`.
"""

import sys

from lastwords import _contained as contained
from lastwords import _overrides as overrides
from lastwords._contained import pass_on, traceback_of
from lastwords.traceback import _counterparts
from lastwords.traceback import _exception_text as exception_text
from lastwords.traceback import _fast as fast
from lastwords.traceback import _frame as frame
from lastwords.traceback import _shutdown as shutdown
from lastwords.traceback import _stack as stack

_OPTIONS_OF_GROUPS = ("max_group_width", "max_group_depth")


class TracebackException(metaclass=_counterparts.Meta):
    """An exception ready for rendering, without references to the exception and its frames.

    Attributes: `stack` (a StackSummary), `exc_type_str` (the type's qualified name), `__cause__`
    and `__context__` (TracebackException or None), `__suppress_context__`, `__notes__`,
    `exceptions` (the members of a group, or None); for a SyntaxError also `filename`, `lineno`,
    `end_lineno`, `text`, `offset`, `end_offset` and `msg`.  `exc_type` (deprecated) is the class
    itself unless `save_exc_type` was False.
    """

    __module__ = "lastwords.traceback"

    __class__ = _counterparts.CLASS

    # Overridden by the style "plus": see lastwords._plus.exception.
    _capture_stack = staticmethod(stack.capture)
    _class_of_relatives = None

    def __init__(
        self,
        exc_type,
        exc_value,
        exc_traceback,
        *,
        limit=None,
        lookup_lines=True,
        capture_locals=False,
        compact=False,
        max_group_width=15,
        max_group_depth=10,
        save_exc_type=True,
        _seen=None,
    ):
        """Capture an exception.

        `limit`, `lookup_lines`, `capture_locals`: as in `StackSummary.extract`.  `compact` leaves
        out a context that would not be printed.  `max_group_width` and `max_group_depth` bound
        what is printed of exception groups; None means no bound.
        """
        if sys.meta_path is None:
            shutdown.reopen_imports()
        known_text, _seen = (_seen, None) if type(_seen) is dict else (None, _seen)
        self.max_group_width = max_group_width
        self.max_group_depth = max_group_depth
        self.stack = self._capture_stack(
            exc_traceback, limit, lookup_lines, capture_locals, getattr(_seen, "known_files", None)
        )
        self._exc_type = exc_type if save_exc_type else None
        self._str = _message_of(exc_value, known_text or getattr(_seen, "known_text", None))
        self.__notes__ = None if exc_value is None else contained.notes_of(exc_value)
        self._is_syntax_error = False
        self._have_exc_type = exc_type is not None
        self.exc_type_qualname, self.exc_type_module = contained.names_of(exc_type)
        if exc_type is not None and exc_value is not None:
            _capture_details(self, exc_type, exc_value, exc_traceback)
        self.__suppress_context__ = exc_value is not None and contained.suppresses_context(
            exc_value
        )
        self.__cause__ = self.__context__ = self.exceptions = None
        if lookup_lines and type(self) is not TracebackException:
            self._load_lines()
        if _seen is None and _has_relatives(exc_value):
            options = {
                "limit": limit,
                "lookup_lines": lookup_lines,
                "capture_locals": capture_locals,
                "max_group_width": max_group_width,
                "max_group_depth": max_group_depth,
            }
            _capture_relatives(self, exc_value, compact, options, known_text)
        elif _seen is not None:
            _seen.add(id(exc_value))

    @staticmethod
    def _suggested(exc_type, exc_value, exc_traceback, message):
        """Return the message with a suggestion, or a callable that returns that."""
        from lastwords._suggest import suggestions

        return suggestions.suggest(exc_type, exc_value, exc_traceback, message)

    @classmethod
    def from_exception(cls, exc, *args, **kwargs):
        """Capture `exc`; arguments as in the constructor."""
        return cls(type(exc), exc, traceback_of(exc), *args, **kwargs)

    @property
    def exc_type(self):
        """Return the exception's class.  Deprecated since 3.13: use `exc_type_str`."""
        import warnings

        warnings.warn(
            "Deprecated in 3.13. Use exc_type_str instead.", DeprecationWarning, stacklevel=2
        )
        return self._exc_type

    @property
    def exc_type_str(self):
        """Return the class's qualified name, after its module unless builtins or __main__."""
        if not self._have_exc_type:
            return None
        qualname = self.exc_type_qualname
        module = self.exc_type_module
        if module in ("__main__", "builtins"):
            return qualname
        if not isinstance(module, str):
            module = "<unknown>"
        return f"{module}.{qualname}"

    def _load_lines(self):
        """Look up every source line that has not been looked up yet."""
        for exception in exception_text.with_relatives(self):
            for summary in exception.stack:
                summary.line  # noqa: B018 - looks the line up

    def __eq__(self, other):
        if isinstance(other, TracebackException):
            from lastwords.traceback import _saved_form as saved_form

            return saved_form.equal(self, other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __str__(self):
        return self._str

    def __getattr__(self, name):
        """Make a message whose suggestion was deferred; called only for missing attributes."""
        if name == "_str":
            deferred = self.__dict__.pop("_deferred_str", None)
            if deferred is not None:
                try:
                    self._str = str(deferred())
                except BaseException as error:
                    pass_on(error)
                    self._str = deferred.message
                return self._str
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=self)

    def format_exception_only(self, *, show_group=False, _depth=0, **kwargs):
        """Yield the lines that say what was raised: the type, the message and the notes.

        `show_group` adds the members of a group, indented.  `colorize` True adds ANSI colours.
        """
        return exception_text.exception_only(
            self, show_group=show_group, depth=_depth, colorize=kwargs.get("colorize", False)
        )

    def _find_keyword_typos(self):
        """If a misspelt keyword is the cause of a SyntaxError, name the keyword in its message."""
        from lastwords._suggest import keywords

        keywords.find_keyword_typos(self)

    def _format_syntax_error(self, stype, **kwargs):
        """Yield the lines of a SyntaxError: its place, the source with a caret, the message."""
        from lastwords._excerpt.syntax_error import format_syntax_error

        self._find_keyword_typos()
        palette = stack.palette_for(kwargs.get("colorize", False))
        yield from format_syntax_error(self, stype, palette)

    def format(self, *, chain=True, _ctx=None, **kwargs):
        """Yield the whole text: chained exceptions, stacks, messages; each string ends a line.

        `chain` False leaves causes and contexts out.  `colorize` True adds ANSI colours.
        """
        colorize = kwargs.get("colorize", False) if kwargs else False
        if sys.meta_path is None:
            shutdown.reopen_imports()
        if _ctx is None:
            links = exception_text.simple_chain(self, chain)
            if links is not None:
                return exception_text.format_chain(links, colorize)
        return exception_text.format_exception(self, chain=chain, context=_ctx, colorize=colorize)

    def print(self, *, file=None, chain=True, **kwargs):
        """Print what `format()` yields to `file` (default: `sys.stderr`)."""
        options = {"colorize": kwargs.get("colorize", False)}
        if not overrides.takes_colorize(self.format):
            options = {}
        exception_text.write(self.format(chain=chain, **options), file)

    def __reduce__(self):
        from lastwords.traceback import _saved_form as saved_form

        return saved_form._rebuild_exception, (saved_form.flatten(self, pickled=True),)

    def to_dict(self):
        """Return the exception as JSON-able data, without loss; see `from_dict`.

        The form is versioned (`"lastwords": 1`) and described in the reference documentation.
        """
        from lastwords.traceback import _saved_form as saved_form

        return saved_form.to_dict(self)

    def as_traceback(self):
        """Return the stack as a traceback object, or None if there are no frames.

        For `raise error.with_traceback(te.as_traceback())`, after `from_dict` or pickle: files,
        lines, names and columns are those of the stack, and the source lines too if the files are
        missing.  Its frames hold no variables, and their code is not the program's.
        """
        from lastwords.traceback import _rebuilt as rebuilt

        return rebuilt.traceback_of(self.stack)

    @classmethod
    def from_dict(cls, data):
        """Rebuild an exception from `to_dict`; its text is the same without the source files.

        Raises `lastwords.FormatError` if the data has an unknown version or form.
        """
        from lastwords.traceback import _saved_form as saved_form

        return saved_form.from_dict(data, cls)


def _message_of(exc_value, known_text):
    """Return the exception's `str()`, called once: `known_text` has {id: (exception, text)}."""
    if known_text and id(exc_value) in known_text:
        return known_text[id(exc_value)][1]
    return contained._safe_string(exc_value, "exception")


_DETAILED = (SyntaxError, ImportError, NameError, AttributeError)


def _capture_details(te, exc_type, exc_value, exc_traceback):
    """Capture what only some exceptions have, and add suggestions to the message."""
    if not isinstance(exc_type, type) or not issubclass(exc_type, _DETAILED):
        return
    if issubclass(exc_type, SyntaxError):
        _capture_syntax_error(te, exc_value)
    else:
        try:  # an import in it may run finders of the program
            message = te._suggested(exc_type, exc_value, exc_traceback, te._str)
        except BaseException as error:
            pass_on(error)
            return
        if isinstance(message, str):
            te._str = message
        else:
            te._deferred_str = _DeferredMessage(message, te._str)
            del te._str


class _DeferredMessage:
    """A message whose suggestion is searched for when the message is first read."""

    __slots__ = ("message", "work")

    def __init__(self, work, message):
        self.work = work
        self.message = message

    def __call__(self):
        return self.work()

    def __eq__(self, other):
        return isinstance(other, _DeferredMessage) and self.message == other.message

    __hash__ = None  # type: ignore[assignment]


def _capture_syntax_error(te, exc_value):
    te.filename = contained.exception_attribute(exc_value, "filename", default=None)
    lineno = contained.exception_attribute(exc_value, "lineno", default=None)
    end_lineno = contained.exception_attribute(exc_value, "end_lineno", default=None)
    te.lineno = None if lineno is None else contained.text_of(lineno, "?")
    te.end_lineno = None if end_lineno is None else contained.text_of(end_lineno, "?")
    for name in ("text", "offset", "end_offset", "msg"):
        setattr(te, name, contained.exception_attribute(exc_value, name, default=None))
    te._is_syntax_error = True
    te._exc_metadata = contained.exception_attribute(exc_value, "_metadata", default=None)


def _relatives(value):
    """Return an exception's cause and context; None for each that is no exception."""
    cause, context = contained.relatives_of(value)
    if not (cause is None or isinstance(cause, BaseException)):
        cause = None
    if not (context is None or isinstance(context, BaseException)):
        context = None
    return cause, context


def _members(value):
    """Return the members of a group, or None if it is no group."""
    if not issubclass(type(value), BaseExceptionGroup):
        return None
    return contained.members_of(value)


def _has_relatives(exc_value):
    if not isinstance(exc_value, BaseException):
        return False
    if issubclass(type(exc_value), BaseExceptionGroup):
        return True
    cause, context = _relatives(exc_value)
    return cause is not None or context is not None


class _Seen(set):
    """The ids of the exceptions captured so far, with known files and known messages."""

    __slots__ = ("known_files", "known_text")

    def __init__(self, ids, known_text):
        super().__init__(ids)
        self.known_text = known_text
        self.known_files = None if fast.KnownFiles is None else fast.KnownFiles()


def _capture_relatives(top, exc_value, compact, options, known_text):
    """Capture causes, contexts and members, in a loop, so that any depth can be captured.

    As a cause or context, an exception that was seen before becomes None, so that cycles end.  As
    members of a group, exceptions are always captured.  So a group that a cause or context leads
    back to is shown again; a group that is inside itself would never end and is cut
    (`_is_inside_itself`).
    """
    seen = _Seen((id(exc_value),), known_text)
    members_made: dict[int, TracebackException] = {}

    make = top._class_of_relatives or TracebackException

    def capture(value):
        return make(type(value), value, traceback_of(value), _seen=seen, **options)

    def capture_member(value):
        made = members_made.get(id(value))
        if made is not None:
            return _copy_of_member(made)
        made = members_made[id(value)] = capture(value)
        return made

    pending = [(top, exc_value, None)]
    count = 0
    while pending:
        te, value, ancestors = pending.pop()
        cause, context = _relatives(value)
        if cause is not None and id(cause) not in seen:
            te.__cause__ = capture(cause)
            pending.append((te.__cause__, cause, None))
            _, context = _relatives(value)  # again: the cause's `__str__` may have changed it
        wanted = not compact or (te.__cause__ is None and not te.__suppress_context__)
        if wanted and context is not None and id(context) not in seen:
            te.__context__ = capture(context)
            pending.append((te.__context__, context, None))
        members = _members(value)
        if members is not None:
            count += len(members)
            if count > _MOST_MEMBERS or _is_inside_itself(value, ancestors):
                members = []
            te.exceptions = [capture_member(member) for member in members]
            within = (value, ancestors, 1 if ancestors is None else ancestors[2] + 1)
            pending.extend(
                (member_te, member, within)
                for member_te, member in zip(te.exceptions, members, strict=True)
            )


def _copy_of_member(te):
    """Return a copy, without relatives, of a captured member that occurs more than once."""
    twin = type(te).__new__(type(te))
    twin.__dict__.update(te.__dict__)
    twin.stack = type(te.stack)(te.stack)
    twin.stack.__dict__.update(te.stack.__dict__)
    twin.__cause__ = twin.__context__ = twin.exceptions = None
    return twin


_MOST_MEMBERS = 200_000
"""Bound on the members of all groups of one report."""

_MOST_NESTED = 20_000
_MOST_ANCESTORS = 64


def _is_inside_itself(group, ancestors):
    """Return whether a group is inside itself, or so deep that it must be."""
    if ancestors is not None and ancestors[2] > _MOST_NESTED:
        return True
    for _ in range(_MOST_ANCESTORS):
        if ancestors is None:
            return False
        if ancestors[0] is group:
            return True
        ancestors = ancestors[1]
    return False


overrides.note_functions(TracebackException.format, TracebackException.format_exception_only)
fast.connect(
    (
        frame.FrameSummary,
        stack.StackSummary,
        TracebackException,
        exception_text._ExceptionPrintContext,
    ),
    stack.render_captured,
    (
        "Traceback (most recent call last):\n",
        exception_text._cause_message,
        exception_text._context_message,
    ),
)
