"""Whether the C extension is in use, and if not, why."""

from dataclasses import dataclass

from lastwords import _backend

__all__ = ["NativeStatus", "native_status"]


@dataclass(frozen=True, slots=True)
class NativeStatus:
    """The state of the C extension: `present`, and `reason`, why not in words, or None."""

    __module__ = "lastwords"

    present: bool
    reason: str | None

    def __str__(self) -> str:
        if self.present:
            return "lastwords uses its C extension."
        return (
            f"lastwords works in pure Python: {self.reason}. Tracebacks are complete but slower; "
            "lastwords.faulthandler passes to the standard module."
        )


def native_status() -> NativeStatus:
    """Return whether the C extension is in use, and if not, why."""
    return NativeStatus(present=_backend.native is not None, reason=_backend.missing)
