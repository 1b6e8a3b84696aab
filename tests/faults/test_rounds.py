"""The rounds L1-L11 against the product under test; two of them always, all of them with CHAOS=1 (`make chaos`)."""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.product import Product, product_in
from tests.faults.rounds import QUICK, ROUNDS, WAIT_S, Books

CHAOS = bool(os.environ.get("CHAOS"))
pytestmark = pytest.mark.timeout(240 + 2 * WAIT_S)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = product_in(tmp_path / "product")
    yield made
    made.kill()


@pytest.mark.parametrize("chosen", ROUNDS if CHAOS else QUICK, ids=lambda one: one.__name__)
def test_documents_in_are_documents_accounted_for(product: Product, chosen: Callable[[Product], Books]) -> None:
    begun = time.monotonic()
    books = chosen(product)
    print(f"round={chosen.__name__} {books} seconds={time.monotonic() - begun:.0f}")
    assert books.right, books.troubles
