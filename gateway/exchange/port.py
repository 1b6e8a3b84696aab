"""The port Exchange: the interchange as the gateway sees it.

Promises of every adapter (one set of tests runs over all of them):

* `send` is idempotent on `Parcel.document_id`: the same id twice makes one document at the receivers.  When it returns,
  the Exchange has the Parcel durably.  When it raises a temporary error, the Exchange may have it all the same: ask
  `find_sent` before sending again.
* `waiting` lists what has not been settled; `fetch` gives the raw bytes; `settle` comes after they are durable here.
* No adapter keeps memory of its own; no adapter retries for longer than seconds.

Errors: ExchangeDown (temporary), ExchangeRefused, BadMessage.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from gateway.document import Receipt


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation as the directory of the Exchange knows it."""

    code: str
    name: str
    parent: str = ""
    """Code of the body above."""
    old_code: str = ""
    """Code in the form of QCVN 102:2016 ("000.00.07.H99")."""
    mail: str = ""
    until: dt.date | None = field(default=None, compare=False)
    """Last day of the code, where the Exchange says that it has ended."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """One file of a Parcel."""

    name: str
    media_type: str
    path: Path
    """Read when the message is written; its bytes go on unchanged."""


NEW, RECALL, UPDATE, REPLACE = 0, 1, 2, 3
"""BussinessDocType."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A document that a new one replaces, and the bodies concerned."""

    document_id: str
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What makes a message more than a new document: Bussiness and what hangs on it."""

    kind: int = NEW
    reason: str = ""
    target_id: str = ""
    """DocumentId of the document recalled or updated, when it is named."""
    staff: str = ""
    """Who acted there."""
    data_changed: bool = False
    """Update: the content is another."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Update: codes of recipients."""
    replaces: tuple[Replaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The document another message speaks of: who is addressed and how the document is known there."""

    to_code: str
    document_id: str
    code: str = ""
    """number/symbol."""
    date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is sent: the sealed PDF, header fields, recipients (interchange.md §4)."""

    document_id: str
    """Our own DocumentId: made and stored once, the same on every send."""
    sender: Body
    recipients: tuple[Body, ...]
    number: str
    symbol: str
    date: dt.date
    place: str
    doc_type: str
    """Type name ("Công văn"); the numeric code is the writer's business."""
    subject: str
    signer: str = ""
    signer_title: str = ""
    urgency: str = ""
    pages: int = 0
    paper_follows: bool = False
    content: str = ""
    due: dt.date | None = None
    """When an answer is expected."""
    places: tuple[str, ...] = ()
    """Lines of "Nơi nhận"; free text."""
    appendixes: tuple[str, ...] = ()
    staff: str = ""
    """The clerk in charge."""
    enclosures: tuple[Enclosure, ...]
    sent_at: dt.datetime
    """Aware; written into the trace header.  The same on every try, until one is refused for certain."""
    turn: Turn | None = None
    """None for a new document; else what it does to an earlier one (update, replace)."""
    answers: tuple[Answered, ...] = ()
    """Documents of other offices that it answers (ResponseFor)."""


@dataclass(frozen=True, slots=True)
class SentMark:
    """The Exchange's word that it has a Parcel."""

    exchange_id: str
    """docId of the packet."""
    at: dt.datetime | None = field(default=None, compare=False)
    """When it came there, by its own list; None where it does not say."""
    to: frozenset[str] = field(default=frozenset(), compare=False)
    """Codes of the receivers that it went to, by its own list; none where it does not say."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One packet that waits for us at the Exchange."""

    exchange_id: str
    kind: str
    """"edoc" or "status", as the Exchange labels it (the content decides)."""
    from_code: str
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """A status about one of our documents, as read from its edXML."""

    document_id: str
    """The DocumentId it answers (ours)."""
    receipt: Receipt
    to_code: str = ""
    number: str = ""
    """number/symbol, as the answer says it."""
    date: dt.date | None = None
    """Date of issue, as the answer says it."""
    further: tuple[Answered, ...] = ()
    """More documents of which it says the same, each once."""

    def each(self) -> tuple[StatusMessage, ...]:
        """One for every document that it speaks of."""
        alone = (replace(self, document_id=one.document_id, to_code=one.to_code, number=one.code, date=one.date)
                 for one in self.further)
        return tuple(replace(one, further=()) for one in (self, *alone))


class Exchange(Protocol):
    """The interchange; see the module's docstring for what is promised."""

    def send(self, parcel: Parcel) -> SentMark:
        """Hands a Parcel over."""
        ...

    def find_sent(self, document_id: str) -> SentMark | None:
        """What the Exchange knows of a DocumentId of ours, or None when it has never seen it."""
        ...

    def answer(self, document_id: str, receipt: Receipt, to_code: str, *, code: str = "",
               date: dt.date | None = None) -> SentMark:
        """Sends a status (01 02 03 ... 13 15 16) about a document to `to_code`, in the name of `receipt.from_code`.

        `code` is its number/symbol and `date` its day: some systems know their documents by these.  The same answer
        again is the same message, byte for byte.
        """
        ...

    def recall(self, parcel: Parcel, reason: str, staff: str) -> SentMark:
        """Asks every recipient to give a document back; the reason and the person asking are part of it.

        `parcel.sent_at` is when it is asked.
        """
        ...

    def waiting(self, kind: str) -> Sequence[Waiting]:
        """Packets of that kind ("edoc" or "status") that are not settled yet."""
        ...

    def fetch(self, exchange_id: str) -> bytes:
        """The raw edXML of a packet."""
        ...

    def settle(self, exchange_id: str, *, ok: bool) -> None:
        """Tells the Exchange that a packet is durable here (ok) or cannot be read (not ok)."""
        ...

    def bodies(self) -> Sequence[Body]:
        """The directory: bodies that receive, and those of which the Exchange says that they have ended."""
        ...
