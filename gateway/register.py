"""The gateway's own numbers: how they look (R-077) and when their series begins anew."""
from __future__ import annotations

import datetime as dt

from gateway.document import VN

ALL_DOORS = "all"
"""One series of ids for paper, mail and interchange."""


def register_year(at: dt.datetime) -> int:
    """The series begins anew on 1 January, Viet Nam's time."""
    return at.astimezone(VN).year


def register_number(code: str, year: int, count: int) -> str:
    """CODE-YYYY.N, N from 1."""
    return f"{code}-{year}.{count}"
