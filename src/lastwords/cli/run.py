"""`lastwords run`: its options, and the hooks and the handler that are set before the program.

`program` prepares the program; `launch` or `nested` runs it.
"""

from __future__ import annotations

import sys

from lastwords.cli import UsageError
from lastwords.errors import StyleError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lastwords.cli.program import Program

_USAGE = """\
usage: lastwords run [options] script.py [arguments]
       lastwords run [options] -m module [arguments]
       lastwords run [options] -c code [arguments]
       lastwords run [options] -          (the program is read from standard input)

Runs a program in this process as `python` would (a script, or a directory or zip file with a
__main__.py), and reports uncaught exceptions and fatal signals.

options:
  --traceback        replace the standard traceback module too, so that logging, unittest and
                     other libraries print tracebacks as lastwords does
  --style STYLE      print exceptions in the style plus (default on a terminal), which says more,
                     or standard (default elsewhere), the text of CPython 3.15
  --no-faulthandler  do not report fatal signals
  -h, --help         print this text

Options of the interpreter come first: python -X dev -m lastwords run script.py
"""


class Options:
    """The options and the program of a command line; `kind` is script, module, code or stdin."""

    def __init__(self) -> None:
        self.kind = ""
        self.target = ""
        self.arguments: list[str] = []
        self.traceback = False
        self.faulthandler = True
        self.style: str | None = None
        self.help = False


def parse(words: list[str]) -> Options:
    """Read the options up to the program; the words after it are the program's arguments.

    As with `python`, `-c` and `-m` end the options and may have their argument attached.
    Raises UsageError for an unknown option or a missing program.
    """
    options = Options()
    remaining = iter(words)
    for word in remaining:
        if word[:2] in ("-c", "-m"):
            options.kind = "code" if word[1] == "c" else "module"
            options.target = word[2:] or _argument(word, remaining)
        elif word == "-":
            options.kind = "stdin"
        elif word == "--":
            options.kind, options.target = "script", _argument(word, remaining)
        elif word in ("-h", "--help"):
            options.help = True
            return options
        elif word == "--traceback":
            options.traceback = True
        elif word == "--style" or word.startswith("--style="):
            options.style = word.partition("=")[2] or _argument(word, remaining)
        elif word == "--no-faulthandler":
            options.faulthandler = False
        elif word.startswith("-"):
            _refuse(word)
        else:
            options.kind, options.target = "script", word
        if options.kind:
            options.arguments = list(remaining)
            return options
    raise UsageError(
        "a program to run is missing",
        hint="lastwords run script.py, lastwords run -m module; lastwords run --help",
    )


def _argument(word: str, remaining: Iterator[str]) -> str:
    for argument in remaining:
        return argument
    known = {"-c": "code", "-m": "a module's name", "--style": "a style"}
    wanted = known.get(word, "a script's path")
    raise UsageError(f"{wanted} is missing after {word}", hint=f"lastwords run {word} ...")


def _refuse(word: str) -> None:
    if word[:2] in ("-X", "-W", "-O", "-B", "-E", "-I", "-P", "-S", "-s", "-u", "-v", "-q", "-b"):
        hint = f"options of the interpreter come first: python {word} -m lastwords run ..."
    else:
        hint = "the options are --traceback, --style and --no-faulthandler; lastwords run --help"
    raise UsageError(f"unknown option {word!r} of lastwords run", hint=hint)


def main(words: list[str]) -> int | Program:
    """Return the program that `words` names, with the hooks and the handler in place."""
    options = parse(words)
    if options.help:
        sys.stdout.write(_USAGE)
        return 0
    from lastwords import _hooks as hooks
    from lastwords.cli.program import Program

    try:
        hooks.install(traceback=options.traceback, style=options.style or _default_style())
    except StyleError as error:
        raise UsageError(
            f"unknown style {options.style!r}", hint="--style standard or --style plus"
        ) from error
    if options.faulthandler:
        _enable_faulthandler()
    return Program(options.kind, options.target, options.arguments)


def _default_style() -> str:
    """Return the style for standard error: "plus" on a terminal, "standard" elsewhere."""
    try:
        return "plus" if sys.stderr.isatty() else "standard"
    except Exception:  # no stderr, or a broken one
        return "standard"


def _enable_faulthandler() -> None:
    """Report fatal signals; if standard error can't be used, run the program anyway."""
    try:
        handler = _faulthandler()
        if not handler.is_enabled():
            handler.enable()
        # As -X faulthandler sets it: multiprocessing passes it on to children.
        sys._xoptions.setdefault("faulthandler", True)
    except Exception:  # no stderr, or none with a descriptor
        pass


def _faulthandler() -> Any:
    try:
        from lastwords import faulthandler as ours
    except ImportError:
        import faulthandler

        return faulthandler
    return ours
