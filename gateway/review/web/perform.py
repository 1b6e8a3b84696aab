"""The acts on one Document: forms are translated into `review.acts` and recorded; nothing is decided here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from gateway.document import Change, CopyKind, Document, Recipient, Stage
from gateway.errors import CornerTaken, GatewayError, Incomplete, NotAllowed, NotFound, Stale
from gateway.receivers import ended
from gateway.review import acts, incoming, sealing
from gateway.review import entries as form
from gateway.review.acts import Act, Person
from gateway.review.desk import Desk
from gateway.review.entries import Entries
from gateway.review.gather import gather, let_go
from gateway.review.login import Visit
from gateway.review.readdress import readdress
from gateway.review.rearrange import partner_of
from gateway.review.relate import Relation, find_earlier, relate, unrelate
from gateway.review.rescan import ask_again
from gateway.review.seal_acts import SealWish
from gateway.review.translations import mark
from gateway.review.web import frame, inbox, words
from gateway.review.web.paper import Again, Look, document_of, draw
from rules.field import Name

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]


async def read_form(request: Request) -> FormData:
    """The form as sent: names of fields are data here, so they cannot be parameters."""
    return await request.form(max_fields=400, max_files=0)


Sent = Annotated[FormData, Depends(read_form)]


def entries_of(desk: Desk, sent: FormData) -> Entries:
    """The clerk's form as values; recipients are taken from the directory, never from the form."""
    values = {name: form.clean(name, text) for name in Name if isinstance(text := sent.get(f"f.{name.value}"), str)}
    checked = frozenset(Name(one) for one in sent.getlist("checked") if one in set(Name))
    codes = dict.fromkeys(str(one) for one in sent.getlist("to"))
    bodies = [body for code in codes if (body := desk.store.directory.get(code))]
    recipients = tuple(Recipient(body.code, body.name) for body in bodies)
    over = ended(recipients, desk.store.directory, desk.clock().date())
    return Entries(
        values, recipients, checked, send=sent.get("send", "1") == "1", ended=tuple(one.sentence for one in over)
    )


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


def _register(case: Case) -> Document:
    """A paper from the Exchange is vouched for, takes its number and is handed on, in one go."""
    confirmed = _confirm(case)
    return case.desk.store.record(confirmed, incoming.file_incoming(confirmed, who=case.who), who=case.who.login)


def _join(case: Case) -> Document:
    """The same paper as one that is registered: kept beside it."""
    acts.demand(Act.JOIN, case.document, case.who)
    other = case.desk.store.get(str(case.sent.get("other", "")))
    joined = case.record(incoming.join(case.document, other, who=case.who))
    return case.desk.store.record(joined, incoming.file_incoming(joined, who=case.who), who=case.who.login)


def _say(case: Case) -> Document:
    said = frozenset(one.code for one in case.desk.store.answers.of(case.document.id))
    return case.record(incoming.say(case.document, str(case.sent.get("code", "")), who=case.who, said=said))


def _correct(case: Case) -> Document:
    return case.record(acts.correct(case.document, entries_of(case.desk, case.sent), who=case.who))


def _readdress(case: Case) -> Document:
    directory, today = case.desk.store.directory, case.desk.clock().date()
    said = str(case.sent.get("to", ""))
    return case.record(readdress(case.document, said, case.reason, who=case.who, directory=directory, today=today))


def _relate(case: Case) -> Document:
    acts.demand(Act.RELATE, case.document, case.who)
    kind = str(case.sent.get("kind", ""))
    earlier = find_earlier(case.desk.store, case.document, str(case.sent.get("earlier", "")), kind)
    others = case.desk.store.turns.of(case.document.id)
    return case.record(relate(case.document, Relation(earlier, kind, case.reason), who=case.who, others=others))


def _unrelate(case: Case) -> Document:
    acts.demand(Act.RELATE, case.document, case.who)
    earlier = case.desk.store.get(str(case.sent.get("earlier", "")))
    others = case.desk.store.turns.of(case.document.id)
    return case.record(unrelate(case.document, earlier, who=case.who, others=others))


def _gather(case: Case) -> Document:
    acts.demand(Act.GATHER, case.document, case.who)
    named, version = (str(case.sent.get(name, "")) for name in ("other", "other_version"))
    other = partner_of(case.desk, named, version, case.who)
    return case.record(gather(case.document, other, who=case.who))


def _seal(case: Case) -> Document:
    pin = str(case.sent.get("pin", ""))
    return sealing.seal_document(case.desk, case.document, wish_of(case.sent), who=case.who, pin=pin)


def wish_of(sent: FormData, ending: str = "") -> SealWish:
    """What the form says of one paper; in a list its fields end in the paper's id.

    Raises:
        Incomplete: no kind of copy was chosen.
    """
    try:
        kind = CopyKind(str(sent.get(f"kind{ending}", "")))
    except ValueError:
        raise Incomplete({"kind": mark("Chưa chọn hình thức sao. Hãy chọn một hình thức.")}) from None
    counted = str(sent.get(f"pages{ending}", "")).strip()
    return SealWish(
        kind,
        compared=sent.get("compared") == "1",
        pages=int(counted) if counted.isascii() and counted.isdecimal() and len(counted) < 6 else 0,
        cover=sent.get(f"cover{ending}") == "1",
    )


def _clear(case: Case) -> Document:
    earlier = frozenset(
        event.who for event in case.desk.store.events(case.document.id) if event.what == "secrecy_doubted"
    )
    return case.record(acts.clear_secrecy(case.document, case.reason, who=case.who, earlier=earlier))


PERFORM: Mapping[str, Callable[[Case], Document]] = {
    "confirm": _confirm,
    "correct": _correct,
    "reject": lambda case: case.record(acts.reject(case.document, case.reason, who=case.who)),
    "reopen": lambda case: case.record(acts.reopen(case.document, case.reason, who=case.who)),
    "hold": lambda case: case.record(acts.hold(case.document, case.reason, who=case.who)),
    "choose": lambda case: case.record(
        acts.choose_paper(case.document, str(case.sent.get("file", "")), who=case.who)
    ),
    "rescan": lambda case: ask_again(
        case.desk, case.document, str(case.sent.get("fault", "")), case.reason, who=case.who
    ),
    "retry": lambda case: case.record(acts.retry(case.document, who=case.who)),
    "recall": lambda case: case.record(acts.recall(case.document, case.reason, who=case.who)),
    "relate": _relate,
    "unrelate": _unrelate,
    "readdress": _readdress,
    "file": lambda case: case.record(incoming.file_incoming(case.document, who=case.who)),
    "register": _register,
    "join": _join,
    "say": _say,
    "gather": _gather,
    "let_go": lambda case: case.record(
        let_go(case.desk, case.document, str(case.sent.get("other", "")), who=case.who)
    ),
    "give_back": lambda case: case.record(incoming.give_back(case.document, who=case.who)),
    "keep": lambda case: case.record(incoming.keep(case.document, case.reason, who=case.who)),
    "seal": _seal,
    "release": lambda case: sealing.release_document(case.desk, case.document, who=case.who),
    "clear": _clear,
    "stop": lambda case: case.record(acts.stop_secret(case.document, who=case.who)),
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
    typed = entries_of(desk, refused.sent) if refused.act in ("confirm", "correct", "register") else None
    problems = refused.trouble.problems if isinstance(refused.trouble, Incomplete) else None
    theirs = ""
    if isinstance(refused.trouble, Stale) and typed:
        names = form.changed(document.fields, typed.values)
        theirs = ", ".join(words.FIELDS[name] for name in names)
    log.info("%s %s refused why=%s", document.id, refused.act, type(refused.trouble).__name__)
    again = Again(str(refused.trouble), problems, typed, theirs, isinstance(refused.trouble, CornerTaken),
                  str(refused.sent.get("pages", "")))  # fmt: skip
    return draw(request, visit, document, Look(refused.tab, again=again))


def _after(desk: Desk, who: Person, document: Document, came: tuple[str, str, str]) -> str:
    """Where a clerk goes next: on to the next paper of the drawer, or back to this one."""
    act, tab, then = came
    leaves = then == "next" or act in ("reject", "hold", "rescan")
    if leaves and (document.stage is not Stage.PROPOSED or document.held):
        following = inbox.neighbors(desk, who, inbox.tab_of(tab), document.id).after
        return f"/d/{following}?tab={tab or 'confirm'}" if following else f"/?tab={tab or 'confirm'}"
    return f"/d/{document.id}" + (f"?tab={tab}" if tab else "")
