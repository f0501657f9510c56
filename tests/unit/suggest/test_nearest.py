"""Distances and the choice of the nearest name, against the interpreter's own and by example."""

from __future__ import annotations

import random
import sys
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastwords import _backend
from lastwords._suggest import nearest

ALPHABETS = [
    "ab",
    "abAB_",
    "aéÉ",
    "a一😀c",
    "abcdefghijklmnopqrstuvwxyz_",
    "ab@`[{",
    "kKK",
    "\x00 a",
]
NAMES = st.sampled_from(ALPHABETS).flatmap(lambda letters: st.text(letters, max_size=50))


@st.composite
def look_alikes(draw):
    """A wrong name and names that came out of it by some edits."""
    letters = draw(st.sampled_from(ALPHABETS))
    wrong = draw(st.text(letters, min_size=1, max_size=48))
    names = draw(st.lists(st.text(letters, max_size=48), max_size=4))
    rng = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(1, 8))):
        text = list(wrong)
        for _ in range(rng.randint(0, 4)):
            i = rng.randint(0, len(text))
            edit = rng.randrange(4)
            if edit == 0:
                text.insert(i, rng.choice(letters))
            elif edit == 1:
                text[i : i + 1] = []
            elif edit == 2:
                text[i : i + 1] = [rng.choice(letters)]
            else:
                text[i : i + 1] = [c.swapcase() for c in text[i : i + 1]]
        names.insert(rng.randint(0, len(names)), "".join(text))
    return wrong, names


def native(names, wrong, *, hide_private=False, smallest=False):
    found = _backend.native.closest((names,), wrong, hide_private, smallest)
    return None if found is NotImplemented else found


BACKENDS = [pytest.param(nearest._closest_in_python, id="python")]
if _backend.native is not None:
    BACKENDS.append(pytest.param(native, id="native"))


@pytest.mark.parametrize(
    ("a", "b", "most", "expected"),
    [
        ("abc", "abc", 0, 0),
        ("", "", 3, 0),
        ("a", "", 0, 2),
        ("abc", "abd", 10, 2),
        ("abc", "ABC", 10, 3),
        ("abc", "xyz", 3, 4),
        ("abc", "xyz", 6, 6),
        ("a" * 41, "b" * 41, 1000, 1001),
        ("a" * 41, "a" * 40, 1000, 2),
        ("a", "bcd", 1, 2),
        ("kitten", "sitting", 100, 6),
        ("é", "É", 9, 1),
    ],
)
def test_distance_by_characters(a, b, most, expected):
    assert nearest._levenshtein_distance(a, b, most) == expected


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the standard one came with 3.12")
@given(NAMES, NAMES, st.integers(0, 120))
def test_distance_is_the_standard_one(a, b, most):
    expected = traceback._levenshtein_distance(a, b, most)
    assert nearest._levenshtein_distance(a, b, most) == expected


@pytest.mark.parametrize(
    ("a", "b", "cost"), [("a", "a", 0), ("a", "A", 1), ("é", "É", 1), ("a", "b", 2), ("ß", "SS", 2)]
)
def test_cost_of_a_replacement(a, b, cost):
    assert nearest._substitution_cost(a, b) == cost


@pytest.mark.parametrize("closest", BACKENDS)
@pytest.mark.parametrize(
    ("names", "wrong", "expected"),
    [
        ([], "x", None),
        (["strip"], "trim", "strip"),
        (["abd", "abe"], "abc", "abd"),
        (["abcd", "ABC"], "abc", "abcd"),
        (["abC", "abd"], "abd", "abC"),
        (["abC", "abX"], "abc", "abC"),
        (["abc"], "abc", None),
        (["x", ""], "abc", None),
        (["ab"], "éab", None),
        (["a" * 41 + "b"], "a" * 41, "a" * 41 + "b"),
        (["x" * 41 + "abc"], "y" * 41 + "abc", None),
        (["\ud800abc"], "\ud800abd", "\ud800abc"),
        (["ab\0"], "ab", "ab\0"),
    ],
)
def test_nearest_by_bytes(closest, names, wrong, expected):
    assert closest(names, wrong) == expected


@pytest.mark.parametrize("closest", BACKENDS)
@given(case=look_alikes())
def test_nearest_is_the_interpreters_choice(closest, case):
    suggestions = pytest.importorskip("_suggestions", reason="came with 3.13")
    wrong, names = case
    assert closest(names, wrong) == suggestions._generate_suggestions(names, wrong)


@pytest.mark.native
@given(case=look_alikes())
def test_native_and_python_choose_the_same(case):
    wrong, names = case
    assert native(names, wrong) == nearest._closest_in_python(names, wrong)


@pytest.mark.native
@given(case=look_alikes())
def test_the_smallest_of_equals_is_the_first_of_the_sorted(case):
    wrong, names = case
    assert native(names, wrong, smallest=True) == native(sorted(names), wrong)


@pytest.mark.native
def test_native_reads_dicts_and_lists_and_passes_over_the_rest():
    sources = ({"abcd": 1, 3: 2, None: 3}, [b"abce", "_abce", "abce"])
    assert _backend.native.closest(sources, "abcx", False, False) == "abcd"
    assert _backend.native.closest(sources, "_abcx", False, False) == "_abce"
    assert _backend.native.closest(sources, "_abcx", True, False) == "abcd"


@pytest.mark.native
@pytest.mark.parametrize(
    "arguments", [(), (["a"], "b", False, False), (("a",), "b", False, False), ((), b"", 0, 0)]
)
def test_native_refuses_other_arguments(arguments):
    with pytest.raises(TypeError):
        _backend.native.closest(*arguments)


@pytest.fixture(params=["as installed", "without the extension", "in Python alone"])
def backend(request, monkeypatch):
    if request.param != "as installed":
        monkeypatch.setattr(_backend, "native", None)
    if request.param == "in Python alone":
        monkeypatch.setitem(sys.modules, "_suggestions", None)


@pytest.mark.parametrize(("count", "expected"), [(749, "abcd"), (750, "abcd"), (751, None)])
def test_too_many_names(backend, count, expected):
    names = ["abcd", *(f"z{i}" for i in range(count - 1))]
    assert nearest.closest(names, "abcx") == expected
    assert nearest.choose((names,), "abcx", "abcx") == expected
    hidden = [*names, *(f"_{i}" for i in range(1000))]
    assert nearest.choose((hidden,), "abcx", "abcx", hide_private=True) == expected


@pytest.mark.parametrize(("count", "expected"), [(749, "strip"), (750, None)])
def test_the_search_by_bytes_ends_one_name_earlier(backend, count, expected):
    names = ["strip", *(f"z{i}" for i in range(count - 1))]
    assert nearest.closest(names, "trim") == expected
    assert nearest.choose((names,), "trim", "trim") == expected


def test_names_beyond_ascii_are_compared_by_characters_too(backend):
    assert nearest.closest(["ab"], "éab") == "ab"
    assert nearest.closest(["xyz", "ébc"], "abc") == "ébc"
    assert nearest.closest(["a"], "é") is None
    assert nearest.closest(["éb"], "ab") is None  # never as far as the name is long
    assert nearest.choose(({"ab": 1},), "éab", "éab") == "ab"


def test_a_name_that_normalises_to_a_candidate_is_that_one(backend):
    wanted = nearest.normalized("ﬁne")
    assert wanted == "fine"
    assert nearest.choose((["fina", "fine"],), "ﬁne", wanted) == "fine"


def test_strings_leave_out_the_rest():
    class Name(str):
        __slots__ = ()

    assert nearest.strings(["a", 3, None, Name("b"), b"c"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("suggestion", "text"),
    [
        (None, ""),
        ("", ""),
        ("abc", ". Did you mean: 'abc'?"),
        ("é", ". Did you mean: 'é' ('\\xe9')?"),
    ],
)
def test_how_a_suggestion_is_said(suggestion, text):
    assert nearest.did_you_mean(suggestion) == text
