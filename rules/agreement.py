"""Issuer, symbol and type told apart three times on one head: where two of them say the same, both are surer.

A symbol is type-body ("QĐ-SYT") or body-unit ("SYT-NVY"), Decree 30/2020 annex I part II 3; bodies are abbreviated by
their initials, and a few by custom.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from rules.doc_type import abbreviations
from rules.field import Candidate
from rules.spelling import clean

_CUSTOM = {
    "ubnd": ("uy ban nhan dan", "chu tich uy ban nhan dan"),
    "hđnd": ("hoi đong nhan dan", "thuong truc hoi đong nhan dan"),
    "cp": ("chinh phu",),
    "ttg": ("thu tuong chinh phu",),
    "vpcp": ("van phong chinh phu",),
    "vp": ("van phong",),
}  # fmt: skip
_DOUBT_LEFT = 0.2
"""What agreement leaves of the doubt: two readings of different words are seldom wrong in one and the same way."""


def says_other_body(symbol: str, body: str) -> bool:
    """True when the symbol names a people's committee or council and the issuer is none."""
    said = _bare(body)
    groups = _groups(symbol)
    named = next((group for group in ("ubnd", "hđnd") if group in groups), "")
    return bool(named) and not any(way in said for way in (*_CUSTOM[named], named))


def weighed(symbol: Candidate, body: Candidate, type_name: str) -> tuple[Candidate, Candidate]:
    """Symbol and issuer with the confidence that their agreement gives them.

    `type_name`: what the title line says, "" where there is none.  A unit's short name is vouched for by nothing.
    """
    groups = _groups(symbol.value)
    types = [_bare(short) for short, name in abbreviations().items() if name == type_name]
    kind = groups[:1] if types else []
    vouched = [group in types for group in kind] + [abbreviates(group, body.value) for group in groups[len(kind) :]]
    if len(groups) > 1 and all(vouched):
        symbol = _surer(symbol)
    if any(abbreviates(group, body.value, whole=True) for group in groups):
        body = _surer(body)
    return symbol, body


def abbreviates(group: str, body: str, *, whole: bool = False) -> bool:
    """Is the group (without accents) the short form of the body's name?  `whole`: of all of it, the province too."""
    said = " ".join(re.findall(r"[a-zđ0-9]+", _bare(body)))
    if not whole and any(said.startswith(way) for way in _CUSTOM.get(group, ())):
        return True
    initials = ["".join(word[0] for word in words) for words in (said.split(), [w for w in said.split() if w != "va"])]
    return len(group) > 2 and any(each == group or (not whole and each.startswith(group)) for each in initials)


def _groups(symbol: str) -> list[str]:
    return [re.sub(r"[^a-zđ0-9]", "", group) for group in _bare(symbol).split("-")]


def _bare(text: str) -> str:
    """Lower case without accents; đ stays, since D for it is the commonest misreading."""
    spread = unicodedata.normalize("NFD", clean(text).lower())
    return "".join(char for char in spread if not unicodedata.combining(char))


def _surer(candidate: Candidate) -> Candidate:
    return replace(candidate, confidence=round(1 - (1 - candidate.confidence) * _DOUBT_LEFT, 4))
