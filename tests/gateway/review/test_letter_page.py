"""The page of a Document that came as a letter: head, Parts, fates, downloads, and naming another Part as the paper."""

from __future__ import annotations

import io

import pytest

from gateway.document import LETTER_TYPE, Change, Document, Door, Origin, Role, Stage
from gateway.review.acts import Person
from gateway.review.web import words
from gateway.review.web.letter import letter_view
from gateway.steps.unpack import UnpackTools, unpack
from gateway.store.store import Query
from mail.parsing import parse_apart
from rules.routing import decide
from tests.gateway.letters import DRAFT, PICTURE, SCAN, letter
from tests.gateway.review.house import House, word_in

LAN = Person("lan", "Lan", frozenset({"clerk"}))
FILES = (("Phụ lục.txt", DRAFT), ("giấy mời.pdf", SCAN), ("chương trình.exe", b"MZ" + bytes(80)))


def unpacked(house: House, raw: bytes, *, unit: str = "H99.1") -> Document:
    file = house.vault.put(io.BytesIO(raw), role=Role.ORIGINAL, media_type=LETTER_TYPE, name="V/v họp: [gấp]")
    document = house.store.receive(
        Origin(Door.SMTP, file.sha256), file, unit=unit, name=file.name, by="van-thu@xa-mau.example", at=house.clock()
    ).document
    store = house.store
    tools = UnpackTools(
        house.vault, parse_apart, lambda slip: decide((), slip), store.directory.get, store.holders
    )
    return house.store.record(document, unpack(document, tools), who="machine")


def proposed(house: House, raw: bytes) -> Document:
    document = unpacked(house, raw)
    document = house.store.record(document, Change(what="read", to=Stage.READ, kind="scan", pages=1), who="machine")
    return house.store.record(document, Change(what="proposed", to=Stage.PROPOSED, fields={}), who="machine")


@pytest.fixture
def lan(house: House) -> House:
    house.enter("lan")
    return house


def test_the_page_shows_the_letter_and_what_became_of_every_part(lan: House) -> None:
    document = proposed(lan, letter(*FILES, subject="Mời <b>họp</b>", text="Kính gửi văn thư."))
    page = lan.client.get(f"/d/{document.id}").text
    for shown in ("Mời &lt;b&gt;họp&lt;/b&gt;", "van-thu@xa-mau.example", "20/11/2026 08:30", "Kính gửi văn thư.",
                  "giấy mời.pdf", "Phụ lục.txt", "chương trình.exe", "Không nhận", "Phần không cần xử lý (1)",
                  "Thư gốc", words.REMARKS["parts_refused"], "chỉ để biết"):  # fmt: skip
        assert shown in page


def test_every_file_of_a_letter_can_be_taken_away_under_its_own_name(lan: House) -> None:
    document = unpacked(lan, letter(*FILES))
    paper = document.paper
    assert paper is not None
    answer = lan.client.get(f"/d/{document.id}/parts/{paper.sha256}")
    assert answer.content == SCAN
    assert "gi%E1%BA%A5y%20m%E1%BB%9Di.pdf" in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"].startswith("sandbox")
    raw = lan.client.get(f"/d/{document.id}/files/original")
    assert raw.headers["content-disposition"].endswith("''V%20v%20h%E1%BB%8Dp%20g%E1%BA%A5p.eml")
    assert [one.what for one in lan.store.events(document.id)][-2:] == ["downloaded", "downloaded"]
    assert lan.client.get(f"/d/{document.id}/parts/{'0' * 64}").status_code == 404
    fates = document.file(Role.FATES)
    assert fates is not None
    assert lan.client.get(f"/d/{document.id}/parts/{fates.sha256}").status_code == 404


def test_another_part_becomes_the_paper(lan: House) -> None:
    document = proposed(lan, letter(("a.jpg", PICTURE), ("b.jpg", PICTURE + b"\0")))
    other = document.attachments[0]
    page = lan.client.get(f"/d/{document.id}").text
    assert page.count('name="file"') == 1
    assert lan.post(f"/d/{document.id}/choose", file=other.sha256, version=document.version) == 303
    now = lan.store.get(document.id)
    assert (now.stage, now.remarks) == (Stage.RECEIVED, ())
    assert now.paper is not None
    assert now.paper.sha256 == other.sha256
    view = letter_view(lan.desk, now, LAN)
    assert view is not None
    assert [(row.part.name, row.state, row.choosable) for row in view.rows] == [
        ("a.jpg", "attachment", False), ("b.jpg", "paper", False)], "while it is read again"


def test_a_letter_of_another_unit_does_not_exist_for_a_clerk(house: House) -> None:
    document = unpacked(house, letter(*FILES), unit="H99.7")
    assert document.paper is not None
    house.person("hoa", "clerk", units=frozenset({"H99.1"}))
    house.enter("hoa")
    assert house.client.get(f"/d/{document.id}/parts/{document.paper.sha256}").status_code == 404


def test_a_saved_letter_is_taken_at_the_desk(lan: House) -> None:
    word = word_in(lan.client.get("/").text)
    sent = lan.client.post("/upload", data={"word": word}, files={"file": ("thư.eml", letter(*FILES))})
    assert sent.status_code == 303
    (document,) = lan.store.find(Query()).documents
    assert (document.is_letter, document.paper) == (True, None)
    assert lan.client.get(f"/d/{document.id}").status_code == 200


def test_a_paper_that_is_no_letter_shows_none(lan: House) -> None:
    document = lan.proposed()
    assert 'class="letter"' not in lan.client.get(f"/d/{document.id}").text
    assert letter_view(lan.desk, document, LAN) is None
