"""A JVM in the process, by JPype: it turns faults that it makes on purpose into exceptions."""

from __future__ import annotations

import importlib.util
import shutil
import signal
from pathlib import Path

import pytest

from support import child, compiler
from support.fault_report import last_report
from support.victim import HERE

pytestmark = [
    pytest.mark.compat,
    pytest.mark.native,
    pytest.mark.skipif(
        importlib.util.find_spec("jpype") is None, reason="JPype1 has no wheel for this version"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no java here"),
]

START = """
import ctypes, os, signal, sys, threading
import jpype, lastwords
from lastwords import faulthandler as fault
def start():
    jpype.startJVM("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null", classpath=[sys.argv[1]])
def overflow():
    print(jpype.JClass("Faults").overflow(), flush=True)
def fails_here():
    ctypes.string_at(8)
"""
ARM = {
    "nothing": "",
    "watchdog": "keep = lastwords.watchdog(3600)",
    "register": "fault.register(signal.SIGUSR1)",
    "enable": "fault.enable()",
    "often": """
keep = lastwords.watchdog(0.001, repeat=True, file=os.devnull)
while keep.fired < 100:
    pass
""",
}
FAULTS = """
print(jpype.JClass("Faults").useNull(8))
thread = threading.Thread(target=overflow)
thread.start()
thread.join()
overflow()
"""
EXPECTED = "40\nStackOverflowError\nStackOverflowError\n"


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("classes")
    compiler.run("javac", "-d", directory, HERE / "java" / "Faults.java")
    return directory


def run(program: str, classes: Path) -> tuple[int, str, str]:
    done = child.python("-c", START + program, classes, cwd=classes, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("how", list(ARM))
def test_its_faults_are_its_own(classes: Path, how: str, order: str) -> None:
    parts = [ARM[how], "start()"] if order == "before" else ["start()", ARM[how]]
    assert run("\n".join([*parts, FAULTS]), classes) == (0, EXPECTED, "")


def test_enable_again_when_it_has_taken_over(classes: Path) -> None:
    """As libraries do, that enable crash reports unless they are enabled."""
    program = """
fault.enable()
start()
if not fault.is_enabled():
    fault.enable(all_threads=False)
"""
    assert run(program + FAULTS, classes) == (0, EXPECTED, "")


@pytest.mark.parametrize("order", ["before", "after", "between"])
def test_a_failure_of_other_code_is_reported_once(classes: Path, order: str) -> None:
    lines = {
        "before": "fault.enable()\nstart()\n",
        "after": "start()\nfault.enable()\n",
        "between": "fault.enable()\nstart()\nfault.enable()\n",
    }
    status, output, errors = run(lines[order] + FAULTS + "fails_here()", classes)
    assert output.startswith(EXPECTED)
    assert status == (
        1 if order == "after" else -signal.SIGSEGV
    )  # 1: the JVM ends it in its own way
    assert errors.count("Fatal Python error: Segmentation fault\n") == 1
    assert errors.count("Fatal Python error") == 1
    assert errors.count("in fails_here") == 1


def test_the_report_can_be_read(classes: Path) -> None:
    status, _, errors = run("fault.enable()\nstart()\nfault.enable()\nfails_here()", classes)
    assert status == -signal.SIGSEGV
    assert last_report(errors).current.functions[0] in {"fails_here", "string_at"}
