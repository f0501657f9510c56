"""The search for the intended module: real directories, packages, zip files, finders."""

from __future__ import annotations

import os
import pickle
import sys
import types
import zipfile
from importlib import machinery

import pytest

from lastwords._suggest import missing_module
from lastwords._suggest.missing_module import MissingModule
from lastwords._suggest.suggestions import suggest


def suggestion(name):
    """Return what is added to the message of a ModuleNotFoundError for the name."""
    return MissingModule(name, "")()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory on the path, alone, so that nothing else is found."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return tmp_path


def make(place, *names):
    for name in names:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_text("")


OTHER_VERSION = "Although a module with this name was found for a different Python version ({})."


@pytest.mark.parametrize(
    ("names", "wrong", "expected"),
    [
        (["zqmod.py"], "zqmob", "zqmod"),
        (["zqmod/"], "zqmob", "zqmod"),
        (["zqmod/__init__.py"], "zqmob", "zqmod"),
        (["zqmod.pyc"], "zqmob", "zqmod"),
        (["zqmod" + machinery.EXTENSION_SUFFIXES[0]], "zqmob", "zqmod"),
        (["zqmod.txt"], "zqmob", None),
        (["zqmod.d/"], "zqmob", None),
        (["zqmod.x.py"], "zqmob", None),
        (["zqmod.py/"], "zqmob", None),
        (["_zqmod.py"], "zqmod", "_zqmod"),
        ([], "zqmob", None),
    ],
)
def test_what_is_in_a_directory(place, names, wrong, expected):
    make(place, *names)
    assert suggestion(wrong) == (f". Did you mean: '{expected}'?" if expected else "")


@pytest.mark.skipif(sys.version_info < (3, 15), reason="finders have discover() since 3.15")
def test_the_scan_gives_what_the_path_finder_gives(place):
    make(
        place, "a.py", "a.so", "b.pyc", "c.x.so", "e.abi3.so", "g-h.py", "1.py", ".py", ".x.py",
        "__init__.py", "__pycache__/", "pk/__init__.py", "ns/x.py", "dd.py/", "dot.ted/__init__.py",
        "n s.py", "é.py", "S.PY", "t.pyi", "a/__init__.py", "hid/.hidden", "k-k/__init__.py",
        "q" + machinery.EXTENSION_SUFFIXES[0],
    )  # fmt: skip
    os.symlink("nowhere", place / "broken.py")
    os.symlink(place / "pk", place / "link")
    os.mkfifo(place / "fifo.py")
    expected = [spec.name for spec in machinery.PathFinder.discover()]
    assert len(expected) > 10
    assert MissingModule("x", "")._on_path() == expected
    import pk

    make(place, "pk/one.py", "pk/two/")
    expected = [spec.name for spec in machinery.PathFinder.discover(pk.__spec__)]
    assert MissingModule("pk.x", "")._on_path() == expected


def test_a_directory_that_is_twice_on_the_path_is_read_once(place):
    make(place, "a.py")
    sys.path.append(str(place))
    assert MissingModule("x", "")._on_path() == ["a"]


def test_submodules_are_named_with_their_package(place):
    make(place, "zqpack/__init__.py", "zqpack/zqmod.py", "zqspace/zqmod.py")
    __import__("zqpack")
    __import__("zqspace")
    assert suggestion("zqpack.zqmob") == ". Did you mean: 'zqpack.zqmod'?"
    assert suggestion("zqspace.zqmob") == ". Did you mean: 'zqspace.zqmod'?"


def test_submodules_of_a_package_that_isnt_imported(place):
    make(
        place, "zqpack/__init__.py", "zqpack/zqmod.py", "zqpack/sub/__init__.py", "zqpack/sub/zq.py"
    )
    (place / "zqpack/__init__.py").write_text("raise SystemExit")
    assert suggestion("zqpack.zqmob") == ". Did you mean: 'zqpack.zqmod'?"
    assert suggestion("zqpack.sub.zqx") == ". Did you mean: 'zqpack.sub.zq'?"
    assert suggestion("zqnone.sub.zqx") == ""
    assert suggestion("zqpack.zqmod.zqx") == ""
    assert "zqpack" not in sys.modules


@pytest.mark.parametrize(
    ("names", "wrong", "found"),
    [
        (["zqmod.cpython-39-x86_64-linux-gnu.so"], "zqmod", "zqmod.cpython-39-x86_64-linux-gnu.so"),
        (["zqmod.c.so", "zqmod.b.so"], "zqmod", "zqmod.b.so"),
        (["zqmod.so"], "zqmod", "zqmod.so"),
        (["zqmod.x.so/"], "zqmod", "zqmod.x.so"),
        (["zqmod.x.so.bak", "zqmod_.x.so", "xzqmod.x.so"], "zqmod", None),
        (["zqmod.x.so"], "zq*", None),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the names are those of other platforms")
def test_extension_modules_of_another_version(place, names, wrong, found):
    make(place, *names)
    assert MissingModule(wrong, "").incompatible_extension() == found
    if found:
        assert suggestion(wrong) == ". " + OTHER_VERSION.format(found)


@pytest.mark.skipif(sys.platform == "win32", reason="the names are those of other platforms")
def test_extension_modules_in_packages(place):
    make(
        place, "zqpack/__init__.py", "zqpack/b.x.so", "zqspace/b.y.so", "more/zqspace/b.x.so"
    )  # fmt: skip
    sys.path.append(str(place / "more"))
    with zipfile.ZipFile(place / "z.zip", "w") as archive:
        archive.writestr("zqzip/__init__.py", "")
        archive.writestr("zqzip/b.z.so", "")
    sys.path.append(str(place / "z.zip"))
    for package, found in [("zqpack", "b.x.so"), ("zqspace", "b.x.so"), ("zqzip", "b.z.so")]:
        __import__(package)
        assert suggestion(f"{package}.b") == ". " + OTHER_VERSION.format(found)


class Finder:
    def __init__(self, discover):
        if discover is not None:
            self.discover = discover

    def find_spec(self, *arguments):
        return None


def specs(*names):
    return lambda parent=None: [types.SimpleNamespace(name=name) for name in names]


def raising(error):
    def discover(parent=None):
        yield types.SimpleNamespace(name="zqmod")
        raise error

    return discover


@pytest.mark.parametrize(
    ("discover", "found"),
    [
        (specs("zqmod"), True),
        (specs("zqmod", None, 3), True),
        (None, False),
        (3, False),
        (lambda: (), False),
        (lambda parent: None, False),
        (lambda parent: ["zqmod"], False),
        (raising(ValueError()), False),
        (raising(KeyboardInterrupt()), False),
        (raising(SystemExit()), False),
    ],
)
def test_other_finders(place, discover, found):
    sys.meta_path.insert(0, Finder(discover))
    assert suggestion("zqmob") == (". Did you mean: 'zqmod'?" if found else "")


def test_a_finder_that_never_ends(place):
    def discover(parent):
        while True:
            yield types.SimpleNamespace(name="zqmod")

    sys.meta_path.insert(0, Finder(discover))
    assert suggestion("zqmob") == ""


def test_a_finder_is_told_the_package(place):
    told = []
    sys.meta_path.insert(0, Finder(lambda parent: told.append(parent) or []))
    make(place, "zqpack/__init__.py")
    import zqpack

    suggestion("zqpack.x")
    suggestion("x")
    assert told == [zqpack.__spec__, None]


@pytest.mark.parametrize("entries", [None, 3, [3, None, b"x"], ["\0"], ["no/where"], [""]])
def test_any_path(place, entries, monkeypatch):
    monkeypatch.chdir(place)
    make(place, "zqmod.py")
    sys.path = entries
    error = ModuleNotFoundError("m", name="zqmob")
    text = suggest(type(error), error, None, "m")
    expected = "m. Did you mean: 'zqmod'?" if entries == [""] else "m"
    assert (text if isinstance(text, str) else text()) == expected


@pytest.mark.parametrize("finders", [None, 3, [None], [3]])
def test_any_list_of_finders(place, finders):
    sys.meta_path = finders
    assert suggestion("zqmob") == ""


def test_the_work_is_put_off_and_remembers_the_path(place, monkeypatch):
    make(place, "zqmod.py")
    put_off = MissingModule("zqmob", "m")
    monkeypatch.setattr(sys, "path", [])
    assert put_off() == "m. Did you mean: 'zqmod'?"


def test_what_is_put_off_holds_strings_only(place):
    make(place, "zqpack/__init__.py")
    __import__("zqpack")
    put_off = MissingModule("zqpack.x", "m")
    flat = []
    for slot in MissingModule.__slots__:
        value = getattr(put_off, slot)
        flat += value if isinstance(value, tuple) else [value]
    assert {type(value) for value in flat} == {str}
    assert pickle.loads(pickle.dumps(put_off)) == put_off
    assert put_off == MissingModule("zqpack.x", "m")
    assert put_off != MissingModule("zqpack.y", "m")
    assert put_off != "m"


def test_a_directory_is_read_again_when_it_has_changed(place):
    make(place, "zqmod.py")
    old = place.stat().st_mtime_ns - 10**12
    os.utime(place, ns=(old, old))
    assert suggestion("zqmob") == ". Did you mean: 'zqmod'?"
    assert str(place) in missing_module._listings
    (place / "zqmod.py").rename(place / "zqother.py")
    assert suggestion("zqmob") == ""


def test_a_directory_that_has_just_changed_isnt_remembered(place):
    make(place, "zqmod.py")
    assert suggestion("zqmob") == ". Did you mean: 'zqmod'?"
    assert str(place) not in missing_module._listings


def test_only_so_many_directories_are_remembered(place, monkeypatch):
    monkeypatch.setattr(missing_module, "_listings", {})
    monkeypatch.setattr(missing_module, "_MOST_LISTINGS", 3)
    for i in range(8):
        make(place, f"d{i}/x.py")
        os.utime(place / f"d{i}", ns=(1, 1))
        missing_module._listing(str(place / f"d{i}"))
    assert 0 < len(missing_module._listings) <= 3
