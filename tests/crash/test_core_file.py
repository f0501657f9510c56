"""The core dump shows the fault itself: the signal as it came, and the instruction that failed."""

from __future__ import annotations

import platform
import resource
from pathlib import Path

import pytest

from support import child
from support.core_file import read_core
from support.fault_report import last_report
from support.victim import PROGRAM
from support.victim.cells import KINDS

PATTERN = Path("/proc/sys/kernel/core_pattern").read_text().strip()
HARD_LIMIT = resource.getrlimit(resource.RLIMIT_CORE)[1]

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(
        PATTERN not in {"core", "core.%p"},
        reason=f"no core files to read: the kernel sends them elsewhere (core_pattern: {PATTERN!r})",
    ),
    pytest.mark.skipif(HARD_LIMIT == 0, reason="no core files to read: RLIMIT_CORE forbids them"),
    pytest.mark.skipif(
        platform.machine() != "x86_64", reason="the core's registers are read as x86-64's"
    ),
]

SEGV_MAPERR, SEGV_ACCERR, FPE_INTDIV, ILL_ILLOPN, BUS_ADRERR = 1, 2, 1, 2, 2
SI_USER, SI_TKILL = 0, -6
UNMAPPED = 0x7000DEAD0008  # what the victim reads
# What the kernel says: the code, and the address when it is known (None: it is not asked for).
EXPECTED = {
    "segv_read": (SEGV_MAPERR, UNMAPPED),
    "segv_write": (SEGV_MAPERR, UNMAPPED),
    "null_jump": (SEGV_MAPERR, 0),
    "segv_execute": (SEGV_ACCERR, None),
    "divide_by_zero": (FPE_INTDIV, None),
    "illegal_instruction": (ILL_ILLOPN, None),
    "bus_error": (BUS_ADRERR, None),
    "abort": (SI_TKILL, None),
    "killed": (SI_USER, None),
}
SHORT = (("segv_read", "main"), ("abort", "main"), ("segv_read", "thread"), ("killed", "main"))
FULL = tuple(
    (kind, context)
    for kind in EXPECTED
    for context in ("main", "thread", "without_gil", "native_thread")
    if (kind, context) not in SHORT
)


def check_core(environment: dict[str, str], directory: Path, kind: str, context: str) -> None:
    done = child.python(
        *(PROGRAM, kind, context),
        env=environment,
        cwd=directory,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (HARD_LIMIT, HARD_LIMIT)),
    )
    text = done.stderr
    assert last_report(text).error is not None
    assert done.returncode == -KINDS[kind]
    (path,) = directory.glob("core*")
    core = read_core(path)
    path.unlink()
    code, address = EXPECTED[kind]
    assert (core.signum, core.code) == (KINDS[kind], code)
    if address is not None:
        assert core.address == address
    # The core shows the failing instruction, not the handler: it is the report's first C frame.
    first = text.split("C stack trace")[1].split("\n")[1]
    if kind != "null_jump":  # nothing is there: the caller comes first
        assert f"[{core.instruction:#x}]" in first


@pytest.mark.parametrize(("kind", "context"), SHORT)
def test_core_file_shows_the_fault(
    victim_environment: dict[str, str], tmp_path: Path, kind: str, context: str
) -> None:
    check_core(victim_environment, tmp_path, kind, context)


@pytest.mark.full
@pytest.mark.parametrize(("kind", "context"), FULL)
def test_core_file_shows_every_fault(
    victim_environment: dict[str, str], tmp_path: Path, kind: str, context: str
) -> None:
    check_core(victim_environment, tmp_path, kind, context)
