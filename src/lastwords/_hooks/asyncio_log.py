"""Format the exceptions that asyncio's event loops log, in the style in force.

Every event loop, third-party ones included, logs to the logger `asyncio`.  A filter on that logger
notes its log records; a replacement of `logging.Formatter.formatException`, the one method that
turns an exception into text, formats the exceptions of these.  The log records stay as they are,
and so do handlers, and formatters that override the method.  If another library has replaced the
method for all formatters, its replacement stays.
"""

from __future__ import annotations

from lastwords._contained import pass_on
from lastwords._hooks import patches, styles
from lastwords._hooks.feature import Feature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from types import ModuleType
    from typing import Any

    Format = Callable[[Any, Any], str]

_METHOD = "formatException"
_LOGGER = "asyncio"
_MODULE = "asyncio.log"  # the part of asyncio that makes the logger; it has imported logging


class AsyncioLog(Feature):
    """The filter on the logger and the replaced method."""

    def __init__(self) -> None:
        super().__init__(_MODULE)
        self._original: Format | None = None
        self._replacement: Format | None = None
        self._records: MutableMapping[int, Any] = {}
        """Identity of an `exc_info` → the logger's record with it, while that is in use."""

    def place(self, module: ModuleType) -> None:
        del module
        import logging
        from weakref import WeakValueDictionary

        current = logging.Formatter.formatException
        if self._replacement is None:
            if not patches.is_original(current, vars(logging)):
                return
            self._records = WeakValueDictionary()
            self._original, self._replacement = current, self._around(current)
            setattr(logging.Formatter, _METHOD, self._replacement)
        logging.getLogger(_LOGGER).addFilter(self._note)

    def remove(self, module: ModuleType | None) -> bool:
        del module
        original = self._original
        if original is None:
            return True
        import logging

        logging.getLogger(_LOGGER).removeFilter(self._note)
        current: object = logging.Formatter.formatException
        if current is not self._replacement and current is not original:
            return False  # another library's, which may call ours: ours passes all on
        setattr(logging.Formatter, _METHOD, original)
        self._original = self._replacement = None
        return True

    def _note(self, record: Any) -> bool:
        """Note a log record with an exception, and let it pass, as all others."""
        exc_info = record.exc_info
        if type(exc_info) is tuple and len(exc_info) == 3 and exc_info[1] is not None:  # noqa: PLR2004 - as sys.exc_info() returns
            try:
                self._records[id(exc_info)] = record
            except TypeError:  # the program's own class of records, without weak references
                pass
        return True

    def _around(self, original: Format) -> Format:
        def format_exception(formatter: Any, ei: Any) -> str:
            """Format an exception: asyncio's by lastwords, others by the original method."""
            record = self._records.get(id(ei)) if self.users else None
            if record is not None and record.exc_info is ei and not patches.changed():
                try:
                    return styles.format_exception(ei[1], ei[2]).removesuffix("\n")
                except Exception as error:
                    pass_on(error)
            return original(formatter, ei)

        format_exception.__name__, format_exception.__qualname__ = _METHOD, f"Formatter.{_METHOD}"
        return format_exception


ASYNCIO = AsyncioLog()
