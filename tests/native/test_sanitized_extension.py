"""The extension under AddressSanitizer and UndefinedBehaviorSanitizer, in the interpreter.

It is built anew from the checkout's sources and put beside the installed package's Python files.  Freed
memory is overwritten, so that the interpreter, which is not sanitized, can't go on using it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lastwords
from support import child, compiler
from support.memory_programs import PROGRAMS

pytestmark = pytest.mark.native

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
OPTIONS = "detect_leaks=0:max_free_fill_size=4096:free_fill_byte=219"
COMPLAINT = re.compile(r"AddressSanitizer|runtime error:")
TRIES = range(2, 22)
STORM = 10  # seconds
SHORT = 1


def runtime() -> str:
    """Return the path of AddressSanitizer's library, which must be loaded first."""
    found = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not Path(found).is_absolute():
        compiler.missing("libasan")
    return str(Path(found).resolve())


@pytest.fixture(scope="session")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """Build the extension; return what a child's environment needs to run it."""
    for tool in ("gcc", "cmake"):
        if shutil.which(tool) is None:
            compiler.missing(tool)
    preloaded = runtime()
    build = tmp_path_factory.mktemp("build")
    options = [f"-DPython_EXECUTABLE={sys.executable}", "-DLASTWORDS_SANITIZE=ON"]
    child.command("cmake", "-S", ROOT, "-B", build, "-DCMAKE_BUILD_TYPE=Debug", *options, status=0)
    child.command("cmake", "--build", build, "-j2", status=0, timeout=300)
    package = tmp_path_factory.mktemp("sanitized") / "lastwords"
    ignored = shutil.ignore_patterns("_native*.so", "__pycache__")
    shutil.copytree(Path(lastwords.__file__).parent, package, ignore=ignored)
    (extension,) = build.glob("_native*.so")
    shutil.copy(extension, package)
    return {
        "LD_PRELOAD": preloaded,
        "ASAN_OPTIONS": OPTIONS,
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        "PYTHONMALLOC": "malloc",  # else the interpreter's own blocks are not seen to be freed
        "PYTHONPATH": str(package.parent),
    }


def run(environment: dict[str, str | None], *arguments: str | Path, **options: Any) -> str:
    """Run the interpreter to its end; a word of a sanitizer's is a failure.  Return its output."""
    done = child.python(*arguments, env=environment, **options)
    assert not COMPLAINT.search(done.stderr), done.stderr
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    output: str = done.stdout
    return output


def test_the_extension_is_the_sanitized_one(sanitized: dict[str, str | None]) -> None:
    program = (
        "from lastwords import _native, native_status; print(_native.__file__, native_status())"
    )
    where = run(sanitized, "-c", program)
    assert where.startswith(str(sanitized["PYTHONPATH"]))
    assert "C extension" in where


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_freed_is_used(sanitized: dict[str, str | None], name: str) -> None:
    run(sanitized, "-c", PROGRAMS[name])


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_more_code_objects_that_lie(sanitized: dict[str, str | None]) -> None:
    for seed in TRIES:
        environment = sanitized | {"LASTWORDS_TEST_SEED": str(seed)}
        run(environment, "-c", PROGRAMS["code objects lie about their lines"])


def test_short_storm_of_interpreters(sanitized: dict[str, str | None], tmp_path: Path) -> None:
    path, environment = TESTS / "stress" / "come_and_go.py", sanitized | {"CHURN_ENABLE": "1"}
    assert int(run(environment, path, "watchdog", str(SHORT), tmp_path / "log")) > 0


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("how", ["direct", "signal", "watchdog"])
@pytest.mark.parametrize("program", ["churn.py", "come_and_go.py"])
def test_storms(sanitized: dict[str, str | None], program: str, how: str, tmp_path: Path) -> None:
    path = TESTS / "stress" / program
    for enabled in (None, "1"):
        environment = sanitized | {"CHURN_ENABLE": enabled}
        assert int(run(environment, path, how, str(STORM), tmp_path / "log", timeout=300)) > 0


SUITES = [
    "unit/dump",
    "unit/excerpt",
    "unit/suggest",
    "unit/traceback",
    "unit/walker",
    "property",
    "differential/test_excerpt_text.py",
    "differential/test_generated.py",
]

LIMITED = "not test_survives"  # these limit the memory, of which the sanitizer reserves much


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("suite", SUITES)
def test_the_tests_of_what_is_native(
    sanitized: dict[str, str | None], suite: str, tmp_path: Path
) -> None:
    place = ["-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "--basetemp", tmp_path / "inner"]
    chosen = ["-q", "-p", "no:cacheprovider", "-k", LIMITED]
    run(sanitized, "-m", "pytest", TESTS / suite, *place, *chosen, cwd=tmp_path, timeout=1000)
