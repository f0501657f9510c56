"""Suggestions: "Did you mean", "Did you forget to import".

Owns the suggestions that follow the message of an ImportError, a NameError or an AttributeError,
by the rules of CPython 3.15 on every version.  The wrong name and its object are the user's: their
code may raise anything, which is contained here.
"""

from __future__ import annotations

import sys

from lastwords import _contained as contained
from lastwords import _overrides as overrides
from lastwords import _standard_library as standard_library
from lastwords._contained import pass_on, read_attribute
from lastwords._suggest.nearest import (
    _CASE_COST,
    _MAX_CANDIDATE_ITEMS,
    _MAX_STRING_SIZE,
    _MOVE_COST,
    _levenshtein_distance,
    _substitution_cost,
    choose,
    did_you_mean,
    normalized,
    strings,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType, GetSetDescriptorType, TracebackType

    from lastwords._suggest.nearest import Source

__all__ = [
    "_CASE_COST",
    "_MAX_CANDIDATE_ITEMS",
    "_MAX_STRING_SIZE",
    "_MOVE_COST",
    "_levenshtein_distance",
    "_substitution_cost",
    "suggest",
]

# An iterable with more names than this is no namespace, and may have no end.
_MOST_NAMES = 100_000
# How many of an object's attributes are searched for the name that the object itself lacks.
_MOST_NESTED = 20

_ModuleType = type(sys)
_module_dict: GetSetDescriptorType = vars(_ModuleType)["__dict__"]
_INSTANCE_DICT_TYPES = (type(type.__dict__["__dict__"]), type(_module_dict))
_mro_of = type.__dict__["__mro__"].__get__
_dict_of_type = type.__dict__["__dict__"].__get__


def suggest(
    exc_type: type[BaseException],
    exc_value: BaseException | None,
    exc_traceback: TracebackType | None,
    message: str,
) -> str | Callable[[], str]:
    """Return `message` with what CPython 3.15 adds to it, or a callable that returns that.

    For ImportError, NameError, AttributeError and their subclasses.  The callable does the costly
    search, and holds neither the exception nor a frame.  Raises only what a signal handler raised.
    """
    try:
        if issubclass(exc_type, ImportError):
            return _for_import_error(exc_type, exc_value, exc_traceback, message)
        wrong_name = _name_of(exc_value)
        if issubclass(exc_type, NameError):
            return _for_name_error(exc_value, exc_traceback, wrong_name, message)
        if issubclass(exc_type, AttributeError):
            return _for_attribute_error(exc_value, exc_traceback, wrong_name, message)
    except BaseException as error:
        pass_on(error)
    return message


def _name_of(exc_value: object) -> str | None:
    """Return the wrong name as an object of str itself, not of a subclass."""
    name = read_attribute(exc_value, "name")
    return str.__str__(name) if isinstance(name, str) else None


def _for_import_error(
    exc_type: type[BaseException],
    exc_value: BaseException | None,
    tb: TracebackType | None,
    message: str,
) -> str | Callable[[], str]:
    wrong_name = _wrong_member(exc_value)
    if wrong_name is not None:
        return message + did_you_mean(_compute_suggestion_error(exc_value, tb, wrong_name))
    if not issubclass(exc_type, ModuleNotFoundError):
        return message
    name = _name_of(exc_value)
    if name in sys.stdlib_module_names:
        messages = __getattr__("_MISSING_STDLIB_MODULE_MESSAGES")
        return messages.get(name) or f"Standard library module '{name}' was not found"
    if sys.flags.no_site:
        return (
            f"{message}. Site initialization is disabled, did you forget to add the site-packages "
            "directory to sys.path or to enable your virtual environment?"
        )
    if not name:
        return message
    from lastwords._suggest.missing_module import MissingModule, different_version

    if isinstance(exc_value, ModuleNotFoundError) and _search_parts.are_ours():
        return MissingModule(name, message)
    found = _find_incompatible_extension_module(name)
    if found:
        return f"{message}. {different_version(found)}"
    return message + did_you_mean(_compute_suggestion_error(exc_value, tb, name))


def _wrong_member(exc_value: object) -> object:
    """Return the name that `from module import name` didn't find; None for another error."""
    name = read_attribute(exc_value, "name_from")
    if name is not None or sys.version_info >= (3, 12):
        return name
    # CPython 3.11 has it in the message alone.
    if type(exc_value) is ImportError and exc_value.args and _name_of(exc_value):
        head, quote, rest = str(exc_value.args[0]).partition("'")
        if head == "cannot import name " and quote:
            return rest.partition("'")[0]
    return None


def _for_name_error(
    exc_value: object, tb: TracebackType | None, wrong_name: str | None, message: str
) -> str:
    if wrong_name is None:
        return message
    suggestion = _compute_suggestion_error(exc_value, tb, wrong_name)
    return _with_variable(message, suggestion, wrong_name)


def _with_variable(message: str, suggestion: str | None, wrong_name: str) -> str:
    message += did_you_mean(suggestion)
    if wrong_name in sys.stdlib_module_names:
        start = " Or did" if suggestion else ". Did"
        message += f"{start} you forget to import '{wrong_name}'?"
    return message


def _for_attribute_error(
    exc_value: object, tb: TracebackType | None, wrong_name: str | None, message: str
) -> str:
    if wrong_name is None:
        return message
    hint = _get_cross_language_hint(read_attribute(exc_value, "obj"), wrong_name)
    if hint:
        return f"{message}. {hint}"
    suggestion = _compute_suggestion_error(exc_value, tb, wrong_name)
    if not suggestion:
        return message
    if suggestion.isascii():
        return f"{message}. Did you mean '.{suggestion}' instead of '.{wrong_name}'?"
    return (
        f"{message}. Did you mean '.{suggestion}' ({suggestion!a}) "
        f"instead of '.{wrong_name}' ({wrong_name!a})?"
    )


def _get_cross_language_hint(obj: object, wrong_name: object) -> str | None:
    """Return a sentence that names Python's counterpart of another language's method, or None."""
    try:
        for kind, text, is_sentence in __getattr__("_CROSS_LANGUAGE_HINTS").get(wrong_name, ()):
            if isinstance(obj, kind):
                return text if is_sentence else f"Did you mean '.{text}'?"
    except BaseException as error:
        pass_on(error)
    return None


def _compute_suggestion_error(
    exc_value: object, tb: TracebackType | None, wrong_name: object
) -> str | None:
    """Return the name nearest to `wrong_name` among the existing ones, or None.

    The existing names are the attributes of an AttributeError's object or of an ImportError's
    module, all modules for a ModuleNotFoundError, the variables for a NameError.  Raises only what
    a signal handler raised.
    """
    if not isinstance(wrong_name, str) or not wrong_name:
        return None
    try:
        raw = str.__str__(wrong_name)
        wanted = normalized(raw)
        if isinstance(exc_value, AttributeError):
            return _nearest_attribute(read_attribute(exc_value, "obj", _missing), tb, raw, wanted)
        if isinstance(exc_value, ModuleNotFoundError):
            from lastwords._suggest.missing_module import MissingModule

            return MissingModule(raw, "").nearest()
        if isinstance(exc_value, ImportError):
            return _nearest_member(read_attribute(exc_value, "name"), raw, wanted)
        if isinstance(exc_value, NameError) and tb is not None:
            return _nearest_variable(_innermost_frame(tb), raw, wanted)
    except BaseException as error:
        pass_on(error)
    return None


def _innermost_frame(tb: TracebackType) -> FrameType:
    while tb.tb_next is not None:
        tb = tb.tb_next
    return tb.tb_frame


def _nearest_attribute(obj: object, tb: TracebackType | None, raw: str, wanted: str) -> str | None:
    names = _names_of(obj)
    hide_private = wanted[0] != "_" and not (tb is not None and _is_self(obj, _innermost_frame(tb)))
    found = choose((names,), raw, wanted, hide_private=hide_private, smallest=True)
    return found or _check_for_nested_attribute(obj, wanted, sorted(strings(names)))


def _is_self(obj: object, frame: FrameType) -> bool:
    """Return whether the frame's `self` is the object: its code may use private names then."""
    return contained.mapping_item(frame.f_locals, "self", _missing) is obj


def _nearest_member(module_name: object, raw: str, wanted: str) -> str | None:
    # The standard module imports the module again here, which may run the program's code twice.
    module = sys.modules.get(module_name)  # type: ignore[call-overload]
    if module is None:
        return None
    hide_private = wanted[0] != "_"
    return choose((_names_of(module),), raw, wanted, hide_private=hide_private, smallest=True)


def name_error_statically(exc_value: object, tb: TracebackType | None, message: str) -> str:
    """Return the message of a NameError with a suggestion that runs no code of the program.

    `self.NAME` is suggested if the class of `self` or its own dict has the name.
    """
    wrong_name = _name_of(exc_value)
    if not wrong_name:
        return message
    suggestion = None
    if tb is not None:
        frame = _innermost_frame(tb)
        suggestion = _nearest_variable(frame, wrong_name, normalized(wrong_name), _has_static)
    return _with_variable(message, suggestion, wrong_name)


def _has(obj: object, name: str) -> bool:
    return read_attribute(obj, name, _missing) is not _missing


def _nearest_variable(
    frame: FrameType, raw: str, wanted: str, has: Callable[[object, str], bool] = _has
) -> str | None:
    variables = frame.f_locals
    sources = (_bounded(variables), _bounded(frame.f_globals), _bounded(frame.f_builtins))
    own = contained.mapping_item(variables, "self", _missing)
    if own is not _missing and has(own, wanted):
        return f"self.{wanted}"
    return choose(sources, raw, wanted)


def _bounded(names: Iterable[object]) -> Source:
    """Return a dict or a list of names itself; of other iterables, a list of their names.

    Raises OverflowError for more than `_MOST_NAMES`.
    """
    if type(names) is dict or type(names) is list:
        return names
    return _if_they_end(contained.first_items(names, _MOST_NAMES + 1))


def _if_they_end(names: list[object] | None) -> list[object]:
    if names is None or len(names) > _MOST_NAMES:
        raise OverflowError
    return names


def _names_in_dir(obj: object) -> list[object]:
    return _if_they_end(contained.names_in_dir(obj, _MOST_NAMES + 1))


def _get_safe___dir__(obj: object) -> list[str]:
    """Return the strings that the object's `__dir__` gives, sorted."""
    return sorted(strings(_names_in_dir(obj)))


def _names_of(obj: object) -> list[object]:
    """Return the names in the object's `__dir__`, without unresolved lazy imports."""
    if not _names_parts.are_ours():
        return [name for name in _get_safe___dir__(obj) if not _is_lazy_import(obj, name)]
    names = _names_in_dir(obj)
    if not issubclass(type(obj), _ModuleType):
        return names
    lazy = _lazy_type()
    if lazy is None or lazy not in map(type, list(_module_dict.__get__(obj).values())):
        return names
    return [name for name in names if not _is_lazy_import(obj, name)]


def _lazy_type() -> type | None:
    """Return the type of unresolved lazy imports (CPython 3.15), or None."""
    return getattr(standard_library.module("types"), "LazyImportType", None)


def _is_lazy_import(obj: object, attr_name: object) -> bool:
    """Return whether the attribute of a module is an unresolved lazy import (CPython 3.15)."""
    if not issubclass(type(obj), _ModuleType):
        return False
    lazy = _lazy_type()
    return lazy is not None and type(_module_dict.__get__(obj).get(attr_name)) is lazy


def _check_for_nested_attribute(obj: object, wrong_name: str, attrs: Iterable[str]) -> str | None:
    """Return `outer.wrong_name` for the first public attribute `outer` that has one, or None.

    No descriptor is run, and no code of the program to see whether `outer` has the name.
    """
    from itertools import islice

    public = (name for name in attrs if name[:1] != "_")
    for name in islice(public, _MOST_NESTED):
        try:
            if _is_descriptor(_static_in_types(type(obj), name)) or _is_lazy_import(obj, name):
                continue
            outer = read_attribute(obj, name, _missing)
            if outer is _missing or not _has_static(outer, wrong_name):
                continue
            if not _is_lazy_import(outer, wrong_name):
                return f"{name}.{wrong_name}"
        except BaseException as error:
            pass_on(error)
            continue
    return None


_missing = object()


def _is_descriptor(value: object) -> bool:
    return value is not _missing and hasattr(value, "__get__")


def _static_in_types(kind: type, name: str) -> object:
    """Return what a class, else its metaclass, has under the name, without running user code."""
    for entry in (*_mro_of(kind), *_mro_of(type(kind))):
        namespace = _dict_of_type(entry)
        if name in namespace:
            return namespace[name]
    return _missing


def _has_static(obj: object, name: str) -> bool:
    """Return whether the object has the attribute, without running user code."""
    kind = type(obj)
    if issubclass(kind, type):
        return _static_in_types(obj, name) is not _missing  # type: ignore[arg-type]
    for entry in _mro_of(kind):
        if name in _dict_of_type(entry):
            return True
    for entry in _mro_of(kind):
        descriptor = _dict_of_type(entry).get("__dict__")
        if descriptor is not None:
            if type(descriptor) not in _INSTANCE_DICT_TYPES:
                return False
            namespace = descriptor.__get__(obj)
            return issubclass(type(namespace), dict) and dict.__contains__(namespace, name)
    return False


def _find_incompatible_extension_module(module_name: object) -> str | None:
    """Return the file name of an extension module that this interpreter can't load, or None."""
    if not isinstance(module_name, str) or not module_name:
        return None
    try:
        from lastwords._suggest.missing_module import MissingModule

        return MissingModule(str.__str__(module_name), "").incompatible_extension()
    except BaseException as error:
        pass_on(error)
        return None


_here = sys.modules[__name__]
_names_parts = overrides.Parts()
_names_parts.note(_here, "_get_safe___dir__", "_is_lazy_import")
_search_parts = overrides.Parts()
_search_parts.note(_here, "_find_incompatible_extension_module", "_compute_suggestion_error")


def __getattr__(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - of either table
    """Load each of the two tables at its first use."""
    if name in globals():
        return globals()[name]
    if name == "_MISSING_STDLIB_MODULE_MESSAGES":
        from lastwords._suggest.missing_stdlib import load

        return globals().setdefault(name, load())
    if name == "_CROSS_LANGUAGE_HINTS":
        from lastwords._suggest.other_languages import _CROSS_LANGUAGE_HINTS

        return globals().setdefault(name, _CROSS_LANGUAGE_HINTS)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
