"""Text as it is searched: NFC, lower case, and once more without any marks."""
from __future__ import annotations

import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_OLD_TO_NEW = {
    unicodedata.normalize("NFC", pair[0] + pair[1] + tone): unicodedata.normalize("NFC", pair[0] + tone + pair[1])
    for pair in ("oa", "oe", "uy") for tone in _TONES
}
"""The tone mark of an open syllable stands on either vowel ("hoà", "hòa"); both are found by either."""


def words(text: str) -> str:
    """NFC, lower case, single blanks, one way of placing tone marks."""
    plain = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    for one, other in _OLD_TO_NEW.items():
        plain = plain.replace(one, other)
    return plain


def fold(text: str) -> str:
    """`words` without tone and vowel marks; đ becomes d."""
    parts = unicodedata.normalize("NFD", words(text))
    return "".join(c for c in parts if not unicodedata.combining(c)).replace("đ", "d")


def like(word: str) -> str:
    """A LIKE pattern (escape character "\\") that finds the word anywhere."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
