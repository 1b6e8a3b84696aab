"""Ids of Documents: 26 characters, later ones sort after earlier ones, safe in addresses and file names (ULID)."""
from __future__ import annotations

import datetime as dt
import secrets

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(at: dt.datetime) -> str:
    """48 bits of milliseconds and 80 random bits, in Crockford's base 32."""
    number = int(at.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(125, -1, -5))
