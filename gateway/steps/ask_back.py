"""ask_back: the sender of a Document wants it back, changed or replaced; it is frozen until a clerk has answered.

Both forms lead here: a document message of type 1, 2 or 3, and status 13 (interchange.md §13.4).  Only Documents of
the same sender are ever touched.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.document import RECALL_ASKED, REPLACE_ASKED, UPDATE_ASKED, Change, Document, FileRef, Held
from gateway.errors import Stale
from gateway.exchange.edxml import EdocMessage, StatusMessage
from gateway.exchange.edxml_message import RECALL, UPDATE
from gateway.store.arrivals import Arrival
from gateway.store.changes import DEAD
from gateway.store.store import Store

_CODES = {RECALL: RECALL_ASKED, UPDATE: UPDATE_ASKED}
_SAID = {
    RECALL_ASKED: "Nơi gửi đề nghị lấy lại văn bản này{why}. Hãy đồng ý để hủy văn bản, hoặc từ chối có lý do.",
    UPDATE_ASKED: ("Nơi gửi đã gửi bản cập nhật cho văn bản này{why}. "
                   "Hãy xem bản mới rồi đồng ý dùng bản mới, hoặc từ chối có lý do."),
    REPLACE_ASKED: ("Nơi gửi đã gửi văn bản khác thay thế văn bản này{why}. "
                    "Hãy xem văn bản mới rồi xác nhận thay thế, hoặc giữ lại có lý do."),
}
_EVENTS = {RECALL_ASKED: "asked_back"}
"""Apart from recall_asked, which says that we have asked."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What the sender wants."""

    kind: int
    """1 back, 2 another version, 3 another document instead."""
    reason: str
    file: FileRef
    """The message as it came."""


def targets(store: Store, message: EdocMessage) -> list[Document]:
    """The Documents that a message of type 1, 2 or 3 speaks of, newest first.

    The one named in Bussiness, those named as replaced, the message's own DocumentId, its number and date, and at last
    what it answers: systems differ in where they name it.
    """
    sender, arrivals = message.sender.code, store.arrivals
    named = [message.target_id, *(one.document_id for one in message.turn.replaces)]
    found: list[Arrival] = [one for id_ in named if id_ for one in arrivals.by_message(id_, sender)]
    if not found and message.document_id and message.kind in (RECALL, UPDATE):
        found = list(arrivals.by_message(message.document_id, sender))
    if not found and message.kind in (RECALL, UPDATE):
        found = list(arrivals.by_code(f"{message.number}/{message.symbol}".strip("/"), sender, message.date))
    if not found and message.kind == RECALL:
        found = [one for named_ in message.responds_to if named_.document_id
                 for one in arrivals.by_message(named_.document_id, sender)]
    return [store.get(one) for one in dict.fromkeys(arrival.document for arrival in found)]


def targets_of_status(store: Store, message: StatusMessage) -> list[Document]:
    """The Documents that a status 13 speaks of: each by DocumentId, else by number and date."""
    found = dict.fromkeys(arrival.document for one in message.each() for arrival in _arrivals(store, one))
    return [store.get(document) for document in found]


def _arrivals(store: Store, message: StatusMessage) -> Sequence[Arrival]:
    sender = message.receipt.from_code
    found = store.arrivals.by_message(message.document_id, sender) if message.document_id else ()
    if not found and message.number:
        found = store.arrivals.by_code(message.number, sender, message.date)
    return found


def freeze(store: Store, documents: Iterable[Document], asked: Asked) -> list[str]:
    """Freezes what lives, wherever it stands; ids of those that are frozen now.

    Raises:
        Stale: somebody else was faster again and again.
    """
    return [document.id for document in documents if _freeze(store, document, asked)]


def _freeze(store: Store, document: Document, asked: Asked) -> bool:
    code = _CODES.get(asked.kind, REPLACE_ASKED)
    said = _SAID[code].format(why=f": {asked.reason.rstrip('.')}" if asked.reason else "")
    for _ in range(_TRIES):
        if document.stage in DEAD:
            return False
        if document.held is not None and document.held.code == code:
            return True
        try:
            change = Change(what=_EVENTS.get(code, code), why=asked.reason, files=(asked.file,), held=Held(code, said))
            store.record(document, change, who=document.by)
        except Stale:
            document = store.get(document.id)
            continue
        return True
    raise Stale
