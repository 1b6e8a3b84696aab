"""arrive: documents of other offices come in over the Exchange, each durable here before the Exchange hears "done".

At-least-once: the same packet, or the same message in another packet, is the same Document.  What a message wants
(taken, asked back, changed) is seen here; it is opened by the Document's first leg (steps.open_message).
"""
from __future__ import annotations

import datetime as dt
import hashlib
import io
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from gateway.document import MESSAGE_TYPE, Change, Document, Door, FileRef, Origin, Role, Said
from gateway.errors import BadMessage, ExchangeRefused, Stale
from gateway.exchange.edxml import EdocMessage, ReadMessage, StatusMessage, read_message
from gateway.exchange.edxml_message import NEW, RECALL, UPDATE
from gateway.exchange.port import Exchange, Waiting
from gateway.steps.ask_back import Asked, freeze, targets, targets_of_status
from gateway.store.arrivals import Arrival, Packet
from gateway.store.changes import DEAD
from gateway.store.store import Received, Store
from gateway.store.vault import Vault

log = logging.getLogger(__name__)
TAKEN, KNOWN, ASKED_BACK, UNKNOWN, UNREADABLE = "taken", "known", "asked_back", "unknown_document", "unreadable"
GIVE_BACK = "13"
"""Status by which a sender asks for its document back."""
SENDER_DIFFERS = "sender_differs"
"""Remark: the message names another sender than the Exchange does."""
RESENT = "resent_differs"
"""Remark: the same DocumentId has come again, with other files."""
_NO_SUBJECT = "(văn bản không có trích yếu)"
_LONGEST_NAME = 300
_NOBODY = "Nơi gửi đề nghị lấy lại hoặc cập nhật văn bản {what} nhưng không tìm thấy ở đây. Hãy liên hệ nơi gửi."


class AcceptMessage(Protocol):
    """gateway.intake.accept.accept_while_room with store, vault and room bound."""

    def __call__(self, source: BinaryIO, origin_of: Callable[[str], Origin], *, unit: str, name: str, by: str,
                 media_type: str, at: dt.datetime, also: Change | None) -> Received:
        """Takes a message in."""
        ...


@dataclass(frozen=True, slots=True)
class ArriveTools:
    """What the round works with."""

    exchange: Exchange
    store: Store
    vault: Vault
    accept: AcceptMessage
    unit_of: Callable[[str], str]
    """The unit served here that is meant by a code, new form or old; "" for another office."""
    home: str
    clock: Callable[[], dt.datetime]
    take_status: Callable[[Waiting, StatusMessage, FileRef], bool]
    """A status that lies among the documents (steps.collect)."""
    read: ReadMessage = read_message
    """Raises BadMessage with what is to be said of the packet."""


def arrive(tools: ArriveTools) -> int:
    """Takes in every document message that waits; the number of packets settled.

    A packet that the Exchange does not give out keeps no other away.

    Raises:
        ExchangeDown: temporary; what was taken in stays.
        VaultError, SQLAlchemyError: nothing of the present packet was taken; the next round finds it again.
    """
    settled = 0
    for packet in tools.exchange.waiting("edoc"):
        try:
            settled += _take(packet, tools)
        except (ExchangeRefused, BadMessage) as error:
            log.warning("- packet_not_fetched packet=%s trouble=%s", packet.exchange_id, type(error).__name__)
    return settled


def _take(packet: Waiting, tools: ArriveTools) -> bool:
    known = tools.store.arrivals.settled(packet.exchange_id)
    if known is not None:  # written down, and then the answer to "done" was lost
        tools.exchange.settle(packet.exchange_id, ok=known.outcome != UNREADABLE)
        return False
    raw = tools.exchange.fetch(packet.exchange_id)
    return take_message(packet, raw, tools)


def take_message(packet: Waiting, raw: bytes, tools: ArriveTools) -> bool:
    """One packet; False when it stays in the Exchange's list for the next round."""
    file = tools.vault.put(io.BytesIO(raw), role=Role.EVIDENCE, media_type=MESSAGE_TYPE,
                           name=f"{packet.exchange_id}.edxml")
    try:
        message = tools.read(raw)
    except BadMessage as error:
        log.warning("- packet_unreadable packet=%s kept=%s", packet.exchange_id, file.sha256)
        _settle(packet, file, tools, outcome=UNREADABLE, note=str(error))
        return True
    if isinstance(message, StatusMessage) and message.receipt.code != GIVE_BACK:
        return tools.take_status(packet, message, file)
    try:
        if isinstance(message, StatusMessage):
            outcome, document = _asked_back(message, file, tools.store)
        else:
            outcome, document = _Coming(packet, message, file, tools).taken(raw)
    except Stale:
        return False  # somebody acts on the Document at this moment: next round
    note = _NOBODY.format(what=message.document_id) if outcome == UNKNOWN else ""
    log.info("%s packet_%s packet=%s", document or "-", outcome, packet.exchange_id)
    _settle(packet, file, tools, outcome=outcome, document=document, note=note)
    return True


def _asked_back(message: StatusMessage, file: FileRef, store: Store) -> tuple[str, str]:
    found = targets_of_status(store, message)
    frozen = freeze(store, found, Asked(RECALL, message.receipt.reason, file))
    return (ASKED_BACK, frozen[0]) if frozen else (KNOWN if found else UNKNOWN, found[0].id if found else "")


def _settle(packet: Waiting, file: FileRef, tools: ArriveTools, *, outcome: str, document: str = "",
            note: str = "") -> None:
    tools.store.arrivals.note(Packet(packet.exchange_id, packet.kind, packet.from_code, tools.clock(), file.sha256,
                                     outcome, document, note))
    tools.exchange.settle(packet.exchange_id, ok=outcome != UNREADABLE)


class _Coming:
    """One readable document message."""

    def __init__(self, packet: Waiting, message: EdocMessage, file: FileRef, tools: ArriveTools) -> None:
        self._packet = packet
        self._message = message
        self._file = file
        self._tools = tools

    def taken(self, raw: bytes) -> tuple[str, str]:
        """What became of it, and the Document it is or speaks of."""
        message, earlier = self._message, self._earlier()
        asked = Asked(message.kind, message.reason or message.turn.reason, self._file)
        units = self._units()
        if message.kind == RECALL:
            frozen = freeze(self._tools.store, [one for one in earlier if one.unit in units] or earlier, asked)
            return (ASKED_BACK, frozen[0]) if frozen else (KNOWN if earlier else UNKNOWN, "")
        if message.kind == UPDATE:
            gone = {self._tools.unit_of(code) for code in message.turn.removed} - {""}
            asked_back = [one for one in earlier if one.unit in gone]
            freeze(self._tools.store, asked_back, Asked(RECALL, asked.reason, self._file))
            earlier = [one for one in earlier if one.unit not in gone]
            units = [unit for unit in units if unit not in gone]
            if not units:
                return ASKED_BACK, asked_back[0].id if asked_back else ""
        freeze(self._tools.store, earlier, asked)  # first: what a crash leaves undone is found again by the packet
        taken = [self._accept(unit, raw, [one.id for one in earlier if one.unit == unit]) for unit in units]
        return TAKEN if any(one.fresh for one in taken) else KNOWN, taken[0].document.id

    def _earlier(self) -> list[Document]:
        """Documents of the same sender that the message speaks of."""
        message = self._message
        if message.kind == NEW:
            return []
        found = targets(self._tools.store, message)
        return [one for one in found if self._packet.exchange_id not in one.origin.key.split("|")]

    def _units(self) -> list[str]:
        """Units served here that it is for: an axis may have taken other recipients away, or all."""
        named = dict.fromkeys(self._tools.unit_of(body.code) for body in self._message.recipients)
        return [unit for unit in named if unit] or [self._tools.home]

    def _accept(self, unit: str, raw: bytes, earlier: Sequence[str]) -> Received:
        message, tools = self._message, self._tools
        origin, said = self._origin(unit), self._packet.from_code
        remarks = (SENDER_DIFFERS,) if said and said != message.sender.code else None
        received = tools.accept(
            io.BytesIO(raw), lambda _: origin, unit=unit, name=message.subject[:_LONGEST_NAME] or _NO_SUBJECT,
            by=message.sender.code, media_type=MESSAGE_TYPE, at=tools.clock(),
            also=Change(what="arrived", says=(Said("01"),), remarks=remarks))
        if received.fresh or tools.store.arrivals.of(received.document.id) is None:
            tools.store.arrivals.put(Arrival(
                document=received.document.id, sender=message.sender.code, sender_name=message.sender.name,
                message_id=message.document_id, code=f"{message.number}/{message.symbol}".strip("/"),
                date=message.date, kind=message.kind, paper_follows=message.paper_follows, due=message.due,
                earlier=tuple(earlier)))
        if not received.fresh:
            self._again(received.document)
        return received

    def _origin(self, unit: str) -> Origin:
        """The message's own name; a message that comes again after its Document has come to nothing is a new one."""
        message = self._message
        own = message.document_id if message.document_id and message.kind == NEW else self._packet.exchange_id
        for times in itertools.count():
            further = f"|{times}" if times else ""
            origin = Origin(Door.EXCHANGE, f"{message.sender.code}|{own}|{unit}{further}")
            known = self._tools.store.by_origin(origin)
            if known is None or known.stage not in DEAD:
                return origin
        raise AssertionError("count never ends")

    def _again(self, document: Document) -> None:
        """The same message: kept beside the Document when its bytes are others."""
        if any(file.sha256 == self._file.sha256 for file in document.files):
            return
        had = {file.sha256 for file in document.files if file.role in (Role.PAPER, Role.ATTACHMENT)}
        differs = bool(had) and not {_sha(one.data) for one in self._message.attachments} <= had
        remarks = tuple(dict.fromkeys((*document.remarks, RESENT))) if differs else None
        self._tools.store.record(document, Change(what="resent", files=(self._file,), remarks=remarks), who="machine")


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
