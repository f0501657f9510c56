"""What may run in a signal handler calls nothing unsafe, never recurses and needs little stack.

The call graph is the compiler's own (-fcallgraph-info); the roots are the handlers themselves and
every function whose header says `Context: signal handler`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

STACK_BUDGET = 8 * 1024  # bytes: half of the smallest alternate stack that anyone uses

# POSIX calls these safe in a signal handler; or they are plain system calls, or touch only memory.
SAFE = {
    *(
        "clock_gettime",
        "close",
        "fcntl",
        "fstat",
        "getpid",
        "getuid",
        "lstat",
        "sysconf",
        "uname",
        "getppid",
        "pread",
        "open",
        "poll",
        "read",
        "write",
    ),
    *("sigaction", "sigaddset", "sigemptyset", "sigismember", "sigprocmask", "pthread_sigmask"),
    *("pthread_getspecific", "getcontext"),  # read or save, and call nothing
    *("pthread_self", "raise", "kill", "_exit", "nanosleep", "send", "sigfillset"),
    *(
        "memchr",
        "memcmp",
        "memcpy",
        "memmove",
        "memset",
        "strchr",
        "strcmp",
        "strrchr",
        "strlen",
        "strncmp",
    ),
    *("strnlen", "__errno_location"),
    # The manual of the GNU C library says so of it; it takes no lock.
    "_dl_find_object",
    *("getsockopt", "syscall", "ioctl", "prctl", "process_vm_readv", "sigaltstack"),
    # Without the mask they only save and load registers.
    *("__sigsetjmp", "_setjmp", "siglongjmp", "longjmp"),
    # Reads a thread-local variable of the interpreter.
    "PyGILState_GetThisThreadState",
    # An earlier handler, called as the kernel would.
    "__indirect_call",
}
BUILT_IN = re.compile(r"__builtin_|__atomic_|__sync_")


def roots(native: Path) -> set[str]:
    """Return the functions that headers promise to a signal handler, and the handlers."""
    found = {"handle"}
    comment = r"/\*(?:(?!\*/).)*?Context: signal handler(?:(?!\*/).)*\*/"
    prototypes = r"((?:\s*[\w\s*]+\([^;{]*\);[^\n]*\n)+)"
    for header in native.rglob("*.h"):
        # One comment may stand above several prototypes.
        for block in re.findall(comment + prototypes, header.read_text(), re.DOTALL):
            found |= set(re.findall(r"(\w+)\(", block))
    return found


class Graph:
    """Calls and frame sizes of the compiled files."""

    def __init__(self, directory: Path) -> None:
        self.calls: dict[str, set[str]] = {}
        self.size: dict[str, int] = {}
        for path in directory.glob("*.ci"):
            text = path.read_text()
            for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]+)"', text):
                if size := re.search(r"(\d+) bytes \((.*?)\)", label):
                    assert size[2] in {"static", "dynamic,bounded"}, f"{title}: {size[2]}"
                    self.size[self._name(title)] = int(size[1])
            for source, target in re.findall(r'sourcename: "([^"]+)" targetname: "([^"]+)"', text):
                self.calls.setdefault(self._name(source), set()).add(self._name(target))

    @staticmethod
    def _name(title: str) -> str:
        """Name static functions with their file: "file.c:name" stays, clones lose their suffix."""
        return re.sub(r"\.(isra|part|constprop|cold)\.?\d*.*$", "", title)

    def find(self, name: str) -> list[str]:
        """Return the titles of functions of this name."""
        return [title for title in self.size if title == name or title.endswith(f":{name}")]

    def reachable(self, title: str) -> set[str]:
        """Return everything that a call of `title` may call."""
        seen: set[str] = set()
        waiting = [title]
        while waiting:
            for target in self.calls.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    def depth(self, title: str) -> int:
        """Return the deepest stack of a call of `title`, in bytes; fail on recursion."""
        active: list[str] = []

        @cache
        def measure(function: str) -> int:
            assert function not in active, f"recursion: {active} -> {function}"
            active.append(function)
            below = max((measure(t) for t in self.calls.get(function, ())), default=0)
            active.pop()
            return self.size.get(function, 0) + below + 8  # and the return address

        return measure(title)


@pytest.fixture(scope="module")
def graph(
    compile_c: Callable[..., None],
    handler_sources: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Graph:
    directory = tmp_path_factory.mktemp("graph")
    compile_c(directory, "-O2", "-fcallgraph-info=su", "-c", *handler_sources)
    return Graph(directory)


def test_the_roots_are_found(graph: Graph, native: Path) -> None:
    names = roots(native)
    assert {"handle", "lw_dump_threads", "lw_sink_hex", "lw_guard_copy", "lw_frames_next"} <= names
    missing = {name for name in names if not graph.find(name)}
    # Of these one is in assembler, one is inline; all others are compiled here.
    assert missing <= {"lw_guard_copy", "lw_dump_sink"}


def test_nothing_unsafe_is_called(graph: Graph, native: Path) -> None:
    unsafe = {}
    for name in roots(native):
        for title in graph.find(name):
            outside = {t for t in graph.reachable(title) if t not in graph.size}
            wrong = {t for t in outside - SAFE if not BUILT_IN.match(t)} - {"lw_guard_copy"}
            if wrong:
                unsafe[title] = sorted(wrong)
    assert unsafe == {}


def test_the_stack_is_small_and_nothing_recurses(graph: Graph, native: Path) -> None:
    depths = {title: graph.depth(title) for name in roots(native) for title in graph.find(name)}
    assert {title: depth for title, depth in depths.items() if depth > STACK_BUDGET} == {}
    assert depths["lw_dump_threads"] > 500  # the measure measures


def test_files_of_handlers_include_neither_python_nor_stdio(
    handler_sources: list[Path], native: Path
) -> None:
    assert len(handler_sources) > 10
    for source in handler_sources:
        waiting, seen = [source], set()
        while waiting:
            text = waiting.pop().read_text()
            assert not re.search(r"#\s*include\s*[<\"](Python|stdio|stdlib)\.h", text), source
            for name in re.findall(r'#\s*include\s*"([\w/]+\.h)"', text):
                if name not in seen:
                    seen.add(name)
                    waiting.append(native / name)


def test_prototypes_say_their_context(native: Path) -> None:
    silent = []
    for header in sorted(native.rglob("*.h")):
        text = header.read_text()
        if re.search(r"Context[\w ]*:", text.partition("#ifndef")[0]):
            continue  # said once for the whole file
        for match in re.finditer(
            r"(?m)^(?!static|typedef|#)\w[\w\s*]*?\b(lw_\w+)\([^;{]*\);", text
        ):
            comment = text[text.rfind("/*", 0, match.start()) : match.start()]
            block = text[text.rfind("\n\n", 0, match.start()) : match.start()]
            if "Context:" not in comment + block:
                silent.append(f"{header.name}: {match[1]}")
    assert silent == []
