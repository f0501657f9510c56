"""Calls into the user's objects for their text have the same effects as with the standard module."""

from __future__ import annotations

import traceback as standard

import pytest

from lastwords import traceback

MODULES = pytest.mark.parametrize("module", [standard, traceback], ids=["standard", "lastwords"])


class NotesItself(Exception):
    def __str__(self):
        if not hasattr(self, "__notes__"):
            self.add_note("see the manual")
        return "message"


class CausesItself(Exception):
    def __str__(self):
        self.__cause__ = KeyError("late")
        return "message"


@MODULES
def test_a_note_or_cause_that_str_sets_is_shown(module):
    assert module.format_exception(NotesItself()) == [
        f"{__name__}.NotesItself: message\n",
        "see the manual\n",
    ]
    shown = module.format_exception(CausesItself())
    assert shown[0] == "KeyError: 'late'\n"
    assert shown[-1] == f"{__name__}.CausesItself: message\n"


def asked(module, *, fail):
    """Format a chain of three and return the order in which the exceptions were asked."""
    order = []

    class Asked(Exception):
        def __str__(self):
            order.append(self.args[0])
            if fail:
                raise KeyError
            return "text"

    chain = Asked(1)
    for number in (2, 3):
        later = Asked(number)
        later.__context__ = chain
        chain = later
    text = module.format_exception(chain)
    return order, text


@pytest.mark.parametrize("fail", [False, True])
def test_each_exception_is_asked_once_from_the_last_to_the_first(fail):
    order, text = asked(traceback, fail=fail)
    assert (order, text) == asked(standard, fail=fail)
    assert order == [3, 2, 1]


def test_what_was_asked_is_not_asked_again_when_the_chain_needs_the_ordinary_way():
    order = []

    class Asked(Exception):
        def __str__(self):
            order.append(1)
            self.add_note(f"note {len(order)}")
            return "text"

    assert traceback.format_exception(Asked())[1:] == ["note 1\n"]
    assert order == [1]


def test_a_message_that_is_a_subclass_of_str():
    class Text(str):
        __slots__ = ()

        def __str__(self):
            return "shown"

    class Error(Exception):
        def __str__(self):
            return Text("kept")

    assert traceback.format_exception(Error()) == standard.format_exception(Error())


def test_a_class_without_a_module():
    bare = eval("type('Bare', (Exception,), {})", {})
    assert traceback.format_exception(bare("x")) == ["<unknown>.Bare: x\n"]
    assert traceback.format_exception_only(bare("x")) == ["<unknown>.Bare: x\n"]


def test_suppress_context_without_a_truth_value():
    class NoTruth:
        def __bool__(self):
            raise ValueError

    class Error(Exception):
        __suppress_context__ = NoTruth()

    assert str(traceback.TracebackException.from_exception(Error("x"))) == "x"


def failing(module):
    def fail():
        return 1 / 0

    try:
        fail()
    except ZeroDivisionError as error:
        return module.extract_tb(error.__traceback__)[-1]


def test_the_captured_line_stays_when_the_number_changes():
    frame, reference = failing(traceback), failing(standard)
    for one in (frame, reference):
        one.lineno = one.end_lineno = 3
    assert frame.line == reference.line == "return 1 / 0"
    assert traceback.format_list([frame]) == [
        f'  File "{__file__}", line 3, in fail\n    return 1 / 0\n           ~~^~~\n'
    ]


class Headed:
    """Mixed into both modules' classes: what overrides a method is asked for members too."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.exceptions:
            self.exceptions = [type(self).from_exception(e) for e in args[1].exceptions]

    def format(self, **kwargs):
        yield "<head>\n"
        yield from super().format(**kwargs)

    def format_exception_only(self, **kwargs):
        for line in super().format_exception_only(**kwargs):
            yield "!" + line


def test_members_of_a_subclass_are_asked_for_their_own_text():
    group = ExceptionGroup("g", [ValueError(1), ExceptionGroup("h", [KeyError(2), OSError(3)])])
    ours = type("Ours", (Headed, traceback.TracebackException), {})
    theirs = type("Theirs", (Headed, standard.TracebackException), {})
    assert list(ours.from_exception(group).format()) == list(theirs.from_exception(group).format())
    if hasattr(standard.TracebackException, "_find_keyword_typos"):  # show_group came with 3.13
        assert list(ours.from_exception(group).format_exception_only(show_group=True)) == list(
            theirs.from_exception(group).format_exception_only(show_group=True)
        )
    only = list(ours.from_exception(group).format_exception_only(show_group=True))
    assert only[1] == "!!   ValueError: 1\n"


GIVEN = [("f.py", 1, "f", "a / b\n    |   0\n    1")]


def test_lines_that_a_program_gave_are_kept_where_the_running_version_keeps_them():
    assert traceback.format_list(GIVEN) == standard.format_list(GIVEN)
    assert traceback.StackSummary.from_list(GIVEN)[0].line == (
        standard.StackSummary.from_list(GIVEN)[0].line
    )
