"""The interchange through a shared folder: edXML files out, edXML files in; another program feeds the axis.

Layout: `out/<name>.edxml` what we send; `in/<name>.edxml` what waits for us, moved to `done/` or `fail/` when settled;
`bodies.csv` (code;name;parent;old code;mail), the directory.  Every file appears by rename, after fsync.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

from gateway.document import Receipt
from gateway.errors import BadMessage, ExchangeDown
from gateway.exchange.durable import write_whole
from gateway.exchange.edxml_message import Answered, EdocMessage
from gateway.exchange.edxml_read import ReadMessage, read_message
from gateway.exchange.edxml_write import write_parcel, write_status
from gateway.exchange.manner import PLAIN, Manner, recall_messages
from gateway.exchange.port import Body, Parcel, SentMark, StatusMessage, Waiting


class FolderExchange:
    """Adapter of the port Exchange."""

    def __init__(self, folder: Path, organ: Body, manner: Manner = PLAIN,
                 read: ReadMessage = read_message) -> None:
        """
        Args:
            folder: the shared folder; its parts are made when missing.
            organ: who we are.
            manner: how the axis behind the folder wants its messages.
            read: opens what others have written.
        """
        self._folder = folder
        self._organ = organ
        self._manner = manner
        self._read = read
        for part in ("out", "in", "done", "fail"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def _put(self, name: str, message: bytes) -> SentMark:
        """Idempotent: the same name is written once."""
        target = self._folder / "out" / f"{name}.edxml"
        try:
            if not target.exists():
                write_whole(target, message)
        except OSError as error:
            raise ExchangeDown from error
        return SentMark(name)

    def send(self, parcel: Parcel) -> SentMark:
        """See the port.  Receivers that the message there does not name get one of their own."""
        known = self.find_sent(parcel.document_id)
        name, others = parcel.document_id, [body.code for body in parcel.recipients]
        if known is not None and known.to.isdisjoint(others):
            name = f"{name} {' '.join(others)}"
        return self._put(_name(name), write_parcel(parcel, parcel.turn, self._manner.profile))

    def find_sent(self, document_id: str) -> SentMark | None:
        """See the port."""
        name = _name(document_id)
        file = self._folder / "out" / f"{name}.edxml"
        try:
            sent = read_message(file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, BadMessage) as error:
            raise ExchangeDown from error
        to = sent.recipients if isinstance(sent, EdocMessage) else ()
        return SentMark(name, to=frozenset(body.code for body in to))

    def answer(self, document_id: str, receipt: Receipt, to_code: str, *, code: str = "",
               date: dt.date | None = None) -> SentMark:
        """See the port."""
        speaker = Body(receipt.from_code or self._organ.code, receipt.from_name or self._organ.name)
        message = write_status(speaker, Answered(to_code, document_id, code, date), receipt)
        name = f"{document_id} {receipt.code} {to_code} {speaker.code} {receipt.at.isoformat()}"
        return self._put(_name(name), message)

    def recall(self, parcel: Parcel, reason: str, staff: str) -> SentMark:
        """See the port."""
        messages = recall_messages(parcel, reason, staff, at=parcel.sent_at, manner=self._manner)
        return [self._put(_name(message.decode()), message) for _, message in messages][-1]

    def waiting(self, kind: str) -> Sequence[Waiting]:
        """See the port.  An unreadable file is listed as "edoc": a person has to look at it."""
        try:
            files = sorted((self._folder / "in").glob("*.edxml"))
            found = [(file, *self._kind(file.read_bytes())) for file in files]
        except OSError as error:
            raise ExchangeDown from error
        return [Waiting(file.stem, what, sender) for file, what, sender in found if what == kind]

    def _kind(self, raw: bytes) -> tuple[str, str]:
        try:
            message = self._read(raw)
        except BadMessage:
            return "edoc", ""
        if isinstance(message, StatusMessage):
            return "status", message.receipt.from_code
        return "edoc", message.sender.code

    def fetch(self, exchange_id: str) -> bytes:
        """See the port."""
        try:
            return (self._folder / "in" / f"{_safe(exchange_id)}.edxml").read_bytes()
        except OSError as error:
            raise ExchangeDown from error

    def settle(self, exchange_id: str, *, ok: bool) -> None:
        """See the port."""
        name = f"{_safe(exchange_id)}.edxml"
        try:
            (self._folder / "in" / name).rename(self._folder / ("done" if ok else "fail") / name)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ExchangeDown from error

    def bodies(self) -> Sequence[Body]:
        """See the port."""
        try:
            with (self._folder / "bodies.csv").open(encoding="utf-8", newline="") as file:
                rows = [[*row, "", "", ""] for row in csv.reader(file, delimiter=";") if len(row) >= 2]
                return [Body(row[0], row[1], row[2], row[3], row[4]) for row in rows]
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise ExchangeDown from error


def _name(document_id: str) -> str:
    """A file name for a DocumentId, which holds slashes: a digest, so that no two ids meet."""
    return hashlib.sha256(document_id.encode()).hexdigest()[:32]


def _safe(exchange_id: str) -> str:
    return Path(exchange_id).name
