"""What makes one paper go before another: its urgency, and by when it must have gone out (R-120, R-121)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from gateway.document import VN, Document, Door
from gateway.store.folding import fold
from rules.deadline import send_by
from rules.field import Name

URGENT: Mapping[str, int] = {"Hỏa tốc": 3, "Thượng khẩn": 2, "Khẩn": 1}
"""Words of urgency, the higher the sooner (Decree 30/2020 annex I)."""


AT_ONCE = dt.timedelta(hours=1)
"""What an urgent paper has from its arrival."""


def urgency(document: Document) -> int:
    """0 for an ordinary paper."""
    return URGENT.get(_value(document, Name.URGENCY), 0)


def due_at(document: Document) -> dt.datetime | None:
    """By when it must have gone out; what came over the Exchange is to be registered just as soon (Article 4).

    An urgent paper goes at once, on days off too (QĐ 28/2018 Article 6): its time is up within the hour.
    """
    if urgency(document):
        return document.received_at + AT_ONCE
    came = document.received_at.astimezone(VN).date()
    return send_by(None if document.origin.door is Door.EXCHANGE else _date(document), came)


def matter(document: Document) -> str:
    """Equal for papers with the same issuer, number, symbol and date (R-072); "" where one is missing."""
    parts = [fold(_value(document, name)) for name in (Name.ISSUER, Name.NUMBER, Name.SYMBOL)]
    day = _date(document)
    return "|".join([*parts, day.isoformat()]) if day and all(parts) else ""


def _date(document: Document) -> dt.date | None:
    try:
        return dt.date.fromisoformat(_value(document, Name.DATE))
    except ValueError:
        return None


def _value(document: Document, name: Name) -> str:
    found = document.fields.get(name)
    return found.value if found else ""
