# Types of the text of a stack.

from typing import Any

_RECURSIVE_CUTOFF: int

def __getattr__(name: str) -> Any: ...  # what the other modules of the package use
