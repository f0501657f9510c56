"""Messages for absent modules of the standard library."""

from __future__ import annotations

import sys
import traceback

import pytest

from lastwords._suggest import missing_stdlib


@pytest.mark.skipif(sys.version_info < (3, 15), reason="the standard table came with 3.15")
def test_the_interpreters_own_messages_are_used():
    assert missing_stdlib.load() is traceback._MISSING_STDLIB_MODULE_MESSAGES


@pytest.mark.parametrize(
    ("platform", "name", "message"),
    [
        (
            "linux",
            "winreg",
            "Unsupported platform for Windows-only standard library module 'winreg'",
        ),
        ("linux", "_scproxy", "Unsupported platform for standard library module '_scproxy'"),
        ("darwin", "_scproxy", None),
        ("win32", "winreg", None),
    ],
)
def test_messages_of_a_platform(monkeypatch, platform, name, message):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setitem(sys.modules, "_missing_stdlib_info", None)
    assert missing_stdlib.load().get(name) == message
