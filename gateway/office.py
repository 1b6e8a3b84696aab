"""Office and text files on their way to be read: what is one, in which encoding its text is, and its PDF."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.oldfonts import names_old_fonts, rewritten
from mail import sniff
from mail.charset import decode
from ocr.office import ENDINGS, TEXTS, Limits, flat_type, to_flat, to_pdf
from ocr.sniff import HEAD_BYTES, UNKNOWN
from ocr.sniff import media_type as readable_type

DOUBTFUL = "charset_doubtful"
_LARGEST_TEXT = 20 << 20


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF made for reading, and what is to be said of it."""

    path: Path
    remarks: tuple[str, ...] = ()


def rendered(path: Path, folder: Path, limits: Limits | None = None, *,
             rewrite: Callable[[Path], bool] = rewritten) -> Rendered | None:
    """The file as PDF in `folder`; None for what is read as it is (PDF, pictures) and for what nobody reads.

    `rewrite` puts letters of old fonts right (gateway.oldfonts).

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
        return _office(path, media_type, folder, limits, rewrite)
    text = decode(data[:_LARGEST_TEXT])
    plain = folder / "text"
    plain.write_text(text.text, "utf-8")
    return Rendered(to_pdf(plain, media_type, folder, limits=limits), () if text.sure else (DOUBTFUL,))


def _office(path: Path, media_type: str, folder: Path, limits: Limits | None,
            rewrite: Callable[[Path], bool]) -> Rendered:
    if not names_old_fonts(path):
        return Rendered(to_pdf(path, media_type, folder, limits=limits))
    flat = to_flat(path, media_type, folder, limits=limits)
    if not rewrite(flat):
        return Rendered(to_pdf(path, media_type, folder, limits=limits))
    return Rendered(to_pdf(flat, flat_type(media_type), folder, limits=limits))
