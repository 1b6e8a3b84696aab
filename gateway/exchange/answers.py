"""What comes back from an axis: rows and packets, in the forms in which axes are known to give them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.errors import BadMessage


def rows_of(answer: Mapping[str, Any], name: str = "data") -> Sequence[Mapping[str, Any]]:
    """The list under that name: a single row may stand there alone, and the whole may be JSON inside of a text."""
    rows = answer.get(name) or []
    if isinstance(rows, str):
        try:
            rows = json.loads(rows)
        except ValueError:
            rows = []
    if isinstance(rows, dict):
        rows = [rows]
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def packet_of(text: object) -> bytes:
    """The bytes of a packet: base64, in one line or many, in either alphabet.

    Raises:
        BadMessage: the answer holds none.
    """
    if not isinstance(text, str):
        raise BadMessage
    compact = "".join(text.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadMessage from error
