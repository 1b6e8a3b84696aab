"""What the templates show of a Document: plain values, no decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.document import VN, Document, Door, Event, FileRef, Receipt, Recipient, Role, Stage
from gateway.recipe import archive_stands
from gateway.review import entries as form
from gateway.review.web import words
from gateway.review.web.waiting import Wait
from gateway.store.due import due_at
from rules.field import Candidate, Evidence, Field, Name, Secrecy

MOST_CHOICES = 4
BEFORE_SENT = frozenset({Stage.RECEIVED, Stage.READ, Stage.PROPOSED, Stage.CONFIRMED, Stage.SEALED})
SOON = dt.timedelta(hours=2)
READING = frozenset({Stage.RECEIVED, Stage.READ})
AFTER_SEAL = frozenset({Stage.SEALED, Stage.SENT, Stage.DELIVERED, Stage.RECALLING, Stage.REFUSED, Stage.RECALLED})
QUIET_EVENTS = frozenset({"viewed", "downloaded", "printed", "archived"})
FORM_ORDER = (
    Name.NUMBER,
    Name.SYMBOL,
    Name.DATE,
    Name.ISSUER,
    Name.DOC_TYPE,
    Name.SUBJECT,
    Name.SIGNER,
    Name.SIGNER_TITLE,
    Name.ISSUER_PARENT,
    Name.PLACE,
    Name.URGENCY,
    Name.RECIPIENTS,
)
"""Fields without which nothing goes out come first."""


def value_of(document: Document, name: Name) -> str:
    """The value as it stands, "" when there is none."""
    found = document.fields.get(name)
    return found.value if found else ""


def number_and_symbol(document: Document) -> str:
    """ "1698/UBND-KGVX", one half alone, or ""."""
    return "/".join(part for part in (value_of(document, Name.NUMBER), value_of(document, Name.SYMBOL)) if part)


@dataclass(frozen=True, slots=True)
class Twin:
    """Another carrier of the same paper."""

    id: str
    door: Door
    received_at: dt.datetime
    standing: str
    register_number: str


def twins_of(documents: Sequence[Document]) -> tuple[Twin, ...]:
    """What is shown of them."""
    return tuple(
        Twin(one.id, one.origin.door, one.received_at, words.standing(one), one.register_number)
        for one in documents
    )


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a paper must have gone out, as it is shown."""

    at: dt.datetime
    words: str
    late: str


def deadline(document: Document, now: dt.datetime) -> Deadline | None:
    """None when it has gone or stands in the register, or when the year's calendar is not known."""
    waits = document.stage in BEFORE_SENT and not (document.stage is Stage.CONFIRMED and not document.goes_out)
    at = due_at(document) if waits else None
    if at is None:
        return None
    today = at.date() == now.astimezone(VN).date()
    late = "late" if at < now else "soon" if at - now < SOON else ""
    return Deadline(at, at.strftime("%H:%M" if today else "%d/%m %H:%M"), late)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One row of the inbox."""

    id: str
    name: str
    number: str
    date: str
    subject: str
    issuer: str
    doc_type: str
    urgency: str
    door: Door
    by: str
    received_at: dt.datetime
    when: str
    """Time of day for today, else the date."""
    due: str
    """By when it must have gone out: the time for today, else with its day; "" when nobody waits for it."""
    late: str
    """"late", "soon" (within two hours) or ""."""
    twins: tuple[Twin, ...]
    """The same paper, come in another way."""
    stage: Stage
    standing: str
    """Where it stands, in words."""
    held: bool
    again_at: dt.datetime | None
    reading: bool
    judged: bool
    """The machine has proposed and nobody has confirmed yet: how sure it is matters."""
    doubts: int
    """Fields that wait for a clerk's eye."""
    reason: str
    answers: str
    """"2/3": receivers that have registered it, of all."""
    wait: Wait
    """How it stands with the machine."""


def paper_line(
    document: Document, *, now: dt.datetime, wait: Wait, twins: Sequence[Document] = ()
) -> PaperLine:
    """The row of one Document."""
    due = deadline(document, now)
    received = document.received_at.astimezone(VN)
    today = received.date() == now.astimezone(VN).date()
    judged = document.stage is Stage.PROPOSED
    return PaperLine(
        id=document.id,
        name=document.name,
        number=number_and_symbol(document),
        date=value_of(document, Name.DATE),
        subject=value_of(document, Name.SUBJECT),
        issuer=value_of(document, Name.ISSUER),
        doc_type=value_of(document, Name.DOC_TYPE),
        urgency=value_of(document, Name.URGENCY),
        door=document.origin.door,
        by=document.by,
        received_at=document.received_at,
        when=received.strftime("%H:%M" if today else "%d/%m/%Y"),
        due=due.words if due else "",
        late=due.late if due else "",
        twins=twins_of(twins),
        stage=document.stage,
        standing=words.standing(document),
        held=document.held is not None,
        again_at=document.next_try_at,
        reading=document.stage in READING and document.held is None,
        judged=judged,
        doubts=len(doubtful(document.fields)) if judged else 0,
        reason=document.held.reason if document.held else "",
        answers=_answers(document),
        wait=wait,
    )


def _answers(document: Document) -> str:
    if document.stage not in (Stage.SENT, Stage.DELIVERED, Stage.RECALLING) or not document.recipients:
        return ""
    registered = sum(one.state in ("03", "04", "05", "06") for one in document.recipients)
    return f"{registered}/{len(document.recipients)}"


def doubtful(fields: Mapping[Name, Field]) -> tuple[Name, ...]:
    """Unsure fields and required ones that were not found, in form order."""
    return tuple(
        name for name in FORM_ORDER if _state(fields.get(name), name in form.REQUIRED) in ("unsure", "missing")
    )


def _state(found: Field | None, required: bool) -> str:
    if found is None or not found.value:
        return "missing" if required else "blank"
    return "sure" if found.sure else "unsure"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the form."""

    name: Name
    value: str
    """As typed when a form came back, else as it stands."""
    state: str
    """"sure", "unsure", "missing" (required, not found) or "blank"."""
    required: bool
    spot: Evidence | None
    candidates: tuple[Candidate, ...]
    doubts: tuple[str, ...]
    checked: bool
    problem: str


def field_rows(document: Document, *, typed: form.Entries | None, problems: Mapping[str, str]) -> list[FieldRow]:
    """Every field in form order, with what the clerk had typed kept after a refusal."""
    rows = []
    for name in FORM_ORDER:
        found, required = document.fields.get(name), name in form.REQUIRED
        value = typed.values.get(name, "") if typed else (found.value if found else "")
        own = (
            (Candidate(found.value, found.confidence, found.evidence),)
            if found and not found.sure and found.candidates
            else ()
        )
        others = found.candidates if found else ()
        rows.append(
            FieldRow(
                name,
                value,
                _state(found, required),
                required,
                spot=found.evidence if found and found.evidence and found.evidence.page > 0 else None,
                candidates=(own + others)[:MOST_CHOICES],
                doubts=found.doubts if found else (),
                checked=bool(typed and name in typed.checked),
                problem=problems.get(name, ""),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class PaperView:
    """Head of the document page."""

    title: str
    number: str
    date: str
    subject: str
    urgency: str
    reading: bool
    alarm: bool
    """A suspected secrecy mark waits for a person."""
    outgoing: bool
    """On its way or beyond: what the receivers say comes first."""


def paper_view(document: Document) -> PaperView:
    """The head of one Document."""
    number = number_and_symbol(document)
    return PaperView(
        title=number or document.name,
        number=number,
        date=value_of(document, Name.DATE),
        subject=value_of(document, Name.SUBJECT),
        urgency=value_of(document, Name.URGENCY),
        reading=document.stage in READING and document.held is None,
        alarm=document.secrecy is Secrecy.UNSURE,
        outgoing=document.stage in AFTER_SEAL or (document.stage is Stage.CONFIRMED and document.goes_out),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """One receiver and all it said, oldest first."""

    recipient: Recipient
    receipts: tuple[Receipt, ...]


def answers(document: Document, receipts: Sequence[Receipt]) -> list[Answer]:
    """Receipts sorted to their receivers."""
    by_code: dict[str, list[Receipt]] = {}
    for receipt in sorted(receipts, key=lambda one: one.at):
        by_code.setdefault(receipt.from_code, []).append(receipt)
    return [Answer(one, tuple(by_code.get(one.code, ()))) for one in document.recipients]


def split_events(events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Newest first: what happened, and who only looked."""
    latest = sorted(events, key=lambda one: one.seq, reverse=True)
    return [one for one in latest if one.what not in QUIET_EVENTS], [one for one in latest if one.what in QUIET_EVENTS]


FACES = (Role.SEALED, Role.ARCHIVE, Role.PAPER, Role.ORIGINAL)
DOWNLOADS = (Role.SEALED, Role.ARCHIVE, Role.PAPER, Role.ORIGINAL, Role.SOURCE, Role.MESSAGE, Role.EVIDENCE)
DRAWABLE = ("application/pdf", "image/tiff", "image/jpeg", "image/png")


def faces(document: Document) -> list[FileRef]:
    """Files that can be looked at, the most telling first."""
    found = [file for file in _newest(document, FACES) if file.media_type in DRAWABLE]
    archived = any(file.role is Role.ARCHIVE for file in found)
    # An original scan shows nothing that its archive copy does not show upright.
    return [file for file in found if not (archived and file.role in (Role.PAPER, Role.ORIGINAL))]


def downloads(document: Document) -> list[FileRef]:
    """The newest file of every role a person may take away."""
    return list(_newest(document, DOWNLOADS))


def _newest(document: Document, roles: Sequence[Role]) -> Iterator[FileRef]:
    """The newest file of each role; an archive copy of a Part that is the paper no more is none."""
    unread = (document.is_letter and document.kind in ("", "signed")) or not archive_stands(document)
    for role in roles:
        if (file := document.file(role)) and not (unread and role is Role.ARCHIVE):
            yield file
