"""What a Change makes of a Document: pure, so that the store only writes down the result."""
from __future__ import annotations

import datetime as dt
from dataclasses import replace

from gateway.document import Change, Document, FileRef, Held, Mover, Origin, Stage

ENDS = frozenset({Stage.FILED, Stage.REFUSED, Stage.RECALLED, Stage.REJECTED, Stage.STOPPED})
DEAD = ENDS - {Stage.FILED}
"""Ends that let the same bytes begin again as a new Document."""


def applied(document: Document, change: Change) -> Document:
    """The Document after the Change, its version one higher; the register number is the store's business.

    Raises:
        WrongStage: MOVES does not allow the move.
    """
    after = document if change.to is None else document.move(change.to, change.by)
    if after.stage is Stage.STOPPED:
        return _only_the_fact(after, change)
    after = _with_values(after, change)
    tries, next_try_at = _tries(document, change)
    return replace(after, version=document.version + 1, held=_held(document, change), tries=tries,
                   next_try_at=next_try_at, files=() if change.withdraw else after.files)


def _with_values(document: Document, change: Change) -> Document:
    values = {
        "unit": change.unit, "fields": change.fields,
        "recipients": change.recipients, "kind": change.kind, "pages": change.pages,
        "secrecy": change.secrecy, "remarks": change.remarks, "copy_kind": change.copy_kind,
        "confirmed_by": change.confirmed_by, "sealed_by": change.sealed_by, "parcel_id": change.parcel_id,
        "exchange_id": change.exchange_id, "reason": change.reason,
    }
    given = {name: value for name, value in values.items() if value is not None}
    return replace(document, files=_files(document, change), **given)  # type: ignore[arg-type]


def _files(document: Document, change: Change) -> tuple[FileRef, ...]:
    """A step that is done twice gives the same files twice; they are kept once, as the newest."""
    new = dict.fromkeys(change.files)
    return (*(file for file in document.files if file not in new and file not in change.dropped), *new)


def _held(document: Document, change: Change) -> Held | None:
    if change.held is not None:
        return change.held
    # Another office's answer does not take away what a person here has put aside, unless it is the end.
    moved = change.to is not None and (change.by is not Mover.OFFICE or change.to in ENDS)
    return None if change.release or moved else document.held


def _tries(document: Document, change: Change) -> tuple[int, dt.datetime | None]:
    if change.again_at is not None:
        return document.tries + 1, change.again_at
    if change.release or change.to is not None:
        return 0, None
    if change.held is not None:  # waits for a person, not for a time
        return document.tries, None
    return document.tries, document.next_try_at


def _only_the_fact(document: Document, change: Change) -> Document:
    """Time, door, operator and the fact; nothing of the letter (design.md decision 7, R-004)."""
    return Document(
        id=document.id,
        stage=Stage.STOPPED,
        version=document.version + 1,
        unit=document.unit,
        origin=Origin(document.origin.door, ""),
        name="",
        received_at=document.received_at,
        by=document.by,
        secrecy=change.secrecy or document.secrecy,
        register_number=document.register_number,
        reason=change.reason or "",
    )
