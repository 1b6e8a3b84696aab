"""A store of each kind."""
from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.store.store import Store
from tests.gateway.store.making import NOON


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store.open(url, clock=lambda: NOON)
    yield made
    made.close()
