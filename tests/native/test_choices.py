"""What was chosen for a dump: in C, without an interpreter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import native_rooms

from support import child

HERE = Path(__file__).resolve().parent


def test_a_file_stays_open_while_a_handler_writes_to_it(
    compile_c: Callable[..., None], native: Path, tmp_path: Path
) -> None:
    sources = native_rooms.sources("HANDLER", "system", "memory", "output", "walker")
    program = tmp_path / "check"
    parts = (HERE / "check_choices.c", native / "fault" / "choices.c", *sources)
    compile_c(tmp_path, "-O2", "-o", program, *parts, "-lpthread")
    done = child.command(program, *(tmp_path / name for name in "abc"), status=0)
    assert (done.stdout, done.stderr) == ("", "")
