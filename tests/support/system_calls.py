"""Programs that put a filter of system calls (seccomp) over themselves, as sandboxes do."""

from __future__ import annotations

import platform

import pytest

X86_64_ONLY = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the numbers of system calls are those of x86-64"
)

FILTER = """
import ctypes, struct
KILL, TRAP, EPERM, ENOSYS, ALLOW = 0x80000000, 0x00030000, 0x00050001, 0x00050026, 0x7FFF0000
def filter_calls(numbers, answer, otherwise):
    program = [(0x20, 0, 0, 0)]  # load the number of the call
    for number in numbers:
        program += [(0x15, 0, 1, number), (0x06, 0, 0, answer)]
    program.append((0x06, 0, 0, otherwise))
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    lines = ctypes.create_string_buffer(code)
    whole = struct.pack("HxxxxxxP", len(program), ctypes.addressof(lines))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.c_char_p(whole), 0, 0) == 0
"""
"""`filter_calls(numbers, answer, otherwise)` gives these calls one answer, and all others another."""
