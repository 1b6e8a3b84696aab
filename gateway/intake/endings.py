"""What a file's name in the drop folder says of its side: "so12_truoc.pdf" has the fronts, "so12_sau.pdf" the backs."""
from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.store.folding import fold


class Side(StrEnum):
    """Of the sheets of a stack."""

    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says."""

    side: Side
    pair: str
    """The same for both sides of one stack."""


def named(name: str, fronts: Sequence[str], backs: Sequence[str]) -> Named | None:
    """The side that the name tells, in capitals or small letters, with tone marks or without; None for any other."""
    stem = fold(unicodedata.normalize("NFC", name).rpartition(".")[0] or name)
    for place, pair in enumerate(zip(fronts, backs, strict=True)):
        for side, ending in zip(Side, pair, strict=True):
            if stem.endswith(fold(ending)) and len(stem) > len(ending):
                return Named(side, f"{place}:{stem.removesuffix(fold(ending))}")
    return None
