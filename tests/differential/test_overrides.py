"""Subclasses and patched names: what a program overrides is called, as by the standard classes."""

from __future__ import annotations

import linecache
import sys
import traceback as standard
from typing import TYPE_CHECKING, Any

import pytest

from support import child, programs
from support.compare import EXACT, outcome, subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAMS = [
    "recursion_direct", "group", "raise_from", "call_multi_line", "binary_operators", "notes", "unicode_source",
    "syntax_error_at_run_time", "name_error", "attribute_error_hint", "locals_of_all_kinds", "import_missing",
]  # fmt: skip


@pytest.fixture(params=PROGRAMS)
def exc(folder: Path, request: pytest.FixtureRequest) -> BaseException:
    programs.write(request.param, folder)
    return programs.failure(request.param)


def short_frames(module: Any, exc: BaseException) -> object:
    """format_frame_summary overridden: the fast way must not be taken."""

    class Stack(module.StackSummary):
        def format_frame_summary(self, frame: Any, **kwargs: Any) -> str | None:
            return (
                None if frame.name == "g" else f"* {frame.name}:{frame.lineno} {sorted(kwargs)}\n"
            )

    return [
        Stack.extract(module.walk_tb(exc.__traceback__)).format(),
        Stack(module.extract_tb(exc.__traceback__)).format(),
    ]


def longer_frames(module: Any, exc: BaseException) -> object:
    """format_frame_summary that calls the original."""

    class Stack(module.StackSummary):
        def format_frame_summary(self, frame: Any, **kwargs: Any) -> str:
            return super().format_frame_summary(frame, **kwargs) + "    (more)\n"

    return Stack.extract(module.walk_tb(exc.__traceback__), capture_locals=True).format(
        colorize=True
    )


def stack_format(module: Any, exc: BaseException) -> object:
    """A TracebackException whose stack formats itself."""

    class Stack(module.StackSummary):
        def format(self, **kwargs: Any) -> list[str]:
            return [f"{len(self)} frames {sorted(kwargs)}\n"]

    te = module.TracebackException.from_exception(exc)
    te.stack = Stack(te.stack)
    return list(te.format())


def frame_subclass(module: Any, exc: BaseException) -> object:
    """werkzeug's way: an own frame class in an own slot layout."""

    class Frame(module.FrameSummary):
        __slots__ = ("note",)

        def __init__(self, *, note: str, **kwargs: Any) -> None:
            super().__init__(locals=None, **kwargs)
            self.note = note

        @property
        def line(self) -> str:
            return f"{self.note}: {super().line}"

    te = module.TracebackException.from_exception(exc, lookup_lines=False)
    te.stack[:] = [
        Frame(
            note="n", filename=f.filename, lineno=f.lineno, name=f.name, lookup_line=False, end_lineno=f.end_lineno,
            colno=f.colno, end_colno=f.end_colno,
        )
        for f in te.stack
    ]  # fmt: skip
    return [
        list(te.format()),
        [f.line for f in te.stack],
        [list(f) for f in te.stack],
        te.stack == list(te.stack),
    ]


def line_property(module: Any, exc: BaseException) -> object:
    """A frame class that knows another line."""

    class Frame(module.FrameSummary):
        @property
        def line(self) -> str:
            return "another line"

    return module.StackSummary.from_list(
        [Frame("f.py", 3, "name"), Frame("f.py", 3, "name", end_lineno=3, colno=0, end_colno=3)]
    ).format()


def exception_subclass(module: Any, exc: BaseException) -> object:
    """TracebackException with its own last lines; members and causes are of the same class."""

    class Te(module.TracebackException):
        def format_exception_only(self, **kwargs: Any) -> Any:
            yield f"{type(self).__name__} {sorted(k for k in kwargs if k != 'colorize')}\n"
            yield from super().format_exception_only(**kwargs)

    te = Te.from_exception(exc)
    related = [te.__cause__, te.__context__, *(te.exceptions or ())]
    return [list(te.format()), [type(x).__name__ for x in related]]


def exception_init(module: Any, exc: BaseException) -> object:
    """A subclass with another constructor, called for causes and members too."""
    made: list[object] = []

    class Te(module.TracebackException):
        def __init__(
            self, exc_type: Any, exc_value: Any, exc_traceback: Any, **kwargs: Any
        ) -> None:
            made.append([exc_type.__name__, sorted(kwargs)])
            super().__init__(exc_type, exc_value, exc_traceback, **kwargs)
            self.seen = True

    return [list(Te.from_exception(exc).format()), made]


def exception_format(module: Any, exc: BaseException) -> object:
    """format() overridden: print() uses it."""
    import io

    class Te(module.TracebackException):
        def format(self, **kwargs: Any) -> Any:
            yield f"own format {sorted(kwargs)}\n"

    file = io.StringIO()
    Te.from_exception(exc).print(file=file, chain=False)
    return file.getvalue()


def syntax_error_override(module: Any, exc: BaseException) -> object:
    class Te(module.TracebackException):
        def _format_syntax_error(self, stype: str, **kwargs: Any) -> Any:
            yield f"own syntax error {stype} {sorted(kwargs)}\n"

    return list(Te.from_exception(exc).format())


def str_override(module: Any, exc: BaseException) -> object:
    class Te(module.TracebackException):
        def __str__(self) -> str:
            return "another text"

    te = Te.from_exception(exc)
    return [list(te.format()), str(te)]


def load_lines_override(module: Any, exc: BaseException) -> object:
    calls: list[int] = []

    class Te(module.TracebackException):
        def _load_lines(self) -> None:
            calls.append(len(self.stack))
            super()._load_lines()

    return [
        list(Te.from_exception(exc).format()),
        list(Te.from_exception(exc, lookup_lines=False).format()),
        calls,
    ]


def carets_override(module: Any, exc: BaseException) -> object:
    """_should_show_carets on a class: CPython's own tests do this on an instance."""

    class Stack(module.StackSummary):
        def _should_show_carets(self, *args: Any) -> bool:
            return False

    return Stack.extract(module.walk_tb(exc.__traceback__)).format()


def carets_on_instance(module: Any, exc: BaseException) -> object:
    stack = module.extract_tb(exc.__traceback__)
    stack._should_show_carets = lambda *args: True
    return stack.format()


def print_context_given(module: Any, exc: BaseException) -> object:
    """format() with a context of the caller's, as exceptiongroup passes."""
    ctx = module._ExceptionPrintContext()
    ctx.exception_group_depth = 1
    return list(module.TracebackException.from_exception(exc).format(_ctx=ctx))


def mutated_frames(module: Any, exc: BaseException) -> object:
    """Fields of captured frames set by hand show in the text."""
    te = module.TracebackException.from_exception(exc)
    before = list(te.format())
    for frame in te.stack:
        frame.filename = f"renamed/{frame.filename}"
        frame.name = frame.name.upper()
    return [before, list(te.format()), te.stack.format(), [repr(f) for f in te.stack]]


def mutated_fields(module: Any, exc: BaseException) -> object:
    te = module.TracebackException.from_exception(exc)
    before = list(te.format())
    te._str = "replaced text"
    te.__notes__ = ("a", 3)
    te.__suppress_context__ = True
    te.max_group_width = 1
    return [before, list(te.format()), str(te)]


def stack_operations(module: Any, exc: BaseException) -> object:
    """A StackSummary is a list in every way."""
    stack = module.extract_tb(exc.__traceback__)
    doubled = stack + stack[::-1]
    stack.insert(0, ("f.py", 1, "inserted", "line")) if not stack else stack.append(stack[0])
    stack.reverse()
    return [
        type(doubled).__name__,
        module.StackSummary(doubled).format(),
        stack.format(),
        len(stack[1:]),
        stack.index(stack[0]),
    ]


def list_of_frames(module: Any, exc: BaseException) -> object:
    """format_list and from_list of a foreign mixture."""
    frames = [*module.extract_tb(exc.__traceback__), ("f.py", 1, "n", "l")]
    return [
        module.format_list(frames),
        module.StackSummary.from_list(frames).format(),
        module.format_list(map(tuple, frames)),
    ]


OVERRIDES: list[Callable[[Any, BaseException], object]] = [
    short_frames, longer_frames, stack_format, frame_subclass, line_property, exception_subclass, exception_init,
    exception_format, syntax_error_override, str_override, load_lines_override, carets_override, carets_on_instance,
    print_context_given, mutated_frames, mutated_fields, stack_operations, list_of_frames,
]  # fmt: skip


@pytest.mark.skipif(not EXACT, reason="older standard modules draw by other rules")
@pytest.mark.parametrize("override", OVERRIDES)
def test_override(override: Callable[[Any, BaseException], object], exc: BaseException) -> None:
    expected = outcome(override, standard, exc)
    assert outcome(override, subject, exc) == expected
    assert outcome(override, subject, exc) == expected


@pytest.mark.parametrize("override", OVERRIDES)
def test_override_works(
    override: Callable[[Any, BaseException], object], exc: BaseException
) -> None:
    """On every version: nothing raises, and the second time gives the same."""
    kind, first = outcome(override, subject, exc)
    assert kind == "returned", first
    assert outcome(override, subject, exc) == (kind, first)


PATCHES: dict[str, object] = {
    "_RECURSIVE_CUTOFF": 1,
    "_cause_message": "\n-- because of --\n\n",
    "_context_message": "\n-- while handling --\n\n",
    "_byte_offset_to_character_offset": lambda text, offset: min(offset, 2),
    "_display_width": lambda line, offset=None: 3,
    "_extract_caret_anchors_from_line_segment": lambda segment: None,
    "_safe_string": lambda value, what, func=str: f"<{what}>",
    "_format_final_exc_line": lambda etype, value, **kwargs: f"{etype}!!\n",
    "_compute_suggestion_error": lambda exc, tb, name: "patched_name",
    "_levenshtein_distance": lambda a, b, max_cost: 0,
    "_parse_value_tb": lambda exc, value, tb: (KeyError("patched"), None),
    "_walk_tb_with_full_positions": lambda tb: iter(()),
    "_format_note": lambda note, indent, theme: iter([f"{indent}patched note\n"]),
    "walk_tb": lambda tb: iter(()),
    "_CROSS_LANGUAGE_HINTS": {},
    "_wlen": lambda text: 1,
    "_get_code_position": lambda code, index: (1, 1, 0, 1),
    "_get_safe___dir__": lambda obj: ["appendx", "zzz"],
    "_is_lazy_import": lambda obj, name: True,
}


@pytest.mark.parametrize("name", PATCHES)
def test_patched_name(name: str, exc: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module-global name that third parties patch is looked up when it is needed."""
    if name == "_levenshtein_distance" and isinstance(exc, ModuleNotFoundError):
        return  # the names of modules are compared natively

    def run(module: Any) -> object:
        module.format_exception(exc)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, PATCHES[name])
            assert getattr(module, name) is PATCHES[name]
            result = [
                module.format_exception(exc), module.format_exception(exc, colorize=True), module.format_tb(exc.__traceback__),
                module.format_exception_only(exc), list(module.TracebackException.from_exception(exc).format()),
            ]  # fmt: skip
        return [result, module.format_exception(exc)]

    if EXACT:
        assert outcome(run, subject) == outcome(run, standard)
    else:
        kind, result = outcome(run, subject)
        assert kind == "returned", result


@pytest.mark.parametrize("name", ["TracebackException", "StackSummary", "FrameSummary"])
def test_patched_class(name: str, exc: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class replaced in the module is the one that is made."""

    def run(module: Any) -> object:
        made: list[str] = []
        original = getattr(module, name)

        class Replacement(original):  # type: ignore[misc, valid-type]
            __slots__ = ()

            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                made.append(cls.__name__)
                return (
                    super().__new__(cls, *args, **kwargs)
                    if original is module_list
                    else super().__new__(cls)
                )

        module_list = getattr(module, "StackSummary", None)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, Replacement)
            text = module.format_exception(exc)
            stack = module.extract_tb(exc.__traceback__)
        return [text, len(stack), len(made)]

    if EXACT:
        assert outcome(run, subject) == outcome(run, standard)
    else:
        assert outcome(run, subject)[0] == "returned"


def test_patched_method(exc: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """A method replaced on a class is the one that is called: exceptiongroup and debuggers do this."""

    def run(module: Any) -> object:
        module.format_exception(exc)
        results = []
        for cls, method, replacement in (
            (module.StackSummary, "format", lambda self, **kw: ["replaced stack\n"]),
            (
                module.StackSummary,
                "format_frame_summary",
                lambda self, frame, **kw: f"replaced {frame.name}\n",
            ),
            (module.StackSummary, "_should_show_carets", lambda *args: False),
            (module.TracebackException, "format", lambda self, **kw: iter(["replaced\n"])),
            (
                module.TracebackException,
                "format_exception_only",
                lambda self, **kw: iter(["replaced\n"]),
            ),
            (
                module.TracebackException,
                "_format_syntax_error",
                lambda self, stype, **kw: iter(["replaced\n"]),
            ),
            (module.TracebackException, "__str__", lambda self: "replaced"),
            (module.FrameSummary, "line", property(lambda self: "replaced line")),
            (module.FrameSummary, "__eq__", lambda self, other: False),
            (module.FrameSummary, "_dedented_lines", property(lambda self: "lines + dedented")),
            (module._ExceptionPrintContext, "indent", lambda self: "> "),
            (
                module._ExceptionPrintContext,
                "emit",
                lambda self, text, margin_char=None: iter([f"<{''.join(text)}>\n"]),
            ),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(cls, method, replacement)
                results.append(
                    [
                        method,
                        module.format_exception(exc),
                        module.format_tb(exc.__traceback__),
                        list(module.TracebackException.from_exception(exc).format(colorize=True)),
                    ]
                )
        return [results, module.format_exception(exc)]

    if EXACT:
        assert outcome(run, subject) == outcome(run, standard)
    else:
        kind, result = outcome(run, subject)
        assert kind == "returned", result


PATCHED_FIRST = """
import importlib, sys
module = importlib.import_module(sys.argv[1])

def fail():
    return [1, 2][7]

{patch}
try:
    fail()
except IndexError as error:
    sys.stdout.write("".join(module.format_exception(error)))
    {undo}
    sys.stdout.write("".join(module.format_exception(error)))
"""


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        ("module", "_byte_offset_to_character_offset", "lambda text, offset: 2"),
        ("module", "_display_width", "lambda line, offset=None: 3"),
        ("module", "_cause_message", "'replaced'"),
        ("module.FrameSummary", "_dedented_lines", "property(lambda self: 'a + b')"),
        ("module.FrameSummary", "line", "property(lambda self: 'a + b')"),
        ("module.StackSummary", "_should_show_carets", "lambda *args: False"),
        ("module._ExceptionPrintContext", "indent", "lambda self: '> '"),
    ],
)
def test_patched_before_anything_else(owner: str, name: str, value: str, tmp_path: Path) -> None:
    """What is replaced at first, before the module has made any text, is not taken for our own."""
    script = tmp_path / "patched.py"
    patch = f"first = vars({owner})[{name!r}] if {name!r} in vars({owner}) else {owner}.{name}"
    undo = f"{owner}.{name} = first"
    script.write_text(PATCHED_FIRST.format(patch=f"{patch}\n{owner}.{name} = {value}", undo=undo))

    def text(module: Any) -> str:
        written: str = child.python(script, module.__name__, status=0).stdout
        return written

    replaced = text(subject)
    assert replaced.endswith("IndexError: list index out of range\n")
    if EXACT:
        assert replaced == text(standard)
    elif name not in {"_cause_message", "_display_width", "line"}:  # these change no text here
        half = len(replaced.splitlines()) // 2
        assert replaced.splitlines()[:half] != replaced.splitlines()[half:]


def test_captures_of_relatives_get_the_standard_arguments(
    exc: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class put in the place of TracebackException need not know `compact`."""

    def run(module: Any) -> object:
        calls: list[object] = []
        original = module.TracebackException

        class Replacement(original):  # type: ignore[misc, valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                calls.append((args[0], sorted(kwargs)))
                super().__init__(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(module, "TracebackException", Replacement)
            module.format_exception(exc)
        return calls

    got = outcome(run, subject)
    assert got[0] == "returned"
    assert ["compact" in names for _, names in got[1]].count(True) == 1
    if EXACT:
        assert got == outcome(run, standard)


def test_patched_linecache(exc: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(module: Any) -> object:
        module.format_exception(exc)
        results = []
        for name, replacement in (
            ("getline", lambda filename, lineno, module_globals=None: f"line {lineno}\n"),
            ("getlines", lambda filename, module_globals=None: ["all the same\n"] * 99),
            ("checkcache", lambda filename=None: None),
            ("updatecache", lambda filename, module_globals=None: []),
            ("lazycache", lambda filename, module_globals: False),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(linecache, name, replacement)
                results.append(module.format_exception(exc))
                linecache.clearcache()
                results.append(module.format_exception(exc))
        return results

    if EXACT:
        assert outcome(run, subject) == outcome(run, standard)
    else:
        assert outcome(run, subject)[0] == "returned"


@pytest.mark.skipif(
    sys.version_info < (3, 14), reason="the standard _colorize has themes from 3.14 on"
)
def test_theme_of_the_standard_library(exc: BaseException) -> None:
    """set_theme decides the colours of ours too."""
    import _colorize

    def run(module: Any) -> object:
        plain = module.format_exception(exc, colorize=True)
        old = _colorize.get_theme(force_color=True)
        changed = old.copy_with(
            traceback=old.traceback.copy_with(
                type="<type>", filename="<file>", error_highlight="<hi>"
            )
        )
        _colorize.set_theme(changed)
        try:
            return [
                plain,
                module.format_exception(exc, colorize=True),
                module.format_exception(exc),
            ]
        finally:
            _colorize.set_theme(old)

    if EXACT:
        assert outcome(run, subject) == outcome(run, standard)
    first = outcome(run, subject)
    assert first[0] == "returned"
    assert first == outcome(run, subject)
