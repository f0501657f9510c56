"""The command's own options, without a program to run; tests/e2e calls it as a user does."""

from __future__ import annotations

import re

from lastwords import cli


def test_help_and_version(capsys):
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"lastwords \d+\.\d+.*\n", capsys.readouterr().out)
    for arguments in (["--help"], ["-h"], ["run", "--help"], ["run", "-h"]):
        assert cli.main(arguments) == 0
        assert capsys.readouterr().out.startswith("usage: lastwords ")
