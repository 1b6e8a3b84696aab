"""The recipe of a Document's pages: which pages of which untouched files, in what order, turned how, left out or not.

A small immutable value beside the files; changing pages means writing another recipe, going back means taking up the
earlier one.  No act here ever loses a page: what is left out stays in the recipe, marked.  Pure.
"""
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.document import Document, FileRef, Role

FORMAT = 1
RECIPE_TYPE = "application/json"
EDITED = frozenset({"scan", "image", "mixed"})
"""`Document.kind` of what may be taken apart: pictures of paper without a signature (ocr.triage)."""
BY_HAND, BLANK, SEPARATOR, OPENING = "hand", "blank", "separator", "opening"
"""Why a page is left out; OPENING is what a survey says of a page that begins a part and belongs to it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of one untouched file."""

    sha256: str
    index: int
    """0-based, in that file."""
    turn: int | None = None
    """Clockwise, 0 90 180 270, of the page as the file shows it; None while nobody has said: the machine looks."""
    dropped: str = ""
    """Why it is left out, "" while it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All pages of a Document in their order, those left out among them."""

    leaves: tuple[Leaf, ...]
    version: int = 0
    """0: as the file came."""
    before: str = ""
    """SHA-256 of the recipe before this one, "" for none."""
    act: str = ""
    """What made it: "edit" "split" "merge" "collate" "survey" "born" "sides" (two files as they came, one after the
    other)."""
    others: tuple[str, ...] = ()
    """Recipes (SHA-256) that came of the same act for other Documents, or were taken in by it."""

    @property
    def kept(self) -> tuple[Leaf, ...]:
        """The pages that are in."""
        return tuple(leaf for leaf in self.leaves if not leaf.dropped)

    @property
    def plain(self) -> bool:
        """All of one file, as it came: it may be read as it is."""
        return self.version == 0 and not self.act


def whole(sha256: str, pages: int) -> Recipe:
    """Every page of a file, as it came."""
    return Recipe(leaves=tuple(Leaf(sha256, index) for index in range(pages)))


def turned(leaves: Sequence[Leaf], place: int, by: int, *, seen: int = 0) -> tuple[Leaf, ...]:
    """The page at that place turned clockwise; `seen`: how the machine had turned it, while nobody has said."""
    leaf = leaves[place]
    now = seen if leaf.turn is None else leaf.turn
    return _put(leaves, place, replace(leaf, turn=(now + by) % 360))


def dropped(leaves: Sequence[Leaf], place: int, why: str = BY_HAND) -> tuple[Leaf, ...]:
    """The page left out; the last page that is in stays."""
    leaf = leaves[place]
    alone = sum(not one.dropped for one in leaves) == 1 and not leaf.dropped
    return tuple(leaves) if alone else _put(leaves, place, replace(leaf, dropped=leaf.dropped or why))


def restored(leaves: Sequence[Leaf], place: int) -> tuple[Leaf, ...]:
    """The page in again."""
    return _put(leaves, place, replace(leaves[place], dropped=""))


def moved(leaves: Sequence[Leaf], place: int, to: int) -> tuple[Leaf, ...]:
    """The page at another place, the others closing up; beyond the ends means at the end."""
    left = [leaf for at, leaf in enumerate(leaves) if at != place]
    left.insert(max(0, min(len(left), to)), leaves[place])
    return tuple(left)


def cut(leaves: Sequence[Leaf], places: Iterable[int]) -> list[tuple[Leaf, ...]]:
    """The pages in parts, each beginning at one of the places; a part with no page that is in goes to the one before
    (at the beginning: to the one after)."""
    edges = [0, *sorted({place for place in places if 0 < place < len(leaves)}), len(leaves)]
    parts: list[tuple[Leaf, ...]] = []
    waiting: tuple[Leaf, ...] = ()
    for start, end in zip(edges, edges[1:], strict=False):
        part = (*waiting, *leaves[start:end])
        waiting = ()
        if any(not leaf.dropped for leaf in part):
            parts.append(part)
        elif parts:
            parts[-1] = (*parts[-1], *part)
        else:
            waiting = part
    return parts or [waiting]


def interleaved(fronts: Sequence[Leaf], backs: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """Front and back of every sheet; the stack was turned over, so the backs come in reverse.

    Raises:
        ValueError: not as many fronts as backs.
    """
    pairs = zip(fronts, reversed(backs), strict=True)
    return tuple(leaf for pair in pairs for leaf in pair)


def surveyed(pages: Sequence[Leaf], codes: Sequence[str]) -> list[tuple[Leaf, ...]]:
    """The parts of a stack by what a survey has said of each page: a new one begins at every separator.

    Separators and blank pages are left out, and stand in the part where they lie.  A stack of nothing else stays as it
    came.
    """
    leaves = tuple(replace(leaf, dropped="" if code == OPENING else code)
                   for leaf, code in zip(pages, codes, strict=True))
    if all(leaf.dropped for leaf in leaves):
        return [tuple(pages)]
    return cut(leaves, (place for place, code in enumerate(codes) if code in (SEPARATOR, OPENING)))


def _put(leaves: Sequence[Leaf], place: int, leaf: Leaf) -> tuple[Leaf, ...]:
    return (*leaves[:place], leaf, *leaves[place + 1:])


def recipe_to_json(recipe: Recipe) -> bytes:
    """Compact JSON; the same recipe gives the same bytes."""
    leaves = [[leaf.sha256, leaf.index, leaf.turn, leaf.dropped] for leaf in recipe.leaves]
    data = {"format": FORMAT, "version": recipe.version, "before": recipe.before, "act": recipe.act,
            "others": recipe.others, "leaves": leaves}
    return json.dumps(data, separators=(",", ":")).encode()


def recipe_from_json(data: bytes) -> Recipe:
    """The Recipe that recipe_to_json wrote.  Raises ValueError for anything else."""
    try:
        raw: dict[str, Any] = json.loads(data)
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']}")
        leaves = tuple(Leaf(*leaf) for leaf in raw["leaves"])
        return Recipe(leaves=leaves, version=raw["version"], before=raw["before"], act=raw["act"],
                      others=tuple(raw["others"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a recipe: {error!r}") from error


def recipe_file(document: Document) -> FileRef | None:
    """The recipe that counts: the newest, unless another Part of the letter has been chosen as the paper since."""
    last = next((file for file in reversed(document.files) if file.role in (Role.RECIPE, Role.PAPER)), None)
    return last if last is not None and last.role is Role.RECIPE else None


def working_file(document: Document) -> FileRef | None:
    """What is read: the PDF made by the recipe, once it is made; without a recipe the paper itself."""
    if recipe_file(document) is None:
        return document.paper
    last = next((file for file in reversed(document.files) if file.role in (Role.RECIPE, Role.WORKING)), None)
    return last if last is not None and last.role is Role.WORKING else None


def archive_stands(document: Document) -> bool:
    """The archive copy is made by the recipe that counts, not by an earlier one."""
    last = next((file for file in reversed(document.files) if file.role in (Role.RECIPE, Role.ARCHIVE)), None)
    return last is not None and last.role is Role.ARCHIVE
