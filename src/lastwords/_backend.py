"""The C extension, if it can be used, and the reason if it cannot.

Owns the one import of `lastwords._native`.  If `LASTWORDS_PURE` is set in the environment and not
empty, the extension is not used, as on a platform that it was not built for.
"""

import os
import sys

from lastwords._contained import _safe_string, pass_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

native: "ModuleType | None" = None
"""The extension; None if it is not used."""

missing: str | None = None
"""The reason why the extension is not used, in words; None if it is used."""


def _reason(failure: BaseException) -> str:
    """Return why importing the extension failed, by the error, the interpreter and the files."""
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
            return f"the extension {name} is for another Python: install lastwords with this one"
    return "it was installed without the extension: install a C compiler, then lastwords again"


if os.environ.get("LASTWORDS_PURE"):
    missing = "LASTWORDS_PURE is set in the environment"
else:
    try:
        import lastwords._native as extension

        extension.contain_with(pass_on)
        native = extension
    except (MemoryError, RecursionError):
        raise  # a passing lack of memory or stack: the next import of lastwords tries again
    except BaseException as error:  # a finder in sys.meta_path may raise anything
        pass_on(error)
        missing = _reason(error)
