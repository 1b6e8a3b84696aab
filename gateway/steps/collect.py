"""collect: what other offices said about our Documents comes in from the Exchange.

At-least-once: a packet is settled only when its bytes are durable and its Receipt is recorded; the same packet again
changes nothing.
"""
from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.document import MESSAGE_TYPE, Change, Document, FileRef, Mover, Receipt, Role, Stage
from gateway.errors import BadMessage, ExchangeDown, ExchangeRefused, Stale
from gateway.exchange.edxml import ReadMessage, read_message
from gateway.exchange.port import Exchange, StatusMessage, Waiting
from gateway.steps.recall import ASKED, asked_already
from gateway.steps.standing import ASKED_BACK, KEPT, heard, stage_after
from gateway.store.directory import Directory
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from rules.field import Name

log = logging.getLogger(__name__)
_OUT = frozenset({Stage.SENT, Stage.DELIVERED, Stage.RECALLING, Stage.REFUSED, Stage.RECALLED})
_STRANGER = ("{} không phải nơi nhận của văn bản này; trạng thái được giữ lại mà không tính. "
             "Hãy liên hệ cơ quan đó để xác minh.")
_ELSEWHERE = "Trục ghi nơi gửi trạng thái là {}. Hãy liên hệ nơi nhận để xác minh."
_UNSURE = "exchange_unsure"
"""Held because nobody could say whether the Exchange has it; the word of a receiver says so."""
_PROVED = "Nơi nhận đã báo trạng thái, nên trục đã có văn bản."
_CENTER = re.compile(r"W[0-9]{2}")
"""Last group of a connection centre's code: it hands on what others say."""
_ENOUGH = 3
"""So many packets in a row in vain: the Exchange is away, and the next round will see."""


def _leave(packet: Waiting, raw: bytes) -> bool:
    log.warning("- status_is_none packet=%s", packet.exchange_id)
    return False


@dataclass(frozen=True, slots=True)
class CollectTools:
    """What collect works with."""

    exchange: Exchange
    store: Store
    vault: Vault
    other: Callable[[Waiting, bytes], bool] = _leave
    """Takes what lies among the statuses and speaks of no Document of ours (steps.arrive); True when it is settled."""
    read: ReadMessage = read_message


def collect(tools: CollectTools) -> int:
    """Takes in every status that waits; the number of packets settled.  One bad packet does not keep the others away.

    Raises:
        ExchangeDown: temporary, after several packets in a row; what was taken in stays.
        VaultError: the disk.
    """
    settled = failures = 0
    for packet in tools.exchange.waiting("status"):
        try:
            settled += _take(packet, tools)
            failures = 0
        except (ExchangeRefused, BadMessage) as error:
            log.warning("- status_not_fetched packet=%s trouble=%s", packet.exchange_id, type(error).__name__)
        except ExchangeDown:
            failures += 1
            if failures == _ENOUGH:
                raise
    return settled


def _take(packet: Waiting, tools: CollectTools) -> bool:
    raw = tools.exchange.fetch(packet.exchange_id)
    file = tools.vault.put(io.BytesIO(raw), role=Role.EVIDENCE, media_type=MESSAGE_TYPE,
                           name=f"{packet.exchange_id}.edxml")
    try:
        message = tools.read(raw)
    except BadMessage:
        log.warning("- status_unreadable packet=%s kept=%s", packet.exchange_id, file.sha256)
        tools.exchange.settle(packet.exchange_id, ok=False)
        return True
    if not isinstance(message, StatusMessage) or message.receipt.code == ASKED_BACK:
        return tools.other(packet, raw)
    return take_status(packet, message, file, tools)


def take_status(packet: Waiting, message: StatusMessage, file: FileRef, tools: CollectTools) -> bool:
    """What a receiver says about Documents of ours; False when the packet stays for the next round."""
    # Of each, whatever became of the others: what is recorded already is known again in the next round.
    done = [_take_one(packet, one, file, tools) for one in message.each()]
    if all(done):
        tools.exchange.settle(packet.exchange_id, ok=True)
    return all(done)


def _take_one(packet: Waiting, message: StatusMessage, file: FileRef, tools: CollectTools) -> bool:
    document = _spoken_of(message, tools.store)
    if document is None:
        log.warning("- status_of_unknown packet=%s kept=%s code=%s", packet.exchange_id, file.sha256,
                    message.receipt.code)
        return True
    if document.stage is Stage.SEALED:
        # The answer came before `sent` was recorded here: it is taken in at the next round.
        if document.held is not None and document.held.code == _UNSURE:
            tools.store.record(document, Change(what="retried", why=_PROVED, release=True), who="machine")
        return False
    if _is_asking(document, tools.store):
        return False
    speaker = _speaker(document, message.receipt.from_code, tools.store.directory)
    receipt = replace(message.receipt, from_code=speaker,
                      message_id=message.receipt.message_id or packet.exchange_id)
    if not any(_same(known, receipt) for known in tools.store.receipts(document.id)):
        asked = any(event.what == ASKED for event in tools.store.events(document.id))
        change = weigh(document, receipt, file, asked=asked)
        if _from_elsewhere(packet, message, speaker):
            log.warning("%s status_from_elsewhere axis=%s", document.id, packet.from_code)
            change = replace(change, why=f"{change.why} {_ELSEWHERE.format(packet.from_code)}".strip())
        try:
            tools.store.record(document, change, who=speaker or "exchange")
        except Stale:
            return False  # somebody acted on the Document at this moment: next round
        log.info("%s receipt code=%s", document.id, receipt.code)
    return True


def _is_asking(document: Document, store: Store) -> bool:
    """Receivers are being asked to give it back at this moment: a word taken in now would make the record of that come
    too late, and the request would go out again."""
    asking = document.stage is Stage.RECALLING and document.held is None
    return asking and not asked_already(store.events(document.id))


def _from_elsewhere(packet: Waiting, message: StatusMessage, speaker: str) -> bool:
    """The Exchange names another sender than the message does."""
    named = packet.from_code
    return named not in ("", message.receipt.from_code, speaker) and not _CENTER.fullmatch(named.rpartition(".")[2])


def _spoken_of(message: StatusMessage, store: Store) -> Document | None:
    """By its DocumentId; else by that with the day written our way, as one system changes it; else by number, day and
    receiver, which must fit exactly one Document."""
    organ, comma, rest = message.document_id.partition(",")
    day, second, name = rest.partition(",")
    found = store.by_parcel(message.document_id) or store.by_parcel(
        f"{organ}{comma}{day.replace('-', '/')}{second}{name}")
    if found is not None or not message.number or message.date is None:
        return found
    fit = [document for document in store.find(Query(stages=_OUT, text=message.number, limit=50)).documents
           if _named(document) == (message.number, message.date.isoformat())
           and message.receipt.from_code in {to.code for to in document.recipients}]
    return fit[0] if len(fit) == 1 else None


def _named(document: Document) -> tuple[str, str]:
    value = {name: field.value for name, field in document.fields.items()}
    return f"{value.get(Name.NUMBER, '')}/{value.get(Name.SYMBOL, '')}", value.get(Name.DATE, "")


def _speaker(document: Document, code: str, directory: Directory) -> str:
    """The recipient's code as we wrote it: an office may answer under its old code, or under its new one."""
    codes = {to.code for to in document.recipients}
    if code in codes:
        return code
    newer, body = directory.by_old_code(code), directory.get(code)
    others = (newer.code if newer else "", body.old_code if body else "")
    return next((other for other in others if other in codes), code)


def _same(known: Receipt, receipt: Receipt) -> bool:
    """The same packet again, or the same word in another packet."""
    word = (receipt.code, receipt.from_code, receipt.at, receipt.reason)
    return known.message_id == receipt.message_id or (known.code, known.from_code, known.at, known.reason) == word


def weigh(document: Document, receipt: Receipt, file: FileRef, *, asked: bool = False) -> Change:
    """What a Receipt changes: the recipient's standing and, when all has been said that counts, the stage.  A word of
    somebody who is no recipient is kept and changes nothing (R-144).

    `asked`: the Document was asked back once.
    """
    asked = asked or document.stage is Stage.RECALLING
    ours = receipt.from_code in {to.code for to in document.recipients}
    recipients = tuple(heard(to, receipt, asked=asked) if to.code == receipt.from_code else to
                       for to in document.recipients)
    to = stage_after(document.stage, recipients, receipt) if ours else None
    reason = None
    if ours and (to in (Stage.REFUSED, Stage.RECALLED) or receipt.code == KEPT):
        reason = receipt.reason or document.reason
    return Change(what="receipt", why=receipt.reason if ours else _STRANGER.format(receipt.from_code), to=to,
                  by=Mover.OFFICE, recipients=recipients, receipts=(receipt,), files=(file,), reason=reason)
