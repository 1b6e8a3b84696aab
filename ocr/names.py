"""Is this a Vietnamese name, and which one: what was read against what names are made of (names.toml).

A name is a family name and one to four syllables.  Seal and pen take letters and tones away, so every word that was
read is weighed against all syllables that may stand at its place: how frequent each is, and how likely it would have
been read as it was.  A name is told only where one stands out; no list of persons is used.
"""
from __future__ import annotations

import functools
import math
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ocr.letters import plain

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ACUTE, _CIRCUMFLEX = "\u0301", "\u0302"
SURE = 0.9
"""Trust from which on a name counts as told."""
_LENGTHS = range(3, 6)
"""Syllables of a name; of officials one in fifty or less has two, and what shows two has mostly lost one."""
_UNKNOWN_FAMILY, _UNKNOWN_GIVEN = math.log(1e-6), math.log(7e-6)
"""Of a syllable that is on no list: a rare one among some thousands that Vietnamese has."""
_FREQUENT, _RARE = 0.004, 0.0003
_TONE, _HAT, _LETTER, _ALIKE, _JUNK, _HIDDEN, _SMALL = 2.5, 3.0, 5.0, 2.0, 1.0, 2.5, 2.0
"""How unlikely (natural logarithm) it is that a tone, a vowel's or đ's mark, a letter, a letter for one of its shape is
misread, a sign that is none stands between, a letter at a name's beginning is hidden, a capital seen small."""
_LOST = 1.0
"""The acute over a hat is a dot or two at 200 dpi, and often lost ("Tân" for "Tấn")."""
_FIRM = ((0.93, 2.2), (0.8, 1.5), (0.4, 1.0), (0.0, 0.6))
"""Words the engine believes (from so much on) are misread less often."""
_ALIKES = frozenset(map(frozenset, ("l1", "li", "i1", "ce", "vy", "o0", "gq")))
_FAMILY_TRUST = 0.9
_GARBAGE = math.exp(-15.0)
"""Of what is no syllable of a name at all."""
_PIECE = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(r"(?:[bcdghklmnpqrstvx]|ch|gh|gi|kh|ng|ngh|nh|ph|th|tr)?[aeiouy]{1,3}(?:c|ch|m|n|ng|nh|p|t)?")
"""Of Vietnamese, without marks."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """A name and how likely it is the one that stands there, 0..1."""

    name: str
    trust: float
    weight: float = 0.0
    """Of several readings together."""


def name_in(words: Sequence[tuple[str, float]]) -> Spelt | None:
    """The name that these words (text, the engine's confidence 0..1) show, all of them; None where they show none."""
    pieces = _pieces(words)
    if len(pieces) not in _LENGTHS or not all(_begins_well(text) for text, _ in pieces[1:]):
        return None
    told = [_told(text, trust, first=at == 0) for at, (text, trust) in enumerate(pieces)]
    name, trust = [text for text, _ in told], math.prod(share for _, share in told)
    # "Thị" stands in the middle; a family name read twice is a stroke taken for one.
    return Spelt(" ".join(name), trust) if all(name) and name[-1] != "Thị" and name[0] != name[1] else None


def is_name(text: str) -> bool:
    """True for a family name of the lists and one to four syllables of theirs, spelt as they are there."""
    first, *rest = text.split() or [""]
    return first in _family() and len(rest) in range(1, 5) and all(each in _given() for each in rest)


def best_of(heard: Sequence[Spelt]) -> Spelt | None:
    """What several readings agree on: the name with the most weight, if no other has half as much.

    A reading weighs as the cube of its trust: two guesses are no word.
    """
    weight: dict[str, float] = defaultdict(float)
    for each in heard:
        weight[each.name] += each.trust**3
    ranked = sorted(weight, key=lambda name: -weight[name])
    if not ranked or (len(ranked) > 1 and weight[ranked[1]] > weight[ranked[0]] / 2):
        return None
    return Spelt(ranked[0], max(each.trust for each in heard if each.name == ranked[0]), weight[ranked[0]])


@functools.cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("ocr").joinpath("names.toml").read_text("utf-8"))


@functools.cache
def _family() -> Mapping[str, float]:
    """Logarithm of the share of people who bear it."""
    data = _data()["family"]
    told: dict[str, float] = {}
    for share, group in ((_RARE, data["rare"]), (_FREQUENT, data["frequent"])):
        told.update(dict.fromkeys(group.split(), math.log(share)))
    return told | {name: math.log(share / 1000) for name, share in data["per_mille"].items()}


@functools.cache
def _given() -> Mapping[str, float]:
    """The same for a syllable behind the family name; family names stand there, too."""
    data = _data()["given"]
    common, other = data["common"].split(), [*data["other"].split(), *_family()]
    total = 10 * len(common) + len(other)
    weights = dict.fromkeys(other, 1) | dict.fromkeys(common, 10) | dict.fromkeys(("Văn", "Thị"), 100)
    return {name: math.log(weight / total) for name, weight in weights.items()}


def _pieces(words: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Words parted where a capital stands inside, without signs around them and without what holds no letter."""
    found = []
    for text, trust in words:
        plain = unicodedata.normalize("NFC", text)
        starts = [at for at in range(2, len(plain) - 1)
                  if plain[at].isupper() and plain[at - 1].islower() and plain[at + 1].islower()]
        for begin, end in zip([0, *starts], [*starts, len(plain)], strict=True):
            bare = re.sub(r"^[^\w„]+|\W+$", "", plain[begin:end])
            if _PIECE.search(bare):
                found.append((bare, trust))
    return found


def _begins_well(text: str) -> bool:
    letters = _PIECE.findall(text)
    return bool(letters) and letters[0][0].isupper() and (len(text) == 1 or not text.isupper())


@functools.lru_cache(maxsize=4096)
def _told(text: str, trust: float, *, first: bool) -> tuple[str, float]:
    """The syllable that stands out and its share; "" where none is near."""
    known = _family() if first else _given()
    # Hardly a family name is unlisted, so that one that is off is misread; a small letter shows that its head is lost.
    trust = min(trust, 0.0 if text[:1].islower() else _FAMILY_TRUST) if first else trust
    firm = next(weight for least, weight in _FIRM if trust >= least)
    weights = {name: math.exp(prior - firm * _cost(text, name, first=first)) for name, prior in known.items()}
    if text not in known and text == text.capitalize() and _SYLLABLE.fullmatch(plain(text)):
        weights[text] = math.exp(_UNKNOWN_FAMILY if first else _UNKNOWN_GIVEN)
    best = max(weights, key=weights.__getitem__)
    # A word that begins no name ("Tỉnh", "Sở") is nobody's family name, however well it was read.
    return ("", 0.0) if first and best not in known else (best, weights[best] / (sum(weights.values()) + _GARBAGE))


@functools.lru_cache(maxsize=1 << 16)
def _cost(read: str, name: str, *, first: bool) -> float:
    """What it takes to read `name` as `read`; letters at a name's beginning may be hidden by the seal."""
    if read == name:
        return 0.0
    here, there = _signs(read), _signs(name)
    if abs(len(here) - len(there)) > 3:
        return math.inf
    small = _SMALL if read[:1].islower() else 0.0
    row = [0.0]
    for at in range(1, len(there) + 1):
        row.append(row[-1] + (_HIDDEN / at if first and at < len(there) else _LETTER))
    for sign in here:
        last, row[0] = row[0], row[0] + (_LETTER if sign[0].isalpha() else _JUNK)
        for at, wanted in enumerate(there, 1):
            last, row[at] = row[at], min(row[at] + (_LETTER if sign[0].isalpha() else _JUNK), row[at - 1] + _LETTER,
                                         last + _exchange(sign, wanted) + (small if at == 1 else 0.0))
    return row[-1]


def _signs(text: str) -> list[tuple[str, str, str]]:
    """Every letter as its base, its own mark and its tone."""
    signs = []
    for char in text.lower():
        spread = unicodedata.normalize("NFD", char)
        base, marks = ("d", "-") if char == "đ" else (spread[0], spread[1:])
        signs.append((base, "".join(mark for mark in marks if mark not in _TONES),
                      "".join(mark for mark in marks if mark in _TONES)))
    return signs


def _exchange(read: tuple[str, str, str], wanted: tuple[str, str, str]) -> float:
    lost = read[1] == wanted[1] == _CIRCUMFLEX and (read[2], wanted[2]) == ("", _ACUTE)
    tone = _LOST if lost else _TONE if read[2] != wanted[2] else 0.0
    cost = (_HAT if read[1] != wanted[1] else 0.0) + tone
    if read[0] == wanted[0]:
        return cost
    if not read[0].isalnum():
        return _ALIKE + _JUNK
    return cost + (_ALIKE if frozenset((read[0], wanted[0])) in _ALIKES else _LETTER)
