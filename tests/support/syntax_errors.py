"""What a TracebackException keeps of a SyntaxError, and what is shown of it."""

from __future__ import annotations

import types

import pytest

from lastwords._excerpt import syntax_error
from lastwords._suggest import keywords


def parts(msg="invalid", text="a b c\n", offset=3, end_offset=None, **others):
    """Return what a TracebackException keeps of a SyntaxError."""
    values = {
        "filename": "f.py",
        "lineno": "1",
        "end_lineno": "1",
        "text": text,
        "offset": offset,
        "end_offset": end_offset,
        "msg": msg,
        "_exc_metadata": None,
    }
    return types.SimpleNamespace(**{**values, **others})


def of(source, filename="<test>"):
    """Return the same for the error that compiling the source raises."""
    with pytest.raises(SyntaxError) as caught:
        compile(source, filename, "exec")
    error = caught.value
    names = ("filename", "text", "offset", "end_offset", "msg")
    values = {name: getattr(error, name) for name in names}
    return parts(
        **values,
        lineno=str(error.lineno),
        end_lineno=str(error.end_lineno),
        _exc_metadata=getattr(error, "_metadata", None),
    )


def shown(te, theme=None):
    """Return the text, after the search for a keyword."""
    keywords.find_keyword_typos(te)
    return "".join(syntax_error.format_syntax_error(te, "SyntaxError", theme))
