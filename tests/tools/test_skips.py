"""A run's end: few lines on what was skipped; each reason and each test in a file and in the XML."""

from __future__ import annotations

from pathlib import Path

from support import child

TESTS = Path(__file__).resolve().parents[1]
SKIPPING = """
import pytest

@pytest.mark.parametrize("number", range(20))
def test_rare(number):
    pytest.skip(f"reason {number}")

@pytest.mark.skipif(True, reason="the frequent reason")
@pytest.mark.parametrize("number", range(3))
def test_frequent(number):
    pass

def test_passes():
    pass
"""


def run(folder: Path, program: str) -> list[str]:
    (folder / "test_it.py").write_text(program)
    (folder / "pytest.ini").write_text("[pytest]\n")
    arguments = ("-m", "pytest", "-p", "support.skips", "-p", "no:cacheprovider", "-q")
    results = f"--junitxml={folder / 'results.xml'}"
    env = {"PYTHONPATH": str(TESTS)}
    done = child.python(*arguments, results, folder, env=env, cwd=folder, status=0)
    return done.stdout.splitlines()


def test_many_reasons(tmp_path):
    lines = run(tmp_path, SKIPPING)
    assert lines[-1].startswith("1 passed, 23 skipped")
    assert "    3 the frequent reason" in lines
    assert "   15 for 15 other reasons; all reasons and tests: build/skipped/" in lines[-2]
    assert len(lines) < 14
    (file,) = (tmp_path / "build" / "skipped").iterdir()
    text, results = file.read_text(), (tmp_path / "results.xml").read_text()
    assert "3 skipped: the frequent reason\n    test_it.py::test_frequent[0]\n" in text
    for number in range(20):
        assert f"1 skipped: reason {number}\n    test_it.py::test_rare[{number}]\n" in text
        assert f'message="reason {number}"' in results


def test_nothing_skipped(tmp_path):
    assert not any("skipped" in line for line in run(tmp_path, "def test_passes(): pass"))
    assert not (tmp_path / "build").exists()
