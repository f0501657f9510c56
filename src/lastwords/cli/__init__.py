"""The command line: finds the command and hands it the arguments; one module a command.

Written without argparse: its import would cost more than the whole start, and a command such as
`run` ends its own options at the first word that isn't one.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lastwords.cli.program import Program

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


def _run(arguments: list[str]) -> int | Program:
    from lastwords.cli import run

    return run.main(arguments)


_COMMANDS: dict[str, Callable[[list[str]], int | Program]] = {"run": _run}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line `argv` (without the program's name; default: `sys.argv[1:]`).

    Returns the exit status: 2 for a command line that can't be understood.  `lastwords run`
    raises what ends the program it ran where the interpreter has to see it: SystemExit and
    KeyboardInterrupt.
    """
    outcome = _outcome(list(sys.argv[1:] if argv is None else argv))
    if isinstance(outcome, int):
        return outcome
    from lastwords.cli import nested

    return nested.run(outcome)


def start() -> int | None:
    """Run the process's own command line: what `__main__` calls, and does nothing after it.

    Returns the exit status; None if a prompt follows.  A program starts, if that can be, when all
    frames have ended, and ends the process.
    """
    outcome = _outcome(sys.argv[1:])
    if not isinstance(outcome, int):
        from lastwords.cli import launch, nested

        if launch.possible(sys._getframe(1)):
            launch.launch(outcome)
        return nested.run_command(outcome)
    return outcome


def _outcome(arguments: list[str]) -> int | Program:
    try:
        return _dispatch(arguments)
    except UsageError as error:
        sys.stderr.write(f"lastwords: {error}\nhint: {error.hint}\n")
        return EXIT_USAGE


def _dispatch(arguments: list[str]) -> int | Program:
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
