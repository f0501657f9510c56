"""Which implementation does the work: the C extension or its pure-Python twin.

Owns the one import of `lastwords._native`.  Setting `LASTWORDS_PURE` in the environment to anything
non-empty leaves the extension out, as on a platform that it was not built for.
"""

import os

from lastwords._contained import _safe_string, pass_on

missing: str | None = None
"""Why the extension is not used, in words; None when it is."""

if os.environ.get("LASTWORDS_PURE"):
    native = None
    missing = "LASTWORDS_PURE is set in the environment"
else:
    try:
        from lastwords import _native as native  # type: ignore[assignment]

        native.contain_with(pass_on)  # type: ignore[attr-defined]
    except (MemoryError, RecursionError):
        raise  # it is there: the next use finds it
    except BaseException as error:  # a finder of the user's may raise anything
        pass_on(error)
        native = None
        reason = _safe_string(error, "error")
        missing = f"the extension lastwords._native cannot be imported: {reason}"
