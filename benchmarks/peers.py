"""Other libraries on the same work: 20 realistic frames, formatted hot."""

from __future__ import annotations

import importlib
import io
import traceback as standard
from typing import TYPE_CHECKING

import workloads
from measure import Comparison, in_turn

import lastwords.traceback as ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def rich(exc: BaseException) -> Callable[[], object]:
    from rich.console import Console
    from rich.traceback import Traceback

    console = Console(file=io.StringIO(), width=100)
    return lambda: console.print(Traceback.from_exception(type(exc), exc, exc.__traceback__))


def stackprinter(exc: BaseException) -> Callable[[], object]:
    import stackprinter

    return lambda: stackprinter.format(exc)


def loguru(exc: BaseException) -> Callable[[], object]:
    from loguru import logger

    logger.remove()
    logger.add(io.StringIO(), backtrace=False, diagnose=True)
    return lambda: logger.opt(exception=exc).error("it failed")


def structlog(exc: BaseException) -> Callable[[], object]:
    from structlog.tracebacks import ExceptionDictTransformer

    transform = ExceptionDictTransformer(show_locals=False)
    return lambda: transform((type(exc), exc, exc.__traceback__))


def tblib(exc: BaseException) -> Callable[[], object]:
    from tblib import Traceback

    return lambda: standard.format_exception(
        type(exc), exc, Traceback(exc.__traceback__).as_traceback()
    )


def boltons(exc: BaseException) -> Callable[[], object]:
    from boltons.tbutils import ExceptionInfo

    return lambda: ExceptionInfo.from_exc_info(type(exc), exc, exc.__traceback__).get_formatted()


PEERS = (rich, stackprinter, loguru, structlog, tblib, boltons)


def compare(folder: Path) -> Iterator[tuple[str, Comparison | None]]:
    """Yield (peer, our comparison with it, or None if it is not installed)."""
    exc = workloads.Project(folder, 20, 4).run()
    for peer in PEERS:
        try:
            importlib.import_module(peer.__name__)
        except ImportError:
            yield peer.__name__, None
            continue
        yield peer.__name__, in_turn(lambda: ours.format_exception(exc), peer(exc), rounds=5)
