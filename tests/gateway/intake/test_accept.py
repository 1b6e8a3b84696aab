"""accept: durable, then a row, and nothing twice."""
from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest

from gateway.document import VN, Change, Door, Origin, Role, Stage
from gateway.intake.accept import accept
from gateway.store.store import Received
from tests.gateway.intake.scans import House, pdf

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=VN)


def take(house: House, source: Path | io.BytesIO, key: str = "k") -> Received:
    return accept(house.store, house.vault, source, lambda sha: Origin(Door.DESK, f"{key}:{sha}"), unit="H99.1",
                  name="a.pdf", by="lan", media_type="application/pdf", at=NOON)


def test_the_origin_is_made_from_the_hash_and_the_bytes_are_in_the_vault(house: House) -> None:
    received = take(house, io.BytesIO(pdf()))
    original = received.document.file(Role.ORIGINAL)
    assert original is not None
    assert received.document.origin.key == f"k:{original.sha256}"
    assert house.vault.path(original).read_bytes() == pdf()
    assert received.fresh


def test_the_same_again_is_the_same_document(house: House) -> None:
    first = take(house, io.BytesIO(pdf()))
    assert take(house, io.BytesIO(pdf())) == Received(first.document, fresh=False)
    assert take(house, io.BytesIO(pdf()), key="other") == Received(first.document, fresh=False)
    assert len(house.documents()) == 1


def test_bytes_that_vanish_between_vault_and_row_are_put_once_more(house: House) -> None:
    take(house, io.BytesIO(pdf()))
    receive = house.store.receive

    def erased_meanwhile(*args: object, **more: object) -> Received:
        received = receive(*args, **more)  # type: ignore[arg-type]
        house.vault.erase(received.document.files[0].sha256)
        return received

    house.store.receive = erased_meanwhile  # type: ignore[method-assign]
    source = house.root / "a.pdf"
    source.write_bytes(pdf())
    for again in (io.BytesIO(pdf()), source):
        received = take(house, again)
        assert house.vault.path(received.document.files[0]).read_bytes() == pdf()


def test_what_was_stopped_and_comes_again_by_the_same_way_leaves_nothing(house: House) -> None:
    house.store.on_erase = house.vault.erase
    first = take(house, io.BytesIO(pdf()))
    house.store.record(first.document, Change(what="stopped", to=Stage.STOPPED), who="machine")
    assert take(house, io.BytesIO(pdf())).document.stage is Stage.STOPPED
    assert [path for path in house.vault.folder.rglob("*") if path.is_file()] == []


def test_when_the_row_fails_nothing_was_taken_and_trying_again_is_harmless(house: House) -> None:
    def fail(connection: object, document: object) -> None:
        raise RuntimeError("queue away")

    house.store.on_leg = fail
    with pytest.raises(RuntimeError):
        take(house, io.BytesIO(pdf()))
    assert house.documents() == ()
    house.store.on_leg = None
    assert take(house, io.BytesIO(pdf())).fresh
