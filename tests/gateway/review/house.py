"""A desk over a real store and vault in a temporary folder; key and pictures are small stand-ins of their ports."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from fastapi.testclient import TestClient

from gateway.document import VN, Change, Document, Door, Mover, Origin, Recipient, Role, Stage
from gateway.errors import CertificateUnfit, CornerTaken, SealBroken
from gateway.exchange.port import Body
from gateway.review import login
from gateway.review.desk import Desk
from gateway.seal.port import PreparedSeal, SealOrder, Signer
from gateway.store.store import Store
from gateway.store.vault import Vault
from ocr.page import Box
from rules.field import Candidate, Evidence, Field, Name

PASSWORD = "mat-khau-rat-dai"
HASH = login.password_hash(PASSWORD)
BODIES = (
    Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99"),
    Body("H99", "Ủy ban nhân dân tỉnh Mẫu"),
    Body("H99.2", "Sở Nội vụ tỉnh Mẫu", "H99"),
)
PNG = b"\x89PNG\r\n\x1a\n a page"
PDF = b"%PDF-1.7\n% a scan\n%%EOF\n"


@dataclass
class Clock:
    """The desk's clock, set by hand."""

    now: dt.datetime = dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **by: int) -> None:
        self.now += dt.timedelta(**by)


@dataclass
class TestKey:
    """A key that answers, or whose certificate has ended."""

    __test__ = False
    rehearsal: bool = True
    asks_pin: bool = False
    ended: bool = False
    used: int = 0
    pins: list[str] = field(default_factory=list)

    def opened(self, pin: str) -> AbstractContextManager[TestKey]:
        self.pins.append(pin)
        return nullcontext(self)

    def subject(self) -> str:
        return "Ủy ban nhân dân xã Mẫu (tập dượt)"

    def check(self, at: dt.datetime) -> None:
        if self.ended:
            raise CertificateUnfit

    def certificate(self) -> bytes:
        return b"der"

    def cms(self, prepared: PreparedSeal) -> bytes:
        self.used += 1
        return b"cms"


@dataclass
class TestSeal:
    """Keeps the port's promise: the earlier bytes stay, the result appears only at the end."""

    __test__ = False
    breaks: bool = False
    taken: bool = False
    late: bool = False
    orders: list[SealOrder] = field(default_factory=list)

    def prepare(self, source: Path, order: SealOrder, signer: Signer) -> PreparedSeal:
        if self.taken and not order.cover:
            raise CornerTaken
        self.orders.append(order)
        return PreparedSeal(source, b"digest", "sha256", order, 0, 0)

    def finish(self, prepared: PreparedSeal, cms: bytes, out: Path) -> None:
        if self.breaks:
            raise SealBroken
        out.write_bytes(prepared.path.read_bytes() + b"%" + cms)

    def lacks(self, path: Path) -> bool:
        return self.late

    def complete(self, source: Path, out: Path) -> None:
        out.write_bytes(source.read_bytes() + b"%stamp")


@dataclass
class House:
    """Everything a test of the desk touches."""

    desk: Desk
    store: Store
    vault: Vault
    clock: Clock
    key: TestKey
    seal: TestSeal
    client: TestClient

    def person(self, name: str, *roles: str, units: frozenset[str] = frozenset()) -> None:
        self.store.people.add(login=name, name=name.title(), password_hash=HASH, roles=frozenset(roles), units=units)

    def enter(self, name: str, password: str = PASSWORD) -> int:
        """Logs in and gives the answer's status."""
        self.client.cookies.clear()
        word = word_in(self.client.get("/login").text)
        form = {"login": name, "password": password, "word": word, "next": "/"}
        return self.client.post("/login", data=form).status_code

    def post(self, address: str, **form: object) -> int:
        """Posts a form with this session's word."""
        return self.answer(address, **form)[0]

    def answer(self, address: str, **form: object) -> tuple[int, str]:
        word = word_in(self.client.get("/overview").text)
        answer = self.client.post(address, data={"word": word} | form)
        return answer.status_code, answer.text

    def received(
        self, name: str = "a.pdf", *, unit: str = "H99.1", door: Door = Door.FOLDER, by: str = "may-quet"
    ) -> Document:
        file = self.vault.put(
            io.BytesIO(PDF + name.encode()), role=Role.ORIGINAL, media_type="application/pdf", name=name
        )
        taken = self.store.receive(Origin(door, f"{name}-{unit}"), file, unit=unit, name=name, by=by, at=self.clock())
        return taken.document

    def proposed(self, name: str = "a.pdf", *, sure: bool = True, **origin: object) -> Document:
        document = self.received(name, **origin)  # type: ignore[arg-type]
        archive = self.vault.put(
            io.BytesIO(PDF + b"archive " + name.encode()), role=Role.ARCHIVE, media_type="application/pdf", name=name
        )
        read = Change(what="read", to=Stage.READ, files=(archive,), pages=2, kind="scan")
        document = self.store.record(document, read, who="machine")
        change = Change(what="proposed", to=Stage.PROPOSED, fields=proposal(sure))
        return self.store.record(document, change, who="machine")

    def confirmed(self, name: str = "a.pdf", **origin: object) -> Document:
        change = Change(
            what="confirmed",
            to=Stage.CONFIRMED,
            by=Mover.CLERK,
            recipients=(Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"),),
            take_register_number=True,
            confirmed_by="lan",
        )
        return self.store.record(self.proposed(name, **origin), change, who="lan")  # type: ignore[arg-type]


def proposal(sure: bool) -> dict[Name, Field]:
    spot = Evidence(1, Box(0.1, 0.1, 0.2, 0.12), "Số: 125/UBND-VP", "digits")
    values = {
        Name.SYMBOL: "UBND-VP",
        Name.DATE: "2026-11-19",
        Name.ISSUER: "ỦY BAN NHÂN DÂN XÃ MẪU",
        Name.DOC_TYPE: "Công văn",
        Name.SUBJECT: "rà soát thủ tục hành chính",
        Name.RECIPIENTS: "Sở Nội vụ tỉnh Mẫu;",
    }
    fields = {name: Field(name, value, 0.99, sure=True, evidence=spot) for name, value in values.items()}
    other = (Candidate("175", 0.2, spot),)
    return {Name.NUMBER: Field(Name.NUMBER, "125", 0.7, sure=sure, evidence=spot, candidates=other)} | fields


def word_in(page: str) -> str:
    """The form word of a page."""
    return page.split('name="word" value="', 1)[1].split('"', 1)[0]
