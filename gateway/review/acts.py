"""What a person decides: pure functions Document -> Change.  Who may do it, on which Stage, what must be true first.

Nothing is written here; `review.web` translates a form into a call and records the Change.  Who may recall?  `ALLOWED`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.document import MOVES, Change, Document, Door, Held, Mover, Role, Said, Stage
from gateway.errors import Incomplete, NotAllowed, NotFound, WrongStage
from gateway.recipe import EDITED, recipe_file
from gateway.review import entries as form
from gateway.review.entries import Entries
from gateway.review.translations import mark
from gateway.steps.secrecy import CLEARED
from rules.field import Secrecy

SIGNED = "signed"
"""`Document.kind` of a file that came with signatures (ocr.triage)."""

BY_CLERK = "clerk"
"""Code of a hold that a person has set."""

LETTER_REMARKS = frozenset({
    CLEARED, "base64_damaged", "mime_broken", "charset_doubtful", "from_doubled", "too_many_parts", "smime_invalid",
    "smime_unknown", "parts_refused", "automatic_letter", "letter_too_large",
})  # fmt: skip
"""Remarks about the letter, whichever Part of it is the paper; the others go when another is chosen."""


SECRET_TOLD = ("Văn bản có dấu hiệu mang bí mật nhà nước nên đã bị dừng và không lưu. Đề nghị gửi theo quy định về "
               "bảo vệ bí mật nhà nước, không gửi qua trục liên thông.")
"""What its sender hears of a paper that was stopped for its mark; nothing of the paper itself."""


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
    RELATE = "relate"
    """Say that it updates or replaces an earlier one."""
    READDRESS = "readdress"
    """Name other recipients for a sealed paper that could not go out."""
    CLEAR = "clear"
    """Say that there is no secrecy mark."""
    STOP = "stop"
    """Say that there is one: the bytes are erased."""
    CHOOSE = "choose"
    """Name another Part of a letter as the paper."""
    GATHER = "gather"
    """Take the files of another letter of the same sender in."""
    LET_GO = "let_go"
    """Take them out again: that letter is a paper of its own once more."""
    GIVE_BACK = "give_back"
    """Agree that the office that sent a paper over the Exchange has it back, or has it changed."""
    KEEP = "keep"
    """Refuse that."""
    JOIN = "join"
    """Say that a registered paper is this one, come another way: no second number (R-071)."""
    SAY = "say"
    """Tell that office how far the paper is."""
    PAGES = "pages"
    """Put the pages of a scan in order: turn, move, leave out, split, merge."""
    RESCAN = "rescan"
    """Ask whoever stands at the scanner for a new scan."""
    UPLOAD = "upload"
    OVERVIEW = "overview"


_DESK = frozenset({"clerk", "sealer"})

UNSENT = frozenset({"exchange_refused", "bad_message"})
"""Reasons for which a sealed paper is held that other recipients may help."""

ALLOWED: Mapping[Act, frozenset[str]] = {
    Act.CONFIRM: frozenset({"clerk"}),
    Act.CORRECT: frozenset({"clerk"}),
    Act.REJECT: frozenset({"clerk"}),
    Act.REOPEN: _DESK,
    Act.SEAL: frozenset({"sealer"}),
    Act.RELEASE: frozenset({"sealer"}),
    Act.FILE: frozenset({"clerk"}),
    Act.HOLD: _DESK,
    Act.RETRY: _DESK,
    Act.RECALL: _DESK | {"head"},
    Act.RELATE: _DESK,
    Act.READDRESS: frozenset({"clerk"}),
    Act.CLEAR: frozenset({"head"}),
    Act.STOP: frozenset({"clerk", "sealer", "head"}),
    Act.CHOOSE: frozenset({"clerk"}),
    **dict.fromkeys((Act.GATHER, Act.LET_GO, Act.GIVE_BACK, Act.KEEP, Act.JOIN, Act.SAY, Act.PAGES, Act.RESCAN,
                     Act.UPLOAD), frozenset({"clerk"})),
    Act.OVERVIEW: frozenset({"clerk", "sealer", "head", "auditor", "admin"}),
}
"""Roles that may do each act (R-090: only an identified sealer seals)."""

ENDS = frozenset(stage for stage, to in MOVES.items() if not to) | {Stage.FILED, Stage.REJECTED}
"""Stages from which nothing leads on; only the office that sent a paper may still ask for it back, and a letter whose
files went into another paper may be taken out again."""


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


def offered(document: Document, who: Person) -> frozenset[Act]:
    """The acts that make sense for this person on this Document now."""
    if not who.handles(document.unit):
        return frozenset()
    return frozenset(act for act in Act if ALLOWED[act] & who.roles and _sensible(act, document))


def _sensible(act: Act, document: Document) -> bool:
    stage, held = document.stage, document.held is not None
    signed = document.kind == SIGNED
    incoming = document.origin.door is Door.EXCHANGE
    if document.frozen:
        return act in (Act.GIVE_BACK, Act.KEEP)
    outgoing = stage is Stage.CONFIRMED and document.goes_out
    sensible: Mapping[Act, bool] = {
        Act.CONFIRM: stage is Stage.PROPOSED and not _alarm(document),
        Act.CORRECT: stage is Stage.PROPOSED and not _alarm(document),
        Act.REJECT: MOVES[stage].get(Stage.REJECTED) is Mover.CLERK and (held or stage is Stage.PROPOSED)
        and not (incoming and document.register_number),  # its sender has heard that it is registered
        Act.REOPEN: stage is Stage.CONFIRMED,
        Act.SEAL: outgoing and not signed,
        Act.RELEASE: outgoing and signed,
        Act.FILE: stage is Stage.CONFIRMED and not document.goes_out,
        Act.HOLD: stage in (Stage.PROPOSED, Stage.CONFIRMED) and not held,
        Act.RETRY: (held and not _alarm(document)) or document.next_try_at is not None,
        Act.RECALL: MOVES[stage].get(Stage.RECALLING) is Mover.CLERK,
        Act.RELATE: outgoing,
        Act.READDRESS: stage is Stage.SEALED and document.held is not None and document.held.code in UNSENT,
        Act.CLEAR: _alarm(document),
        Act.STOP: Stage.STOPPED in MOVES[stage] and (_alarm(document) or stage is Stage.PROPOSED or held),
        Act.CHOOSE: _choosable(document),
        Act.GATHER: _gatherable(document),
        Act.LET_GO: _has_gathered(document),
        Act.JOIN: stage is Stage.PROPOSED and not document.register_number and not _alarm(document),
        Act.PAGES: not incoming and _rearrangeable(document),
        Act.RESCAN: document.origin.door is Door.FOLDER and MOVES[stage].get(Stage.REJECTED) is Mover.CLERK
        and (held or stage is Stage.PROPOSED) and not _alarm(document),
        Act.SAY: incoming and stage in (Stage.CONFIRMED, Stage.FILED),
    }
    return sensible.get(act, False)


def next_act(document: Document) -> Act | None:
    """What a person does to it next on its way; None while the machine or another office has it, and at the end."""
    steps = (Act.CONFIRM, Act.SEAL, Act.RELEASE, Act.FILE)
    return next((act for act in steps if _sensible(act, document)), None)


def _choosable(document: Document) -> bool:
    """A letter with other files, of which the paper is waited for by nobody but a clerk."""
    waits = document.stage is Stage.PROPOSED or (document.stage is Stage.RECEIVED and document.held is not None)
    return waits and bool(document.attachments) and not _alarm(document)


def _gatherable(document: Document) -> bool:
    """An opened letter whose paper has been looked at, or that has none; nothing else is the matter with it."""
    held = document.held.code if document.held else ""
    waits = (document.stage is Stage.PROPOSED and not held) or (document.stage is Stage.RECEIVED and held == "no_paper")
    opened = document.is_letter and document.file(Role.FATES) is not None
    return waits and opened and not document.register_number and not _alarm(document)


def _has_gathered(document: Document) -> bool:
    """Another letter's files are in, and the paper waits for nobody but a clerk."""
    reading = document.stage in (Stage.RECEIVED, Stage.READ)
    waits = document.stage is Stage.PROPOSED or (reading and document.held is not None)
    return waits and document.file(Role.GATHERED) is not None and not _alarm(document)


def _rearrangeable(document: Document) -> bool:
    """An unsigned scan that is here whole, before anybody vouches for it; what a person has put aside stays so."""
    waits = document.stage in (Stage.RECEIVED, Stage.READ, Stage.PROPOSED) and document.paper is not None
    aside = document.held is not None and document.held.code == BY_CLERK
    known = document.kind in EDITED or recipe_file(document) is not None
    return waits and known and not aside and not _alarm(document)


def _alarm(document: Document) -> bool:
    return document.secrecy is Secrecy.UNSURE and document.stage not in ENDS


def demand(act: Act, document: Document, who: Person) -> None:
    """Raises NotAllowed for the wrong person, WrongStage for the wrong time."""
    if not (ALLOWED[act] & who.roles and who.handles(document.unit)):
        raise NotAllowed
    if not _sensible(act, document):
        raise WrongStage


def reason_of(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Incomplete({"reason": mark("Chưa có lý do. Hãy ghi ngắn gọn lý do.")})
    return text[:500]


def confirm(document: Document, entries: Entries, *, who: Person, today: dt.date) -> Change:
    """A clerk vouches for fields and recipients; the register number is taken with it.

    Raises:
        Incomplete: required fields, lengths, date, unsure fields not looked at, no recipient.
    """
    demand(Act.CONFIRM, document, who)
    entries = replace(entries, send=entries.send and document.origin.door is not Door.EXCHANGE)
    if found := form.problems(entries, today=today, fields=document.fields):
        raise Incomplete(found)
    return Change(
        what="confirmed",
        why=_vouched_for(document, entries),
        to=Stage.CONFIRMED,
        by=Mover.CLERK,
        fields=form.vouched(document.fields, entries, who=who.login),
        recipients=entries.recipients if entries.send else (),
        take_register_number=not (document.register_number and entries.send),
        says=(Said("03"),),
        confirmed_by=who.login,
        release=True,
    )


def correct(document: Document, entries: Entries, *, who: Person) -> Change:
    """Saves what the clerk has typed so far; nothing is vouched for yet."""
    demand(Act.CORRECT, document, who)
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
    demand(Act.REJECT, document, who)
    reason = reason_of(reason)
    return replace(ending("rejected", reason), says=(Said("02", reason),))


def ending(what: str, reason: str) -> Change:
    """The paper goes no further, by a clerk's word."""
    return Change(what=what, why=reason, to=Stage.REJECTED, by=Mover.CLERK, reason=reason, release=True)


def reopen(document: Document, reason: str, *, who: Person) -> Change:
    """Back to the clerk's form; the register number stays."""
    demand(Act.REOPEN, document, who)
    return Change(what="reopened", why=reason_of(reason), to=Stage.PROPOSED, by=Mover.CLERK, confirmed_by="")


def choose_paper(document: Document, sha256: str, *, who: Person) -> Change:
    """Another Part of the letter is the paper: it is read anew, and what was proposed from the first is gone.

    Raises:
        NotFound: the letter has no such file.
    """
    demand(Act.CHOOSE, document, who)
    file = next((one for one in document.attachments if one.sha256 == sha256), None)
    if file is None:
        raise NotFound
    return replace(read_anew(document), what="paper_chosen", files=(replace(file, role=Role.PAPER),))


def read_anew(document: Document) -> Change:
    """Another file is the paper: what was proposed from the one before is gone."""
    return Change(
        what="read_anew",
        to=Stage.RECEIVED if document.stage is not Stage.RECEIVED else None,
        by=Mover.CLERK,
        fields={},
        kind="",
        pages=0,
        remarks=tuple(one for one in document.remarks if one in LETTER_REMARKS),
        release=True,
    )


def hold(document: Document, reason: str, *, who: Person) -> Change:
    """Puts a paper aside until somebody says otherwise."""
    demand(Act.HOLD, document, who)
    reason = reason_of(reason)
    return Change(what="held", why=reason, held=Held(BY_CLERK, reason))


def retry(document: Document, *, who: Person) -> Change:
    """Clears the hold; the machine goes on from where it stood."""
    demand(Act.RETRY, document, who)
    return Change(what="retried", release=True)


def recall(document: Document, reason: str, *, who: Person) -> Change:
    """Asks every receiver to give the document back (Decree 30/2020 Article 18.4)."""
    demand(Act.RECALL, document, who)
    reason = reason_of(reason)
    return Change(what="recalling", why=reason, to=Stage.RECALLING, by=Mover.CLERK, reason=reason, release=True)


def clear_secrecy(document: Document, reason: str, *, who: Person, earlier: frozenset[str]) -> Change:
    """Says that a suspected secrecy mark is none; two different people must say so (R-008).

    `earlier`: logins that have said so before.  The first only leaves an Event; the second lets the paper go on.
    """
    demand(Act.CLEAR, document, who)
    if who.login in earlier:
        raise NotAllowed(mark("Bạn đã xác nhận lần thứ nhất. Hãy nhờ người thứ hai kiểm tra và xác nhận."))
    reason = reason_of(reason)
    if not earlier:
        return Change(what="secrecy_doubted", why=reason)
    remarks = (*document.remarks, CLEARED)
    return Change(what=CLEARED, why=reason, secrecy=Secrecy.NONE, remarks=remarks, release=True)


def stop_secret(document: Document, *, who: Person) -> Change:
    """Says that the paper bears a secrecy mark: only the fact stays (decision 7); the store erases the bytes.  An
    office that sent it over the Exchange hears that it was refused, in this person's name (R-142)."""
    demand(Act.STOP, document, who)
    mover = MOVES[document.stage][Stage.STOPPED]
    return Change(what="stopped", to=Stage.STOPPED, by=mover, secrecy=Secrecy.MARKED, reason="secrecy",
                  says=(Said("02", SECRET_TOLD),))  # fmt: skip
