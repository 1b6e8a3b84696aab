"""Messages of other offices are read in a process of its own; one that kills it is put aside, and the others go on."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import BadMessage, ExchangeDown
from gateway.exchange.edxml import read_message, write_parcel
from gateway.exchange.folder import FolderExchange
from gateway.inspector import Inspector, message_reader
from gateway.steps.arrive import UNREADABLE, arrive
from gateway.steps.collect import collect
from tests.gateway.back.incoming import HOME, Back
from tests.gateway.dying import DIES, RUBBISH, dying, says

GOLDEN = sorted((Path(__file__).parents[1] / "exchange" / "golden").glob("*.edxml"))


def test_a_message_read_there_is_the_message_read_here(house: Back, tmp_path: Path) -> None:
    large = write_parcel(house.parcel(data=b"%PDF-1.7\n" + bytes(range(256)) * 20_000))
    with Inspector(scratch=tmp_path) as inspector:
        for raw in (*(file.read_bytes() for file in GOLDEN), large):
            assert message_reader(inspector)(raw) == read_message(raw)
        for raw in (b"no edXML", b"<!DOCTYPE a><a/>", b""):
            with pytest.raises(BadMessage) as here:
                read_message(raw)
            with pytest.raises(BadMessage) as there:
                inspector.read_message(raw)
            assert str(here.value) == str(there.value)
        assert [path.name for path in tmp_path.glob("message-*")] == []


ENDS = {name: DIES[name] for name in ("aborts", "never ends")} | {"says a value": says(RUBBISH["another value"])}


@pytest.mark.parametrize("does", ENDS)
def test_a_packet_that_kills_its_reader_twice_is_put_aside_and_kept(
    house: Back, tmp_path: Path, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = house.write("p-bad")
    house.ask_back(parcel, "s-bad")
    with dying(tmp_path, ENDS[does], monkeypatch) as end:
        read = message_reader(end.inspector)
        assert arrive(replace(house.arriving, read=read)) == 1
        assert end.deaths == 2
        assert collect(replace(house.collecting, read=read)) == 1
        assert end.deaths == 4
    settled = house.store.arrivals.settled("p-bad")
    assert settled is not None
    assert (settled.outcome, settled.document) == (UNREADABLE, "")
    assert settled.note.endswith("Gói gốc vẫn được giữ; hãy báo nơi gửi gửi lại.")
    assert house.vault.path(settled.sha256).read_bytes() == write_parcel(parcel)
    house.write("p-good", number="126")
    assert house.poll() == 1
    assert [document.fields == {} for document in house.documents()] == [True]


def test_where_no_reader_can_be_had_the_packet_waits(
    house: Back, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("p-1")
    with dying(tmp_path, "exit 0", monkeypatch) as end:
        monkeypatch.setattr("ocr.pool.apart", lambda *_, **__: ("sh", "-c", "exit 3"))
        with pytest.raises(ExchangeDown, match="Không khởi động được"):
            arrive(replace(house.arriving, read=message_reader(end.inspector)))
    with pytest.raises(ExchangeDown, match="Không khởi động được"):  # the gateway is being stopped
        arrive(replace(house.arriving, read=message_reader(end.inspector)))
    assert house.store.arrivals.settled("p-1") is None
    assert house.poll() == 1


def test_a_file_of_the_shared_folder_that_kills_its_reader_waits_for_a_person(
    house: Back, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dying(tmp_path, DIES["faults"], monkeypatch) as end:
        folder = FolderExchange(tmp_path / "x", HOME, read=message_reader(end.inspector))
        (tmp_path / "x" / "in" / "a.edxml").write_bytes(write_parcel(house.parcel()))
        assert [(one.exchange_id, one.from_code) for one in folder.waiting("edoc")] == [("a", "")]
