"""The life of a Document as pure values: Stage, MOVES, Document, Change, Event.  No file, clock or database."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.errors import WrongStage
from rules.field import Field, Name, Secrecy

VN = dt.timezone(dt.timedelta(hours=7), "+07:00")
"""Viet Nam's time zone, shown at every edge."""


class Stage(StrEnum):
    """Where a Document stands; exactly one at a time."""

    RECEIVED = "received"
    """Bytes safe on disk, row committed."""
    READ = "read"
    """PDF/A and words exist."""
    PROPOSED = "proposed"
    """Fields guessed, evidence kept; waits for a clerk."""
    CONFIRMED = "confirmed"
    """A clerk vouches for fields and recipients; register number taken."""
    SEALED = "sealed"
    """The signature is on; bytes never change again."""
    SENT = "sent"
    """The Exchange has it."""
    DELIVERED = "delivered"
    """A receiver registered it."""
    RECALLING = "recalling"
    """Recall asked, answer awaited."""
    FILED = "filed"
    """Incoming paper registered and handed on; nothing to send.  The end, unless its sender asks for it back."""
    REFUSED = "refused"
    """Every receiver refused.  End."""
    RECALLED = "recalled"
    """Taken back.  End."""
    REJECTED = "rejected"
    """A clerk turned it down.  End."""
    STOPPED = "stopped"
    """A secrecy mark: bytes erased, only the fact is kept.  End."""


class Mover(StrEnum):
    """Who may make a move."""

    MACHINE = "machine"
    CLERK = "clerk"
    OFFICE = "office"
    """Another office, through the Exchange."""


_M, _C, _O = Mover.MACHINE, Mover.CLERK, Mover.OFFICE

MOVES: Mapping[Stage, Mapping[Stage, Mover]] = {
    # To RECALLED by a clerk: the office that sent it over the Exchange asks for it back, and a person agrees.
    Stage.RECEIVED: {Stage.READ: _M, Stage.STOPPED: _M, Stage.REJECTED: _C, Stage.RECALLED: _C},
    Stage.READ: {Stage.PROPOSED: _M, Stage.STOPPED: _M, Stage.REJECTED: _C, Stage.RECEIVED: _C, Stage.RECALLED: _C},
    # Back to RECEIVED: its pages were put in order, or another Part of the letter is the paper.
    Stage.PROPOSED: {Stage.CONFIRMED: _C, Stage.REJECTED: _C, Stage.STOPPED: _C, Stage.RECEIVED: _C,
                     Stage.RECALLED: _C},
    Stage.CONFIRMED: {Stage.SEALED: _C, Stage.FILED: _C, Stage.PROPOSED: _C, Stage.RECALLED: _C},
    Stage.SEALED: {Stage.SENT: _M},
    Stage.SENT: {Stage.DELIVERED: _O, Stage.REFUSED: _O, Stage.RECALLING: _C},
    Stage.DELIVERED: {Stage.RECALLING: _C},
    Stage.RECALLING: {Stage.RECALLED: _O, Stage.DELIVERED: _O, Stage.SENT: _O},
    Stage.FILED: {Stage.RECALLED: _C},
    Stage.REFUSED: {},
    Stage.RECALLED: {},
    Stage.REJECTED: {Stage.PROPOSED: _C, Stage.RECEIVED: _C},  # only what review.gather takes out of a paper again
    Stage.STOPPED: {},
}
"""The whole way through: from, to, and who moves it.  `Document.move` refuses anything else."""

MACHINE_STAGES = frozenset(stage for stage, to in MOVES.items() if _M in to.values())
"""Stages that wait for the machine: each live Document on one of them has a leg, or is held."""


class Door(StrEnum):
    """Where a Document came in."""

    FOLDER = "folder"
    IMAP = "imap"
    SMTP = "smtp"
    DESK = "desk"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where it came from: a door and a key that is unique there."""

    door: Door
    key: str
    """folder: path + hash; imap: account/UIDVALIDITY/UID; smtp: envelope + hash; desk: upload id; exchange: docId."""


class Role(StrEnum):
    """What a file of a Document is."""

    ORIGINAL = "original"
    """The bytes as they came; never changed."""
    ARCHIVE = "archive"
    """The PDF/A made of them."""
    WORDS = "words"
    """What reading saw, as JSON (ocr.read.reading_to_json)."""
    SEALED = "sealed"
    """The PDF/A with our seal."""
    MESSAGE = "message"
    """The edXML that was sent or received."""
    EVIDENCE = "evidence"
    """Verification report of incoming signatures, receipts as they came."""
    PAPER = "paper"
    """The Part of a letter that is the official paper; its bytes as they came."""
    ATTACHMENT = "attachment"
    """Any other Part that was taken, in the letter's order."""
    ENCLOSED = "enclosed"
    """An attachment as it goes out with a sealed paper: with a seal of its own, or as it came."""
    RECIPE = "recipe"
    """Which pages of the untouched files are in, in what order, turned how (gateway.recipe)."""
    SOURCE = "source"
    """The original of another scan whose pages were taken in."""
    GATHERED = "gathered"
    """Another letter whose files are among the attachments, as it came."""
    WORKING = "working"
    """The PDF that the recipe gives: what is read in place of the paper."""
    FATES = "fates"
    """Head and words of a letter and the fate of every Part, as JSON (gateway.fates)."""


LETTER_TYPE = "message/rfc822"
"""Media type of an original that is a letter."""
MESSAGE_TYPE = "application/edxml+xml"
"""Media type of an original that is a message of the Exchange."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One immutable file in the vault."""

    role: Role
    sha256: str
    size: int
    media_type: str
    name: str
    """The name a person knows it by; never used as a path."""


class CopyKind(StrEnum):
    """Kind of copy that the seal's mark names (Decree 30/2020 Article 25, annex I part II)."""

    SAO_Y = "SAO Y"
    SAO_LUC = "SAO LỤC"
    TRICH_SAO = "TRÍCH SAO"
    CHUYEN_TIEP = "CHUYỂN TIẾP"
    """For information only; never SAO Y (design.md decision 13)."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A receiving body of one Document, with what it said so far."""

    code: str
    """Organisation code as the Exchange knows it ("H19.12")."""
    name: str
    state: str = ""
    """Highest status code received ("01" "03" ...), "" before the first."""
    note: str = ""
    """Reason or remark of the last status."""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receiving office said about a Document (interchange.md §8.2)."""

    code: str
    """01 02 03 04 05 06 13 15 16."""
    at: dt.datetime
    """When the receiver says it happened; aware."""
    from_code: str
    from_name: str = ""
    reason: str = ""
    staff: str = ""
    """Who acted there."""
    message_id: str = ""
    """The Exchange's id of the status message: the same receipt is recorded once."""


@dataclass(frozen=True, slots=True)
class Said:
    """A status that we owe to the office a Document came from over the Exchange (interchange.md §8.2)."""

    code: str
    """01 02 03 04 05 06 15 16."""
    reason: str = ""
    key: str = ""
    """What it answers, where the same code may be said more than once: the packet of a recall."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal; `hash` covers it and the hash of the line before."""
    seq: int
    document: str
    at: dt.datetime
    who: str
    """A login, or "machine", or an organisation code."""
    what: str
    """A word: received, read, proposed, confirmed, sealed, sent, receipt, held, retried, viewed ..."""
    from_stage: Stage | None
    to_stage: Stage | None
    why: str
    """A sentence for people; never content of the letter."""
    hash: str


@dataclass(frozen=True, slots=True)
class Held:
    """Waits for a person: a reason that ends in the next thing to do."""
    code: str
    """A short word for programs: unreadable, encrypted, secrecy_unsure, exchange_refused, too_many_tries ..."""
    reason: str


RECALL_ASKED, UPDATE_ASKED, REPLACE_ASKED = "recall_asked", "update_asked", "replace_asked"
"""Codes of a hold that only the clerk's answer to the sender ends."""
FREEZING = frozenset({RECALL_ASKED, UPDATE_ASKED, REPLACE_ASKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One letter of an office, from door to receipt."""

    id: str
    stage: Stage
    version: int
    """Grows by one with every recorded Change; a Change made from an older version is refused (Stale)."""
    unit: str
    """Organisation code of the unit whose paper it is."""
    origin: Origin
    name: str
    """The file name or mail subject it came with."""
    received_at: dt.datetime
    by: str = "machine"
    """Who brought it: login, mail address, scanner name."""
    files: tuple[FileRef, ...] = ()
    fields: Mapping[Name, Field] = field(default_factory=dict)
    recipients: tuple[Recipient, ...] = ()
    kind: str = ""
    """ocr.triage.Kind of the original, "" before reading."""
    pages: int = 0
    secrecy: Secrecy = Secrecy.NONE
    remarks: tuple[str, ...] = ()
    """Codes of quality remarks and warnings."""
    held: Held | None = None
    tries: int = 0
    """Failed tries of the present leg."""
    next_try_at: dt.datetime | None = None
    register_number: str = ""
    """Number in the gateway's own register (R-077: CODE-YYYY.N), taken at confirm."""
    copy_kind: CopyKind | None = None
    confirmed_by: str = ""
    sealed_by: str = ""
    parcel_id: str = ""
    """The Parcel's own DocumentId: stored when sealed, the same on every send."""
    exchange_id: str = ""
    """The Exchange's docId, once it has the Parcel."""
    reason: str = ""
    """Why it was rejected, refused, recalled or stopped."""

    def file(self, role: Role) -> FileRef | None:
        """The newest file of that role, or None."""
        return next((f for f in reversed(self.files) if f.role is role), None)

    def value(self, name: Name) -> str:
        """A field's value, "" where there is none."""
        found = self.fields.get(name)
        return found.value if found else ""

    @property
    def is_letter(self) -> bool:
        """It came as an e-mail."""
        original = self.file(Role.ORIGINAL)
        return original is not None and original.media_type == LETTER_TYPE

    @property
    def is_message(self) -> bool:
        """It came as a message of the Exchange."""
        original = self.file(Role.ORIGINAL)
        return original is not None and original.media_type == MESSAGE_TYPE

    @property
    def frozen(self) -> bool:
        """Its sender wants it back or changed: nothing happens to it before a person has answered."""
        return self.held is not None and self.held.code in FREEZING

    @property
    def goes_out(self) -> bool:
        """It is for other offices; what came over the Exchange stays here, and so does what has no recipient."""
        return bool(self.recipients) and self.origin.door is not Door.EXCHANGE

    @property
    def paper(self) -> FileRef | None:
        """What is read, sealed and sent: the paper out of a letter or message, else the original; None without."""
        wrapped = self.is_letter or self.is_message
        return self.file(Role.PAPER) or (None if wrapped else self.file(Role.ORIGINAL))

    @property
    def attachments(self) -> tuple[FileRef, ...]:
        """What goes with the paper of a letter, in order; a Part that gave way to another as the paper is among it."""
        paper = self.paper
        parts = {file.sha256: file for file in self.files if file.role in (Role.PAPER, Role.ATTACHMENT)}
        return tuple(file for file in parts.values() if paper is None or file.sha256 != paper.sha256)

    @property
    def enclosed(self) -> tuple[FileRef, ...]:
        """What goes out with the paper: since its sealing the attachments as they were sealed."""
        came = self.attachments
        return tuple(file for file in self.files if file.role is Role.ENCLOSED)[-len(came) :] or came

    def move(self, to: Stage, by: Mover) -> Document:
        """The Document on its next stage.

        Raises:
            WrongStage: MOVES has no such move for this mover.
        """
        if MOVES[self.stage].get(to) is not by:
            raise WrongStage
        return replace(self, stage=to)


ANSWER = 4
"""Kind of Earlier that is no BussinessDocType: the Document answers one that came in."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A Document of ours that a Document updates (kind 2) or replaces (kind 3), and why (R-135); or one it answers."""

    document: str
    kind: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a step or an act wants recorded, in one transaction.  None and () mean "leave as it is"."""

    what: str
    """The Event's word."""
    why: str = ""
    """The Event's sentence."""
    to: Stage | None = None
    by: Mover = Mover.MACHINE
    unit: str | None = None
    """Another unit's paper, as the letter's rules say."""
    fields: Mapping[Name, Field] | None = None
    """Replaces all fields."""
    files: tuple[FileRef, ...] = ()
    """Added."""
    dropped: tuple[FileRef, ...] = ()
    """No longer this Document's, but still another's: no bytes are erased by it."""
    recipients: tuple[Recipient, ...] | None = None
    """Replaces the list."""
    receipts: tuple[Receipt, ...] = ()
    """Added; a receipt whose message_id is known already changes nothing."""
    kind: str | None = None
    pages: int | None = None
    secrecy: Secrecy | None = None
    remarks: tuple[str, ...] | None = None
    held: Held | None = None
    """Sets a reason to wait for a person."""
    release: bool = False
    """Clears held, tries and next_try_at."""
    again_at: dt.datetime | None = None
    """A temporary failure: tries + 1, next try not before this time."""
    take_register_number: bool = False
    """The store takes the unit's next number of the year in the same transaction (R-070)."""
    says: tuple[Said, ...] = ()
    """Owed to the office it came from; written down in the same transaction, each code and key once."""
    withdraw: bool = False
    """The content goes, files and bytes; what is known of the Document stays (R-147)."""
    copy_kind: CopyKind | None = None
    confirmed_by: str | None = None
    sealed_by: str | None = None
    parcel_id: str | None = None
    exchange_id: str | None = None
    reason: str | None = None
    earlier: Earlier | None = None
    """Kept beside the Document (gateway.store.turns)."""
    born: tuple[Document, ...] = ()
    """New Documents of pages that were this one's, on RECEIVED; the store gives them an id and an origin."""
    along: tuple[tuple[Document, Change], ...] = ()
    """Changes of other Documents, recorded in the same transaction or not at all."""
    sent_at: dt.datetime | None = None
    """With the move to SENT: when the Exchange had it, None for now; the first such time stays (store.sendings)."""
