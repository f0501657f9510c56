"""Lets modules be found again while the interpreter ends.

Finalizers run then, and print tracebacks; but `sys.modules` has been emptied, `sys.meta_path` and
`sys.path` are None, and so every `import` fails, also that of a part which is there.
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
"""The lists themselves: the interpreter forgets them, but does not empty them."""

_ROOTS = ("builtins", "sys", "lastwords", "_frozen_importlib", "_frozen_importlib_external")
_roots = {name: sys.modules[name] for name in _ROOTS if name in sys.modules}
_Module = type(sys)
_namespace = vars(_Module)["__dict__"].__get__  # runs nothing of a module that loads itself late
_open = open


def _keep_what_is_there() -> None:
    """Note the lists of now, and linecache: it has the source of `-c` and of what was typed in."""
    names = sys.__dict__  # no built-in function: the program may have replaced it
    _objects[:] = [names.get(name) for name in _USED_BY_IMPORT]
    if "linecache" in sys.modules:
        _roots["linecache"] = sys.modules["linecache"]


# No profiler that the program has left on sees into a Hook.
atexit.register(_keep_what_is_there if native is None else native.Hook(_keep_what_is_there))


def reopen_imports() -> None:
    """Make `import` work for what is asked of lastwords while the interpreter ends.

    Call it when `sys.meta_path` is None.  Modules that are still in use count as imported.
    """
    if None in _objects or not sys.is_finalizing():
        return
    sys.modules.update(_in_use())
    for name, value in zip(_USED_BY_IMPORT, _objects, strict=True):
        setattr(sys, name, value)
    if not hasattr(builtins, "open"):  # older versions take it away
        builtins.open = _open


def _in_use() -> "dict[str, ModuleType]":
    """Return the modules that the roots refer to, in however many steps."""
    found = dict(_roots)
    pending = list(found.values())
    while pending:
        for value in list(_namespace(pending.pop()).values()):
            name = _namespace(value).get("__name__") if isinstance(value, _Module) else None
            if isinstance(name, str) and name != "__main__" and name not in found:
                found[name] = value
                pending.append(value)
    return found
