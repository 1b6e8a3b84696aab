"""Offices that write to us over the rehearsal axis, and the rounds that take it in."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.document import VN, Change, Document, Receipt, Stage
from gateway.exchange.edxml import Answered, read_message, write_parcel, write_status
from gateway.exchange.port import Body, Enclosure, Parcel, StatusMessage, Waiting
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.sandbox_state import Packet
from gateway.exchange.vxp import Account, VxpExchange
from gateway.intake.accept import accept_while_room
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from gateway.steps.arrive import ArriveTools, arrive, take_message
from gateway.steps.collect import CollectTools, collect, take_status
from gateway.steps.open_message import OpenTools, open_message
from gateway.steps.tell import TellTools, tell
from gateway.store.store import Query, Store
from gateway.store.vault import Vault

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99")
SCHOOL = Body("H99.1.5", "Trường Tiểu học Mẫu", "H99.1")
OTHER = Body("H99.2", "Sở Nội vụ tỉnh Mẫu")
PDF = b"%PDF-1.7\n% a paper\n%%EOF\n"


class Axis(Sandbox):
    """Remembers what we have said, answer lost or not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(port=0, data=folder, system="s", secret="geheim", organs=[HOME.code, SCHOOL.code])
        self.heard: list[bytes] = []

    def take(self, message: bytes, sender: str) -> str:
        self.heard.append(message)
        return super().take(message, sender)


@dataclass
class Back:
    """The return path with real parts: store, vault, an axis over a socket."""

    store: Store
    vault: Vault
    sandbox: Axis
    exchange: VxpExchange
    folder: Path
    at: list[dt.datetime] = field(default_factory=lambda: [dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)])
    count: int = 0

    def now(self) -> dt.datetime:
        return self.at[0]

    @property
    def arriving(self) -> ArriveTools:
        units = {HOME.code: HOME.code, SCHOOL.code: SCHOOL.code, "005.00.01.H99": SCHOOL.code}
        return ArriveTools(
            self.exchange, self.store, self.vault, partial(accept_while_room, self.store, self.vault, least_free=0),
            lambda code: units.get(code, ""), HOME.code, self.now,
            lambda packet, message, file: take_status(packet, message, file, self.collecting))

    @property
    def collecting(self) -> CollectTools:
        def other(packet: Waiting, raw: bytes) -> bool:
            return take_message(packet, raw, self.arriving)

        return CollectTools(self.exchange, self.store, self.vault, other)

    def poll(self) -> int:
        return collect(self.collecting) + arrive(self.arriving)

    def tell(self) -> int:
        units = {one.code: one for one in (HOME, SCHOOL)}
        return tell(TellTools(self.exchange, self.store, units.__getitem__, self.now))

    def parcel(self, number: str = "125", to: tuple[Body, ...] = (HOME,), data: bytes = PDF) -> Parcel:
        self.count += 1
        path = self.folder / f"{self.count}.pdf"
        path.write_bytes(data)
        return Parcel(
            document_id=f"{OTHER.code},2026/11/19,{number}/SNV", sender=OTHER, recipients=to, number=number,
            symbol="SNV", date=dt.date(2026, 11, 19), place="Mẫu", doc_type="Công văn", subject="góp ý quy trình",
            signer="Lê Thị Ví Dụ", urgency="Khẩn", pages=1, sent_at=self.now(),
            enclosures=(Enclosure(f"{number}.pdf", "application/pdf", path),))

    def lay(self, message: bytes, packet: str, *, kind: str = "edoc", sender: str = OTHER.code) -> None:
        """A packet in the axis' list for us."""
        self.sandbox.state.keep_waiting(Packet(packet, kind, packet, sender, HOME.code, 0.0), message)

    def write(self, packet: str = "p-1", **more: object) -> Parcel:
        parcel = self.parcel(**more)  # type: ignore[arg-type]
        self.lay(write_parcel(parcel), packet)
        return parcel

    def turned(self, parcel: Parcel, kind: int, reason: str = "", extra: str = "") -> bytes:
        """The same message with another BussinessDocType, as the vendor's samples have it."""
        text = write_parcel(parcel).decode()
        assert "<edXML:BussinessDocType>0<" in text
        text = text.replace("<edXML:BussinessDocType>0<", f"{extra}<edXML:BussinessDocType>{kind}<")
        start = text.index("<edXML:BussinessDocReason>")
        end = text.index("</edXML:BussinessDocReason>")
        return (text[:start] + "<edXML:BussinessDocReason>" + reason + text[end:]).encode()

    def ask_back(self, parcel: Parcel, packet: str, reason: str = "Sai phụ lục", sender: Body = OTHER) -> None:
        """Status 13 of the sender."""
        receipt = Receipt("13", self.now(), sender.code, sender.name, reason)
        about = Answered(HOME.code, parcel.document_id, f"{parcel.number}/{parcel.symbol}", parcel.date)
        self.lay(write_status(sender, about, receipt), packet, kind="status", sender=sender.code)

    def documents(self) -> list[Document]:
        return list(self.store.find(Query(newest_first=False, limit=1000)).documents)

    def opened(self, document: Document) -> Document:
        tools = OpenTools(self.vault, lambda path: verify(path, Trust()))
        return self.record(document, open_message(document, tools))

    def proposed(self) -> Document:
        """The first Document on the clerk's table."""
        document = self.opened(self.documents()[0])
        document = self.record(document, Change(what="read", to=Stage.READ, kind="digital", pages=1))
        return self.record(document, Change(what="proposed", to=Stage.PROPOSED))

    def record(self, document: Document, change: Change, who: str = "machine") -> Document:
        return self.store.record(document, change, who=who)

    def said(self) -> list[StatusMessage]:
        """Statuses that the axis has had from us, oldest first."""
        found = [read_message(raw) for raw in self.sandbox.heard]
        return [one for one in found if isinstance(one, StatusMessage)]


@contextmanager
def back(folder: Path, url: str = "") -> Iterator[Back]:
    store, vault = Store.open(url or f"sqlite:///{folder / 'vanthu.db'}"), Vault(folder / "vault")
    store.on_erase = vault.erase
    sandbox = Axis(folder / "axis")
    sandbox.start()
    exchange = VxpExchange(Account(endpoint=sandbox.url, system="s", secret="geheim", organ=HOME.code))
    made = Back(store, vault, sandbox, exchange, folder)
    store._clock = made.now
    try:
        yield made
    finally:
        exchange.close()
        sandbox.stop()
        store.close()
