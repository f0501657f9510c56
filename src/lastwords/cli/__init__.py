"""The command line: finds the command and hands it the arguments; one module a command.

Written without argparse: its import would cost more than the whole start, and a command such as
`run` ends its own options at the first word that isn't one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_USAGE = """\
usage: lastwords COMMAND [arguments]
       lastwords --version | --help

What a Python program says when it fails, and why.

commands:
  run    runs a program as `python` would, and reports its failures

`lastwords COMMAND --help` says more about a command.
"""

EXIT_USAGE = 2


class UsageError(Exception):
    """The command line can't be understood; `hint` says what would be."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _run(arguments: list[str]) -> int:
    from lastwords.cli import run

    return run.main(arguments)


_COMMANDS: dict[str, Callable[[list[str]], int]] = {"run": _run}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line `argv` (without the program's name; default: `sys.argv[1:]`).

    Returns the exit status: 2 for a command line that can't be understood.  `lastwords run`
    raises what ends the program it ran where the interpreter has to see it: SystemExit and
    KeyboardInterrupt.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except UsageError as error:
        sys.stderr.write(f"lastwords: {error}\nhint: {error.hint}\n")
        return EXIT_USAGE


def _dispatch(arguments: list[str]) -> int:
    if not arguments:
        raise UsageError("what to do is missing", hint="lastwords run script.py; lastwords --help")
    first = arguments[0]
    if first in ("-h", "--help"):
        sys.stdout.write(_USAGE)
        return 0
    if first in ("-V", "--version"):
        from lastwords import __version__

        sys.stdout.write(f"lastwords {__version__}\n")
        return 0
    command = _COMMANDS.get(first)
    if command is not None:
        return command(arguments[1:])
    if first.startswith("-"):
        raise UsageError(f"unknown option {first!r}", hint="lastwords --help lists what there is")
    hint = f"to run a program: lastwords run {first}; lastwords --help lists the commands"
    raise UsageError(f"unknown command {first!r}", hint=hint)
