"""What the house binds: uploads, pictures, earlier numbers, the health page."""
from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.document import Change, Document, Door, Mover, Stage
from gateway.duties import earlier_numbers, earlier_signers
from gateway.errors import DiskFull, ReadFailed
from gateway.front import desk_of
from gateway.house import House, open_house
from gateway.settings import Settings
from rules.facts import EarlierNumber
from rules.field import Field, Name
from tests.gateway.papers import FIELDS, PDF, Papers

LETTER = Path(__file__).resolve().parents[2] / "samples" / "giay-moi-hop.pdf"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("house") / "var"
    built = open_house(Settings.load(None, {"VANTHU_DATA": str(data)}))
    yield built
    built.readers.close()
    built.pictures.close()
    built.store.close()


def take(house: House, data: bytes, by: str = "lan") -> Document:
    return desk_of(house, None).take(io.BytesIO(data), unit="H99.1", name="a.pdf", by=by, media_type="application/pdf")


def test_an_upload_is_taken_once(house: House) -> None:
    first = take(house, PDF)
    assert first.origin.door is Door.DESK
    assert take(house, PDF).id == first.id
    assert take(house, PDF, by="hoa").id == first.id


def test_nothing_is_taken_when_the_disk_is_nearly_full(house: House) -> None:
    settings = replace(house.settings, folder=replace(house.settings.folder, least_free_mb=10**9))
    before = list(house.vault.folder.rglob("*"))
    with pytest.raises(DiskFull):
        take(replace(house, settings=settings), b"more")
    assert list(house.vault.folder.rglob("*")) == before


def test_a_page_is_drawn_for_the_desk_or_said_to_be_unreadable(house: House) -> None:
    assert desk_of(house, None).picture(LETTER, 1, 300).startswith(b"\x89PNG")
    with pytest.raises(ReadFailed):
        desk_of(house, None).picture(LETTER, 9, 300)


def test_numbers_and_signers_that_clerks_confirmed_are_found_again(house: House) -> None:
    papers = Papers(house.store, house.vault)
    papers.confirmed("x.pdf")
    other = papers.record(papers.received("y.pdf"), Change(what="read", to=Stage.READ))
    fields = FIELDS | {Name.NUMBER: Field(Name.NUMBER, "126", 1.0, sure=True),
                       Name.SIGNER: Field(Name.SIGNER, "Lê Hoàng Anh", 1.0, sure=True)}
    other = papers.record(other, Change(what="proposed", to=Stage.PROPOSED, fields=fields))
    assert [one.number for one in earlier(house)] == [125]
    assert earlier_signers(house.store, FIELDS[Name.ISSUER].value) == ()
    papers.record(other, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK))
    assert sorted(one.number for one in earlier(house)) == [125, 126]
    assert earlier_numbers(house.store, "Sở Khác", "UBND-VP") == ()
    assert earlier_signers(house.store, FIELDS[Name.ISSUER].value) == ("Lê Hoàng Anh",)
    assert earlier_signers(house.store, "Sở Khác") == ()


def earlier(house: House) -> tuple[EarlierNumber, ...]:
    return earlier_numbers(house.store, FIELDS[Name.ISSUER].value, FIELDS[Name.SYMBOL].value)


def test_the_health_page_names_a_door_and_its_trouble(house: House) -> None:
    papers = Papers(house.store, house.vault)
    house.store.door_seen("exchange", papers.received("z.pdf").received_at, "Không kết nối được trục liên thông.")
    lines = {line.name: line for line in desk_of(house, None).health()}
    assert not lines["Trạng thái từ trục"].ok
    assert lines["Trạng thái từ trục"].words == "Không kết nối được trục liên thông."
    assert "Còn trống" in lines["Ổ đĩa"].words


def test_a_sentence_with_a_percent_sign_stands_on_a_page() -> None:
    from gateway.review.web.frame import environments

    for environment in environments().values():
        drawn = environment.from_string("{{ _(said) }}").render(said="Còn trống 30% (84 GB).")
        assert drawn == "Còn trống 30% (84 GB)."
