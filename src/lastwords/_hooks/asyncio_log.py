"""Gives what asyncio's loops log about exceptions the traceback of lastwords.

Every event loop, third-party ones included, reports to the logger `asyncio`.  A filter on that
logger marks the exception of a record; the one method that turns an exception into text,
`logging.Formatter.formatException`, knows the mark.  Formatters that override it, handlers and
the record's other fields see what they always see.
"""

from __future__ import annotations

from lastwords import traceback
from lastwords._hooks import on_import as onimport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType
    from typing import Any

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_LOGGER = "asyncio"
_MODULE = "asyncio.log"  # the part of asyncio that makes the logger; it has imported logging


class _Marked(tuple):  # type: ignore[type-arg]  # noqa: SLOT001 - a tuple has no room for slots
    """The `exc_info` of a record that is to be formatted by lastwords."""


def _mark(record: Any) -> bool:
    """The filter: lets every record pass."""
    exc_info = record.exc_info
    if type(exc_info) is tuple and len(exc_info) == 3 and exc_info[1] is not None:  # noqa: PLR2004
        record.exc_info = _Marked(exc_info)
    return True


def _text(exc_info: ExcInfo) -> str:
    text = "".join(traceback.format_exception(*exc_info))
    return text.removesuffix("\n")


class _State:
    """What was replaced; None while nothing is."""

    original: Callable[[Any, Any], str] | None = None
    replacement: Callable[[Any, Any], str] | None = None


def _loaded(module: ModuleType) -> None:
    import logging

    original = logging.Formatter.formatException

    def formatException(self: logging.Formatter, ei: Any) -> str:  # noqa: N802
        """Formats an exception; asyncio's by lastwords, others as before."""
        if type(ei) is _Marked and _State.original is not None:
            try:
                return _text(ei)
            except BaseException:
                pass
        return original(self, ei)

    formatException.__qualname__ = "Formatter.formatException"
    _State.original = original
    _State.replacement = formatException
    logging.Formatter.formatException = formatException  # type: ignore[method-assign]
    logging.getLogger(_LOGGER).addFilter(_mark)
    del module


def place() -> None:
    """Takes effect when asyncio is imported, or now."""
    onimport.when_imported(_MODULE, _loaded)


def remove() -> bool:
    """Undoes `place()`; False if `formatException` was replaced by somebody else meanwhile."""
    onimport.forget(_MODULE, _loaded)
    original, _State.original = _State.original, None
    if original is None:
        return True
    import logging

    logging.getLogger(_LOGGER).removeFilter(_mark)
    if logging.Formatter.formatException is not _State.replacement:
        return False
    logging.Formatter.formatException = original  # type: ignore[assignment, method-assign]
    return True
