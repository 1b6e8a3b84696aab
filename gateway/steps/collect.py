"""collect: what other offices said about our Documents comes in from the Exchange.

At-least-once: a packet is settled only when its bytes are durable and its Receipt is recorded; the same packet again
changes nothing.
"""
from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from gateway.document import MESSAGE_TYPE, Change, Document, FileRef, Mover, Receipt, Recipient, Role, Stage
from gateway.errors import BadMessage, ExchangeDown, ExchangeRefused, Stale
from gateway.exchange.edxml import read_message
from gateway.exchange.port import Exchange, StatusMessage, Waiting
from gateway.store.store import Store
from gateway.store.vault import Vault

log = logging.getLogger(__name__)
REFUSED, REGISTERED = "02", "03"
ASKED_BACK, TAKEN_BACK, KEPT = "13", "15", "16"
_IN_HAND = ("03", "04", "05", "06")
"""Codes of a receiver that has registered the Document."""
_ORDER = ("", "01", "02", "03", "04", "05", "06", "16", "15")
"""A later code replaces an earlier one; what comes late and is earlier changes nothing."""
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
        message = read_message(raw)
    except BadMessage:
        log.warning("- status_unreadable packet=%s kept=%s", packet.exchange_id, file.sha256)
        tools.exchange.settle(packet.exchange_id, ok=False)
        return True
    if not isinstance(message, StatusMessage) or message.receipt.code == ASKED_BACK:
        return tools.other(packet, raw)
    return take_status(packet, message, file, tools)


def take_status(packet: Waiting, message: StatusMessage, file: FileRef, tools: CollectTools) -> bool:
    """What a receiver says about a Document of ours; False when the packet stays for the next round."""
    document = tools.store.by_parcel(message.document_id)
    if document is None:
        log.warning("- status_of_unknown packet=%s kept=%s code=%s", packet.exchange_id, file.sha256,
                    message.receipt.code)
        tools.exchange.settle(packet.exchange_id, ok=True)
        return True
    if document.stage is Stage.SEALED:
        return False  # the answer came before `sent` was recorded here: it is taken in at the next round
    receipt = replace(message.receipt, message_id=message.receipt.message_id or packet.exchange_id)
    if all(known.message_id != receipt.message_id for known in tools.store.receipts(document.id)):
        try:
            tools.store.record(document, weigh(document, receipt, file), who=receipt.from_code or "exchange")
        except Stale:
            return False  # somebody acted on the Document at this moment: next round
        log.info("%s receipt code=%s", document.id, receipt.code)
    tools.exchange.settle(packet.exchange_id, ok=True)
    return True


def weigh(document: Document, receipt: Receipt, file: FileRef) -> Change:
    """What a Receipt changes: the recipient's state and, when all has been said that counts, the stage."""
    recipients = tuple(_heard(to, receipt) if to.code == receipt.from_code else to for to in document.recipients)
    to = _stage(document.stage, recipients, receipt)
    reason = None
    if to in (Stage.REFUSED, Stage.RECALLED) or receipt.code == KEPT:
        reason = receipt.reason or document.reason
    return Change(what="receipt", why=receipt.reason, to=to, by=Mover.OFFICE, recipients=recipients,
                  receipts=(receipt,), files=(file,), reason=reason)


def _heard(recipient: Recipient, receipt: Receipt) -> Recipient:
    if _rank(receipt.code) < _rank(recipient.state):
        return recipient
    return replace(recipient, state=receipt.code, note=receipt.reason, at=receipt.at)


def _rank(code: str) -> int:
    return _ORDER.index(code) if code in _ORDER else 0


def _stage(stage: Stage, recipients: Iterable[Recipient], receipt: Receipt) -> Stage | None:
    """Where the Document goes, or None when it stays."""
    states = [to.state for to in recipients]
    if stage is Stage.SENT:
        if any(state in _IN_HAND for state in states):
            return Stage.DELIVERED
        return Stage.REFUSED if states and all(state == REFUSED for state in states) else None
    if stage is Stage.RECALLING:
        if receipt.code == KEPT:  # one keeps it: it cannot be taken back any more
            return Stage.DELIVERED
        answered = [state for state in states if state != REFUSED]
        return Stage.RECALLED if answered and all(state == TAKEN_BACK for state in answered) else None
    return None
