"""By setting a sealed copy carries the head of its message: PDF/A-3b, before the seal and after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pikepdf
import pytest

from gateway.document import VN, Change, CopyKind, Document, Door, Mover, Origin, Recipient, Role, Stage
from gateway.duties import head_of_message, sending_of
from gateway.exchange.port import Body
from gateway.front import desk_of
from gateway.house import House, open_house
from gateway.review.acts import Person
from gateway.review.desk import Office
from gateway.review.seal_acts import SealWish
from gateway.review.sealing import seal_document
from gateway.seal.associated import NAME, with_message
from gateway.seal.pades import PadesSeal
from gateway.seal.practice import LEVELS, Practice
from gateway.seal.signers import open_signer
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from gateway.settings import Settings
from gateway.steps.send import parcel_of
from tests.gateway.papers import FIELDS
from tests.gateway.seal.papers import BODY, ORDER, scan
from tests.gateway.seal.pki import Pki
from tests.verapdf import Judge

LAN = Person("lan", "Lan", frozenset({"sealer"}))


@pytest.mark.parametrize("level", [LEVELS[0], LEVELS[-1]])
def test_a_copy_with_a_message_inside_stays_pdf_a_3b(
    pki: Pki, trust: Trust, tmp_path: Path, verapdf: Judge, level: str
) -> None:
    practice = Practice(trust=lambda: trust, level=level, stamp_url=pki.stamps if level != "B-B" else "",
                        ask_issuer=level != "B-B")  # fmt: skip
    signer, seal, source = open_signer(*pki.p12("good"), practice), PadesSeal(practice=practice), tmp_path / "3b.pdf"
    with_message(scan(tmp_path / "scan.pdf"), b"<edXML/>", source, at=ORDER.at)
    assert verapdf(source, "3b") == []

    prepared = seal.prepare(source, ORDER, signer)
    seal.finish(prepared, signer.cms(prepared), tmp_path / "sealed.pdf")

    assert verapdf(tmp_path / "sealed.pdf", "3b") == []
    report = verify(tmp_path / "sealed.pdf", trust)
    assert (report.pdfa, report.whole) == ("3b", True)
    with pikepdf.open(tmp_path / "sealed.pdf") as pdf:
        assert pdf.attachments[NAME].get_file().read_bytes() == b"<edXML/>"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    config = tmp_path / "gateway.toml"
    config.write_text('data = "var"\n[seal]\nembed_message = true\n')
    house = open_house(Settings.load(config, {}))
    yield house
    for pool in (house.pictures, house.inspector, house.readers):
        pool.close()
    house.store.close()


def confirmed(house: House, folder: Path) -> Document:
    original = house.vault.put(scan(folder / "a.pdf"), role=Role.ORIGINAL, media_type="application/pdf", name="a.pdf")
    document = house.store.receive(Origin(Door.FOLDER, "a"), original, unit=house.home.code, name="a.pdf",
                                   by="may-quet", at=dt.datetime.now(VN)).document  # fmt: skip
    for change in (
        Change(what="read", to=Stage.READ, kind="scan", pages=1, files=(replace(original, role=Role.ARCHIVE),)),
        Change(what="proposed", to=Stage.PROPOSED, fields=FIELDS),
        Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, confirmed_by="lan",
               recipients=(Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"),)),
    ):  # fmt: skip
        document = house.store.record(document, change, who="lan")
    return document


def test_the_message_inside_is_the_head_of_the_one_that_is_sent(house: House, pki: Pki, tmp_path: Path) -> None:
    desk = desk_of(house, None, partial(head_of_message, house))
    office = Office(Body(house.home.code, BODY), "Bình Minh", open_signer(*pki.p12("good")))
    desk = replace(desk, offices={house.home.code: office})

    sealed = seal_document(desk, confirmed(house, tmp_path), SealWish(CopyKind.SAO_Y, compared=True, pages=1), who=LAN)

    file = sealed.file(Role.SEALED)
    assert file is not None
    with pikepdf.open(house.vault.path(file)) as pdf:
        inside = pdf.attachments[NAME].get_file().read_bytes().decode()
    parcel = parcel_of(sealed, sending_of(house))
    for said in (parcel.document_id, parcel.sender.code, parcel.symbol, parcel.subject, "H99.2"):
        assert said in inside
    assert "AttachmentEncoded" not in inside
