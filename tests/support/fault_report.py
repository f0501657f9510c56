"""Read the text of a fault report back, strictly: a line that doesn't fit is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HEADER = re.compile(r"Fatal Python error: (.+)")
TIMEOUT = re.compile(r"Timeout \((\d+:\d\d:\d\d(?:\.\d{6})?)\)!")
THREAD = re.compile(
    r"(Current thread|Thread) 0x([0-9a-f]{16})(?: \[(.*)\])? \(most recent call first\):"
)
STACK = "Stack (most recent call first):"
FRAME = re.compile(r'  File (?:"([^"]*)"|\?\?\?), line (\d+|\?\?\?) in (.*)')
MARK = re.compile(
    r"  (<no Python frame>|<invalid frame>|<freed frame>|<freed thread state>"
    r"|Garbage-collecting|\.\.\.|<truncated>.*)"
)
C_STACK = "Current thread's C stack trace (most recent call first):"
C_FRAME = re.compile(
    r'  Binary file "([^"]*)"(?:, at (?:(\S+)\+0x[0-9a-f]+|\+0x[0-9a-f]+))? \[0x[0-9a-f]+\]'
)
C_MARK = re.compile(r"  <(truncated rest of calls|cannot get C stack on this system)>")
EXTENSIONS = re.compile(r"Extension modules: (.+) \(total: (\d+)\)")
ABORT = re.compile(r"Abort message: (.+)")
RECORD = re.compile(r"Record: (.+)")
ALSO = re.compile(r"Another thread failed too: (\d+) \((.+)\)")


@dataclass
class Thread:
    is_current: bool
    ident: int
    name: str | None
    frames: list[tuple[str, int, str]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    @property
    def functions(self) -> list[str]:
        return [function for _, _, function in self.frames]


@dataclass
class Report:
    error: str | None = None
    timeout: str | None = None
    threads: list[Thread] = field(default_factory=list)
    c_frames: list[tuple[str, str | None]] = field(default_factory=list)
    c_mark: str | None = None
    extensions: list[str] = field(default_factory=list)
    abort_message: str | None = None
    record: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)  # in the order in which they came
    more_threads: bool = False

    @property
    def current(self) -> Thread:
        (thread,) = [thread for thread in self.threads if thread.is_current]
        return thread


def _frame_line(report: Report, line: str) -> bool:
    if found := FRAME.fullmatch(line):
        number = -1 if found[2] == "???" else int(found[2])
        report.threads[-1].frames.append((found[1] or "???", number, found[3]))
    elif found := MARK.fullmatch(line):
        report.threads[-1].marks.append(found[1])
    elif found := C_FRAME.fullmatch(line):
        report.c_frames.append((found[1], found[2]))
    elif found := C_MARK.fullmatch(line):
        report.c_mark = found[1]
    else:
        return False
    return True


def _section_line(report: Report, line: str) -> bool:
    if found := HEADER.fullmatch(line):
        report.error = found[1]
    elif found := TIMEOUT.fullmatch(line):
        report.timeout = found[1]
    elif found := THREAD.fullmatch(line):
        report.threads.append(Thread(found[1] == "Current thread", int(found[2], 16), found[3]))
        report.sections.append("current" if found[1] == "Current thread" else "other")
    elif line == STACK:
        report.threads.append(Thread(is_current=True, ident=0, name=None))
        report.sections.append("current")
    elif line == C_STACK:
        report.sections.append("native")
    elif found := EXTENSIONS.fullmatch(line):
        report.extensions = found[1].split(", ")
        assert len(report.extensions) == int(found[2])
        report.sections.append("extensions")
    elif found := ABORT.fullmatch(line):
        report.abort_message = found[1]
    elif found := ALSO.fullmatch(line):
        report.also.append(found[2])
    elif found := RECORD.fullmatch(line):
        report.record.append(found[1])
    elif line == "...":
        report.more_threads = True
    else:
        return not line
    return True


def parse(text: str) -> Report:
    """Return one report; raise AssertionError at a line that is none of it, or is cut."""
    assert text.endswith("\n"), f"cut: {text[-200:]!r}"
    report = Report()
    for line in text[:-1].split("\n"):
        if not _frame_line(report, line) and not _section_line(report, line):
            raise AssertionError(f"no line of a report: {line!r} in\n{text}")
    return report


def last_report(text: str) -> Report:
    """Return the last report in the output of a program, which may have said things before."""
    start = text.rfind("Fatal Python error: ")
    assert start >= 0, f"no report in {text!r}"
    return parse(text[start:])
