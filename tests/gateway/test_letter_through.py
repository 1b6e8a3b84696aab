"""A letter through the house: opened, read and proposed by the engine, sealed by hand, sent with all it brought."""
from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.document import Change, CopyKind, Document, Mover, Role, Stage
from gateway.exchange.edxml import EdocMessage, read_message
from gateway.exchange.folder import FolderExchange
from gateway.exchange.port import Body
from gateway.lanes import Pace
from gateway.legs import Legs, Patience
from gateway.lone_engine import LoneEngine
from gateway.pipeline import NET_LANE, READ_LANE, pipeline
from gateway.steps.propose import ProposeTools, propose
from gateway.steps.read import ReadTools, read
from gateway.steps.send import SendTools, parcel_of, send
from gateway.steps.unpack import UnpackTools, unpack
from mail.parsing import parse_apart
from ocr.child import ReaderPool
from rules.field import Name
from rules.routing import decide
from tests.gateway.letters import DRAFT, SCAN, letter, received
from tests.gateway.papers import BODIES, PDF, Papers, now
from tests.waiting import wait_for

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99")
SUBJECT = "Gửi 32/GM-VP giấy mời họp"  # the page says 31


@dataclass
class Way:
    """The house's way from RECEIVED to SENT, with the real steps."""

    papers: Papers
    engine: LoneEngine
    outbox: Path

    def stands(self, document: Document, stage: Stage) -> Document:
        wait_for(lambda: self.papers.store.get(document.id).stage is stage)
        return self.papers.store.get(document.id)


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    papers = Papers.in_folder(tmp_path)
    exchange = FolderExchange(tmp_path / "axis", HOME)
    sending = SendTools(exchange, papers.vault, HOME, lambda _: None, lambda _: False, now)
    unpacking = UnpackTools(papers.vault, parse_apart, lambda slip: decide((), slip), lambda _: None,
                             papers.store.holders)
    proposing = ProposeTools(papers.vault, lambda _: (), lambda *_: ())
    with ReaderPool() as pool:
        reading = ReadTools(pool, papers.vault, lambda *_: None, lambda document: unpack(document, unpacking))
        tasks = pipeline(read=lambda document: read(document, reading),
                         propose=lambda document: propose(document, proposing),
                         send=lambda document: send(document, sending), recall=lambda _: None, read_tries=3,
                         send_tries=3)
        legs = Legs(papers.store, tasks, Patience(0.2, 1.0, 3))
        engine = LoneEngine(papers.store, legs.run, tasks=tasks, pace=Pace({READ_LANE: 1, NET_LANE: 1}))
        engine.start()
        yield Way(papers, engine, tmp_path / "axis" / "out")
        engine.stop(5.0)
    papers.store.close()


def sealed(way: Way, document: Document) -> Document:
    document = way.papers.record(document, Change(
        what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=BODIES, take_register_number=True))
    file = way.papers.vault.put(io.BytesIO(PDF), role=Role.SEALED, media_type="application/pdf", name="giấy mời.pdf")
    return way.papers.record(document, Change(
        what="sealed", to=Stage.SEALED, by=Mover.CLERK, files=(file,), copy_kind=CopyKind.CHUYEN_TIEP,
        parcel_id="H99.1,2026/11/03,31/GM-VP"))


def test_a_letter_is_opened_read_proposed_and_sent_with_its_attachments(way: Way) -> None:
    document = received(way.papers, letter(("dự thảo.txt", DRAFT), ("giấy mời.pdf", SCAN), subject=SUBJECT))
    document = way.stands(document, Stage.PROPOSED)
    assert [event.what for event in way.papers.store.events(document.id)] == [
        "received", "unpacked", "read", "proposed"]
    assert document.fields[Name.NUMBER].value == "31"
    assert "letter_number_differs" in document.remarks
    archive = document.file(Role.ARCHIVE)
    assert archive is not None
    assert archive.name == "giấy mời.pdf"
    document = way.stands(sealed(way, document), Stage.SENT)
    (packet,) = way.outbox.glob("*.edxml")
    message = read_message(packet.read_bytes())
    assert isinstance(message, EdocMessage)
    assert [(one.name, one.data) for one in message.attachments] == [("giấy mời.pdf", PDF), ("dự thảo.txt", DRAFT)]


def test_a_letter_without_a_paper_waits_and_no_leg_runs(way: Way) -> None:
    document = received(way.papers, letter())
    wait_for(lambda: way.papers.store.get(document.id).held is not None)
    now_ = way.papers.store.get(document.id)
    assert (now_.stage, now_.held and now_.held.code) == (Stage.RECEIVED, "no_paper")
    again = way.papers.store.record(now_, Change(what="retried", release=True), who="lan")
    wait_for(lambda: way.papers.store.get(document.id).version > again.version)
    assert way.papers.store.get(document.id).held is not None


def test_no_two_enclosures_bear_one_name(tmp_path: Path) -> None:
    papers = Papers.in_folder(tmp_path)
    files = [papers.vault.put(io.BytesIO(DRAFT + bytes([n])), role=Role.ATTACHMENT, media_type="text/plain", name=name)
             for n, name in enumerate(("a.txt", "A.txt", "a.pdf.sealed.pdf", "không đuôi", "không đuôi"))]
    document = papers.record(papers.sealed("a.pdf"), Change(what="x", files=tuple(files)))
    exchange = FolderExchange(tmp_path / "axis", HOME)
    tools = SendTools(exchange, papers.vault, HOME, lambda _: None, lambda _: False, now)
    assert [one.name for one in parcel_of(document, tools).enclosures] == [
        "a.pdf.sealed.pdf", "a.txt", "A (2).txt", "a.pdf.sealed (2).pdf", "không đuôi", "không đuôi (2)"]
    papers.store.close()
