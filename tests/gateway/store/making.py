"""Documents, files and fields for the tests of the store."""
from __future__ import annotations

import datetime as dt
import hashlib

from gateway.document import VN, Change, Document, Door, FileRef, Mover, Origin, Recipient, Role, Stage
from gateway.store.store import Store
from ocr.page import Box
from rules.field import Candidate, Evidence, Field, Name

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=VN)
TO = Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu")


def file(content: str, role: Role = Role.ORIGINAL) -> FileRef:
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return FileRef(role, sha256, len(content), "application/pdf", f"{content}.pdf")


def receive(store: Store, content: str = "a", *, key: str = "", unit: str = "H99.1",
            at: dt.datetime = NOON) -> Document:
    origin = Origin(Door.FOLDER, key or content)
    return store.receive(origin, file(content), unit=unit, name=f"{content}.pdf", by="may-quet", at=at).document


def fields() -> dict[Name, Field]:
    seen = Evidence(1, Box(0.1, 0.25, 0.3, 1 / 3), "Số: 125/UBND-VP", "digits")
    other = (Candidate("175", 0.2, seen), Candidate("126", 0.1))
    return {
        Name.NUMBER: Field(Name.NUMBER, "125", 0.71, sure=False, evidence=seen, candidates=other, doubts=("weekday",)),
        Name.SYMBOL: Field(Name.SYMBOL, "UBND-VP", 0.99, sure=True),
        Name.SUBJECT: Field(Name.SUBJECT, "Hòa giải ở cơ sở; 100% hộ dân", 0.9, sure=True),
    }


def proposed(store: Store, content: str = "a", **more: str) -> Document:
    document = receive(store, content, **more)  # type: ignore[arg-type]
    read = Change(what="read", to=Stage.READ, files=(file(f"{content} words", Role.WORDS),), kind="scan", pages=2)
    document = store.record(document, read, who="machine")
    return store.record(document, Change(what="proposed", to=Stage.PROPOSED, fields=fields()), who="machine")


def confirmed(store: Store, content: str = "a", **more: str) -> Document:
    change = Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=(TO,), take_register_number=True,
                    confirmed_by="lan")
    return store.record(proposed(store, content, **more), change, who="lan")


def sent(store: Store, content: str = "a", parcel: str = "H99.1,2026/11/20,125/UBND-VP") -> Document:
    change = Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, parcel_id=parcel, sealed_by="lan")
    document = store.record(confirmed(store, content), change, who="lan")
    return store.record(document, Change(what="sent", to=Stage.SENT, exchange_id="doc-1"), who="machine")
