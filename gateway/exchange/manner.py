"""How an interchange wants its messages, and what a Parcel and a recall are in that manner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.document import Receipt
from gateway.exchange.edxml_message import RECALL, Answered, Turn
from gateway.exchange.edxml_write import A1, Profile, write_parcel, write_status
from gateway.exchange.port import Parcel

BY_STATUS, BY_DOCUMENT, BY_BOTH = "status", "document", "both"


@dataclass(frozen=True, slots=True)
class Manner:
    """What differs between interchanges that carry the same edXML."""

    profile: Profile = A1
    recall_by: str = BY_STATUS
    """A document is asked back by status 13, by a document of type 1, or by both: receivers differ in what they heed
    (interchange notes §13.4)."""


PLAIN = Manner()


def recall_messages(parcel: Parcel, reason: str, staff: str, *, at: dt.datetime,
                    manner: Manner = PLAIN) -> Sequence[tuple[str, bytes]]:  # fmt: skip
    """The messages of a recall, each with its kind ("edoc" or "status"): one status to each recipient, or one document.

    Raises:
        BadMessage: a field is longer than receivers take.
        OSError: a file cannot be read.
    """
    found: list[tuple[str, bytes]] = []
    if manner.recall_by in (BY_DOCUMENT, BY_BOTH):
        turn = Turn(RECALL, reason, target_id=parcel.document_id, staff=staff)
        found.append(("edoc", write_parcel(parcel, turn, manner.profile)))
    if manner.recall_by in (BY_STATUS, BY_BOTH):
        receipt = Receipt("13", at, parcel.sender.code, parcel.sender.name, reason, staff)
        code = f"{parcel.number}/{parcel.symbol}"
        for body in {body.code: body for body in parcel.recipients}.values():
            about = Answered(body.code, parcel.document_id, code, parcel.date)
            found.append(("status", write_status(parcel.sender, about, receipt)))
    return found
