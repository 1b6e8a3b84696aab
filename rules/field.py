"""Field, Candidate, Evidence: a value that was read, how sure it is, and where on the paper it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from ocr.page import Box


class Name(StrEnum):
    """The fields of a Document.  The value is the word used in JSON, SQL and settings."""

    NUMBER = "number"
    """Number as printed or written, with leading zeros and letter suffix ("0098", "3176B", "09/2025")."""
    SYMBOL = "symbol"
    """Symbol without blanks ("UBND-KGVX")."""
    DATE = "date"
    """Date of the document, ISO 8601 ("2019-04-09")."""
    PLACE = "place"
    """Place name before the date ("Đồng Nai")."""
    ISSUER = "issuer"
    """The body that issued (zone 2, lower lines)."""
    ISSUER_PARENT = "issuer_parent"
    """The body above it, if printed."""
    DOC_TYPE = "doc_type"
    """One of the 29 types of Decree 30/2020 Article 7 ("Công văn", "Quyết định" ...)."""
    SUBJECT = "subject"
    """Summary (trích yếu), without "V/v"."""
    SIGNER = "signer"
    """Full name of the person who signed."""
    SIGNER_TITLE = "signer_title"
    """Powers and title ("KT. CHỦ TỊCH, PHÓ CHỦ TỊCH")."""
    URGENCY = "urgency"
    """"Hỏa tốc", "Thượng khẩn", "Khẩn" or absent."""
    RECIPIENTS = "recipients"
    """Bodies of "Kính gửi" and "Nơi nhận", one a line."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where and by whom a value was seen."""

    page: int
    """1-based."""
    box: Box
    text: str
    """The text as seen there, before any cleaning."""
    by: str
    """"tesseract", "digits", "signature", "file" (the file's own text), "header" (edXML), or a clerk's login."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another possible value, for the clerk to choose by a digit key."""

    value: str
    confidence: float
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A proposed value.  `sure` may be shown as certain: the expected error is below 0.5 %."""

    name: Name
    value: str
    confidence: float
    """Calibrated probability that the value is right, 0..1."""
    sure: bool
    evidence: Evidence | None = None
    candidates: tuple[Candidate, ...] = ()
    """Best first, without the value itself."""
    doubts: tuple[str, ...] = ()
    """Codes of what spoke against it (weekday, type_title, issuer_symbol, order, late_signature ...)."""


class Secrecy(StrEnum):
    """Does the paper bear a state-secret mark (MẬT, TỐI MẬT, TUYỆT MẬT)?"""

    NONE = "none"
    """No mark seen: go on."""
    UNSURE = "unsure"
    """Something like a mark: held until a person has looked."""
    MARKED = "marked"
    """A mark: nothing is derived, the bytes are erased, only the fact stays (design.md decision 7)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything the machine proposes for one Document."""

    fields: Mapping[Name, Field]
    secrecy: Secrecy = Secrecy.NONE
    warnings: tuple[str, ...] = dataclass_field(default=())
    """Codes of warnings about the whole paper (annex_only, issuer_in_signature_differs ...)."""
