"""Grapheme clusters for interpreters that have no `unicodedata.iter_graphemes` (before 3.15).

Owns an approximation of the extended grapheme clusters of Unicode's Annex 29, made from the
properties that `unicodedata` has: the general category, and Hangul syllables by their code points.
It differs from the annex for a few Indic conjuncts and prepended signs.  Only coloured excerpts
with non-ASCII text use it.
"""

from __future__ import annotations

from lastwords import _standard_library as standard_library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

unicodedata: Any = standard_library.module("unicodedata")

_JOINER = "\u200d"
_NON_JOINER = "\u200c"
_EMOJI_MODIFIERS = range(0x1F3FB, 0x1F400)
_REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
_HANGUL_L, _HANGUL_V, _HANGUL_T = (
    range(0x1100, 0x1160),
    range(0x1160, 0x11A8),
    range(0x11A8, 0x1200),
)
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
_HANGUL_FINALS = 28  # syllables of a leading consonant and a vowel: one without a final, 27 with


def _extends(char: str) -> bool:
    """Return whether `char` always belongs to the character before it."""
    if unicodedata.category(char) in ("Mn", "Me", "Mc") or char == _NON_JOINER:
        return True
    code = ord(char)
    return code in _EMOJI_MODIFIERS or code in _TAGS or char in "\u0e33\u0eb3"


def _controls(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cf":
        return char not in (_JOINER, _NON_JOINER) and ord(char) not in _TAGS
    return category in ("Cc", "Zl", "Zp")


def _is_hangul_pair(before: str, char: str) -> bool:
    a, b = ord(before), ord(char)
    lone = a in _HANGUL_SYLLABLES and (a - _HANGUL_SYLLABLES.start) % _HANGUL_FINALS == 0
    if a in _HANGUL_L:
        return b in _HANGUL_L or b in _HANGUL_V or b in _HANGUL_SYLLABLES
    if a in _HANGUL_V or lone:
        return b in _HANGUL_V or b in _HANGUL_T
    return (a in _HANGUL_T or a in _HANGUL_SYLLABLES) and b in _HANGUL_T


def _joins(cluster: str, char: str) -> bool:
    """Return whether `char` belongs to the cluster before it, which is not empty."""
    before = cluster[-1]
    if before == "\r" and char == "\n":
        return True
    if _controls(before) or _controls(char):
        return False
    if char == _JOINER or _extends(char):
        return True
    if before == _JOINER:
        # Pictographs joined into one: the first is a symbol, and so is the next.
        return {unicodedata.category(cluster[0]), unicodedata.category(char)} == {"So"}
    if ord(before) in _REGIONAL_INDICATORS and ord(char) in _REGIONAL_INDICATORS:
        return len(cluster) == 1
    return _is_hangul_pair(before, char)


def iter_graphemes(text: str) -> Iterator[str]:
    """Yield the grapheme clusters of `text` in order."""
    cluster = ""
    for char in text:
        if cluster and not _joins(cluster, char):
            yield cluster
            cluster = char
        else:
            cluster += char
    if cluster:
        yield cluster
