"""What an edXML document message says, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gateway.exchange.port import NEW, RECALL, REPLACE, UPDATE, Answered, Body, Replaced, Turn

__all__ = ["NEW", "RECALL", "REPLACE", "UPDATE", "Answered", "Attachment", "EdocMessage", "Replaced", "Turn"]

@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message, unwrapped."""

    name: str
    media_type: str
    data: bytes
    doubt: str = ""
    """What is odd about it, "" when nothing: not_a_pdf, destroyed_by_text, base64_damaged, several_in_zip,
    unreadable_zip, zip_bomb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdocMessage:
    """A document message: new (0), recall (1), update (2) or replace (3)."""

    kind: int
    reason: str
    document_id: str
    target_id: str
    """Bussiness/DocumentId: what a recall or update speaks of, when it says so (not every system does)."""
    sender: Body
    recipients: tuple[Body, ...]
    number: str
    symbol: str
    date: dt.date | None
    date_text: str
    place: str
    doc_type: str
    subject: str
    content: str
    signer: str
    signer_title: str
    priority: int
    pages: int
    paper_follows: bool
    attachments: tuple[Attachment, ...]
    turn: Turn = Turn()
    """The same kind and reason, with what belongs to updates and replacements."""
    due: dt.date | None = None
    responds_to: tuple[Answered, ...] = ()
    places: tuple[str, ...] = ()
    """Lines of "Nơi nhận"; free text, no recipients."""
    appendixes: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    """Codes of the systems it passed."""
    sent_at: dt.datetime | None = None
    """When its sender wrote it, by the first of these traces."""
    type_numbers: tuple[str, str] = ("", "")
    """DocumentType/Type and TypeDetail verbatim: their meaning differs between systems."""
    signed: bool = False
    """An XML Signature is present; it proves nothing."""
    warnings: tuple[str, ...] = ()
    """Words, some with ":" and what they are about: no_business, unknown_kind, unknown_priority, date_unreadable,
    date_in_future, too_long, doubled_recipient, odd_code, manifest_mismatch, doubt."""
