"""Read what the kernel wrote about a signal into a core file (ELF notes, 64-bit)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PT_NOTE = 4
NT_PRSTATUS = 1
NT_SIGINFO = 0x53494749
REGISTERS = 112  # offset of the general registers in NT_PRSTATUS on x86-64
RIP = 16


@dataclass(frozen=True, slots=True)
class CoreSignal:
    signum: int
    code: int
    address: int
    instruction: int  # where the failing thread stood


def _notes(image: bytes) -> Iterator[tuple[int, bytes]]:
    (headers,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    for number in range(count):
        kind, _, offset, _, _, length = struct.unpack_from(
            "<IIQQQQ", image, headers + number * size
        )
        if kind != PT_NOTE:
            continue
        at, end = offset, offset + length
        while at < end:
            name, content, note = struct.unpack_from("<III", image, at)
            start = at + 12 + (name + 3) // 4 * 4
            yield note, image[start : start + content]
            at = start + (content + 3) // 4 * 4


def read_core(path: Path) -> CoreSignal:
    notes: dict[int, bytes] = {}
    for note, content in _notes(path.read_bytes()):
        notes.setdefault(note, content)  # the failing thread comes first
    signum, _, code = struct.unpack_from("<iii", notes[NT_SIGINFO])
    (address,) = struct.unpack_from("<Q", notes[NT_SIGINFO], 16)
    (instruction,) = struct.unpack_from("<Q", notes[NT_PRSTATUS], REGISTERS + 8 * RIP)
    return CoreSignal(signum, code, address, instruction)
