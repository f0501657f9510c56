"""Which implementation does the work: the C extension or its pure-Python twin.

Owns the one import of `lastwords._native`.  Setting `LASTWORDS_PURE` in the environment to anything
non-empty leaves the extension out, as on a platform that it was not built for.
"""

import os
import sys

from lastwords._contained import _safe_string, pass_on

missing: str | None = None
"""Why the extension is not used, in words; None when it is."""


def _reason(failure: BaseException) -> str:
    """Return why the extension is not there, by what can be seen of it and of the interpreter."""
    if type(failure) is not ModuleNotFoundError or "lastwords._native" in sys.modules:
        text = _safe_string(failure, "error")
        return f"the extension lastwords._native cannot be imported: {text}"
    if "t" in getattr(sys, "abiflags", ""):
        return "there is no extension for free-threaded builds of Python"
    if sys.platform != "linux":
        return f"there is no extension for {sys.platform}"
    try:
        names = sorted(os.listdir(os.path.dirname(__file__)))
    except OSError as error:  # an archive, or a directory that may not be read
        pass_on(error)
        names = []
    for name in names:
        if name.startswith("_native.") and name.endswith(".so"):
            return f"the extension {name} is for another Python: install lastwords again with this"
    return "it was installed without the extension, which needs a C compiler at that time"


if os.environ.get("LASTWORDS_PURE"):
    native = None
    missing = "LASTWORDS_PURE is set in the environment"
else:
    try:
        import lastwords._native as native  # type: ignore[assignment]

        native.contain_with(pass_on)  # type: ignore[attr-defined]
    except (MemoryError, RecursionError):
        raise  # it is there: the next use finds it
    except BaseException as error:  # a finder of the user's may raise anything
        pass_on(error)
        native = None
        missing = _reason(error)
