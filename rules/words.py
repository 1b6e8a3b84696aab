"""Tone marks that small print loses, mended from the rest of the same paper.

At 200 dpi the acute over "ê", "ô", "â" is a dot or two, and Tesseract drops it ("y tê", "giám độc").  The body of a
paper is printed larger than its summary and uses the same words: where a pair of neighboring syllables stands there in
one form only, that is how it is written.  Only tones over those three vowels are changed so, and never in a pair that
the body knows as it stands; another tone only where the body writes the pair again and again in one other way, and the
word in question was read with some doubt ("chú động" for "chủ động").  A syllable that ends in c, ch, p or t bears the
acute or the dot below in every Vietnamese word; where the print shows none, it was the acute (the dot stands apart from
the letter and survives).
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

from rules.spelling import clean, same_tone_place

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SYLLABLE = re.compile(r"[^\W\d_]+")
_BARE_STOP = re.compile(r"([^\W\d_]*[êôâ])(c|ch|p|t)", re.IGNORECASE)
"""Only over a vowel with a hat is the tone lost so often that the syllable may be mended without its neighbor."""

Pair = tuple[str, str]
Pairs = Mapping[Pair, Mapping[Pair, int]]
"""Two toneless syllables → the ways the pair is written, and how often."""
_OFTEN, _ALWAYS, _DOUBTED = 2, 4, 0.93
"""A word read with less trust than _DOUBTED gives way to a pair that stands there _OFTEN, any to one of _ALWAYS."""


def toneless(syllable: str) -> str:
    """Lower case without the tone, the vowel's own mark kept: "tế" and "tê" → "tê"."""
    spread = unicodedata.normalize("NFD", syllable.lower())
    return unicodedata.normalize("NFC", "".join(char for char in spread if char not in _TONES))


def pairs_of(runs: Iterable[Sequence[str]]) -> Pairs:
    """The pairs of neighboring words; what stands between words parts them."""
    found: dict[Pair, dict[Pair, int]] = {}
    for run in runs:
        plain = [same_tone_place(clean(word)).lower() for word in run]
        for a, b in zip(plain, (word.rstrip(".,;:)/") for word in plain[1:]), strict=False):
            if _SYLLABLE.fullmatch(a) and _SYLLABLE.fullmatch(b):
                ways = found.setdefault((toneless(a), toneless(b)), {})
                ways[a, b] = ways.get((a, b), 0) + 1
    return found


def mend_tones(text: str, paper: Pairs, doubted: Collection[str] = ()) -> str:
    """The text with lost tones set again.

    Args:
        paper: pairs of the same paper's body that were read with trust.
        doubted: words of the text that were read with less trust than most, as they were read.
    """
    words = text.split(" ")
    for at in range(len(words) - 1):
        words[at], words[at + 1] = _mended(words[at], words[at + 1], paper, doubted)
    return " ".join(map(_stop_marked, words))


def is_doubted(confidence: float) -> bool:
    """Was a word read with so little trust that it is one of mend_tones' doubted ones?"""
    return confidence < _DOUBTED


def _mended(first: str, second: str, paper: Pairs, doubted: Collection[str]) -> Pair:
    head, tail = _core(first), _core(second)
    if not head or not tail or not first.endswith(head) or not second.startswith(tail):
        return first, second
    read = same_tone_place(head).lower(), same_tone_place(tail).lower()
    ways = paper.get((toneless(read[0]), toneless(read[1])), {})
    likely = [way for way in ways if all(map(_may_be, way, read))]
    if read in ways:
        return first, second
    if len(likely) != 1:
        likely = _usual(read, ways, [first in doubted, second in doubted])
    if len(likely) != 1:
        return first, second
    (way,) = likely
    return first.replace(head, _cased(way[0], head)), second.replace(tail, _cased(way[1], tail))


def _usual(read: Pair, ways: Mapping[Pair, int], doubted: Sequence[bool]) -> list[Pair]:
    """The only way the pair is written, when that differs in one syllable and is frequent enough to be believed."""
    if len(ways) != 1:
        return []
    ((way, times),) = ways.items()
    other = [at for at in (0, 1) if way[at] != read[at]]
    needed = _OFTEN if len(other) == 1 and doubted[other[0]] else _ALWAYS
    return [way] if len(other) == 1 and times >= needed else []


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
