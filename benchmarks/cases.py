"""The measured cases: each takes a folder and yields (name, comparison) pairs."""

from __future__ import annotations

import io
import logging
import traceback as standard
from typing import TYPE_CHECKING, Any

import workloads
from measure import Comparison, in_turn, once_each

import lastwords.traceback as ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Pairs = "Iterator[tuple[str, Comparison]]"
Case = "Callable[[Path], Pairs]"


def both(work: Callable[[Any], object]) -> Comparison:
    """Measure `work(module)` with ours and with the standard one."""
    return in_turn(lambda: work(ours), lambda: work(standard))


def formatted(exc: BaseException, **options: Any) -> Comparison:
    return both(lambda m: m.format_exception(exc, **options))


def only_formatted(exc: BaseException, **options: Any) -> Comparison:
    """Measure `format()` of a captured exception."""
    captured = {m: m.TracebackException.from_exception(exc) for m in (ours, standard)}
    return both(lambda m: list(captured[m].format(**options)))


def capture(folder: Path) -> Iterator[tuple[str, Comparison]]:
    for frames in (20, 200):
        exc = workloads.Project(folder, frames, max(frames // 20, 4)).run()
        name = f"capture, {frames} frames"
        tb = exc.__traceback__
        yield (
            f"{name}: from_exception",
            both(lambda m, e=exc: m.TracebackException.from_exception(e)),
        )
        yield (
            f"{name}: StackSummary.extract",
            both(lambda m, t=tb: m.StackSummary.extract(m.walk_tb(t))),
        )
        yield f"{name}: extract_tb", both(lambda m, t=tb: m.extract_tb(t))


def hot(folder: Path) -> Iterator[tuple[str, Comparison]]:
    for frames, files, word in ((1, 1, "frame"), (20, 4, "frames"), (200, 10, "frames")):
        exc = workloads.Project(folder, frames, files).run()
        yield f"hot format, {frames} {word}: format_exception", formatted(exc)
        yield f"hot format, {frames} {word}: TracebackException.format", only_formatted(exc)


def colour(folder: Path) -> Iterator[tuple[str, Comparison]]:
    exc = workloads.Project(folder, 20, 4).run()
    try:
        standard.format_exception(exc, colorize=True)
    except TypeError:  # before 3.13 there is none
        return
    yield "hot format in colour, 20 frames: format_exception", formatted(exc, colorize=True)
    yield (
        "hot format in colour, 20 frames: TracebackException.format",
        only_formatted(exc, colorize=True),
    )


def cold(folder: Path) -> Iterator[tuple[str, Comparison]]:
    for frames, files, word in ((4, 1, "file"), (8, 3, "files"), (12, 5, "files")):

        def prepare(frames: int = frames, files: int = files) -> BaseException:
            project = workloads.Project(folder, frames, files)
            exc = project.run()
            workloads.forget_sources()
            return exc

        yield (
            f"cold, {frames} frames in {files} {word}",
            once_each(prepare, ours.format_exception, standard.format_exception),  # type: ignore[arg-type]
        )


def recursion(folder: Path) -> Iterator[tuple[str, Comparison]]:
    exc = workloads.recursion(folder, "direct", 1000)
    yield "RecursionError, 1,000 frames", formatted(exc)
    exc = workloads.recursion(folder, "ping", 1000)
    yield "mutual recursion, 1,000 frames", formatted(exc)


def shapes(folder: Path) -> Iterator[tuple[str, Comparison]]:
    yield "chain of 5", formatted(workloads.chain(folder))
    yield "group of 10 x 5 frames", formatted(workloads.group(folder))
    yield "group of 50,000", formatted(workloads.wide_group(folder))


def suggestions(folder: Path) -> Iterator[tuple[str, Comparison]]:
    yield "NameError with suggestions", formatted(workloads.name_error(folder))
    exc = workloads.missing_module(folder)
    yield "ModuleNotFoundError, capture", both(lambda m: m.TracebackException.from_exception(exc))
    yield "ModuleNotFoundError, whole", formatted(exc)


def local_variables(folder: Path) -> Iterator[tuple[str, Comparison]]:
    exc = workloads.Project(folder, 20, 4).run()
    yield (
        "20 frames with locals",
        both(
            lambda m: list(m.TracebackException.from_exception(exc, capture_locals=True).format())
        ),
    )


def logger(folder: Path) -> Iterator[tuple[str, Comparison]]:
    exc = workloads.Project(folder, 20, 4).run()
    stream = io.StringIO()
    log = logging.getLogger("lastwords.benchmark")
    log.propagate = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)

    def work(module: Any) -> None:
        logging.traceback = module  # type: ignore[attr-defined]
        stream.seek(0)
        stream.truncate()
        log.error("it failed", exc_info=exc)

    try:
        yield "logger.exception, 20 frames", both(work)
    finally:
        logging.traceback = standard  # type: ignore[attr-defined]
        log.removeHandler(handler)


CASES: dict[str, Callable[[Path], Iterator[tuple[str, Comparison]]]] = {
    case.__name__: case
    for case in (
        capture,
        hot,
        colour,
        cold,
        recursion,
        shapes,
        suggestions,
        local_variables,
        logger,
    )
}
