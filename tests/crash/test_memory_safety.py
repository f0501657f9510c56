"""Programs that change what the extension reads while it reads: none may die.

Each runs with the default allocator and with the debugging one, which overwrites freed memory.  They
also run under AddressSanitizer: see tests/native/test_sanitized_extension.py.
"""

from __future__ import annotations

import pytest

from support import child
from support.memory_programs import PROGRAMS

pytestmark = pytest.mark.native


@pytest.mark.parametrize("allocator", [None, "debug"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_program_dies(name: str, allocator: str | None) -> None:
    child.python("-c", PROGRAMS[name], env={"PYTHONMALLOC": allocator}, status=0)
