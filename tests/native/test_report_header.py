"""The time in the header of a report on request: in C, against the C library's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import native_rooms

from support import child

HERE = Path(__file__).resolve().parent


def test_every_day_has_its_date(
    compile_c: Callable[..., None], native: Path, tmp_path: Path
) -> None:
    sources = native_rooms.sources("HANDLER", "system", "memory", "output", "walker")
    program = tmp_path / "check"
    parts = (HERE / "check_report_header.c", native / "dump" / "report_header.c", *sources)
    compile_c(tmp_path, "-O2", "-o", program, *parts)
    done = child.command(program, status=0)
    assert (done.stdout, done.stderr) == ("", "")
