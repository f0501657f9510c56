"""Messages of the style "plus": what the author may have meant, without running their code.

A NameError's variables and attributes are looked up in dicts and classes; an AttributeError without
a message says what is missing; a missing module is rather one that was installed than one of the
standard library, if both names are as near.
"""

from __future__ import annotations

import sys

from lastwords import _contained as contained
from lastwords._contained import pass_on
from lastwords._suggest import suggestions
from lastwords._suggest.missing_module import MissingModule
from lastwords._suggest.nearest import _levenshtein_distance, choose, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["suggested"]

_FAR = 1000


def suggested(
    exc_type: type[BaseException],
    exc_value: BaseException | None,
    exc_traceback: TracebackType | None,
    message: str,
) -> str | Callable[[], str]:
    """Return `message` with a suggestion, or a callable that gives it; see `suggestions.suggest`.

    What goes wrong in here is contained by the caller, who then keeps the message.
    """
    if issubclass(exc_type, NameError):
        return suggestions.name_error_of_data(exc_value, exc_traceback, message)
    if message == "" and issubclass(exc_type, AttributeError):
        message = _what_is_missing(exc_value)
        if not message:
            return message
    result = suggestions.suggest(exc_type, exc_value, exc_traceback, message)
    if type(result) is MissingModule:
        return _RatherInstalled(result.name, result.message)
    return result


def _what_is_missing(exc_value: BaseException | None) -> str:
    """Return what the interpreter says of a missing attribute; '' if the name isn't known."""
    name = contained.attribute(exc_value, "name", default=None)
    if not isinstance(name, str):
        return ""
    name = str.__str__(name)
    obj = contained.attribute(exc_value, "obj", default=None)
    kind = type(obj)
    if obj is None:  # not known, in all likelihood: an error about None has a message
        return f"no attribute '{name}'"
    if issubclass(kind, type):
        return f"type object '{_name_of_type(obj)}' has no attribute '{name}'"
    if issubclass(kind, type(sys)):
        module = _dict_of_module(obj).get("__name__")
        if type(module) is str:
            return f"module '{module}' has no attribute '{name}'"
    return f"'{_name_of_type(kind)}' object has no attribute '{name}'"


_dict_of_module: Callable[[object], dict[str, object]] = vars(type(sys))["__dict__"].__get__
_name_of_type: Callable[[object], str] = type.__dict__["__name__"].__get__


class _RatherInstalled(MissingModule):
    """A missing module, for which installed ones come before those of the standard library."""

    __slots__ = ()

    def nearest(self) -> str | None:
        """Return the module with the nearest name; of equally near ones an installed one."""
        wanted = normalized(self.name)
        names = list(self._candidates())
        best = choose((names,), self.name, wanted)
        try:
            if best is None or best not in sys.stdlib_module_names:
                return best
            installed = [name for name in names if name not in sys.stdlib_module_names]
            other = choose((installed,), self.name, wanted)
            if other is not None and self._distance(other) <= self._distance(best):
                return other
        except Exception as error:
            pass_on(error)
        return best

    def _distance(self, name: str) -> int:
        return _levenshtein_distance(self.name, name, _FAR)
