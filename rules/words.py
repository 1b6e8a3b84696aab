"""Tone marks that small print loses, mended from the rest of the same paper.

At 200 dpi the acute over "ê", "ô", "â" is a dot or two, and Tesseract drops it ("y tê", "giám độc").  The body of a
paper is printed larger than its summary and uses the same words: where a pair of neighboring syllables stands there in
one form only, that is how it is written.  Only tones over those three vowels are ever changed, and never in a pair that
the body knows as it stands.  A syllable that ends in c, ch, p or t bears the acute or the dot below in every Vietnamese
word; where the print shows none, it was the acute (the dot stands apart from the letter and survives).
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from rules.spelling import clean, same_tone_place

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SYLLABLE = re.compile(r"[^\W\d_]+")
_BARE_STOP = re.compile(r"([^\W\d_]*[êôâ])(c|ch|p|t)", re.IGNORECASE)
"""Only over a vowel with a hat is the tone lost so often that the syllable may be mended without its neighbor."""

Pairs = Mapping[tuple[str, str], frozenset[tuple[str, str]]]
"""Two toneless syllables → the ways the pair is written."""


def toneless(syllable: str) -> str:
    """Lower case without the tone, the vowel's own mark kept: "tế" and "tê" → "tê"."""
    spread = unicodedata.normalize("NFD", syllable.lower())
    return unicodedata.normalize("NFC", "".join(char for char in spread if char not in _TONES))


def pairs_of(runs: Iterable[Sequence[str]]) -> Pairs:
    """The pairs of neighboring words; words with anything but letters part a run."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for run in runs:
        plain = [same_tone_place(clean(word)).lower() for word in run]
        for a, b in zip(plain, plain[1:], strict=False):
            if _SYLLABLE.fullmatch(a) and _SYLLABLE.fullmatch(b):
                found.setdefault((toneless(a), toneless(b)), set()).add((a, b))
    return {key: frozenset(ways) for key, ways in found.items()}


def mend_tones(text: str, paper: Pairs) -> str:
    """The text with lost tones set again; `paper`: pairs of the same paper's body that were read with trust."""
    words = text.split(" ")
    for at in range(len(words) - 1):
        words[at], words[at + 1] = _mended(words[at], words[at + 1], paper)
    return " ".join(map(_stop_marked, words))


def _mended(first: str, second: str, paper: Pairs) -> tuple[str, str]:
    head, tail = _core(first), _core(second)
    if not head or not tail or not first.endswith(head) or not second.startswith(tail):
        return first, second
    read = same_tone_place(head).lower(), same_tone_place(tail).lower()
    ways = paper.get((toneless(read[0]), toneless(read[1])), frozenset())
    likely = [way for way in ways if all(map(_may_be, way, read))]
    if read in ways or len(likely) != 1:
        return first, second
    (way,) = likely
    return first.replace(head, _cased(way[0], head)), second.replace(tail, _cased(way[1], tail))


def _may_be(way: str, read: str) -> bool:
    """May `way` have been printed where `read` was seen?  A tone over a hat is lost, or an acute taken for a dot."""
    if way == read:
        return True
    spread = unicodedata.normalize("NFD", read)
    tones = [char for char in spread if char in _TONES]
    return "\u0302" in spread and tones in ([], ["\u0323"])


def _core(word: str) -> str:
    """The letters of a word that may wear punctuation; "" when there are none, or several groups of them."""
    groups = _SYLLABLE.findall(word)
    return groups[0] if len(groups) == 1 and not any(map(str.isdigit, word)) else ""


def _cased(way: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return way.upper()
    return way[0].upper() + way[1:] if like[0].isupper() else way


def _stop_marked(word: str) -> str:
    """ "kêt" → "kết": no such syllable is without a tone."""
    core = _core(word)
    stopped = _BARE_STOP.fullmatch(core)
    if stopped is None or core.isupper() or any(tone in unicodedata.normalize("NFD", core) for tone in _TONES):
        return word
    return word.replace(core, unicodedata.normalize("NFC", f"{stopped[1]}\u0301{stopped[2]}"))
