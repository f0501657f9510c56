"""Python's counterparts of methods of other languages.

Owns the table behind `[].push` → "Did you mean '.append'?", as CPython 3.15 has it.
"""

from __future__ import annotations

import builtins

_TO_LIST = "Did you mean to use a 'list' object?"
_TO_SET = "Did you mean to use a 'set' object?"
_TO_DICT = "Did you mean to use a 'dict' object?"
_TO_INT = "Did you mean to use an 'int' object? Bitwise operators are not supported by 'float'."

# Type → {wrong name: the method's name, or a sentence, which ends with a full stop or a question
# mark}.
_BY_TYPE: dict[type, dict[str, str]] = {
    list: {
        "push": "append",
        "concat": "extend",
        "addAll": "extend",
        "contains": "Use 'x in list'.",
        "add": _TO_SET,
    },
    str: {
        "toUpperCase": "upper",
        "toLowerCase": "lower",
        "trimStart": "lstrip",
        "trimEnd": "rstrip",
    },
    dict: {
        "keySet": "keys",
        "entrySet": "items",
        "entries": "items",
        "putAll": "update",
        "put": "Use d[k] = v.",
    },
    tuple: dict.fromkeys(("append", "extend", "insert", "remove"), _TO_LIST),
    frozenset: dict.fromkeys(("add", "remove", "discard", "update"), _TO_SET),
    float: dict.fromkeys(("__or__", "__and__", "__xor__", "__lshift__", "__rshift__"), _TO_INT),
}


def _table() -> dict[str, tuple[tuple[type, str, bool], ...]]:
    by_type = dict(_BY_TYPE)
    frozendict = getattr(builtins, "frozendict", None)  # CPython 3.15
    if frozendict is not None:
        by_type[frozendict] = {"update": _TO_DICT}
    table: dict[str, tuple[tuple[type, str, bool], ...]] = {}
    for kind, hints in by_type.items():
        for wrong, text in hints.items():
            table[wrong] = (*table.get(wrong, ()), (kind, text, text.endswith((".", "?"))))
    return table


# Wrong name → ((type of the object, text, whether the text is a sentence), ...)
_CROSS_LANGUAGE_HINTS = getattr(builtins, "frozendict", dict)(_table())
