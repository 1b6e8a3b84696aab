"""Does a word look like a Vietnamese syllable?  The measure by which the reading of an old encoding is judged."""

from __future__ import annotations

import re
import unicodedata

_TONES = {"\u0300": "`", "\u0301": "'", "\u0303": "~", "\u0309": "?", "\u0323": "."}
_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x"
_NUCLEUS = (
    "iêu|yêu|ươi|ươu|uôi|uyê|oai|oay|oeo|uây|uya|uyu|oao|"
    "iê|yê|ia|ya|ươ|ưa|uô|ua|uâ|uê|uơ|uy|oa|oă|oe|oo|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|"
    "a|ă|â|e|ê|i|o|ô|ơ|u|ư|y"
)
_SYLLABLE = re.compile(rf"(?:{_ONSET})?(?:{_NUCLEUS})(?P<coda>ch|ng|nh|c|m|n|p|t)?")


def is_syllable(word: str) -> bool:
    """True for a well-formed syllable of Vietnamese, with at most one tone; a stopped coda takes sắc or nặng only.

    The test is about form: it accepts some syllables that no word uses, and that is enough to tell encodings apart.
    """
    tones: list[str] = []
    letters: list[str] = []
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tones.append(_TONES[char])
        else:
            letters.append(char)
    match = _SYLLABLE.fullmatch(unicodedata.normalize("NFC", "".join(letters)))
    if match is None or len(tones) > 1:
        return False
    return match["coda"] not in ("c", "ch", "p", "t") or tones in (["'"], ["."])


_WORD = re.compile(r"[^\W\d_]+")


def vietnamese_share(text: str) -> tuple[float, int]:
    """Share of well-formed syllables among the words with a letter outside ASCII, and the number of such words.

    Words in plain ASCII say nothing about an 8-bit encoding and are left out.  A mark or symbol in the midst of a word
    (what a wrong table makes of letters) splits it, and its pieces are counted as they stand.
    """
    words = [word for word in _WORD.findall(unicodedata.normalize("NFC", text)) if not word.isascii()]
    good = sum(1 for word in words if is_syllable(word) and _one_case(word))
    return (good / len(words) if words else 0.0), len(words)


def _one_case(word: str) -> bool:
    return word.islower() or word.isupper() or word.istitle()
