"""What is in place while an installation uses it, whatever the order of installing and undoing."""

from __future__ import annotations

import sys

from lastwords._hooks import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class Feature:
    """Something that is changed in a module, once for all its users.

    A user may acquire and release it any number of times: a call that an exception of a signal
    handler interrupts can be undone from any line.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.users: set[object] = set()

    def acquire(self, user: object) -> None:
        """Put it in place now, or when the program imports the module."""
        self.users.add(user)
        on_import.when_imported(self.module, self.place)

    def settle(self) -> None:
        """Put it in place again if another thread was importing the module.  Needs no lock."""
        module = on_import.finish(self.module)
        if module is not None:
            with on_import.lock:
                if self.users:
                    self.place(module)

    def release(self, user: object) -> bool:
        """Take it out unless it has other users; False if what another library did lies over it."""
        self.users.discard(user)
        if self.users:
            return True
        on_import.forget(self.module, self.place)
        return self.remove(sys.modules.get(self.module))

    def place(self, module: ModuleType) -> None:
        """Change the module; what is in place already stays."""
        raise NotImplementedError

    def remove(self, module: ModuleType | None) -> bool:
        """Undo `place()`, which may not have been called.  For the result see `release()`."""
        raise NotImplementedError
