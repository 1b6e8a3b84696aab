"""The page on which a clerk puts the pages of a scan in order: a draft in the form, recorded only when it is applied.

The draft is the whole recipe, page by page; each button sends it and gets it back changed, so the page works without a
script too, which only adds keys and keeps the pictures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from gateway.document import Document, Role
from gateway.errors import FileMissing, GatewayError, NotAllowed, NotFound, Stale
from gateway.page_words import reading_of
from gateway.recipe import Leaf, archive_stands, dropped, moved, recipe_file, restored, turned
from gateway.review import rearrange, undoing
from gateway.review.acts import Act, Person, demand, offered
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.web import files, frame, looks
from gateway.review.web.paper import document_of

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
MOST_PAGES = 2000
_NONE = "-"


async def read_pages(request: Request) -> FormData:
    """The draft as sent: one value for every page."""
    return await request.form(max_fields=MOST_PAGES + 20, max_files=0)


Sent = Annotated[FormData, Depends(read_pages)]


@dataclass(frozen=True, slots=True)
class Draft:
    """The pages as the clerk has them before them; a new paper begins at every page of `cuts`."""

    leaves: tuple[Leaf, ...]
    cuts: frozenset[Leaf] = frozenset()

    @property
    def places(self) -> frozenset[int]:
        """Where new papers begin."""
        return frozenset(place for place, leaf in enumerate(self.leaves) if place and _same(leaf) in self.cuts)


def _same(leaf: Leaf) -> Leaf:
    """The page whatever is done to it."""
    return Leaf(leaf.sha256, leaf.index)


@dataclass(frozen=True, slots=True)
class Card:
    """One page as it is shown."""

    value: str
    """The page in the form."""
    source: int
    page: int
    """1-based, in its file."""
    shown: int
    """By how much the picture is turned."""
    dropped: str
    cut: bool
    paper: int
    """1-based: of which of the papers it will be."""


@router.get("/d/{document_id}/pages")
def pages(request: Request, document_id: str, visit: Visitor, tab: str = "") -> Response:
    """The pages as they stand."""
    desk = frame.desk_of(request)
    document = _open(desk, document_id, visit.person)
    looks.viewed(request, visit, document.id)
    now = rearrange.present(desk, document)
    return _draw(request, visit, document, _View(Draft(now.leaves), tab))


def _open(desk: Desk, document_id: str, who: Person) -> Document:
    document = document_of(desk, document_id, who)
    demand(Act.PAGES, document, who)
    return document


@router.post("/d/{document_id}/pages")
def rearranged(request: Request, document_id: str, visit: Visitor, sent: Sent) -> Response:
    """One step on the draft, or the act itself."""
    desk, who, tab = frame.desk_of(request), visit.person, str(sent.get("tab", ""))
    frame.check_word(visit.token, str(sent.get("word", "")))
    document = document_of(desk, document_id, who)
    what, _, place = str(sent.get("do", "")).partition(":")
    draft: Draft | None = None
    try:
        demand(Act.PAGES, document, who)
        draft = _draft(desk, document, sent)
        if what in STEPS:
            at = int(place) if place.isdecimal() else -1
            return _draw(request, visit, document, _View(_step(desk, document, draft, what, at), tab, at=(what, at)))
        if str(document.version) != sent.get("version"):
            raise Stale
        changed = _act(desk, document, draft, (what, sent, who))
    except (NotAllowed, NotFound):
        raise
    except GatewayError as trouble:
        log.info("%s pages refused why=%s", document.id, type(trouble).__name__)
        again = desk.store.get(document_id)
        if Act.PAGES not in offered(again, who):
            raise
        kept = draft or Draft(rearrange.present(desk, again).leaves)
        return _draw(request, visit, again, _View(kept, tab, str(trouble)))
    log.info("%s pages what=%s by=%s", document.id, what, who.login)
    return frame.go(f"/d/{changed.id}" + (f"?tab={tab}" if tab else ""))


def _act(desk: Desk, document: Document, draft: Draft, said: tuple[str, FormData, Person]) -> Document:
    what, sent, who = said
    if what == "apply":
        return rearrange.apply_pages(desk, document, draft.leaves, draft.places, who=who)
    if what == "undo":
        return undoing.undo_pages(desk, document, who=who)
    if what == "redo":
        return undoing.redo_pages(desk, document, who=who)
    if what in ("merge", "collate"):
        other = rearrange.partner_of(desk, str(sent.get("other", "")), str(sent.get("other_version", "")), who)
        return rearrange.merge_pages(desk, document, other, fold=what == "collate", who=who)
    raise NotFound


def _draft(desk: Desk, document: Document, sent: FormData) -> Draft:
    """What the form says of every page, where it names the very pages of the Document; else as they stand.

    Raises:
        Stale: the form is of other pages.
    """
    now = rearrange.present(desk, document).leaves
    values = [str(one) for one in sent.getlist("leaf")]
    if not values:
        return Draft(now)
    sources = _sources(now)
    leaves, cuts = [], set()
    for value in values:
        source, index, turn, why, cut = (*value.split("."), *("",) * 5)[:5]
        if not (source.isdecimal() and int(source) < len(sources) and index.isdecimal()):
            raise Stale
        known = next((one for one in now if one.sha256 == sources[int(source)] and one.index == int(index)), None)
        if known is None:
            raise Stale
        leaves.append(Leaf(known.sha256, known.index, int(turn) if turn in ("0", "90", "180", "270") else None,
                           "" if why == _NONE else known.dropped or "hand"))  # fmt: skip
        if cut == "1":
            cuts.add(_same(known))
    return Draft(tuple(leaves), frozenset(cuts))


def _sources(leaves: Sequence[Leaf]) -> list[str]:
    """The files whose pages these are, in the order of their names: the same for every order of the pages."""
    return sorted({leaf.sha256 for leaf in leaves})


Step = Callable[[Draft, int, int], Draft]


def _cut(draft: Draft, place: int, _: int) -> Draft:
    return replace(draft, cuts=draft.cuts ^ {_same(draft.leaves[place])})


STEPS: Mapping[str, Step] = {
    "left": lambda draft, place, seen: replace(draft, leaves=turned(draft.leaves, place, -90, seen=seen)),
    "right": lambda draft, place, seen: replace(draft, leaves=turned(draft.leaves, place, 90, seen=seen)),
    "drop": lambda draft, place, _: replace(draft, leaves=dropped(draft.leaves, place)),
    "keep": lambda draft, place, _: replace(draft, leaves=restored(draft.leaves, place)),
    "up": lambda draft, place, _: replace(draft, leaves=moved(draft.leaves, place, place - 1)),
    "down": lambda draft, place, _: replace(draft, leaves=moved(draft.leaves, place, place + 1)),
    "cut": _cut,
}
"""What may be done to one page of the draft."""


def _step(desk: Desk, document: Document, draft: Draft, what: str, place: int) -> Draft:
    if not 0 <= place < len(draft.leaves):
        raise Stale
    return STEPS[what](draft, place, _seen(desk, document).get(_same(draft.leaves[place]), 0))


def _seen(desk: Desk, document: Document) -> dict[Leaf, int]:
    """How the machine has turned the pages nobody has turned yet, so that they are shown as they were read."""
    if recipe_file(document) is not None and not archive_stands(document):
        return {}
    try:
        reading = reading_of(document, desk.vault)
    except (FileMissing, ValueError):
        return {}
    kept = rearrange.present(desk, document).recipe.kept
    turns = [page.rotation for page in reading.pages] if reading else []
    return {_same(leaf): turn for leaf, turn in zip(kept, turns, strict=False) if leaf.turn is None}


@dataclass(frozen=True, slots=True)
class _View:
    draft: Draft
    tab: str
    trouble: str = ""
    at: tuple[str, int] = ("", -1)
    """The step just taken, and on which page."""


def _draw(request: Request, visit: Visit, document: Document, seen: _View) -> Response:
    desk, who = frame.desk_of(request), visit.person
    now = rearrange.present(desk, document)
    values = {
        "paper": document,
        "tab": seen.tab,
        "cards": _cards(desk, document, seen.draft),
        "papers": len(seen.draft.places) + 1,
        "touched": seen.draft.leaves != now.leaves or bool(seen.draft.places),
        "may_undo": bool(now.recipe.before),
        "may_redo": bool(undoing.undone(desk, document)),
        "partner": rearrange.partner(desk, document, who),
        "trouble": seen.trouble,
        "at": _after(seen),
    }
    return frame.page(request, "pages.html", values, visit=visit, status=409 if seen.trouble else 200)


def _after(seen: _View) -> int:
    """The page the cursor stands on: a moved page takes it along."""
    what, place = seen.at
    last = len(seen.draft.leaves) - 1
    return {"up": max(0, place - 1), "down": min(last, place + 1)}.get(what, place)


def _cards(desk: Desk, document: Document, draft: Draft) -> list[Card]:
    sources, turns, paper = _sources(draft.leaves), _seen(desk, document), 1
    cards = []
    for place, leaf in enumerate(draft.leaves):
        cut = place in draft.places
        paper += cut
        number = sources.index(leaf.sha256)
        turn = _NONE if leaf.turn is None else leaf.turn
        marked = int(_same(leaf) in draft.cuts)  # a page that stands first keeps its mark for when it is moved
        value = f"{number}.{leaf.index}.{turn}.{leaf.dropped or _NONE}.{marked}"
        shown = turns.get(_same(leaf), 0) if leaf.turn is None else leaf.turn
        cards.append(Card(value, number, leaf.index + 1, shown, leaf.dropped, cut, paper))
    return cards


@router.get("/d/{document_id}/leaves/{source}/{number}.png")
def leaf_picture(
    request: Request, document_id: str, source: int, number: int, visit: Visitor, w: int = 400
) -> Response:
    """One page of an untouched file, whether it is in or left out."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    sources = _sources(rearrange.present(desk, document).leaves)
    if not 0 <= source < len(sources) or not 1 <= number <= MOST_PAGES:
        raise NotFound
    file = next((one for one in document.files if one.sha256 == sources[source]), None)
    if file is None or file.role not in (Role.ORIGINAL, Role.PAPER, Role.SOURCE, Role.WORKING):
        raise NotFound
    width = next((one for one in files.WIDTHS if one >= w), files.WIDTHS[-1])
    looks.glimpsed(request, visit, document.id)
    return Response(files.drawn(request, file, number, width), media_type="image/png", headers=files.CLOSED)


@router.get("/separator.pdf")
def separator(visit: Visitor) -> Response:
    """The sheet that is laid between two papers of a stack, to be printed."""
    from gateway.sheets.separator import separator_pdf

    demand_room(Room.PAPERS, visit.person)
    name = {"Content-Disposition": 'attachment; filename="to-phan-cach.pdf"'}
    return Response(separator_pdf(), media_type="application/pdf", headers=files.CLOSED | name)
