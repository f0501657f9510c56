"""Hypothesis strategies for shapes (see shapes.py) and for the calls that are made on them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from support import shapes

Json = dict[str, Any]

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
MESSAGES = st.one_of(
    ASCII,
    st.sampled_from(["", "two\nlines", "\n", "ends\n", "\n\nx", "\ttab", "\x1b[31mred", "\r\nx", "\x00", "a" * 3000]),
    st.text(max_size=12),
    st.sampled_from(["\udc80lone", "日本語", "e\u0301", "\U0001f468\u200d\U0001f469", "ａｂｃ", "\u2028", "\x0b\x0c\x85"]),
)  # fmt: skip
OBJECTS = st.sampled_from(sorted(shapes.OBJECTS)).map(lambda name: {"object": name})
ARGS = st.one_of(
    st.just([]),
    MESSAGES.map(lambda text: [text]),
    OBJECTS.map(lambda obj: [obj]),
    st.lists(st.one_of(MESSAGES, OBJECTS, st.integers(-5, 5)), max_size=3),
)
NOTES = st.one_of(
    st.lists(MESSAGES, max_size=3),
    st.lists(st.one_of(MESSAGES, OBJECTS), max_size=4),
    st.lists(MESSAGES, max_size=3).map(lambda items: {"tuple": items}),
    MESSAGES,
    OBJECTS,
    st.none(),
)

SOURCE_LINES = st.sampled_from([
    "x = 1", "return g(1, 2)", "    raise ValueError('x')", "a + b", "a[b]", "a.b(c)(d)", "    x = (a +", "         b)",
    "foo(", "    1,", "    2,", ")", "", "   ", "\t\ttabbed(x)", "\tx = y[", "\t\t3]", "# comment", "f'{a}' + \\", "  'b'",
    "日本 = é + ü(1)", "ａ = 'ｗide'[0]", "e\u0301 = x / y", "x = y  # trailing", "return name(...)", "name = call(1,", "2)",
    "(yield)", "await f(x)", "lambda: 0", "async with a as b, c as d:", "for x in y(1):", "del x[1], y", "assert x, y",
    "print('\U0001f468\u200d\U0001f469' + 1)", "a = b = c(1)", "    a @ b", "not x[1:2]", "x if y else z()", "\x0cformfeed(1)",
    "'unclosed", "a << (b) # (", "(a)+(b)", "a +(", "#", "\\", "raise", "f(x for x in y)", "\x1b[31mred(1)\x1b[0m", "x\x1a = y(1)",
    "1e-3 + x", "match x:", "a;b(1);c", "\u200bzero()", "x=1.+y(2)", "print(f\"{x!r:>{y}}\")", "t'{x}' - 1", "class A(b(1)):",
])  # fmt: skip
SOURCES = st.one_of(
    st.lists(SOURCE_LINES, max_size=14).map("\n".join),
    st.lists(SOURCE_LINES, min_size=1, max_size=10).map(lambda lines: "".join(f"{line}\n" for line in lines)),
    st.lists(SOURCE_LINES, min_size=1, max_size=8).map("\r\n".join),
    st.lists(st.one_of(SOURCE_LINES, MESSAGES), max_size=8).map("\n".join),
)  # fmt: skip
REAL_FILES = ["a.py", "b.py"]
FILENAMES = st.one_of(
    st.sampled_from(REAL_FILES),
    st.sampled_from(REAL_FILES),
    st.sampled_from([
        "<string>", "<stdin>", "<stdin-0>", "<stdin-31>", "<stdin-x", "<stdin", "<doctest a[0]>", "<frozen x>", "missing.py",
        "", "dir/x.py", "odd\nname.py", "日本.py", "quo\"te.py", "<unknown>", "<ipython-input-3-abc>", " ", "C:\\x.py", "-c",
    ]),
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(
        ["f", "<module>", "<lambda>", "<listcomp>", "A.method", "", "odd name\nx", "日本"]
    ),
    ASCII,
)


@st.composite
def frames(draw: st.DrawFn) -> Json:
    """One frame: a position that may or may not be within its file."""
    lineno = draw(
        st.one_of(st.integers(1, 12), st.integers(1, 12), st.just(None), st.integers(0, 100_000))
    )
    frame: Json = {"filename": draw(FILENAMES), "name": draw(NAMES), "lineno": lineno}
    if lineno is not None and draw(st.integers(0, 3)):
        frame["end_lineno"] = lineno + draw(
            st.one_of(st.just(0), st.just(0), st.integers(0, 4), st.integers(0, 12))
        )
        frame["colno"] = draw(st.one_of(st.integers(0, 12), st.integers(0, 60)))
        width = draw(st.one_of(st.integers(0, 12), st.integers(0, 60)))
        same_line = frame["end_lineno"] == lineno
        frame["end_colno"] = frame["colno"] + width if same_line or draw(st.booleans()) else width
    if not draw(st.integers(0, 5)):
        frame["locals"] = draw(
            st.dictionaries(ASCII.filter(bool), st.one_of(OBJECTS, MESSAGES), max_size=3)
        )
    if frame["filename"] not in REAL_FILES and not draw(st.integers(0, 3)):
        frame["loader"] = draw(SOURCES)
        frame["module"] = draw(st.sampled_from(["m", "pkg.m"]))
    return frame


STACKS = st.one_of(
    st.lists(frames(), max_size=4),
    st.tuples(st.lists(frames(), min_size=1, max_size=3), st.integers(1, 6)).map(
        lambda p: p[0] * p[1]
    ),
    st.tuples(frames(), st.integers(1, 9), frames()).map(lambda p: [p[0]] * p[1] + [p[2]]),
)


SYNTAX_TEXTS = st.one_of(
    st.none(),
    SOURCE_LINES.map(lambda line: line.replace("\t", "  ").replace("\x1b", "").replace("\x1a", "")),
    ASCII,
    ASCII.map(lambda line: line + "\n"),
    st.sampled_from(["", "\n", "  \x0c x = (\n", "pass\nsecond\n", "日本 = 'x\n", "x\r\n", {"object": "int"}, {"object": "bytes"}]),
)  # fmt: skip
SYNTAX_OFFSETS = st.one_of(
    st.integers(1, 20), st.integers(-3, 60), st.none(), st.sampled_from([10**6, {"object": "bytes"}, {"object": "tuple"}])
)  # fmt: skip
SYNTAX_LINES = st.one_of(
    st.integers(1, 5),
    st.none(),
    st.integers(-2, 10**6),
    st.sampled_from(["3", {"object": "bytes"}]),
)
SYNTAX_FILES = st.one_of(
    st.none(), st.sampled_from(["a.py", "", "<string>", "<stdin-1>", "odd\n.py", {"object": "int"}])
)


@st.composite
def syntax_errors(draw: st.DrawFn) -> Json:
    """A SyntaxError with any combination of attributes."""
    kind = draw(st.sampled_from(sorted(shapes.SYNTAX_TYPES)))
    node: Json = {"type": kind}
    message = draw(
        st.one_of(
            MESSAGES,
            st.sampled_from(["invalid syntax", "invalid syntax. Perhaps you forgot a comma?"]),
        )
    )
    form = draw(st.integers(0, 3))
    detail = [draw(SYNTAX_FILES), draw(SYNTAX_LINES), draw(SYNTAX_OFFSETS), draw(SYNTAX_TEXTS)]
    if form == 0:
        node["args"] = draw(st.sampled_from([[], [message], [message, None]]))
    elif form == 1:
        node["args"] = [message, {"tuple": detail}]
    else:
        node["args"] = [message, {"tuple": [*detail, draw(SYNTAX_LINES), draw(SYNTAX_OFFSETS)]}]
    if node["args"][1:] == [None]:
        node["args"] = [message]
    attributes: Json = {}
    for key, strategy in (
        ("msg", st.one_of(MESSAGES, st.none(), OBJECTS)), ("text", SYNTAX_TEXTS), ("offset", SYNTAX_OFFSETS),
        ("end_offset", SYNTAX_OFFSETS), ("lineno", SYNTAX_LINES), ("end_lineno", SYNTAX_LINES), ("filename", SYNTAX_FILES),
    ):  # fmt: skip
        if not draw(st.integers(0, 5)):
            attributes[key] = draw(strategy)
    node["attributes"] = attributes
    return node


@st.composite
def nodes(draw: st.DrawFn, number: int, count: int) -> Json:
    """Exception `number` of `count`; groups take their members from those after it."""
    kind = draw(st.integers(0, 9))
    node: Json
    if kind >= 7 and number + 1 < count:
        members = draw(st.lists(st.integers(number + 1, count - 1), min_size=1, max_size=5))
        if not draw(st.integers(0, 7)):
            members = members * draw(st.integers(4, 9))
        node = {
            "type": draw(st.sampled_from(sorted(shapes.GROUP_TYPES))),
            "message": draw(MESSAGES),
            "members": members,
        }
    elif kind == 0:
        node = draw(syntax_errors())
    else:
        node = {"type": draw(st.sampled_from(sorted(shapes.PLAIN_TYPES))), "args": draw(ARGS)}
    if not draw(st.integers(0, 2)):
        node["notes"] = draw(NOTES)
    node["frames"] = draw(st.one_of(st.just([]), STACKS))
    other = st.one_of(st.none(), st.integers(0, count - 1))
    node["cause"] = draw(other)
    node["context"] = draw(other)
    if not draw(st.integers(0, 3)):
        node["suppress"] = draw(st.booleans())
    return node


MOST_MEMBERS = 1_500


def keep_groups_small(found: list[Json]) -> None:
    """Take members away from groups that would, with those in them, have too many.

    Six groups of 45 members, each held by the one before it, are 45**5 exceptions to the standard
    module: it would need hours for them.
    """
    sizes = [1] * len(found)
    for number in reversed(range(len(found))):  # members come after their group
        for place, member in enumerate(members := found[number].get("members", ())):
            if place and sizes[number] + sizes[member] > MOST_MEMBERS:
                found[number]["members"] = members[:place]
                break
            sizes[number] += sizes[member]


@st.composite
def exception_shapes(draw: st.DrawFn) -> Json:
    """A whole shape: up to six exceptions, two files."""
    count = draw(st.integers(1, 6))
    shape: Json = {"nodes": [draw(nodes(number, count)) for number in range(count)]}
    keep_groups_small(shape["nodes"])
    used = {frame["filename"] for node in shape["nodes"] for frame in node["frames"]}
    shape["files"] = {name: draw(SOURCES) for name in REAL_FILES if name in used}
    return shape


LIMITS = st.one_of(st.none(), st.integers(-6, 6), st.sampled_from([0, 1, -1, 100, -100]))


@st.composite
def call_options(draw: st.DrawFn) -> Json:
    """Arguments for the constructor, for format and for the rest, and sys.tracebacklimit."""
    options: Json = {"make": {}, "format": {}}
    for key, strategy in (
        ("limit", LIMITS), ("lookup_lines", st.booleans()), ("capture_locals", st.booleans()), ("compact", st.booleans()),
        ("max_group_width", st.integers(-1, 20)), ("max_group_depth", st.integers(-1, 12)), ("save_exc_type", st.booleans()),
    ):  # fmt: skip
        if draw(st.booleans()):
            options["make"][key] = draw(strategy)
    for key in ("chain", "colorize"):
        if draw(st.booleans()):
            options["format"][key] = draw(st.booleans())
    if not draw(st.integers(0, 3)):
        options["tracebacklimit"] = draw(st.one_of(st.integers(-3, 8), st.sampled_from([10**6])))
    options["limit"] = draw(LIMITS)
    return options
