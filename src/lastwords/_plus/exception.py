"""PlusException: an exception and its relatives, captured for the style "plus"."""

from __future__ import annotations

from lastwords._plus import message, stack
from lastwords.traceback._exception import TracebackException

__all__ = ["PlusException"]


class PlusException(TracebackException):
    """A TracebackException with the stacks and suggestions of the style "plus"."""

    _capture_stack = staticmethod(stack.capture)
    _suggested = staticmethod(message.suggested)


PlusException._class_of_relatives = PlusException
