"""The values of saved forms, as JSON can hold them, and the envelope of every saved form.

Owns the version of the form.  A saved exception, stack or frame is a dict with the key `lastwords`,
whose value is the version, and one key for the content.
"""

from lastwords._contained import json_value
from lastwords.errors import FormatError

VERSION = 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def json_field(value: "Any") -> "Any":
    """Return `json_value` of a value, or of a dict's keys and values."""
    if isinstance(value, dict):
        return {str(json_value(key)): json_value(item) for key, item in value.items()}
    return json_value(value)


def wrap(key: str, content: "Any") -> dict[str, "Any"]:
    """Return the content in its envelope."""
    return {"lastwords": VERSION, key: content}


def unwrap(data: "Any", key: str) -> "Any":
    """Return the content.  Raises FormatError if its version or kind is another."""
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
    """Return the error for content that can't be read."""
    message = f"{key} in form {VERSION} damaged: {type(error).__name__}: {error}"
    return FormatError(message, hint="the data was cut or edited; write it anew")


NONE = type(None)
JSON_TYPES = (NONE, bool, int, float, str)
"""The types that `json_value` returns."""


def of_type(value: "Any", *kinds: type) -> "Any":
    """Return the value.  Raises TypeError if it has none of these types."""
    if type(value) not in kinds:
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{names} expected, {type(value).__name__} found")
    return value
