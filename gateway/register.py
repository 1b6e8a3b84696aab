"""The gateway's own register: how its numbers look (R-077) and its lines for print (Decree 30/2020 annex IV)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.document import VN, Document
from rules.field import Field, Name

ALL_DOORS = "all"
"""One series for paper, mail and interchange (R-070)."""


def register_year(at: dt.datetime) -> int:
    """The series begins anew on 1 January, Viet Nam's time."""
    return at.astimezone(VN).year


def register_number(code: str, year: int, count: int) -> str:
    """CODE-YYYY.N, N from 1."""
    return f"{code}-{year}.{count}"


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line of the register, in words for paper."""

    number: str
    received: str
    """dd/mm/yyyy."""
    issuer: str
    symbol: str
    """Number and symbol as on the paper."""
    date: str
    subject: str
    recipients: str
    note: str


def register_lines(documents: Iterable[Document]) -> Sequence[RegisterLine]:
    """Lines of the Documents that have a number, in the order of their numbers."""
    numbered = [document for document in documents if document.register_number]
    return [_line(document) for document in sorted(numbered, key=_order)]


def _order(document: Document) -> tuple[str, int]:
    series, _, count = document.register_number.rpartition(".")
    return series, int(count)


def _line(document: Document) -> RegisterLine:
    number, symbol = _value(document.fields, Name.NUMBER), _value(document.fields, Name.SYMBOL)
    date = _value(document.fields, Name.DATE)
    return RegisterLine(
        number=document.register_number,
        received=f"{document.received_at.astimezone(VN):%d/%m/%Y}",
        issuer=_value(document.fields, Name.ISSUER),
        symbol="/".join(part for part in (number, symbol) if part),
        date="/".join(reversed(date.split("-"))),
        subject=_value(document.fields, Name.SUBJECT),
        recipients="; ".join(to.name for to in document.recipients),
        note=document.reason,
    )


def _value(fields: Mapping[Name, Field], name: Name) -> str:
    return fields[name].value if name in fields else ""
