"""The page of one Document and the acts on it.  Forms are translated into acts; nothing is decided here."""
from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from gateway.document import Change, CopyKind, Document, Recipient, Stage
from gateway.errors import GatewayError, Incomplete, NotAllowed, NotFound, Stale
from gateway.exchange.port import Body
from gateway.review import acts, sealing
from gateway.review import entries as form
from gateway.review.acts import Act, Person
from gateway.review.desk import Desk
from gateway.review.entries import Entries
from gateway.review.login import Visit
from gateway.review.web import frame, inbox, view, words
from rules.field import Name

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
MOST_SUGGESTED = 6


async def read_form(request: Request) -> FormData:
    """The form as sent: names of fields are data here, so they cannot be parameters."""
    return await request.form(max_fields=400, max_files=0)


Sent = Annotated[FormData, Depends(read_form)]


def document_of(desk: Desk, document_id: str, who: Person) -> Document:
    """The Document, if it is of a unit this person handles; otherwise it does not exist for them."""
    document = desk.store.get(document_id)
    if not who.handles(document.unit):
        raise NotFound
    return document


@dataclass(frozen=True, slots=True)
class Again:
    """What a refused form brings back to the page."""

    trouble: str = ""
    problems: Mapping[str, str] | None = None
    typed: Entries | None = None
    theirs: str = ""


@router.get("/d/{document_id}")
def paper(request: Request, document_id: str, visit: Visitor, tab: str = "", of: str = "") -> Response:
    """Scan at the left, fields at the right; leaves a "viewed" Event (R-186)."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    desk.store.note(document.id, who=visit.person.login, what="viewed")
    return draw(request, visit, document, tab=tab, of=of)


def draw(request: Request, visit: Visit, document: Document, *, tab: str = "", of: str = "", again: Again | None = None) -> Response:
    """The whole page; with `again` as the answer to a form that could not be taken."""
    desk, who, again = frame.desk_of(request), visit.person, again or Again()
    status = 200 if not again.trouble else 422 if again.problems else 409
    return frame.page(
        request, "paper.html", status=status, visit=visit, tab=tab, paper=document, view=view.paper_view(document),
        acts=acts.offered(document, who), back=f"/?tab={tab}" if tab else "/", trouble=again.trouble, theirs=again.theirs,
        problems=_Problems(again.problems), progress=desk.progress(document.id), urgencies=form.URGENCIES, types=form.TYPES,
        rows=view.field_rows(document, typed=again.typed, problems=again.problems or {}), queue=_queue(desk, who, tab, document),
        **_recipients(desk, document, again.typed), **_sheets(document, of), **_sealing(desk, document, who), **_side(desk, document),
    )  # fmt: skip


class _Problems:
    """Problem sentences by attribute, "" for none; what a template can ask without a test."""

    def __init__(self, problems: Mapping[str, str] | None) -> None:
        self.recipients = (problems or {}).get("recipients", "")
        self.compared = (problems or {}).get("compared", "")


@dataclass(frozen=True, slots=True)
class _Queue:
    before: str
    after: str
    place: int
    total: int


def _queue(desk: Desk, who: Person, tab: str, document: Document) -> _Queue:
    return _Queue(*inbox.neighbors(desk, who, inbox.tab_of(tab), document.id))


def _sheets(document: Document, of: str) -> dict[str, object]:
    found = view.faces(document)
    shown = next((face.role for face in found if face.role.value == of), found[0].role if found else None)
    return {"faces": found, "shown": shown, "sheets": range(1, (document.pages or 1) + 1) if found else range(0)}


def _sealing(desk: Desk, document: Document, who: Person) -> dict[str, object]:
    place = sealing.ground(desk)
    kinds = acts.copy_kinds(document, who, place)
    office = desk.offices.get(acts.sealing_unit(document, kinds[0], place)) if kinds else None
    return {
        "copy_kinds": kinds, "can_seal": bool(acts.ALLOWED[Act.SEAL] & who.roles),
        "key": inbox.key_line(office, desk.clock()) if office else inbox.KeyLine("", "–", rehearsal=False, ok=False, trouble=""),
    }  # fmt: skip


def _side(desk: Desk, document: Document) -> dict[str, object]:
    told, quiet = view.split_events(desk.store.events(document.id))
    return {
        "events": told, "quiet_events": quiet, "files": view.downloads(document),
        "answers": view.answers(document, desk.store.receipts(document.id)),
    }  # fmt: skip


def _recipients(desk: Desk, document: Document, typed: Entries | None) -> dict[str, object]:
    chosen = typed.recipients if typed else document.recipients
    found = document.fields.get(Name.RECIPIENTS)
    taken = {one.code for one in chosen}
    suggested = [body for body in suggestions(desk, found.value if found else "") if body.code not in taken]
    send = typed.send if typed else True
    return {"recipients": chosen, "suggested": suggested[:MOST_SUGGESTED], "send": send}


def suggestions(desk: Desk, printed: str) -> list[Body]:
    """Bodies of the directory that the paper names under "Kính gửi" or "Nơi nhận", only where the whole name is printed."""
    bodies: dict[str, Body] = {}
    for line in printed.splitlines():
        wanted = line.strip(" -–;.,:").removeprefix("Như trên").strip()
        for body in desk.store.directory.search(wanted, limit=3) if len(wanted) > 5 else ():
            if body.name.casefold() == wanted.casefold():
                bodies[body.code] = body
    return list(bodies.values())


@router.get("/d/{document_id}/part/{name}")
def part(request: Request, document_id: str, name: str, visit: Visitor) -> Response:
    """Receipts, or files and journal, drawn anew for an open page."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    template = {"receipts": "_receipts.html", "side": "_side.html"}.get(name)
    if template is None:
        raise NotFound
    return frame.page(request, template, visit=visit, paper=document, **_side(desk, document))


def entries_of(desk: Desk, sent: FormData) -> Entries:
    """The clerk's form as values; recipients are taken from the directory, never from the form."""
    values = {name: form.clean(name, text) for name in Name if isinstance(text := sent.get(f"f.{name.value}"), str)}
    checked = frozenset(Name(one) for one in sent.getlist("checked") if one in set(Name))
    codes = dict.fromkeys(str(one) for one in sent.getlist("to"))
    bodies = [body for code in codes if (body := desk.store.directory.get(code))]
    return Entries(values, tuple(Recipient(body.code, body.name) for body in bodies), checked, send=sent.get("send", "1") == "1")


@dataclass(frozen=True, slots=True)
class Case:
    """One form on one Document, by one person."""

    desk: Desk
    document: Document
    who: Person
    sent: FormData

    @property
    def reason(self) -> str:
        """What stands in the reason box."""
        return str(self.sent.get("reason", ""))

    def record(self, change: Change) -> Document:
        """Records the Change in this person's name."""
        return self.desk.store.record(self.document, change, who=self.who.login)


def _confirm(case: Case) -> Document:
    today = case.desk.clock().date()
    return case.record(acts.confirm(case.document, entries_of(case.desk, case.sent), who=case.who, today=today))


def _correct(case: Case) -> Document:
    return case.record(acts.correct(case.document, entries_of(case.desk, case.sent), who=case.who))


def _seal(case: Case) -> Document:
    try:
        kind = CopyKind(str(case.sent.get("kind", "")))
    except ValueError:
        raise Incomplete({"kind": "Chưa chọn hình thức sao. Hãy chọn một hình thức."}) from None
    return sealing.seal_document(case.desk, case.document, kind, who=case.who, compared=case.sent.get("compared") == "1")


def _clear(case: Case) -> Document:
    earlier = frozenset(event.who for event in case.desk.store.events(case.document.id) if event.what == "secrecy_doubted")
    return case.record(acts.clear_secrecy(case.document, case.reason, who=case.who, earlier=earlier))


def _stop(case: Case) -> Document:
    change = acts.stop_secret(case.document, who=case.who)
    for file in case.document.files:  # first the bytes, then the fact: the other way round a crash would leave a secret behind
        case.desk.vault.erase(file.sha256)
    return case.record(change)


PERFORM: Mapping[str, Callable[[Case], Document]] = {
    "confirm": _confirm,
    "correct": _correct,
    "reject": lambda case: case.record(acts.reject(case.document, case.reason, who=case.who)),
    "reopen": lambda case: case.record(acts.reopen(case.document, case.reason, who=case.who)),
    "hold": lambda case: case.record(acts.hold(case.document, case.reason, who=case.who)),
    "retry": lambda case: case.record(acts.retry(case.document, who=case.who)),
    "recall": lambda case: case.record(acts.recall(case.document, case.reason, who=case.who)),
    "file": lambda case: case.record(acts.file_incoming(case.document, who=case.who)),
    "seal": _seal,
    "release": lambda case: sealing.release_document(case.desk, case.document, who=case.who),
    "clear": _clear,
    "stop": _stop,
}
"""The last word of the address to what is done."""


@router.post("/d/{document_id}/{act}")
def perform(request: Request, document_id: str, act: str, visit: Visitor, sent: Sent) -> Response:
    """One act.  A form made from an older version of the Document is refused and comes back with what was typed."""
    desk, who, tab = frame.desk_of(request), visit.person, str(sent.get("tab", ""))
    frame.check_word(visit.token, str(sent.get("word", "")))
    document = document_of(desk, document_id, who)
    if act not in PERFORM:
        raise NotFound
    try:
        if str(document.version) != sent.get("version"):
            raise Stale
        changed = PERFORM[act](Case(desk, document, who, sent))
    except (NotAllowed, NotFound):
        raise
    except GatewayError as trouble:
        return _again(request, visit, desk.store.get(document_id), _Refused(act, tab, sent, trouble))
    log.info("%s %s by=%s stage=%s", document.id, act, who.login, changed.stage.value)
    return frame.go(_after(desk, who, changed, (act, tab, str(sent.get("then", "")))))


@dataclass(frozen=True, slots=True)
class _Refused:
    act: str
    tab: str
    sent: FormData
    trouble: GatewayError


def _again(request: Request, visit: Visit, document: Document, refused: _Refused) -> Response:
    desk = frame.desk_of(request)
    typed = entries_of(desk, refused.sent) if refused.act in ("confirm", "correct") else None
    problems = refused.trouble.problems if isinstance(refused.trouble, Incomplete) else None
    theirs = ""
    if isinstance(refused.trouble, Stale) and typed:
        names = form.changed(document.fields, typed.values)
        theirs = ", ".join(words.FIELDS[name] for name in names)
    log.info("%s %s refused why=%s", document.id, refused.act, type(refused.trouble).__name__)
    return draw(request, visit, document, tab=refused.tab, again=Again(str(refused.trouble), problems, typed, theirs))


def _after(desk: Desk, who: Person, document: Document, came: tuple[str, str, str]) -> str:
    """Where a clerk goes next: on to the next paper of the drawer, or back to this one."""
    act, tab, then = came
    leaves = then == "next" or act in ("reject", "hold")
    if leaves and document.stage is not Stage.PROPOSED or leaves and document.held:
        _, following, _, _ = inbox.neighbors(desk, who, inbox.tab_of(tab), document.id)
        return f"/d/{following}?tab={tab or 'confirm'}" if following else f"/?tab={tab or 'confirm'}"
    return f"/d/{document.id}" + (f"?tab={tab}" if tab else "")
