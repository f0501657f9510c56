"""Extract, format and print stack traces: a drop-in for the standard `traceback` module.

Every name, argument, default, error and byte of output is CPython 3.15's, on CPython 3.11 and
later; docs/differences.md lists what differs and why.  The names are defined in private modules,
which are loaded when a name is first used, or by `lastwords.install()`: importing this module costs
next to nothing.  If a program replaces a name here, as debuggers and test suites do with the
standard module, it is replaced in the module that defines it too.
"""

import sys

from lastwords._backend import native
from lastwords.traceback import _shutdown

__all__ = [  # noqa: RUF022 - the order of the standard module
    "extract_stack",
    "extract_tb",
    "format_exception",
    "format_exception_only",
    "format_list",
    "format_stack",
    "format_tb",
    "print_exc",
    "format_exc",
    "print_exception",
    "print_last",
    "print_stack",
    "print_tb",
    "clear_frames",
    "FrameSummary",
    "StackSummary",
    "TracebackException",
    "walk_stack",
    "walk_tb",
    "print_list",
]

_OWNERS = {
    "_excerpt.carets": ("_Anchors", "_extract_caret_anchors_from_line_segment"),
    "traceback._exception_text": (
        "_ExceptionPrintContext",
        "_cause_message",
        "_context_message",
        "_format_final_exc_line",
        "_format_note",
    ),
    "traceback._exception": ("TracebackException",),
    "_contained": ("_safe_string",),
    "traceback._frame": ("FrameSummary",),
    "traceback._functions": (
        "_Sentinel",
        "_parse_value_tb",
        "_print_exception_bltin",
        "_sentinel",
        "clear_frames",
        "extract_stack",
        "extract_tb",
        "format_exc",
        "format_exception",
        "format_exception_only",
        "format_list",
        "format_stack",
        "format_tb",
        "print_exc",
        "print_exception",
        "print_last",
        "print_list",
        "print_stack",
        "print_tb",
    ),
    "traceback._stack": ("StackSummary",),
    "traceback._stack_text": ("_RECURSIVE_CUTOFF",),
    "traceback._stack_capture": (
        "BUILTIN_EXCEPTION_LIMIT",
        "_get_code_position",
        "_walk_tb_with_full_positions",
        "walk_stack",
        "walk_tb",
    ),
    "_suggest.suggestions": (
        "_CASE_COST",
        "_CROSS_LANGUAGE_HINTS",
        "_MAX_CANDIDATE_ITEMS",
        "_MAX_STRING_SIZE",
        "_MISSING_STDLIB_MODULE_MESSAGES",
        "_MOVE_COST",
        "_check_for_nested_attribute",
        "_compute_suggestion_error",
        "_find_incompatible_extension_module",
        "_get_cross_language_hint",
        "_get_safe___dir__",
        "_is_lazy_import",
        "_levenshtein_distance",
        "_substitution_cost",
    ),
    "_theme": (
        "_ShutdownTheme",
        "_safe_can_colorize",
        "_safe_get_theme",
        "_shutdown_theme",
    ),
    "_excerpt.width": (
        "_ANSI_ESCAPE_SEQUENCE",
        "_byte_offset_to_character_offset",
        "_display_width",
        "_str_width",
        "_wlen",
        "_zip_display_width",
    ),
}
"""Module → the public and semi-public names that it defines."""

_REBUILDERS = {
    "_CapturedNotes": "_saved_form",
    "_rebuild_exception": "_saved_form",
    "_rebuild_frame": "_frame",
    "_rebuild_stack": "_counterparts",
}
"""Name in pickles → the module that defines it; pickles name this package, so a move is safe."""

_OWNER_OF = {name: owner for owner, names in _OWNERS.items() for name in names}

_STANDARD_MODULES = (
    "collections",
    "functools",
    "importlib",
    "io",
    "itertools",
    "keyword",
    "linecache",
    "os",
    "pathlib",
    "re",
    "textwrap",
    "tokenize",
    "types",
    "warnings",
)
"""Modules that programs use as attributes of the standard `traceback`; imported at that time."""


def _module(name):
    if sys.meta_path is None:
        _shutdown.reopen_imports()
    __import__(name)
    return sys.modules[name]


# At the end of the stack too, where a first report may be asked for: a Hook grants some levels.
_load = _module if native is None else native.Hook(_module)


def _owner(name):
    # First load all modules that note our own parts, before the program can replace one.
    if "lastwords.traceback._functions" not in sys.modules:
        _load("lastwords.traceback._functions")
    return _module(f"lastwords.{_OWNER_OF[name]}")


def _pass_on(error):
    """Call `_contained.pass_on`, unless that module could not be loaded."""
    contained = sys.modules.get("lastwords._contained")
    if contained is not None:
        contained.pass_on(error)


def __getattr__(name):
    """Return the present value of a name in the module that defines it."""
    if name in _OWNER_OF:
        try:
            value = getattr(_owner(name), name)
        except (ImportError, MemoryError, OSError, RecursionError) as error:
            _pass_on(error)
            # Out of descriptors, memory or stack, the standard module may still work.
            return getattr(_module("traceback"), name)
        if name in __all__:
            globals()[name] = value  # replacing it calls _TracebackModule.__setattr__
        return value
    if name in _STANDARD_MODULES:
        return _module(name)
    if name in _REBUILDERS:
        return getattr(_module(f"lastwords.traceback.{_REBUILDERS[name]}"), name)
    if name == "_colorize":
        try:
            return _module("_colorize")
        except ImportError as error:  # before 3.13
            _pass_on(error)
            return _module("lastwords._theme")
    if name == "suppress":
        from contextlib import suppress

        return suppress
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message, name=name, obj=sys.modules[__name__])


def __dir__():
    return sorted({*globals(), *_OWNER_OF, *_STANDARD_MODULES, "_colorize", "suppress"})


class _TracebackModule(type(sys)):
    """A module that replaces its names in all modules that use them."""

    def __setattr__(self, name, value):
        """Replace a name here and in all modules that use it."""
        if name in _OWNER_OF:
            owner = _owner(name)
            original = _originals.setdefault(name, getattr(owner, name))
            _replace_everywhere(name, getattr(owner, name), value)
            replaced = _module("lastwords._overrides").replaced
            if value is original:
                replaced.discard(name)
            else:
                replaced.add(name)
        if name not in _OWNER_OF or name in __all__:
            super().__setattr__(name, value)

    def __delattr__(self, name):
        """Delete a name; restore one that another module defines."""
        if name in _OWNER_OF:
            setattr(self, name, _originals.get(name, getattr(_owner(name), name)))
        else:
            super().__delattr__(name)


def _replace_everywhere(name, old, new):
    """Replace a name in the module that defines it and in those that imported it."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("lastwords.") and module_name != __name__:
            names = getattr(module, "__dict__", {})
            if names.get(name) is old and name in names:
                setattr(module, name, new)


_originals: dict[str, object] = {}

sys.modules[__name__].__class__ = _TracebackModule
