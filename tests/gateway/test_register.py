"""The gateway's own numbers."""
from __future__ import annotations

import datetime as dt

from gateway.document import VN
from gateway.register import register_number, register_year


def test_a_number_is_code_year_and_count() -> None:
    assert register_number("H99.1", 2026, 7) == "H99.1-2026.7"


def test_the_year_is_viet_nams() -> None:
    assert register_year(dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)) == 2027
    assert register_year(dt.datetime(2026, 12, 31, 23, 59, tzinfo=VN)) == 2026
