"""One desk for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from fastapi.testclient import TestClient

from gateway.document import Document, Door, Origin, Role
from gateway.review.desk import Desk, Office
from gateway.review.web import create_app
from gateway.store.store import Store
from gateway.store.vault import Vault
from tests.gateway.review.house import BODIES, PNG, Clock, House, TestKey, TestSeal


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A running desk; "lan" is clerk and sealer."""
    clock, key, seal = Clock(), TestKey(), TestSeal()
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db", clock=clock)
    vault = Vault(tmp_path / "vault")
    store.on_erase = vault.erase
    store.directory.put(BODIES)

    def take(source: BinaryIO, *, unit: str, name: str, by: str, media_type: str) -> Document:
        file = vault.put(source, role=Role.ORIGINAL, media_type=media_type, name=name)
        return store.receive(Origin(Door.DESK, file.sha256), file, unit=unit, name=name, by=by, at=clock()).document

    desk = Desk(
        store=store,
        vault=vault,
        seal=seal,
        offices={"H99.1": Office(BODIES[0], "Xã Mẫu", key)},
        home="H99.1",
        picture=lambda path, page, width: PNG,
        take=take,
        clock=clock,
    )
    with TestClient(create_app(desk), follow_redirects=False) as client:
        made = House(desk, store, vault, clock, key, seal, client)
        made.person("lan", "clerk", "sealer")
        yield made
    store.close()
