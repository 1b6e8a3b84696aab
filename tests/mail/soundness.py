"""What holds of every letter that was read, and short questions to it."""

from __future__ import annotations

import unicodedata

from mail.letter import Fate, Letter, Part


def fates(found: Letter) -> dict[str, Fate]:
    return {part.place: part.fate for part in found.parts}


def taken(found: Letter) -> list[Part]:
    return [part for part in found.parts if part.fate is Fate.TAKEN]


def assert_sound(found: Letter) -> None:
    """What holds for every letter."""
    assert len({part.place for part in found.parts}) == len(found.parts)
    assert found.parts
    for part in found.parts:
        assert part.name
        assert not set(part.name) & set("/\\\0\r\n")
        assert unicodedata.is_normalized("NFC", part.name)
        assert (part.why == "") == (part.fate is Fate.TAKEN)
        assert part.why == "" or part.why.endswith(".")
        assert part.data or part.fate is not Fate.TAKEN
    assert found.date is None or found.date.tzinfo is not None
    (found.text + found.subject + found.sender + found.sender_name + found.message_id).encode()
    assert not {"\r", "\n", "\0"} & set(found.subject + found.sender)
