"""Plain data: what JSON can hold of a value, and the envelope of every saved form.

Owns the version of the form.  A saved exception, stack or frame is a dict with the key `lastwords`,
whose value is the version, and one key for the content.
"""

from lastwords._contained import plain
from lastwords.errors import FormatError

VERSION = 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plain_field(value: "Any") -> "Any":
    """Return `plain` of the value, or of a dict's keys and values."""
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    return plain(value)


def wrap(key: str, content: "Any") -> dict[str, "Any"]:
    """Return the content in its envelope."""
    return {"lastwords": VERSION, key: content}


def unwrap(data: "Any", key: str) -> "Any":
    """Return the content; raises FormatError when it isn't of this version and kind."""
    if not isinstance(data, dict):
        is_text = isinstance(data, (str, bytes, bytearray))
        hint = "decode it first: json.loads(text)" if is_text else "pass what to_dict() returned"
        raise FormatError(f"a dict expected, {type(data).__name__} found", hint=hint)
    version = data.get("lastwords")
    if version != VERSION or key not in data:
        message = f"not {key} written by lastwords in form {VERSION}: version {version!r}"
        raise FormatError(message, hint="pass what to_dict() of the same class returned")
    return data[key]


def damaged(key: str, error: Exception) -> FormatError:
    """Return the error that says that the content can't be read."""
    message = f"{key} in form {VERSION} damaged: {type(error).__name__}: {error}"
    return FormatError(message, hint="the data was cut or edited; write it anew")


NONE = type(None)
PLAIN = (NONE, bool, int, float, str)
"""The types of values that `plain` gives."""


def of_type(value: "Any", *kinds: type) -> "Any":
    """Return the value if it is of one of these types; raise TypeError if it isn't."""
    if type(value) not in kinds:
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{names} expected, {type(value).__name__} found")
    return value
