"""A change in a module that stays in place while any installation uses it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod

from lastwords._hooks import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class Feature(ABC):
    """A change in a module, made once for all its users, and undone with the last one.

    A user may acquire and release it any number of times, so that a call of `install()` can be
    undone wherever the exception of a signal handler has interrupted it.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.users: set[object] = set()

    def acquire(self, user: object) -> None:
        """Make the change now, or when the program imports the module."""
        self.users.add(user)
        on_import.when_imported(self.module, self.place)

    def place_after_import(self) -> None:
        """Make the change after an import of the module that another thread has begun, if any.

        Call it without the lock: that import may be waiting for it.
        """
        module = on_import.wait_for_import(self.module)
        if module is not None:
            with on_import.lock:
                if self.users:
                    self.place(module)

    def release(self, user: object) -> bool:
        """Undo the change after its last user; return False if another library prevents that."""
        self.users.discard(user)
        if self.users:
            return True
        on_import.forget(self.module, self.place)
        return self.remove(sys.modules.get(self.module))

    @abstractmethod
    def place(self, module: ModuleType) -> None:
        """Change the module, unless it is changed already."""

    @abstractmethod
    def remove(self, module: ModuleType | None) -> bool:
        """Undo `place()`, if it was called.  For the result see `release()`."""
