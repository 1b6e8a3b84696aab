"""One folder door house."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.store import Store
from gateway.store.vault import Vault
from tests.gateway.intake.scans import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db")
    (tmp_path / "drop").mkdir()
    yield House(tmp_path, store, Vault(tmp_path / "vault"))
    store.close()
