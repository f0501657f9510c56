"""Programs with sub-interpreters that share the interpreter's lock, on every version."""

PRELUDE = """
import sys
try:
    import _interpreters
except ImportError:
    import _xxsubinterpreters as _interpreters

def create():
    if sys.version_info >= (3, 13):
        return _interpreters.create("legacy")
    return _interpreters.create(isolated=False)

def run_in(number, text):
    error = _interpreters.run_string(number, f"import sys; sys.path[:] = {sys.path!r}\\n{text}")
    assert not error, error

destroy = _interpreters.destroy
"""
"""`create()` returns a number, for `run_in(number, text)` and `destroy(number)`."""
