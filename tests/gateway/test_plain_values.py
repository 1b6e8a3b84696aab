"""Values as JSON and back: what does not fit to the letter is refused."""
from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from gateway.document import VN
from gateway.plain_values import from_plain, to_plain


class Color(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    many: tuple[int, ...]
    at: dt.datetime | None
    day: dt.date
    color: Color
    pair: tuple[float, bool]
    data: bytes


DAY = dt.date(2026, 11, 21)
THING = Thing("Tên", (1, 2), dt.datetime(2026, 11, 21, 9, tzinfo=VN), DAY, Color.RED, (1.5, True), b"ab")


def test_a_value_comes_back_as_it_was() -> None:
    beside = io.BytesIO(b"")
    plain = json.loads(json.dumps(to_plain(THING, beside)))
    assert from_plain(Thing, plain, beside.getvalue()) == THING


@pytest.mark.parametrize("change", [
    {"name": 1}, {"name": None}, {"many": [1, "2"]}, {"many": [True]}, {"many": "12"}, {"at": "2026-11-21T09:00"},
    {"at": "x"}, {"day": 5}, {"color": "blue"}, {"pair": [1.0]}, {"pair": [1.0, 1]}, {"data": [0, 3]},
    {"data": [-1, 1]}, {"data": [1, -1]}, {"data": "YQ=="}, {"further": 1}], ids=str)  # fmt: skip
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    plain = to_plain(THING, io.BytesIO())
    with pytest.raises(ValueError, match=r"."):
        from_plain(Thing, plain | change, b"ab")
