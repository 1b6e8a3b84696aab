"""What a clerk decides about papers that came over the Exchange: pure functions Document -> Change.

Each says what their sender is told; the store writes that down in the same transaction (gateway.store.answers).
"""

from __future__ import annotations

from gateway.document import RECALL_ASKED, REPLACE_ASKED, Change, Document, Mover, Said, Stage
from gateway.errors import Incomplete
from gateway.review.acts import Act, Person, demand, reason_of
from gateway.review.translations import mark

LATER = ("04", "05", "06")
"""What a clerk may say of a registered paper: assigned, in work, done."""


def file_incoming(document: Document, *, who: Person) -> Change:
    """Entered into the register and handed on inside; nothing is sent."""
    demand(Act.FILE, document, who)
    return Change(what="filed", to=Stage.FILED, by=Mover.CLERK, release=True)


def join(document: Document, other: Document, *, who: Person) -> Change:
    """The same paper has its number already: it is kept beside that one, without a number of its own (R-071).

    `other` is the registered Document; the caller files this one next.

    Raises:
        Incomplete: it is not registered, or of another unit.
    """
    demand(Act.JOIN, document, who)
    if not other.register_number or other.unit != document.unit or other.id == document.id:
        raise Incomplete({"other": mark("Văn bản được chọn chưa vào sổ. Hãy chọn văn bản đã có số.")})
    said = f"Cùng văn bản với {other.register_number}."
    return Change(what="joined", why=said, to=Stage.CONFIRMED, by=Mover.CLERK, recipients=(), reason=said,
                  says=(Said("03"),), confirmed_by=who.login, release=True)  # fmt: skip


def say(document: Document, code: str, *, who: Person, said: frozenset[str]) -> Change:
    """Tells the sender how far its paper is.  `said`: codes that it has heard or will hear.

    Raises:
        Incomplete: no such code, or one that lies before what was said (R-144).
    """
    demand(Act.SAY, document, who)
    if code not in LATER or any(one >= code for one in said if one in LATER):
        raise Incomplete({"code": mark("Trạng thái này không theo thứ tự. Hãy chọn trạng thái tiếp theo.")})
    return Change(what="said", why=code, says=(Said(code),))


def give_back(document: Document, *, who: Person) -> Change:
    """The sender has its paper back: it is cancelled, its content goes, what is known of it stays (R-147).

    An updated or replaced paper is cancelled too, but kept beside the new one.
    """
    demand(Act.GIVE_BACK, document, who)
    asked = document.held.code if document.held else ""
    reason = document.held.reason if document.held else ""
    return Change(
        what="given_back",
        why=reason,
        to=Stage.RECALLED,
        by=Mover.CLERK,
        reason=reason,
        says=() if asked == REPLACE_ASKED else (Said("15", key=str(document.version)),),
        withdraw=asked == RECALL_ASKED,
        release=True,
    )


def keep(document: Document, reason: str, *, who: Person) -> Change:
    """The paper stays here, for a reason that its sender hears; it goes on from where it stood."""
    demand(Act.KEEP, document, who)
    reason = reason_of(reason)
    asked = document.held.code if document.held else ""
    says = () if asked == REPLACE_ASKED else (Said("16", reason, key=str(document.version)),)
    return Change(what="kept", why=reason, says=says, release=True)
