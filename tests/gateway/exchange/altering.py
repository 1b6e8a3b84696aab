"""Messages as others might have written them: ours, with words changed, parts left out, files put in their place."""

from __future__ import annotations

import base64

from gateway.exchange.edxml import EdocMessage, read_message, write_parcel
from gateway.exchange.port import Parcel


def edoc(raw: bytes) -> EdocMessage:
    message = read_message(raw)
    assert isinstance(message, EdocMessage)
    return message


def altered(parcel: Parcel, *changes: tuple[str, str]) -> bytes:
    text = write_parcel(parcel).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def without(raw: bytes, name: str) -> bytes:
    text = raw.decode()
    start, end = text.index(f"<{name}"), text.index(f"</{name}>") + len(name) + 3
    return (text[:start] + text[end:]).encode()


def with_file(parcel: Parcel, data: bytes) -> bytes:
    original = parcel.enclosures[0].path.read_bytes()
    return altered(parcel, (base64.b64encode(original).decode(), base64.b64encode(data).decode()))


def speaking_of_all(first: bytes, *others: bytes) -> bytes:
    """The first message with the ResponseFor of the others too."""
    end = b"</edXML:ResponseFor>"
    more = (one[one.index(b"<edXML:ResponseFor>") : one.index(end) + len(end)] for one in others)
    return first.replace(end, end + b"".join(more))
