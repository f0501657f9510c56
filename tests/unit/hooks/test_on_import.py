"""Callbacks at the first import of a module."""

from __future__ import annotations

import pytest

from support import child


def test_a_failing_callback_does_not_break_an_import():
    assert (
        child.printed("""
        import sys
        from lastwords._hooks import on_import as onimport
        onimport.when_imported("threading", lambda module: 1 / 0)
        import threading
        print(threading.__name__, onimport._finder in sys.meta_path)
    """)
        == "threading False\n"
    )


WAITING = """\
import sys
from lastwords._hooks import on_import
called = []
on_import.when_imported("threading", called.append)
"""


def test_a_loader_that_is_waited_for_is_itself():
    program = (
        WAITING
        + """
import importlib.util
from importlib.machinery import SourceFileLoader
spec = importlib.util.find_spec("threading")
print(type(spec.loader) is SourceFileLoader, spec.loader.is_package("threading"))
print("class Thread" in spec.loader.get_source("threading"))
print(spec.loader.get_filename("threading") == spec.origin)
print(spec.loader.get_code("threading").co_name, called)
import threading
print(called == [threading], vars(threading.__loader__).keys())
print(threading.__spec__.loader is threading.__loader__)
"""
    )
    assert child.printed(program) == (
        "True False\nTrue\nTrue\n<module> []\nTrue dict_keys(['name', 'path'])\nTrue\n"
    )


def test_modules_are_looked_into_while_they_are_waited_for():
    program = (
        WAITING
        + """
import inspect, modulefinder, pkgutil, pyclbr
if "threading" in sys.modules:
    del sys.modules["threading"]
    on_import.when_imported("threading", called.append)
print("Thread" in pyclbr.readmodule("threading"))
print(b"class Thread" in pkgutil.get_data("threading", "threading.py"))
finder = modulefinder.ModuleFinder()
finder.import_hook("threading")
print("threading" in finder.modules)
"""
    )
    assert child.printed(program) == "True\nTrue\nTrue\n"


def test_a_module_that_is_loaded_at_its_first_use():
    """The recipe of importlib's documentation."""
    program = (
        WAITING.replace('"threading"', '"colorsys"')
        + """
import importlib.util
spec = importlib.util.find_spec("colorsys")
loader = importlib.util.LazyLoader(spec.loader)
spec.loader = loader
module = importlib.util.module_from_spec(spec)
sys.modules["colorsys"] = module
loader.exec_module(module)
print(called)
print(module.rgb_to_hsv(0, 0, 0), called == [module])
"""
    )
    assert child.printed(program) == "[]\n(0.0, 0.0, 0) True\n"


# Finders of other libraries, and what they make of the loader.
FINDERS = {
    "the loader has slots": """
class Loader:
    __slots__ = ()
    def create_module(self, spec): return None
    def exec_module(self, module): module.loaded = True
    def is_package(self, name): return False
    """,
    "the loader is a class": """
class Loader:
    @staticmethod
    def create_module(spec): return None
    @staticmethod
    def exec_module(module): module.loaded = True
    @staticmethod
    def is_package(name): return False
    def __new__(cls): return cls
    """,
    "the loader is shared": """
class Loader:
    def create_module(self, spec): return None
    def exec_module(self, module): module.loaded = True
    def is_package(self, name): return False
    def __new__(cls, one=[]):
        if not one: one.append(object.__new__(cls))
        return one[0]
    """,
    "the loader has an exec_module of its own": """
class Loader:
    def __init__(self): self.exec_module = self.load
    def create_module(self, spec): return None
    def load(self, module): module.loaded = True
    def is_package(self, name): return False
    """,
}


@pytest.mark.parametrize("name", FINDERS)
def test_loaders_of_other_libraries(name):
    program = (
        WAITING.replace('"threading"', '"waited"')
        + FINDERS[name]
        + """
from importlib.machinery import ModuleSpec
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("waited", "other"):
            return ModuleSpec(name, Loader())
sys.meta_path.append(Finder)
import importlib.util
print(importlib.util.find_spec("waited").loader.is_package("waited"))
import other
print(other.loaded, called)
before = Loader().__dict__.get("exec_module") if hasattr(Loader(), "__dict__") else None
import waited
print(waited.loaded, called == [waited])
print(waited.__spec__.loader is waited.__loader__, type(waited.__loader__).__name__)
"""
    )
    kind = "type" if "class" in name else "Loader"
    assert child.printed(program) == f"False\nTrue []\nTrue True\nTrue {kind}\n"


def test_a_finder_that_asks_the_others_too():
    """It and ours ask each other; neither may do so for ever."""
    program = (
        WAITING
        + """
class Finder:
    def find_spec(self, name, path=None, target=None):
        for finder in sys.meta_path:
            if finder is not self:
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
sys.meta_path.insert(0, Finder())
sys.meta_path.append(sys.meta_path[0])
import threading
print(called == [threading])
"""
    )
    assert child.printed(program) == "True\n"


def test_each_finder_is_asked_once():
    program = (
        WAITING
        + """
class Finder:
    def __init__(self, place):
        self.place = place
    def find_spec(self, name, path=None, target=None):
        if name == "threading":
            print(self.place, end=" ")
sys.meta_path.insert(0, Finder("before"))
sys.meta_path.insert(2, Finder("after"))
import threading
print(called == [threading])
"""
    )
    assert child.printed(program) == "before after True\n"


@pytest.mark.native
def test_no_frame_of_ours_is_in_the_traceback_of_a_failed_import(tmp_path):
    """For example a module of the program with that name."""
    (tmp_path / "threading.py").write_text("1/0\n")
    program = WAITING + "import threading\n"
    done = child.program(program, cwd=tmp_path)
    assert done.stderr.count("  File ") == 2
    assert "on_import" not in done.stderr


def test_an_import_that_failed_is_waited_for_again(tmp_path):
    (tmp_path / "waited.py").write_text(
        "import os\nif not os.environ.pop('NOT_NOW', None): x = 1\nelse: 1/0\n"
    )
    program = WAITING.replace('"threading"', '"waited"') + (
        "import os\nos.environ['NOT_NOW'] = '1'\n"
        "try:\n    import waited\nexcept ZeroDivisionError:\n    print(called)\n"
        "import waited\nprint(called == [waited])\n"
    )
    assert child.printed(program, cwd=tmp_path) == "[]\nTrue\n"
