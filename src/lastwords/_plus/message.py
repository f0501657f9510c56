"""Messages of the style "plus".

They differ from the standard ones in three ways: a NameError's suggestion runs no code of the
program (names are looked up in dicts and classes); an AttributeError without a message gets one;
of two equally near names for a missing module, the installed module's comes before the standard
library's.
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

_MOST_DISTANCE = 1000


def suggested(
    exc_type: type[BaseException],
    exc_value: BaseException | None,
    exc_traceback: TracebackType | None,
    message: str,
) -> str | Callable[[], str]:
    """Return `message` with a suggestion, or a callable that gives it; see `suggestions.suggest`.

    May raise; the caller contains that and keeps the message.
    """
    if issubclass(exc_type, NameError):
        return suggestions.name_error_statically(exc_value, exc_traceback, message)
    if message == "" and issubclass(exc_type, AttributeError):
        message = _what_is_missing(exc_value)
        if not message:
            return message
    result = suggestions.suggest(exc_type, exc_value, exc_traceback, message)
    if type(result) is MissingModule:
        return _InstalledFirst(result.name, result.message)
    return result


def _what_is_missing(exc_value: BaseException | None) -> str:
    """Return the interpreter's message for a missing attribute; '' if its name isn't known."""
    name = contained.exception_attribute(exc_value, "name", default=None)
    if not isinstance(name, str):
        return ""
    name = str.__str__(name)
    obj = contained.exception_attribute(exc_value, "obj", default=None)
    kind = type(obj)
    if obj is None:  # most likely not set: the interpreter's errors about None have a message
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


class _InstalledFirst(MissingModule):
    """A missing module that prefers an installed module to an equally near one of the library."""

    __slots__ = ()

    def nearest(self) -> str | None:
        """Return the module with the nearest name; of equally near ones, an installed one."""
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
        return _levenshtein_distance(self.name, name, _MOST_DISTANCE)
