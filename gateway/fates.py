"""A letter as it is kept beside its Document: head, words, and what became of every Part.  JSON, Role.FATES."""
from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, fields

from gateway.document import Document, Role
from gateway.errors import FileMissing
from gateway.store.vault import Vault

MOST_WORDS = 64 * 1024
"""Characters of a letter's words that are kept; all of them stand in the original."""
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFate:
    """One Part: what it is and what became of it."""

    place: str
    """Where in the letter ("2.1", "3/zip:a.pdf")."""
    name: str
    media_type: str
    size: int
    sha256: str
    """"" when the Part has no bytes of its own."""
    fate: str
    """"taken" "ignored" "refused" "held" (mail.part.Fate)."""
    why: str = ""
    doubtful_name: str = ""
    role: str = ""
    """Role of the file it became: "paper", "attachment", "message", or "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRecord:
    """What the desk shows of a letter."""

    subject: str
    sender: str
    sender_name: str
    to: tuple[str, ...]
    message_id: str
    date: dt.datetime | None
    automatic: bool
    """A machine or a list sent it; it is never answered."""
    signed: str
    """S/MIME: "" "valid" "invalid" "unknown"."""
    remarks: tuple[str, ...]
    text: str
    """Words of the letter, at most MOST_WORDS characters."""
    other_text: str
    """The other reading of a doubtful old encoding."""
    parts: tuple[PartFate, ...]


def record_to_json(record: LetterRecord) -> bytes:
    """As it lies in the vault."""
    told = asdict(record) | {"version": VERSION, "date": record.date.isoformat() if record.date else None}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def record_from_json(data: bytes) -> LetterRecord:
    """The record of a file that record_to_json has written.

    Raises:
        ValueError: it is none.
    """
    told = json.loads(data)
    try:
        known = {key.name for key in fields(LetterRecord)}
        parts = tuple(PartFate(**one) for one in told["parts"])
        date = dt.datetime.fromisoformat(told["date"]) if told["date"] else None
        values = {key: value for key, value in told.items() if key in known}
        values |= {"parts": parts, "date": date, "to": tuple(told["to"]), "remarks": tuple(told["remarks"])}
        return LetterRecord(**values)
    except (KeyError, TypeError) as error:
        raise ValueError("not a letter's record") from error


def letter_record(document: Document, vault: Vault) -> LetterRecord | None:
    """The record of a Document that came as a letter and has been unpacked; None for any other, or when it is lost."""
    file = document.file(Role.FATES)
    if file is None:
        return None
    try:
        return record_from_json(vault.path(file).read_bytes())
    except (FileMissing, ValueError):
        return None
