"""What of lastwords works natively here, and what is missing."""

from dataclasses import dataclass

from lastwords import _backend

__all__ = ["NativeStatus", "native_status"]


@dataclass(frozen=True, slots=True)
class NativeStatus:
    """Whether the C extension is in use; `reason` says in words why not, or is None."""

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
    """Return whether the C extension is in use, and if not, what is missing."""
    return NativeStatus(present=_backend.native is not None, reason=_backend.missing)
