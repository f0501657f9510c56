"""The errors that lastwords raises if its own interface is used wrongly."""

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
    """Data to load has a form or a version that this release can't read."""

    __module__ = "lastwords"


class RecordError(LastwordsError, ValueError):
    """No record of a crash can be written to the given path."""

    __module__ = "lastwords"


class StyleError(LastwordsError, ValueError):
    """The given style of printing does not exist."""

    __module__ = "lastwords"
