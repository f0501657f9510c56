"""The reason why the extension is not in use, which says what the user can do."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import lastwords
from support import child

PACKAGE = Path(lastwords.__file__).parent
SAYS = """
import sys
{before}
import lastwords
from lastwords import faulthandler
status = lastwords.native_status()
assert not status.present
assert faulthandler.backend_reason == status.reason
assert str(status).startswith(f"lastwords works in pure Python: {{status.reason}}. ")
print(status.reason)
"""


def reason(path: Path, before: str = "", **env: str) -> str:
    program = f"sys.path.insert(0, {str(path)!r})\n{before}"
    return child.program(SAYS.format(before=program), env=env, status=0).stdout.strip()


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """A directory with the package as it is installed without a compiler."""
    shutil.copytree(PACKAGE, tmp_path / "lastwords", ignore=shutil.ignore_patterns("_native.*.so"))
    return tmp_path


def test_installed_without_a_compiler(without: Path) -> None:
    if sys.platform != "linux" or "t" in sys.abiflags:
        pytest.skip("there is no extension for this platform, compiler or not")
    assert reason(without) == (
        "it was installed without the extension: install a C compiler, then lastwords again"
    )


def test_installed_for_another_python(without: Path) -> None:
    if sys.platform != "linux" or "t" in sys.abiflags:
        pytest.skip("there is no extension for this platform, whatever is installed")
    (without / "lastwords" / "_native.cpython-39-x86_64-linux-gnu.so").touch()
    assert reason(without) == (
        "the extension _native.cpython-39-x86_64-linux-gnu.so is for another Python: "
        "install lastwords with this one"
    )


def test_another_platform(without: Path) -> None:
    assert reason(without, "sys.platform = 'plan9'") == "there is no extension for plan9"
    free_threaded = "there is no extension for free-threaded builds of Python"
    assert reason(without, "sys.abiflags = 't'") == free_threaded


def test_left_out_on_request(without: Path) -> None:
    said = "LASTWORDS_PURE is set in the environment"
    assert reason(without, LASTWORDS_PURE="1") == said


def test_one_that_cannot_be_loaded(without: Path) -> None:
    import sysconfig

    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    (without / "lastwords" / f"_native{suffix}").write_bytes(b"no library")
    start = "the extension lastwords._native cannot be imported: "
    assert reason(without).startswith(start)
    assert "No module" not in reason(without)


def test_an_import_that_is_forbidden() -> None:
    assert "cannot be imported: " in reason(
        PACKAGE.parent, "sys.modules['lastwords._native'] = None"
    )
