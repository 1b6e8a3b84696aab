"""Letter: what a sample letter says, and Scan: how badly it was scanned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter laid out as Decree 30/2020 annex I demands."""

    name: str
    """File name without ending."""
    issuer: tuple[str, ...]
    """Lines of the issuing body, capitals as printed."""
    parent: tuple[str, ...] = ()
    number: str
    """"" leaves the place empty."""
    symbol: str
    symbol_printed: str = ""
    """The symbol as set, when it differs (blanks around the hyphen ...)."""
    place: str
    date: dt.date
    day_by_hand: bool = True
    month_by_hand: bool = False
    number_by_hand: bool = True
    number_gap: str = ""
    """What stands between number and slash."""
    title: str = ""
    """Type in capitals ("QUYẾT ĐỊNH"); "" for a công văn."""
    doc_type: str = "Công văn"
    subject: str
    to: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    copies: tuple[str, ...] = ("Như trên;", "Lưu: VT.")
    signer_title: tuple[str, ...] = ("CHỦ TỊCH",)
    signer: str = ""
    urgency: str = ""
    """"HỎA TỐC", "THƯỢNG KHẨN", "KHẨN" or ""."""
    secrecy: str = ""
    """"MẬT" ... : only for tests that show it is stopped."""
    arrival_stamp: str = ""
    """Number in an ĐẾN stamp of the receiving office, "" for none."""
    subject_after_date: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """How the paper went through the scanner."""

    dpi: int = 300
    mode: str = "color"
    """"color", "grey" or "bilevel"."""
    skew: float = 0.0
    """Degrees, counter-clockwise."""
    noise: float = 2.5
    """Standard deviation of grey levels."""
    specks: int = 0
    stamp: bool = True
    """Round red seal over the signature."""
    quality: int = 70
    """JPEG quality."""
    form: str = "pdf"
    """"pdf", "tiff", "jpeg" or "png"."""
    turned: int = 0
    """Degrees clockwise the paper lay in the scanner: 0, 90, 180, 270."""
    seed: int = 1
    fonts: tuple[str, ...] = field(default=())
    """Handwriting fonts to draw from; () for all that are installed."""
