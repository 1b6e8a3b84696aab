"""Office and text files on their way to be read: what is one, in which encoding its text is, and its PDF."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mail import sniff
from mail.charset import decode
from ocr.office import ENDINGS, TEXTS, Limits, to_pdf
from ocr.sniff import HEAD_BYTES, UNKNOWN
from ocr.sniff import media_type as readable_type

DOUBTFUL = "charset_doubtful"
_LARGEST_TEXT = 20 << 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF made for reading, and what is to be said of it."""

    path: Path
    remarks: tuple[str, ...] = ()


def rendered(path: Path, folder: Path, limits: Limits | None = None) -> Rendered | None:
    """The file as PDF in `folder`; None for what is read as it is (PDF, pictures) and for what nobody reads.

    Raises:
        ConverterMissing, Encrypted, Unreadable, TimedOut: see ocr.office.to_pdf.
        OSError: the disk.
    """
    with path.open("rb") as file:
        if readable_type(file.read(HEAD_BYTES)) != UNKNOWN:
            return None
    data = path.read_bytes()
    media_type = sniff.media_type(data)
    if media_type not in ENDINGS:
        return None
    if media_type not in TEXTS:
        return Rendered(to_pdf(path, media_type, folder, limits=limits))
    text = decode(data[:_LARGEST_TEXT])
    plain = folder / "text"
    plain.write_text(text.text, "utf-8")
    return Rendered(to_pdf(plain, media_type, folder, limits=limits), () if text.sure else (DOUBTFUL,))
