"""The check of the native rooms finds what it is there for."""

from __future__ import annotations

from pathlib import Path

import native_rooms
import pytest


def test_the_rooms_are_as_they_should_be() -> None:
    assert native_rooms.main() == 0


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"memory/a.h": "output/b.h", "output/b.h": ""}, "memory/a.h includes output/b.h"),
        ({"fault/a.h": "watchdog/b.h", "watchdog/b.h": ""}, "fault/a.h includes watchdog/b.h"),
        ({"dump/a.h": "", "record/a.h": ""}, "a.h is in 2 rooms"),
        ({"dump/a.c": "dump/b.h", "dump/b.h": "dump/a.h", "dump/a.h": ""}, "circle: dump/a"),
    ],
    ids=["a room above", "siblings", "one name", "circle"],
)
def test_what_breaks_the_order_is_named(
    files: dict[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    native = tmp_path / "src" / "native"
    for name, included in files.items():
        (native / name).parent.mkdir(parents=True, exist_ok=True)
        (native / name).write_text(f'#include "{included}"\n' if included else "")
    monkeypatch.setattr(native_rooms, "NATIVE", native)
    (tmp_path / "CMakeLists.txt").write_text((native_rooms.ROOT / "CMakeLists.txt").read_text())
    monkeypatch.setattr(native_rooms, "ROOT", tmp_path)
    assert native_rooms.main() == 1
    assert expected in capsys.readouterr().out
