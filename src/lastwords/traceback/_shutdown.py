"""Make imports work while the interpreter ends.

Finalizers run then and may print tracebacks.  But `sys.modules` is empty, and `sys.meta_path` and
`sys.path` are None, so that every `import` fails, even that of a module that is still in memory.
"""

import atexit
import builtins
import sys

from lastwords._backend import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_USED_BY_IMPORT = ("path", "path_hooks", "path_importer_cache", "meta_path")
_objects = [getattr(sys, name, None) for name in _USED_BY_IMPORT]
"""The objects themselves: the interpreter drops them, but does not empty them."""

_ROOTS = ("builtins", "sys", "lastwords", "_frozen_importlib", "_frozen_importlib_external")
_roots = {name: sys.modules[name] for name in _ROOTS if name in sys.modules}
_Module = type(sys)
_namespace = vars(_Module)["__dict__"].__get__  # runs no code of lazy modules
_open = open


def _note_import_state() -> None:
    """Note the present lists, and linecache, which has the source of `-c` and of typed code."""
    names = sys.__dict__  # not vars(): the program may have replaced built-in functions
    _objects[:] = [names.get(name) for name in _USED_BY_IMPORT]
    if "linecache" in sys.modules:
        _roots["linecache"] = sys.modules["linecache"]


# A Hook is hidden from a profiler that the program has left on.
atexit.register(_note_import_state if native is None else native.Hook(_note_import_state))


def reopen_imports() -> None:
    """Make `import` work again while the interpreter ends; modules in use count as imported.

    Call it if `sys.meta_path` is None.
    """
    if None in _objects or not sys.is_finalizing():
        return
    sys.modules.update(_in_use())
    for name, value in zip(_USED_BY_IMPORT, _objects, strict=True):
        setattr(sys, name, value)
    if not hasattr(builtins, "open"):  # older versions remove it
        builtins.open = _open


def _in_use() -> "dict[str, ModuleType]":
    """Return the modules that the roots refer to, directly or through other modules."""
    found = dict(_roots)
    pending = list(found.values())
    while pending:
        for value in list(_namespace(pending.pop()).values()):
            name = _namespace(value).get("__name__") if isinstance(value, _Module) else None
            if isinstance(name, str) and name != "__main__" and name not in found:
                found[name] = value
                pending.append(value)
    return found
