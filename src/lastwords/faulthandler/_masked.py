"""Secrets in command lines: owns the patterns by which they are recognised, by name or by shape.

If in doubt a text is masked: a reader of a record loses little by that, the owner of a secret in a
file much.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"

_MOST = 2000  # characters between two delimiters, so that no pattern searches for long

# The name of a secret, perhaps with a suffix: `token` and `token-2` are names, `tokenizer` isn't.
_NAME = r"""(?:
    passw(?:or)?d | passphrase | passcode | secret | credential | authorization | apikey
  | (?:api|access|private|secret|encryption|signing|master|account|shared|auth|storage)[-_.]?key
  | token(?![a-z])
  | (?<![a-z])(?:pass|pwd|pw|pat|auth|cookie|jwt|bearer|dsn|sas|sig|signature)(?![a-z])
)s?(?:[-_.][\w.-]{0,40})?"""
_FLAGS = re.VERBOSE | re.IGNORECASE

_OPTION = re.compile(rf"-{{1,2}}[\w.-]{{0,60}}?{_NAME}", _FLAGS)
"""`--password`: the next argument is the secret."""

_USER_OPTION = re.compile(r"-u|--user|--proxy-user")
"""Options of curl and others: the next argument is USER:PASSWORD."""

_WHOLE = re.compile(rf"(-{{0,2}}[\w.-]{{0,60}}?{_NAME}[ ]?[=:][ ]?).+", _FLAGS | re.DOTALL)
"""`--token=X`, `API_KEY=X`, `X-Auth-Token: X`: the rest of the argument is the secret."""

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (  # a header in a text: the rest of its line
        re.compile(r"\b((?:authorization|cookie)[\"']?\s?[:=]\s?[\"']?)[^\"'\n]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (  # NAME=VALUE, "NAME": "VALUE" in a text
        re.compile(
            rf"({_NAME}[\"']?\s{{0,9}}[=:]\s{{0,9}})(?![=:\s])"
            r"""("[^"]*"?|'[^']*'?|[^\s"'&;,)}}\]]+)""".replace("}}", "}"),
            _FLAGS,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(rf"(://[^\s/@:\"']{{0,{_MOST}}}:)[^\s\"'<>]{{0,{_MOST}}}@"), rf"\1{MASK}@"),
    (re.compile(r"(://)[^\s/@:.\"']{20,2000}@"), rf"\1{MASK}@"),
    (re.compile(r"\b(bearer\s{1,9})[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),  # a JSON Web Token
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:-----END[A-Z0-9 ]*-----|\Z)", re.DOTALL
        ),
        MASK,
    ),
    (
        re.compile(
            r"""\b(?:
                A(?:KI|SI|RO|ID|GP)A[A-Z0-9]{16}            # Amazon
              | gh[pousr]_\w{20,} | github_pat_\w{20,} | gl[a-z]{2,5}-[\w-]{16,}
              | xox[a-z]-[\w-]{8,} | xapp-[\w-]{8,}          # Slack
              | [srp]k_(?:live|test)_\w{10,} | whsec_\w{10,} # Stripe
              | sk-[\w-]{16,} | hf_\w{20,}
              | AIza[\w-]{30,} | ya29\.[\w-]{10,}            # Google
              | npm_\w{30,} | pypi-[\w-]{16,} | do[opr]_v1_\w{20,}
              | SG\.[\w-]{16,}\.[\w-]{16,}
            )""",
            re.VERBOSE,
        ),
        MASK,
    ),
)


def masked(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments, with `***` in place of what looks like a secret."""
    before = ""
    for argument in arguments:
        is_value = not argument.startswith("-")
        if is_value and _OPTION.fullmatch(before):
            yield MASK
        elif is_value and _USER_OPTION.fullmatch(before) and ":" in argument:
            yield argument.partition(":")[0] + ":" + MASK
        else:
            yield masked_text(argument)
        before = argument


def masked_text(text: str) -> str:
    """Return the text of one argument, with `***` in place of what looks like a secret."""
    whole = _WHOLE.fullmatch(text)
    if whole:
        return whole[1] + MASK
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text
