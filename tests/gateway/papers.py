"""Documents in a real store, for tests of what moves them."""
from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

from gateway.document import VN, Change, CopyKind, Document, Door, Mover, Origin, Recipient, Role, Stage
from gateway.store.store import Store
from gateway.store.vault import Vault
from rules.field import Field, Name

BODIES = (Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"), Recipient("H99.3", "Sở Tài chính tỉnh Mẫu"))
FIELDS = {name: Field(name, value, 1.0, sure=True) for name, value in {
    Name.NUMBER: "125", Name.SYMBOL: "UBND-VP", Name.DATE: "2026-11-19", Name.DOC_TYPE: "Công văn",
    Name.ISSUER: "Ủy ban nhân dân xã Mẫu", Name.SUBJECT: "rà soát thủ tục hành chính", Name.PLACE: "Mẫu"}.items()}
PDF = b"%PDF-1.7\n% a scan\n%%EOF\n"


def now() -> dt.datetime:
    return dt.datetime.now(VN)


@dataclass
class Papers:
    """Makes Documents on any stage of the way."""

    store: Store
    vault: Vault

    @classmethod
    def in_folder(cls, folder: Path, url: str = "") -> Papers:
        vault = Vault(folder / "vault")
        store = Store.open(url or f"sqlite:///{folder / 'vanthu.db'}")
        store.on_erase = vault.erase
        return cls(store, vault)

    def received(self, name: str = "a.pdf", data: bytes = b"") -> Document:
        file = self.vault.put(io.BytesIO(data or PDF + name.encode()), role=Role.ORIGINAL,
                              media_type="application/pdf", name=name)
        origin = Origin(Door.FOLDER, f"{name}+{file.sha256}")
        return self.store.receive(origin, file, unit="H99.1", name=name, by="may-quet", at=now()).document

    def confirmed(self, name: str = "a.pdf", recipients: tuple[Recipient, ...] = BODIES) -> Document:
        document = self.record(self.received(name), Change(what="read", to=Stage.READ, kind="scan", pages=1))
        document = self.record(document, Change(what="proposed", to=Stage.PROPOSED, fields=FIELDS))
        return self.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK,
                                            recipients=recipients, take_register_number=True, confirmed_by="lan"))

    def sealed(self, name: str = "a.pdf", recipients: tuple[Recipient, ...] = BODIES) -> Document:
        document = self.confirmed(name, recipients)
        file = self.vault.put(io.BytesIO(PDF + b"sealed " + name.encode()), role=Role.SEALED,
                              media_type="application/pdf", name=f"{name}.sealed.pdf")
        return self.record(document, Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, files=(file,),
                                            copy_kind=CopyKind.SAO_Y, sealed_by="lan",
                                            parcel_id=f"H99.1,2026/11/19,125/UBND-VP,{document.id}"))

    def sent(self, name: str = "a.pdf", recipients: tuple[Recipient, ...] = BODIES) -> Document:
        return self.record(self.sealed(name, recipients), Change(what="sent", to=Stage.SENT, exchange_id=f"x-{name}",
                                                             sent_at=now()))

    def record(self, document: Document, change: Change) -> Document:
        return self.store.record(document, change, who="test")
