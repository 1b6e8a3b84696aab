"""Sealing a list: the confirmed papers a sealer may seal, ticked, counted, stated; one act, each paper recorded alone.

Where the key is within the gateway's reach the form is answered paper by paper.  Where a program on the sealer's own
machine holds it, the page's script hands one paper after the other to that program (gateway.review.handing).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData

from gateway.document import CopyKind, Document
from gateway.errors import CornerTaken, FileMissing, GatewayError, Incomplete, Stale
from gateway.review import acts, handing, seal_acts, sealing
from gateway.review.acts import Act, Person
from gateway.review.desk import Desk
from gateway.review.enclosing import PDF
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import catalog, mark
from gateway.review.web import frame, inbox, view
from gateway.review.web.paper import document_of
from gateway.review.web.perform import Sent, wish_of
from gateway.review.web.pulse import query_of
from gateway.steps.paper import has_signature

router = APIRouter()
log = logging.getLogger(__name__)


def sealer(visit: Annotated[Visit, Depends(frame.visitor)]) -> Visit:
    """Who is asking, if they may seal at all."""
    demand_room(Room.SEALING, visit.person)
    return visit


Visitor = Annotated[Visit, Depends(sealer)]
MOST = 50
"""Papers on one list: so many a person can still look through."""
NOTHING = mark("Chưa chọn văn bản nào. Hãy đánh dấu văn bản cần ký.")


@dataclass(frozen=True, slots=True)
class Row:
    """One paper on the list."""

    document: Document
    kinds: tuple[CopyKind, ...]
    head: view.PaperView
    chosen: bool
    kind: CopyKind
    pages: str = ""
    """As typed."""
    cover: bool = False
    corner: bool = False
    """Its corner is not free for the mark."""
    done: bool = False
    office: str = ""
    """Code of the unit whose key seals it."""
    enclosed: tuple[str, ...] = ()
    """Attachments that the same act seals."""
    trouble: str = ""


@router.get("/seal")
def seal_list(
    request: Request, visit: Visitor, d: Annotated[list[str] | None, Query(max_length=MOST)] = None, u: str = ""
) -> Response:
    """The list: what was named, or everything that waits for a seal; of several units' keys one, `u` where it fits."""
    desk, who = frame.desk_of(request), visit.person
    named = [document_of(desk, one, who) for one in dict.fromkeys(d or ())]
    waiting = named or list(desk.store.find(query_of(inbox.tab_of("seal"), who, limit=MOST)).documents)
    rows = [_row(desk, one, who, chosen=bool(named)) for one in waiting if _may(desk, one, who)]
    others = sorted(dict.fromkeys(row.office for row in rows), key=lambda code: code != desk.home)
    office = u if u in others else next(iter(others), desk.home)
    shown = [row for row in rows if row.office == office]
    return _page(request, visit, shown, "", others=[one for one in others if one != office])


def _may(desk: Desk, document: Document, who: Person) -> bool:
    kinds = seal_acts.copy_kinds(document, who, sealing.ground(desk))
    return bool(kinds) and Act.SEAL in acts.offered(document, who) and not document.held


def _row(desk: Desk, document: Document, who: Person, *, chosen: bool) -> Row:
    kinds = seal_acts.copy_kinds(document, who, sealing.ground(desk))
    kind = kinds[0] if kinds else CopyKind.CHUYEN_TIEP
    code = seal_acts.sealing_unit(document, kind, sealing.ground(desk))
    enclosed = tuple(_enclosed(desk, document)) if kind is not CopyKind.CHUYEN_TIEP else ()
    return Row(document, kinds, view.paper_view(document), chosen, kind, office=code, enclosed=enclosed)


def _enclosed(desk: Desk, document: Document) -> Iterator[str]:
    """Names of those that do not bear a signature already."""
    for file in document.attachments:
        try:
            signed = file.media_type != PDF or has_signature(desk.vault.path(file))
        except FileMissing:  # the list is shown all the same; sealing says what is wrong with this one
            signed = False
        if not signed:
            yield file.name


def _page(
    request: Request, visit: Visit, rows: Sequence[Row], trouble: str, *, others: Sequence[str] = ()
) -> Response:
    desk = frame.desk_of(request)
    office = desk.offices.get(rows[0].office if rows else desk.home)
    program = office.program if office else None
    values: dict[str, object] = {
        "rows": rows,
        "trouble": trouble,
        "key": inbox.key_line(office, desk.clock()) if office else None,
        "program": program,
        "open": [row for row in rows if not row.done],
        "others": [(code, desk.offices[code].body.name if code in desk.offices else code) for code in others],
    }
    answer = frame.page(request, "seals.html", values, visit=visit, status=200 if not trouble else 422)
    if program is not None:
        answer.headers["Content-Security-Policy"] = policy_with(program.address)
    return answer


def policy_with(address: str) -> str:
    """The desk's policy, with one more place that the script may connect to: the program on the sealer's machine."""
    parts = urlsplit(address)
    return frame.POLICY.replace("connect-src 'self'", f"connect-src 'self' {parts.scheme}://{parts.netloc}")


@router.post("/seal")
def seal_them(request: Request, visit: Visitor, sent: Sent) -> Response:
    """Seals every ticked paper of the shown list, each in its own transaction; one that fails stops no other."""
    desk, who = frame.desk_of(request), visit.person
    frame.check_word(visit.token, str(sent.get("word", "")))
    shown = [str(one) for one in sent.getlist("shown")][:MOST]
    ticked = {str(one) for one in sent.getlist("d")}
    rows = [_sealed(desk, document_of(desk, one, who), sent, who, ticked=one in ticked) for one in shown]
    return _page(request, visit, rows, "" if ticked else NOTHING)


def _sealed(desk: Desk, document: Document, sent: FormData, who: Person, *, ticked: bool) -> Row:
    row = _row(desk, document, who, chosen=ticked)
    if not ticked:
        return row
    try:
        wish = wish_of(sent, f".{document.id}")
        if str(document.version) != sent.get(f"version.{document.id}"):
            raise Stale
        sealed = sealing.seal_document(desk, document, wish, who=who, pin=str(sent.get("pin", "")))
    except GatewayError as error:
        log.info("%s seal refused why=%s", document.id, type(error).__name__)
        return _refused(row, sent, error)
    log.info("%s seal by=%s stage=%s", document.id, who.login, sealed.stage.value)
    return Row(sealed, row.kinds, row.head, True, wish.kind, done=True, office=row.office)


def _refused(row: Row, sent: FormData, error: GatewayError) -> Row:
    kind = next((one for one in row.kinds if one.value == sent.get(f"kind.{row.document.id}")), row.kind)
    pages = str(sent.get(f"pages.{row.document.id}", ""))
    corner = isinstance(error, CornerTaken)
    return Row(row.document, row.kinds, row.head, True, kind, pages=pages, corner=corner, trouble=_said(error),
               office=row.office)  # fmt: skip


@router.post("/seal/{document_id}")
def hand_over(request: Request, document_id: str, visit: Visitor, sent: Sent) -> Response:
    """Hands one paper of the list to the program on the sealer's machine; what the script is to tell it, as JSON."""
    desk, who = frame.desk_of(request), visit.person
    frame.check_word(visit.token, str(sent.get("word", "")))
    document = document_of(desk, document_id, who)
    try:
        if str(document.version) != sent.get(f"version.{document_id}"):
            raise Stale
        wish = wish_of(sent, f".{document_id}")
        ticket = handing.hand_over(desk, document, wish, who=who, base=str(request.base_url))
    except GatewayError as error:
        log.info("%s seal refused why=%s", document_id, type(error).__name__)
        return _json(request, {"trouble": _said(error), "corner": isinstance(error, CornerTaken)}, 409)
    return _json(request, {"address": ticket.address, "message": ticket.message, "seconds": ticket.seconds,
                           "part": ticket.part}, 200)  # fmt: skip


@router.get("/seal/{document_id}")
def outcome(request: Request, document_id: str, visit: Visitor) -> Response:
    """How the handed paper stands, as JSON: the program's own word is not believed."""
    desk = frame.desk_of(request)
    found = handing.how_it_went(desk, document_of(desk, document_id, visit.person))
    told = {"sealed": found.sealed, "trouble": found.trouble, "corner": found.corner, "more": found.more}
    return _json(request, told, 200)


def _said(error: GatewayError) -> str:
    return next(iter(error.problems.values())) if isinstance(error, Incomplete) and error.problems else str(error)


def _json(request: Request, values: Mapping[str, object], status: int) -> Response:
    """Sentences in the visitor's language."""
    translate = catalog(frame.language_of(request)).gettext
    said = {key: translate(str(value)) if key == "trouble" else value for key, value in values.items()}
    return JSONResponse(said, status_code=status)
