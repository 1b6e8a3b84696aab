"""Spelling of body names: a heading whose accents were lost is spelt as the known parts of names are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from rules.directory import entries
from rules.spelling import clean, fold

_LONGEST = 8


@cache
def _parts() -> Mapping[str, str]:
    data = tomllib.loads(files("rules").joinpath("bodies.toml").read_text("utf-8"))
    return {_key(name): clean(name).upper() for name in (*data["parts"], *provinces())}


@cache
def _stammered() -> Mapping[str, str]:
    return {_once(key): name for key, name in _parts().items()}


def _once(key: str) -> str:
    """Every letter once where it stands several times in a row."""
    return re.sub(r"([a-z])\1+", r"\1", key)


def _key(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9 ]", " ", fold(text)).split())


@cache
def provinces() -> frozenset[str]:
    """Names of provinces and cities, before and after July 2025, as they are spelt."""
    return frozenset(entry.name for entry in entries("provinces"))


def spelt(name: str) -> tuple[str, bool]:
    """A name in capitals with the accents of known parts; and whether all of it is made of known parts.

    The letters must agree but for accents, and a letter heard twice because of its accent ("QUẢÁNG") counts once:
    nothing is replaced that was read as another word.  The longest part wins.
    """
    words, out, known, i = clean(name).upper().split(), [], True, 0
    while i < len(words):
        for end in range(min(len(words), i + _LONGEST), i, -1):
            said = _key(" ".join(words[i:end]))
            part = _parts().get(said) or _stammered().get(_once(said))
            if part is not None:
                out.append(part)
                i = end
                break
        else:
            known = known and words[i] in "-,–"
            out.append(words[i])
            i += 1
    return " ".join(out), known


def named_by(short: str) -> str:
    """The department or ministry whose initials a symbol shows ("SYT" → "SỞ Y TẾ"); "" for none, or for several."""
    return _by_initials().get(short, "")


@cache
def _by_initials() -> Mapping[str, str]:
    data = tomllib.loads(files("rules").joinpath("bodies.toml").read_text("utf-8"))
    found: dict[str, set[str]] = {}
    for kind in ("Sở", "Bộ"):
        for part in data["parts"]:
            name = f"{kind} {part}"
            words = [word for word in re.split(r"[\s,\-]+", name) if word and word != "và"]
            found.setdefault("".join(word[0].upper() for word in words), set()).add(clean(name).upper())
    return {short: next(iter(names)) for short, names in found.items() if len(names) == 1 and len(short) > 2}
