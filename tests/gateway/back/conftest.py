"""A return path for every test of it."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.back.incoming import Back, back


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Back]:
    with back(tmp_path) as made:
        yield made
