"""A sealing by the program on the sealer's own machine: handed over, fetched, brought back, judged, recorded.

The sealer asks in their own session (R-090); what travels afterwards carries two tokens in place of the login, good
once and for minutes.  The Document stays CONFIRMED until the judged file is recorded in one transaction; whatever goes
wrong before leaves it there, with a sentence on the sealer's page.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import Document, Role, Stage
from gateway.errors import CornerTaken, GatewayError, KeyUnavailable, NotAllowed, NotFound, Stale
from gateway.review.acts import Person
from gateway.review.desk import Desk
from gateway.review.enclosing import PDF, UNSEALED
from gateway.review.handing_parts import Enclosed, enclosed_of, next_turn, turn_of
from gateway.review.login import person_of
from gateway.review.seal_acts import COPIES, SealWish
from gateway.review.sealing import (
    NO_KEY,
    Sealed,
    office_that_seals,
    order_of,
    record_sealed,
    unused_parcel_id,
)
from gateway.review.translations import mark
from gateway.seal.port import DeskProgram, Errand, Given
from gateway.store.handovers import Handover
from rules.field import Name

log = logging.getLogger(__name__)
SPENT = mark("Lượt ký này đã dùng hoặc đã hết hạn. Hãy bấm ký lại.")
NO_ANSWER = mark("Chương trình ký chưa trả tệp về. Hãy xem chương trình ký trên máy này rồi ký lại.")
PDFA_LOST = "pdfa_lost"
"""Remark on a Document whose seal made it no PDF/A any more, where the settings let that pass."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the page needs to talk to the program."""

    address: str
    message: Mapping[str, object]
    seconds: float
    part: str = ""
    """Name of the attachment that it is about; "" for the paper."""


def hand_over(desk: Desk, document: Document, wish: SealWish, *, who: Person, base: str) -> Ticket:
    """Opens the way for the program to fetch the file and bring it back.

    Args:
        desk: the desk.
        document: as the sealer saw it.
        wish: what they chose and stated.
        who: the sealer.
        base: the desk's address as the sealer's browser reaches it.

    Raises:
        NotAllowed, WrongStage, Incomplete, SealError: see sealing.seal_document.
    """
    office = office_that_seals(desk, document, wish, who=who)
    program, now = _program(office.program), desk.clock()
    wanted = Handover(document=document.id, version=document.version, login=who.login, copy_kind=wish.kind,
                      pages=wish.pages, cover=wish.cover, at=now,
                      ends_at=now + dt.timedelta(minutes=program.minutes))  # fmt: skip
    with TemporaryDirectory(dir=desk.vault.work_folder(), prefix="hand-") as folder:
        turn = next_turn(desk, document, wanted, order_of(office, wish, now), Path(folder))
        program.check_place(turn.path, turn.order)
    tokens = desk.store.handovers.begin(replace(wanted, part=turn.part.sha256 if turn.part else ""))
    root = (desk.address or base).rstrip("/")
    value = {name: field.value for name, field in document.fields.items()}
    errand = Errand(
        fetch=f"{root}/handed/{tokens.fetch}/{document.id}.pdf",
        upload=f"{root}/handed/{tokens.upload}",
        number=f"{value.get(Name.NUMBER, '')}/{value.get(Name.SYMBOL, '')}",
        date=dt.date.fromisoformat(value[Name.DATE]) if value.get(Name.DATE) else None,
    )
    log.info("%s handed_over by=%s program=%r", document.id, who.login, program.name)
    address = program.attachment_address if turn.part else program.address
    return Ticket(address, program.message(errand), program.minutes * 60, turn.part.name if turn.part else "")


def given_file(desk: Desk, token: str, folder: Path) -> Path:
    """Writes the file that is to be sealed into the folder; the token is spent with it.

    Raises:
        NotFound: no such token, spent, or over.
        Stale: somebody has changed the Document since.
        SealError: see DeskProgram.give.
    """
    now = desk.clock()
    handover = desk.store.handovers.to_fetch(token, now)
    if handover is None:
        raise NotFound(SPENT)
    document, wish, who = _case(desk, handover)
    office, out = office_that_seals(desk, document, wish, who=who), folder / f"{document.id}.pdf"
    turn = turn_of(desk, document, handover, order_of(office, wish, now), folder)
    _program(office.program).give(turn.path, turn.order, out)
    with out.open("rb") as data:
        sha256 = hashlib.file_digest(data, "sha256").hexdigest()
    if not desk.store.handovers.fetched(handover, at=now, sha256=sha256, size=out.stat().st_size):
        raise NotFound(SPENT)
    desk.store.note(document.id, who=who.login, what="downloaded", why=f"{Role.ARCHIVE.value}.")
    log.info("%s handed_fetched by=%s", document.id, who.login)
    return out


def waiting(desk: Desk, token: str) -> Handover | None:
    """The handover that waits for an upload with that token; looks only."""
    return desk.store.handovers.to_take(token, desk.clock())


def take_back(desk: Desk, handover: Handover, returned: Path) -> Mapping[str, object]:
    """Judges what the program has brought, records it, and says what to answer; the token is spent either way.

    Raises:
        NotFound: it was spent meanwhile.
        KeyUnavailable: the unit has no such program any more.
    """
    if not desk.store.handovers.uploaded(handover, desk.clock()):
        raise NotFound(SPENT)
    program = _program(next((one.program for one in desk.offices.values() if one.program), None))
    try:
        document = _part_taken(desk, handover, returned) if handover.part else _taken(desk, handover, returned)
    except GatewayError as error:
        log.warning("%s handed_refused by=%s why=%s", handover.document, handover.login, type(error).__name__)
        outcome = "covers" if isinstance(error, CornerTaken) else "refused"
        desk.store.handovers.ended(handover, outcome, str(error))
        return program.answer(False, str(error), "")
    if not handover.part:
        desk.store.handovers.ended(handover, "sealed")
    log.info("%s seal by=%s part=%s stage=%s", document.id, handover.login, bool(handover.part), document.stage.value)
    return program.answer(True, "", f"{document.id}.pdf")


def _taken(desk: Desk, handover: Handover, returned: Path) -> Document:
    document, wish, who = _case(desk, handover)
    office = office_that_seals(desk, document, wish, who=who)
    program, out = _program(office.program), returned.with_name("sealed.pdf")
    given = Given(handover.given_sha256, handover.given_size, handover.fetched_at or handover.at)
    archival = program.take(returned, given, order_of(office, wish, desk.clock()), out)
    enclosed = Enclosed((), unsealed=False, lost=False)
    if wish.kind in COPIES:
        enclosed = enclosed_of(desk, document, handover, returned.parent)
    remarks = (*(() if archival and not enclosed.lost else (PDFA_LOST,)), *((UNSEALED,) if enclosed.unsealed else ()))
    late = any(program.lacks(path) for path in (out, *_sealed_parts(desk, document, enclosed)))
    parcel_id = unused_parcel_id(desk, document, office.body.code)
    done = Sealed(office, out, parcel_id, late=late, remarks=remarks, enclosed=enclosed.files)
    return record_sealed(desk, document, wish.kind, done, who=who)


def _sealed_parts(desk: Desk, document: Document, enclosed: Enclosed) -> Sequence[Path]:
    came = {file.sha256 for file in document.attachments}
    return [desk.vault.path(file) for file in enclosed.files if file.sha256 not in came]


def _part_taken(desk: Desk, handover: Handover, returned: Path) -> Document:
    """An attachment: judged like a paper, and kept until the paper itself is sealed."""
    document, wish, who = _case(desk, handover)
    office = office_that_seals(desk, document, wish, who=who)
    out = returned.with_name("sealed.pdf")
    turn = turn_of(desk, document, handover, order_of(office, wish, desk.clock()), returned.parent)
    given = Given(handover.given_sha256, handover.given_size, handover.fetched_at or handover.at)
    archival = _program(office.program).take(returned, given, turn.order, out)
    name = turn.part.name if turn.part else ""
    kept = desk.vault.put(out, role=Role.ENCLOSED, media_type=PDF, name=name)
    desk.store.handovers.ended(handover, "sealed", "" if archival else PDFA_LOST, sealed=(kept.sha256, kept.size))
    return document


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a handover stands."""

    sealed: bool
    trouble: str = ""
    """The sentence for the page where it is not sealed."""
    corner: bool = False
    """The sealer may let the mark cover what stands in the corner."""
    more: bool = False
    """An attachment is sealed; the next file of the same paper is to be handed over."""


def how_it_went(desk: Desk, document: Document) -> Outcome:
    """What became of the newest handover of a Document."""
    if document.stage is not Stage.CONFIRMED:
        return Outcome(sealed=True)
    newest = desk.store.handovers.of(document.id)
    if newest is not None and newest.part and newest.outcome == "sealed":
        return Outcome(sealed=False, more=True)
    if newest is None or not newest.trouble:
        return Outcome(sealed=False, trouble=NO_ANSWER)
    return Outcome(sealed=False, trouble=newest.trouble, corner=newest.outcome == "covers")


def _case(desk: Desk, handover: Handover) -> tuple[Document, SealWish, Person]:
    """The Document as it was when the sealer asked, what they asked for, and who they are now.

    Raises:
        Stale: somebody has changed it since.
        NotAllowed: the sealer is no longer here.
    """
    document, who = desk.store.get(handover.document), person_of(desk.store.people, handover.login)
    if document.version != handover.version:
        raise Stale
    if who is None:
        raise NotAllowed
    return document, SealWish(handover.copy_kind, compared=True, pages=handover.pages, cover=handover.cover), who


def _program(program: DeskProgram | None) -> DeskProgram:
    if program is None:
        raise KeyUnavailable(NO_KEY)
    return program
