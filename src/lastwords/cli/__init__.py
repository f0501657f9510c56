"""The command line: finds the command and gives it the arguments; each command is a module.

Written without argparse, whose import takes longer than all the rest of the start; and `run` ends
its own options at the first word that is no option.
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
  run    run a program as `python` would, and report its failures

`lastwords COMMAND --help` describes a command.
"""

EXIT_USAGE = 2


class UsageError(Exception):
    """The command line can't be understood; `hint` says what the user can try."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _run(arguments: list[str]) -> int | Program:
    from lastwords.cli import run

    return run.main(arguments)


_COMMANDS: dict[str, Callable[[list[str]], int | Program]] = {"run": _run}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (without the program's name; default: `sys.argv[1:]`).

    Returns the exit status: 2 for a command line that can't be understood.  For `lastwords run`,
    raises SystemExit or KeyboardInterrupt if the program ends by it, so that the interpreter ends
    the process accordingly.
    """
    outcome = _outcome(list(sys.argv[1:] if argv is None else argv))
    if isinstance(outcome, int):
        return outcome
    from lastwords.cli import nested

    return nested.run(outcome)


def start() -> int | None:
    """Run the process's own command line; `__main__` calls this and does nothing after it.

    Returns the exit status, or None if a prompt follows.  If possible, a program is started after
    all frames of ours have ended; it then ends the process, and this function does not return.
    """
    outcome = _outcome(sys.argv[1:])
    if not isinstance(outcome, int):
        from lastwords.cli import launch, nested

        if launch.can_launch(sys._getframe(1)):
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
        raise UsageError("a command is missing", hint="lastwords run script.py; lastwords --help")
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
        raise UsageError(f"unknown option {first!r}", hint="lastwords --help lists the options")
    hint = f"to run a program: lastwords run {first}; lastwords --help lists the commands"
    raise UsageError(f"unknown command {first!r}", hint=hint)
