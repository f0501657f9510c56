"""One way to run a program in a child process.

    done = child.python("-c", "1/0", status=1)
    assert done.stderr.endswith("ZeroDivisionError: division by zero\\n")

A child gets the test's environment without the variables that steer Python, no standard input, a
session of its own, and a time limit.  When the limit is over, the whole group is killed, so that
nothing that a child started outlives the test.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TIME_LIMIT = 60
"""Seconds that a child may take: far more than it needs on a loaded machine."""


def environment(
    added: Mapping[str, str | None] | None = None, *, keep: bool = False
) -> dict[str, str]:
    """Return the environment of a child.

    Variables that steer Python, lastwords or colours are left out unless `keep` is true; those in
    `added` are set, or left out where the value is None.
    """
    steering = ("PYTHON", "LASTWORDS", "NO_COLOR", "FORCE_COLOR")
    merged: dict[str, str | None] = {
        name: value for name, value in os.environ.items() if keep or not name.startswith(steering)
    }
    merged |= added or {}
    return {name: value for name, value in merged.items() if value is not None}


@contextlib.contextmanager
def start(
    *command: str | Path,
    env: Mapping[str, str | None] | None = None,
    keep_env: bool = False,
    text: bool = True,
    **options: Any,
) -> Iterator[subprocess.Popen[Any]]:
    """Start a program in a session of its own; kill its group at the end of the block.

    Standard output and error are pipes unless `options`, which go to `subprocess.Popen`, say
    otherwise.  `env` and `keep_env` are those of `environment()`.
    """
    settings: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "start_new_session": True,
        "env": environment(env, keep=keep_env),
    }
    if text:
        settings |= {"text": True, "encoding": "utf-8", "errors": "backslashreplace"}
    settings |= options
    process = subprocess.Popen([str(part) for part in command], **settings)
    try:
        yield process
    finally:
        process.kill()
        if settings["start_new_session"]:
            with contextlib.suppress(OSError):  # nothing of it is left
                os.killpg(process.pid, signal.SIGKILL)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):  # a pipe that the child no longer reads
                    stream.close()
        process.wait()


def command(
    *command: str | Path,
    status: int | None = None,
    input: str | bytes | None = None,
    timeout: float = TIME_LIMIT,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end and return what it wrote; `status` is asserted if it is given.

    `options` are those of `start()`.  A child that takes longer than `timeout` seconds is killed
    with all that it started, and the test fails with what it had written.
    """
    if input is not None:
        options["stdin"] = subprocess.PIPE
    with start(*command, **options) as process:
        try:
            output, errors = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            raise AssertionError(
                f"no end after {timeout} s: {process.args}\n{output!s}\n{errors!s}"
            ) from None
    done = subprocess.CompletedProcess(process.args, process.returncode, output, errors)
    if status is not None:
        assert done.returncode == status, f"status {done.returncode}\n{output!s}\n{errors!s}"
    return done


def python(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run the interpreter of the tests with these arguments; `options` are those of `command()`."""
    return command(sys.executable, *arguments, **options)


def program(text: str, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run the text of a program, which may be indented; `options` are those of `command()`."""
    return python("-c", textwrap.dedent(text), *arguments, **options)


def printed(text: str, *arguments: str | Path, **options: Any) -> str:
    """Return all that the text of a program prints: standard output, then standard error."""
    done = program(text, *arguments, **options)
    return f"{done.stdout}{done.stderr}"


def on_terminal(
    *command: str | Path,
    env: Mapping[str, str | None] | None = None,
    timeout: float = TIME_LIMIT,
    **options: Any,
) -> tuple[int, str]:
    """Run a program on a terminal; return its status and what it wrote there."""
    size = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    end = time.monotonic() + timeout
    primary, secondary = pty.openpty()
    written = b""
    try:
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), secondary)
        with start(*command, env={**size, **(env or {})}, **streams, **options) as process:
            os.close(secondary)
            with contextlib.suppress(OSError):  # the last process has closed its side
                while select.select([primary], [], [], max(0, end - time.monotonic()))[0]:
                    written += os.read(primary, 65536)
            assert time.monotonic() < end, f"no end after {timeout} s: {process.args}\n{written!r}"
            status = process.wait(timeout)
    finally:
        os.close(primary)
    return status, written.decode()
