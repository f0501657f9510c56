"""The errors that lastwords raises for a wrong use of its own interface."""

__all__ = ["FormatError", "LastwordsError", "RecordError", "StyleError"]


class LastwordsError(Exception):
    """The base of the package's own errors.

    `hint` says what the user can try; it is part of the message.
    """

    __module__ = "lastwords"

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.hint = hint


class FormatError(LastwordsError, ValueError):
    """Data that was to be loaded isn't of a form or a version that this release knows."""

    __module__ = "lastwords"


class RecordError(LastwordsError, ValueError):
    """A path for the record that can't be used."""

    __module__ = "lastwords"


class StyleError(LastwordsError, ValueError):
    """A style of printing that there isn't."""

    __module__ = "lastwords"
