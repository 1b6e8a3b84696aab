"""What a person decides: pure functions Document -> Change.  Who may do it, on which Stage, what must be true first.

Nothing is written here; `review.web` translates a form into a call and records the Change.  Who may recall?  `ALLOWED`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.document import MOVES, Change, CopyKind, Document, Door, Held, Mover, Role, Stage
from gateway.errors import Incomplete, NotAllowed, NotFound, WrongStage
from gateway.review import entries as form
from gateway.review.entries import Entries
from gateway.review.translations import mark
from rules.field import Name, Secrecy

SIGNED = "signed"
"""`Document.kind` of a file that came with signatures (ocr.triage)."""

SCANS = frozenset({"scan", "image"})
"""`Document.kind` of pictures of a paper (ocr.triage)."""

CLEARED = "secrecy_cleared"
"""Remark left by a person who has looked at a suspected secrecy mark and found none."""

LETTER_REMARKS = frozenset({
    CLEARED, "base64_damaged", "mime_broken", "charset_doubtful", "from_doubled", "too_many_parts", "smime_invalid",
    "smime_unknown", "parts_refused", "automatic_letter",
})  # fmt: skip
"""Remarks about the letter, whichever Part of it is the paper; the others go when another is chosen."""


class Act(StrEnum):
    """What a person may do at the desk."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    REJECT = "reject"
    REOPEN = "reopen"
    SEAL = "seal"
    RELEASE = "release"
    FILE = "file"
    HOLD = "hold"
    RETRY = "retry"
    RECALL = "recall"
    CLEAR = "clear"
    """Say that there is no secrecy mark."""
    STOP = "stop"
    """Say that there is one: the bytes are erased."""
    CHOOSE = "choose"
    """Name another Part of a letter as the paper."""
    UPLOAD = "upload"
    OVERVIEW = "overview"


_DESK = frozenset({"clerk", "sealer"})

ALLOWED: Mapping[Act, frozenset[str]] = {
    Act.CONFIRM: frozenset({"clerk"}),
    Act.CORRECT: frozenset({"clerk"}),
    Act.REJECT: frozenset({"clerk"}),
    Act.REOPEN: _DESK,
    Act.SEAL: frozenset({"sealer"}),
    Act.RELEASE: frozenset({"sealer"}),
    Act.FILE: frozenset({"clerk"}),
    Act.HOLD: _DESK,
    Act.RETRY: _DESK | {"admin"},
    Act.RECALL: _DESK | {"head"},
    Act.CLEAR: frozenset({"head"}),
    Act.STOP: frozenset({"clerk", "sealer", "head"}),
    Act.CHOOSE: frozenset({"clerk"}),
    Act.UPLOAD: frozenset({"clerk"}),
    Act.OVERVIEW: frozenset({"clerk", "sealer", "head", "auditor", "admin"}),
}
"""Roles that may do each act (R-090: only an identified sealer seals)."""

ENDS = frozenset(stage for stage, to in MOVES.items() if not to) | {Stage.FILED}
"""Stages from which nothing leads on; only the office that sent a paper may still ask for it back."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever sits at the desk."""

    login: str
    name: str
    roles: frozenset[str]
    units: frozenset[str] = field(default_factory=frozenset)
    """Codes of the units whose papers they handle; empty means every unit served here."""

    def handles(self, unit: str) -> bool:
        """True when papers of that unit are theirs."""
        return not self.units or unit in self.units


@dataclass(frozen=True, slots=True)
class Ground:
    """What decision 13 needs to know of the place a paper came to."""

    home: str
    """Code of the serving office."""
    own_scanners: frozenset[str] = field(default_factory=frozenset)
    """Mail addresses of the office's own scan-to-mail devices."""


def offered(document: Document, who: Person) -> frozenset[Act]:
    """The acts that make sense for this person on this Document now."""
    if not who.handles(document.unit):
        return frozenset()
    return frozenset(act for act in Act if ALLOWED[act] & who.roles and _sensible(act, document))


def _sensible(act: Act, document: Document) -> bool:
    stage, held = document.stage, document.held is not None
    signed = document.kind == SIGNED
    incoming = document.origin.door is Door.EXCHANGE
    outgoing = stage is Stage.CONFIRMED and bool(document.recipients) and not incoming
    sensible: Mapping[Act, bool] = {
        Act.CONFIRM: stage is Stage.PROPOSED and not _alarm(document),
        Act.CORRECT: stage is Stage.PROPOSED and not _alarm(document),
        Act.REJECT: MOVES[stage].get(Stage.REJECTED) is Mover.CLERK and (held or stage is Stage.PROPOSED),
        Act.REOPEN: stage is Stage.CONFIRMED,
        Act.SEAL: outgoing and not signed,
        Act.RELEASE: outgoing and signed,
        Act.FILE: stage is Stage.CONFIRMED and (incoming or not document.recipients),
        Act.HOLD: stage in (Stage.PROPOSED, Stage.CONFIRMED) and not held,
        Act.RETRY: (held and not _alarm(document)) or document.next_try_at is not None,
        Act.RECALL: MOVES[stage].get(Stage.RECALLING) is Mover.CLERK,
        Act.CLEAR: _alarm(document),
        Act.STOP: Stage.STOPPED in MOVES[stage] and (_alarm(document) or stage is Stage.PROPOSED),
        Act.CHOOSE: _choosable(document),
        Act.UPLOAD: False,
        Act.OVERVIEW: False,
    }
    return sensible[act]


def _choosable(document: Document) -> bool:
    """A letter with other files, of which the paper is waited for by nobody but a clerk."""
    waits = document.stage is Stage.PROPOSED or (document.stage is Stage.RECEIVED and document.held is not None)
    return waits and bool(document.attachments) and not _alarm(document)


def _alarm(document: Document) -> bool:
    return document.secrecy is Secrecy.UNSURE and document.stage not in ENDS


def _demand(act: Act, document: Document, who: Person) -> None:
    """Raises NotAllowed for the wrong person, WrongStage for the wrong time."""
    if not (ALLOWED[act] & who.roles and who.handles(document.unit)):
        raise NotAllowed
    if not _sensible(act, document):
        raise WrongStage


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Incomplete({"reason": mark("Chưa có lý do. Hãy ghi ngắn gọn lý do.")})
    return text[:500]


def confirm(document: Document, entries: Entries, *, who: Person, today: dt.date) -> Change:
    """A clerk vouches for fields and recipients; the register number is taken with it.

    Raises:
        Incomplete: required fields, lengths, date, unsure fields not looked at, no recipient.
    """
    _demand(Act.CONFIRM, document, who)
    if found := form.problems(entries, today=today, fields=document.fields):
        raise Incomplete(found)
    return Change(
        what="confirmed",
        why=_vouched_for(document, entries),
        to=Stage.CONFIRMED,
        by=Mover.CLERK,
        fields=form.vouched(document.fields, entries, who=who.login),
        recipients=entries.recipients if entries.send else (),
        take_register_number=not document.register_number,
        confirmed_by=who.login,
        release=True,
    )


def correct(document: Document, entries: Entries, *, who: Person) -> Change:
    """Saves what the clerk has typed so far; nothing is vouched for yet."""
    _demand(Act.CORRECT, document, who)
    return Change(
        what="corrected",
        why=_corrections(document, entries),
        recipients=entries.recipients,
        fields=form.merged(document.fields, entries.values, who=who.login),
    )


def _corrections(document: Document, entries: Entries) -> str:
    """Names of the corrected fields, never their values: the journal holds no content."""
    names = form.changed(document.fields, entries.values)
    return f"Sửa: {', '.join(form.LABELS[name].lower() for name in names)}." if names else ""


def _vouched_for(document: Document, entries: Entries) -> str:
    """Whose word each field is (R-196): what was taken as the machine read it, and what the clerk corrected."""
    changed = form.changed(document.fields, entries.values)
    taken = [name for name in document.fields if name not in changed and document.fields[name].value]
    as_read = f"Đúng như máy đọc: {', '.join(form.LABELS[name].lower() for name in taken)}." if taken else ""
    return " ".join(part for part in (as_read, _corrections(document, entries)) if part)


def reject(document: Document, reason: str, *, who: Person) -> Change:
    """The paper does not go on."""
    _demand(Act.REJECT, document, who)
    reason = _reason(reason)
    return Change(what="rejected", why=reason, to=Stage.REJECTED, by=Mover.CLERK, reason=reason, release=True)


def reopen(document: Document, reason: str, *, who: Person) -> Change:
    """Back to the clerk's form; the register number stays."""
    _demand(Act.REOPEN, document, who)
    return Change(what="reopened", why=_reason(reason), to=Stage.PROPOSED, by=Mover.CLERK, confirmed_by="")


def choose_paper(document: Document, sha256: str, *, who: Person) -> Change:
    """Another Part of the letter is the paper: it is read anew, and what was proposed from the first is gone.

    Raises:
        NotFound: the letter has no such file.
    """
    _demand(Act.CHOOSE, document, who)
    file = next((one for one in document.attachments if one.sha256 == sha256), None)
    if file is None:
        raise NotFound
    back = document.stage is Stage.PROPOSED
    return Change(
        what="paper_chosen",
        to=Stage.RECEIVED if back else None,
        by=Mover.CLERK,
        files=(replace(file, role=Role.PAPER),),
        fields={},
        kind="",
        pages=0,
        remarks=tuple(one for one in document.remarks if one in LETTER_REMARKS),
        release=True,
    )


def hold(document: Document, reason: str, *, who: Person) -> Change:
    """Puts a paper aside until somebody says otherwise."""
    _demand(Act.HOLD, document, who)
    reason = _reason(reason)
    return Change(what="held", why=reason, held=Held("clerk", reason))


def retry(document: Document, *, who: Person) -> Change:
    """Clears the hold; the machine goes on from where it stood."""
    _demand(Act.RETRY, document, who)
    return Change(what="retried", release=True)


def recall(document: Document, reason: str, *, who: Person) -> Change:
    """Asks every receiver to give the document back (Decree 30/2020 Article 18.4)."""
    _demand(Act.RECALL, document, who)
    reason = _reason(reason)
    return Change(what="recalling", why=reason, to=Stage.RECALLING, by=Mover.CLERK, reason=reason, release=True)


def file_incoming(document: Document, *, who: Person) -> Change:
    """Entered into the register and handed on inside; nothing is sent."""
    _demand(Act.FILE, document, who)
    return Change(what="filed", to=Stage.FILED, by=Mover.CLERK, release=True)


def clear_secrecy(document: Document, reason: str, *, who: Person, earlier: frozenset[str]) -> Change:
    """Says that a suspected secrecy mark is none; two different people must say so (R-008).

    `earlier`: logins that have said so before.  The first only leaves an Event; the second lets the paper go on.
    """
    _demand(Act.CLEAR, document, who)
    if who.login in earlier:
        raise NotAllowed(mark("Bạn đã xác nhận lần thứ nhất. Hãy nhờ người thứ hai kiểm tra và xác nhận."))
    reason = _reason(reason)
    if not earlier:
        return Change(what="secrecy_doubted", why=reason)
    remarks = (*document.remarks, CLEARED)
    return Change(what=CLEARED, why=reason, secrecy=Secrecy.NONE, remarks=remarks, release=True)


def stop_secret(document: Document, *, who: Person) -> Change:
    """Says that the paper bears a secrecy mark: only the fact stays (decision 7); the store erases the bytes."""
    _demand(Act.STOP, document, who)
    mover = MOVES[document.stage][Stage.STOPPED]
    return Change(what="stopped", to=Stage.STOPPED, by=mover, secrecy=Secrecy.MARKED, reason="secrecy")


COPIES = (CopyKind.SAO_Y, CopyKind.SAO_LUC, CopyKind.TRICH_SAO)


def copy_kinds(document: Document, who: Person, ground: Ground) -> tuple[CopyKind, ...]:
    """The kinds of copy this person may seal this paper as, the likeliest first (design.md decision 13)."""
    door = document.origin.door
    if door is Door.EXCHANGE or document.kind == SIGNED:
        return ()
    # A saved letter that somebody hands in is still a letter.
    carried = door in (Door.FOLDER, Door.DESK) and not document.is_letter
    own_scan = carried or document.by.lower() in ground.own_scanners
    # A unit's clerk can hold a scan against the unit's own paper; an office file or a born-digital PDF that came by
    # mail without a signature has no original to be compared with.
    if own_scan or (document.unit in who.units and document.kind in SCANS):
        return COPIES
    return (CopyKind.CHUYEN_TIEP,)


def sealing_unit(document: Document, kind: CopyKind, ground: Ground) -> str:
    """Code of the unit whose key seals: a unit's mail passed on for information carries the serving office's."""
    return ground.home if kind is CopyKind.CHUYEN_TIEP else document.unit


NO_PAGES = mark("Chưa ghi số trang của bản giấy. Hãy đếm trang bản giấy rồi ghi vào.")
OTHER_PAGES = mark(
    "Số trang bản giấy khác số trang bản số hóa. Hãy đếm lại; nếu thiếu trang thì từ chối văn bản này rồi quét lại."
)


@dataclass(frozen=True, slots=True)
class SealWish:
    """What the sealer chose and stated."""

    kind: CopyKind
    compared: bool
    """ "I have compared the digitized copy with the paper" (R-093)."""
    pages: int = 0
    """Pages of the paper, as the sealer counted them (R-027); 0 when nothing was entered."""
    cover: bool = False
    """The mark may cover what stands in the corner of the first page."""


def demand_seal(document: Document, wish: SealWish, *, who: Person, ground: Ground) -> None:
    """Raises unless this person may seal this paper as that kind now.

    Raises:
        NotAllowed: role, unit, or a kind that its door does not permit.
        WrongStage: not confirmed, or nobody to send it to.
        Incomplete: the statement "compared with the paper" is missing (R-093), or the paper has another number of
            pages than its copy (R-027).
    """
    _demand(Act.SEAL, document, who)
    if document.held:
        raise WrongStage(mark("Văn bản đang tạm giữ. Hãy bỏ tạm giữ rồi ký."))
    if wish.kind not in copy_kinds(document, who, ground):
        raise NotAllowed(mark("Hình thức sao này không dùng được cho nguồn của văn bản. Hãy chọn hình thức khác."))
    if not wish.compared:
        raise Incomplete(
            {"compared": mark("Chưa xác nhận đã đối chiếu. Hãy đối chiếu bản số hóa với bản giấy rồi đánh dấu.")}
        )
    if wish.kind in COPIES and (not wish.pages or wish.pages != document.pages):
        raise Incomplete({"pages": OTHER_PAGES if wish.pages else NO_PAGES})


def sealed(kind: CopyKind, parcel_id: str, *, who: Person) -> Change:
    """The Change of a sealing that has succeeded; the caller adds the sealed file."""
    return Change(
        what="sealed",
        why=f"{kind.value}.",
        to=Stage.SEALED,
        by=Mover.CLERK,
        copy_kind=kind,
        sealed_by=who.login,
        parcel_id=parcel_id,
        release=True,
    )


def release(document: Document, parcel_id: str, *, who: Person) -> Change:
    """A file that came with valid signatures goes on byte for byte; nothing of ours is added (design.md decision 6)."""
    _demand(Act.RELEASE, document, who)
    if document.held:
        raise WrongStage(mark("Văn bản đang tạm giữ. Hãy bỏ tạm giữ rồi phát hành."))
    return Change(
        what="released", to=Stage.SEALED, by=Mover.CLERK, sealed_by=who.login, parcel_id=parcel_id, release=True
    )


def parcel_number(document: Document, sender: str) -> str:
    """DocumentId as interchange.md §9.2 has it: "H99.7,2026/11/20,125/UBND-VP"; the caller makes it unique."""
    value = {
        name: document.fields[name].value for name in (Name.NUMBER, Name.SYMBOL, Name.DATE) if name in document.fields
    }
    day = value.get(Name.DATE, "").replace("-", "/")
    return f"{sender},{day},{value.get(Name.NUMBER, '')}/{value.get(Name.SYMBOL, '')}"
