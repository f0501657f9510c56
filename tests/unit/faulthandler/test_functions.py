"""The drop-in module's arguments, errors and texts, as CPython 3.15's module has them."""

from __future__ import annotations

import faulthandler as standard
import importlib
import inspect
import signal
import sys
import time
import warnings
from pathlib import Path

import pytest

import lastwords.faulthandler as fault
from support import child

IS_315 = sys.version_info >= (3, 15)
USER_SIGNAL = signal.SIGUSR1


class WithoutFileno:
    pass


class Stream:
    """An object with a given fileno()."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def fileno(self) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def flush(self) -> None:
        message = "flushing fails"
        raise ValueError(message)


def outcome(function, *args: object, **kwargs: object) -> tuple[object, ...]:
    """Return the outcome of a call: its result or error, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result: object = function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  (compared)
            result = (type(error), str(error))
    return result, [(item.category, str(item.message)) for item in caught]


BAD_FILES = [
    (-1, ValueError, "file is not a valid file descriptor"),
    (WithoutFileno(), AttributeError, "'WithoutFileno' object has no attribute 'fileno'"),
    (Stream("a"), RuntimeError, "file.fileno() is not a valid file descriptor"),
    (Stream(-1), RuntimeError, "file.fileno() is not a valid file descriptor"),
    (Stream(2**31), RuntimeError, "file.fileno() is not a valid file descriptor"),
    (Stream(2**70), RuntimeError, "file.fileno() is not a valid file descriptor"),
    (Stream(OSError(5, "gone")), OSError, "[Errno 5] gone"),
    ("a path", AttributeError, "'str' object has no attribute 'fileno'"),
    (2**31, OverflowError, "Python int too large to convert to C int"),
    (-(2**70), OverflowError, "Python int too large to convert to C int"),
    (1.5, AttributeError, "'float' object has no attribute 'fileno'"),
]


@pytest.mark.native
@pytest.mark.parametrize(("file", "error", "text"), BAD_FILES)
@pytest.mark.parametrize(
    "call",
    [
        lambda file: fault.enable(file),
        lambda file: fault.dump_traceback(file),
        lambda file: fault.dump_c_stack(file),
        lambda file: fault.dump_traceback_later(5, file=file),
        lambda file: fault.register(USER_SIGNAL, file),
    ],
    ids=["enable", "dump_traceback", "dump_c_stack", "later", "register"],
)
def test_bad_file(call, file: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        call(file)
    assert str(caught.value) == text
    assert type(caught.value) is error


@pytest.mark.native
def test_bool_as_file_warns(log) -> None:
    with pytest.warns(RuntimeWarning, match=r"^bool is used as a file descriptor$"):
        fault.dump_traceback(False)  # noqa: FBT003  (that is what is tested)


@pytest.mark.native
def test_lost_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(RuntimeError, match=r"^sys.stderr is None$"):
        fault.enable()
    monkeypatch.delattr(sys, "stderr")
    with pytest.raises(RuntimeError, match=r"^lost sys.stderr$"):
        fault.dump_traceback(None)
    assert not fault.is_enabled()


@pytest.mark.native
def test_bad_descriptor_is_accepted() -> None:
    assert fault.enable(9999) is None
    assert fault.is_enabled()
    assert fault.dump_traceback(9999) is None


@pytest.mark.native
@pytest.mark.parametrize(
    ("timeout", "error", "text"),
    [
        (0, ValueError, "timeout must be greater than 0"),
        (-1.5, ValueError, "timeout must be greater than 0"),
        (float("nan"), ValueError, "Invalid value NaN (not a number)"),
        (float("inf"), OverflowError, "timestamp out of range for C PyTime_t"),
        (2**70, OverflowError, "timestamp out of range for C PyTime_t"),
        (1e10, OverflowError, "timestamp out of range for C PyTime_t"),
        (9223372037, OverflowError, "timestamp out of range for C PyTime_t"),
        ("x", TypeError, "must be real number, not str"),
        (None, TypeError, "must be real number, not NoneType"),
    ],
)
def test_bad_timeout(log, timeout: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        fault.dump_traceback_later(timeout, file=log)
    assert str(caught.value) == text


@pytest.mark.native
@pytest.mark.parametrize("timeout", [9e9, 9223372036, 9223372036.8, True, 4294967296])
def test_good_timeout(log, timeout: float) -> None:
    assert fault.dump_traceback_later(timeout, file=log) is None
    assert fault.cancel_dump_traceback_later() is None


@pytest.mark.native
@pytest.mark.parametrize(
    ("signum", "error", "text"),
    [
        (0, ValueError, "signal number out of range"),
        (-1, ValueError, "signal number out of range"),
        (65, ValueError, "signal number out of range"),
        (1.5, TypeError, "'float' object cannot be interpreted as an integer"),
        (2**40, OverflowError, None),  # the text is the interpreter's own
        (9, OSError, "[Errno 22] Invalid argument"),
        (33, OSError, "[Errno 22] Invalid argument"),
        (11, RuntimeError, "signal 11 cannot be registered, use enable() instead"),
        (6, RuntimeError, "signal 6 cannot be registered, use enable() instead"),
    ],
)
def test_bad_signal(log, signum: object, error: type[Exception], text: str | None) -> None:
    with pytest.raises(error) as caught:
        fault.register(signum, log)
    assert text is None or str(caught.value) == text


@pytest.mark.native
def test_signal_is_checked_before_the_file() -> None:
    with pytest.raises(RuntimeError, match="cannot be registered"):
        fault.register(11, -1)


@pytest.mark.native
def test_unregister(log) -> None:
    assert fault.unregister(USER_SIGNAL) is False
    fault.register(USER_SIGNAL, log)
    assert fault.unregister(USER_SIGNAL) is True
    assert fault.unregister(USER_SIGNAL) is False
    assert fault.unregister(9) is False
    with pytest.raises(ValueError, match="out of range"):
        fault.unregister(65)
    with pytest.raises(RuntimeError, match="use enable"):
        fault.unregister(11)


@pytest.mark.native
@pytest.mark.parametrize("max_threads", [2**63, 2**70, -(2**70)])
def test_max_threads_too_large(log, max_threads: int) -> None:
    with pytest.raises(OverflowError, match=r"^Python int too large to convert to C ssize_t$"):
        fault.dump_traceback(log, max_threads=max_threads)


@pytest.mark.native
def test_max_threads_is_keyword_only(log) -> None:
    with pytest.raises(TypeError):
        fault.dump_traceback(log, True, 5)  # noqa: FBT003  (that is what is tested)
    with pytest.raises(TypeError):
        fault.enable(log, True, True, 5)  # noqa: FBT003  (that is what is tested)


@pytest.mark.native
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [({"all_threads": False}, "Stack (most"), ({"max_threads": -1}, "...\n"), ({}, "Current thre")],
)
def test_first_line(log, arguments: dict[str, int], expected: str) -> None:
    fault.dump_traceback(log, **arguments)
    assert Path(log.name).read_text()[: len(expected)] == expected


@pytest.mark.native
def test_enable_disable(log) -> None:
    assert fault.disable() is False
    assert fault.enable(log) is None
    assert fault.is_enabled() is True
    assert fault.enable(log, all_threads=False, c_stack=False, max_threads=3) is None
    assert fault.disable() is True
    assert fault.is_enabled() is False


CASES = [
    (name, args, kwargs)
    for name in ("enable", "dump_traceback")
    for args, kwargs in (
        ((), {"file": 9999, "foo": 1}),
        ((9999,), {"file": 9999}),
        ((9999, True, 3, 4, 5), {}),
        ((9999, "x"), {}),
        ((9999, WithoutFileno()), {}),
        ((9999,), {"max_threads": None}),
        ((9999,), {"max_threads": "a"}),
        ((9999,), {"max_threads": 1.5}),
        ((9999,), {"max_threads": True}),
        ((9999,), {"max_threads": -5}),
        ((Stream(9999),), {}),
    )
] + [
    ("dump_traceback_later", (), {}),
    ("dump_traceback_later", (5, False, 9999, True), {"max_threads": 2**31}),
    ("dump_traceback_later", (1e-10, False, 9999), {}),
    ("register", (), {}),
    ("register", ("a", 9999), {}),
    ("register", (), {"signum": 10, "file": 9999}),
    ("register", (9, -1), {}),
    ("unregister", (1.5,), {}),
    ("unregister", (2**40,), {}),
    ("dump_c_stack", (9999, 1), {}),
    ("dump_c_stack", (), {"file": 9999}),
    ("_sigsegv", (1, 2), {}),
]


@pytest.mark.native
@pytest.mark.skipif(not IS_315, reason="compared with the standard module of 3.15 itself")
@pytest.mark.parametrize(("name", "args", "kwargs"), CASES)
def test_as_the_standard_module(name: str, args: tuple, kwargs: dict) -> None:
    theirs = outcome(getattr(standard, name), *args, **kwargs)
    standard.cancel_dump_traceback_later()
    standard.unregister(10)
    standard.disable()
    assert outcome(getattr(fault, name), *args, **kwargs) == theirs


@pytest.mark.skipif(not IS_315, reason="compared with the standard module of 3.15 itself")
def test_every_name_is_there() -> None:
    assert {name for name in dir(standard) if not name.startswith("__")} <= set(dir(fault))


@pytest.mark.native
def test_signatures_are_shown() -> None:
    assert str(inspect.signature(fault.unregister)) == "(signum, /)"
    assert "max_threads=100" in fault.enable.__text_signature__
    assert fault.enable.__module__ == "lastwords.faulthandler"


@pytest.mark.native
def test_timeout_dump(log) -> None:
    for attempt in range(1, 6):  # a thread that runs just then may be marked as unreadable
        fault.dump_traceback_later(0.05, file=log)
        time.sleep(0.3)
        text = wait_for(log.name, "Timeout", count=attempt)
        if "test_timeout_dump" in text:
            break
    assert "test_timeout_dump" in text
    assert text.startswith("Timeout (0:00:00.050000)!\nThread 0x")
    assert "Current thread" not in text


@pytest.mark.native
def test_timeout_repeats_until_cancelled(log) -> None:
    fault.dump_traceback_later(0.02, repeat=True, file=log)
    wait_for(log.name, "Timeout", count=3)
    fault.cancel_dump_traceback_later()


@pytest.mark.native
def test_new_timeout_replaces_the_old(log, tmp_path: Path) -> None:
    with (tmp_path / "old").open("w") as old:
        fault.dump_traceback_later(1, file=old)
        fault.dump_traceback_later(1.1, file=log)
        assert "Timeout (0:00:01.100000)!" in wait_for(log.name, "Timeout")
        assert Path(old.name).read_text() == ""


def wait_for(path: str, sign: str, count: int = 1) -> str:
    """Return the file's text once `sign` is there `count` times and the line is whole."""
    for _ in range(1000):
        text = Path(path).read_text()
        if text.count(sign) >= count and text.endswith("\n"):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{sign!r} never came: {text!r}")


@pytest.mark.native
@pytest.mark.parametrize("chain", [False, True])
def test_user_signal(log, chain: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    got: list[int] = []
    old = signal.signal(USER_SIGNAL, lambda signum, _frame: got.append(signum))
    try:
        fault.register(USER_SIGNAL, log, chain=chain)
        signal.raise_signal(USER_SIGNAL)
        assert "in test_user_signal" in Path(log.name).read_text()
        assert got == ([USER_SIGNAL] if chain else [])
        fault.unregister(USER_SIGNAL)
        signal.raise_signal(USER_SIGNAL)
        assert got == ([USER_SIGNAL, USER_SIGNAL] if chain else [USER_SIGNAL])
    finally:
        signal.signal(USER_SIGNAL, old)


@pytest.mark.native
def test_second_register_replaces_the_options(log, tmp_path: Path) -> None:
    with (tmp_path / "other").open("w") as other:
        fault.register(USER_SIGNAL, other)
        fault.register(USER_SIGNAL, log, all_threads=False)
        signal.raise_signal(USER_SIGNAL)
        assert Path(other.name).read_text() == ""
        assert Path(log.name).read_text().startswith("Stack (most recent call first):\n")


@pytest.mark.native
def test_file_may_be_closed_after_the_call(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w") as file:
        fault.register(USER_SIGNAL, file)
    signal.raise_signal(USER_SIGNAL)
    assert "in test_file_may_be_closed_after_the_call" in path.read_text()


@pytest.mark.native
def test_c_stack(log) -> None:
    fault.dump_c_stack(log)
    first, *rest = Path(log.name).read_text().splitlines()
    assert first == "Current thread's C stack trace (most recent call first):"
    assert "_native" in rest[0]
    assert any("Py" in line for line in rest)


WHO = (
    "import lastwords.faulthandler as ours, faulthandler as theirs; "
    "print(ours.is_enabled(), theirs.is_enabled())"
)


@pytest.mark.native
@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ([], {}, "False False"),
        (["-X", "faulthandler"], {}, "True False"),
        (["-X", "dev"], {}, "True False"),
        ([], {"PYTHONFAULTHANDLER": "1"}, "True False"),
        (["-E"], {"PYTHONFAULTHANDLER": "1"}, "False False"),
    ],
)
def test_settings_are_taken_over(
    options: list[str], environment: dict[str, str], expected: str
) -> None:
    done = child.python(*options, "-c", WHO, env=environment, status=0)
    assert done.stdout == expected + "\n"


def test_backend_is_told() -> None:
    if fault.backend == "native":
        assert fault.backend_reason is None
    else:
        assert fault.backend == "standard"
        assert fault.backend_reason


def test_standard_backend(monkeypatch: pytest.MonkeyPatch, log) -> None:
    """Without the native part the functions still take 3.15's arguments."""
    monkeypatch.delitem(sys.modules, "lastwords.faulthandler")
    monkeypatch.setattr("lastwords._backend.native", None)
    monkeypatch.setattr("lastwords._backend.missing", "the extension lastwords._native is absent")
    module = importlib.import_module("lastwords.faulthandler")
    try:
        assert module.backend == "standard"
        assert "_native is absent" in module.backend_reason
        module.dump_traceback(log, all_threads=False, max_threads=5)
        assert "in test_standard_backend" in Path(log.name).read_text()
        module.dump_c_stack(log)
        assert "C stack trace" in Path(log.name).read_text()
        module.enable(log, c_stack=False, max_threads=7)
        assert module.is_enabled()
        assert module.disable()
        module.register(USER_SIGNAL, log, max_threads=2)
        assert module.unregister(USER_SIGNAL)
        module.dump_traceback_later(10, file=log, max_threads=2)
        module.cancel_dump_traceback_later()
        assert module.replaced_handlers() == {}
    finally:
        sys.modules["lastwords.faulthandler"] = fault
        import lastwords

        lastwords.faulthandler = fault
