"""A report without /proc (in a chroot, in some containers) has both stacks."""

from __future__ import annotations

import os
import sys

import pytest

from support import child
from support.fault_report import last_report

pytestmark = pytest.mark.native

PROGRAM = """
import ctypes, os, sys
NEW_MOUNTS, PRIVATE = 0x20000, 1 << 18 | 16384
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(NEW_MOUNTS) or libc.mount(b"none", b"/proc", None, PRIVATE, None):
    sys.exit(77)
if libc.mount(b"none", b"/proc", b"tmpfs", 0, None):
    sys.exit(77)
assert not os.path.exists("/proc/self")
from lastwords import faulthandler
faulthandler.enable()
def fails(): faulthandler._sigsegv()
fails()
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root may hide /proc")
def test_both_stacks_are_whole() -> None:
    done = child.python("-c", PROGRAM)
    if done.returncode == 77:
        pytest.skip("this machine does not let its root mount")
    report = last_report(done.stderr)
    assert report.current.functions == ["fails", "<module>"]
    assert len(report.c_frames) >= 10
    native = [line for line in done.stderr.splitlines() if line.startswith("  Binary file")]
    assert "<unknown>" not in done.stderr
    assert native[-1].startswith(f'  Binary file "{sys.executable}"')  # where the program begins
