"""PDF/A-2b through OCRmyPDF, with the words already known; the result is checked before it takes its place.

What must hold of a result: pikepdf's PDF/A validator finds nothing wrong, as many pages as the original, every page at
its paper size, and every picture stream of a scan byte for byte as it came.  Anything else raises NotArchivable.
"""
from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ocr import jpx
from ocr.errors import Encrypted, NotArchivable, SignedMustStay, Unreadable
from ocr.page import Page
from ocr.pdfa_source import flattened, pictures_of, prepared
from ocr.triage import Kind, Triage

if TYPE_CHECKING:
    import pikepdf

FLAVOUR = "2b"
_SIZE_SLACK_PT = 1.0
_JPX_UNKNOWN = "JPEG 2000 images are not supported"
"""pikepdf's finding about pictures that ocr.jpx has looked at."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What came out; flattened: the pages had to be turned into pictures because their own content is no PDF/A."""

    path: Path
    flattened: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of the file's pages, in which language, and whom to tell of progress(done, total)."""

    pages: Sequence[Page]
    language: str = "vie"
    progress: Callable[[int, int], None] = lambda done, total: None


def make_pdfa(path: Path, triage: Triage, words: Words, out: Path) -> Archived:
    """Write the PDF/A-2b of the file at `path` to `out` (same volume as out's folder; replaced in one move).

    Raises SignedMustStay, Encrypted, Unreadable, NotArchivable.
    """
    if triage.kind is Kind.SIGNED:
        raise SignedMustStay
    if triage.kind is Kind.ENCRYPTED:
        raise Encrypted
    if triage.kind in (Kind.BROKEN, Kind.UNKNOWN):
        raise Unreadable(detail=triage.reason)
    with tempfile.TemporaryDirectory(prefix="pdfa-") as name:
        folder = Path(name)
        flat = False
        try:
            made = _converted(prepared(path, triage, words.pages, folder), _mode(triage), words)
        except NotArchivable:
            flat = True
            shown = dataclasses.replace(words, pages=[_as_picture(page) for page in words.pages])
            made = _converted(flattened(path, triage.media_type, folder), "default", shown)
        _put_in_place(made, out)
    return Archived(out, flat)


def _as_picture(page: Page) -> Page:
    return dataclasses.replace(page, picture_only=True, rotation=0)


def _mode(triage: Triage) -> str:
    """How OCRmyPDF shall treat text that is there: keep the born-digital pages', replace a scanner's hidden layer."""
    if triage.kind is Kind.DIGITAL:
        return "skip"
    return "redo" if triage.kind is not Kind.IMAGE else "default"


def _converted(source: Path, mode: str, words: Words) -> Path:
    import ocrmypdf

    from ocr import preocr

    made = source.with_name("archive.pdf")
    made.unlink(missing_ok=True)
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    own_declaration = _has_jpx(source)
    try:
        with preocr.words_for(source, words.pages, words.progress):
            ocrmypdf.ocr(
                source, made, output_type="pdf" if own_declaration else "pdfa-2", pdfa_backend="internal",
                language=[words.language], mode=mode, optimize=0, jobs=1, use_threads=True, progress_bar=False,
                tagged_pdf_mode="ignore", plugins=["ocr.preocr"],
            )
    except ocrmypdf.exceptions.EncryptedPdfError as error:
        raise Encrypted(detail=str(error)) from error
    except ocrmypdf.exceptions.DigitalSignatureError as error:
        raise SignedMustStay(detail=str(error)) from error
    except ocrmypdf.exceptions.ExitCodeException as error:
        raise NotArchivable(detail=f"{type(error).__name__}: {error}") from error
    made = _declared(made) if own_declaration else made
    _check(source, made)
    return made


def _has_jpx(source: Path) -> bool:
    """JPEG 2000 pictures that may stay: OCRmyPDF would refuse the file, because its validator does not know them."""
    import pikepdf

    with pikepdf.open(source) as pdf:
        found = [picture for page in pdf.pages for picture in pictures_of(page) if _is_jpx(picture)]
        return bool(found) and all(jpx.is_archivable(picture.read_raw_bytes()) for picture in found)


def _is_jpx(picture: pikepdf.Object) -> bool:
    import pikepdf

    way = picture.get("/Filter")
    return "/JPXDecode" in (list(way) if isinstance(way, pikepdf.Array) else [way])


def _declared(made: Path) -> Path:
    """The same file with what PDF/A wants said: output intent, XMP, annotation flags."""
    import pikepdf
    import pikepdf.pdfa

    declared = made.with_name("declared.pdf")
    with pikepdf.open(made) as pdf:
        pikepdf.pdfa.prepare(pdf, FLAVOUR)
        pdf.save(declared, **pikepdf.pdfa.resolve_save_kwargs(FLAVOUR))
    return declared


def _check(source: Path, made: Path) -> None:
    import pikepdf
    import pikepdf.pdfa

    report = pikepdf.pdfa.validate_written(made, FLAVOUR)
    known = bool(report.findings) and all(_JPX_UNKNOWN in finding.message for finding in report.findings)
    if report.verdict != "pass" and not known:
        raise NotArchivable(detail=f"verdict {report.verdict}")
    with pikepdf.open(source) as before, pikepdf.open(made) as after:
        if len(before.pages) != len(after.pages):
            raise NotArchivable(detail=f"{len(before.pages)} pages became {len(after.pages)}")
        for number, (old, new) in enumerate(zip(before.pages, after.pages, strict=True), 1):
            if any(abs(a - b) > _SIZE_SLACK_PT for a, b in zip(_shown(old), _shown(new), strict=True)):
                raise NotArchivable(detail=f"page {number} changed its size")
        if picture_streams(before) - picture_streams(after):
            raise NotArchivable(detail="a picture stream changed")


def _shown(page: pikepdf.Page) -> tuple[float, float]:
    left, bottom, right, top = (float(value) for value in page.mediabox)
    turned = int(page.obj.get("/Rotate", 0)) % 180 == 90
    return (top - bottom, right - left) if turned else (right - left, top - bottom)


def picture_streams(pdf: pikepdf.Pdf) -> Counter[bytes]:
    """SHA-256 of the raw bytes of every picture on every page, with how often it occurs."""
    found: Counter[bytes] = Counter()
    for page in pdf.pages:
        for picture in pictures_of(page):
            found[hashlib.sha256(picture.read_raw_bytes()).digest()] += 1
    return found


def _put_in_place(made: Path, out: Path) -> None:
    """Copy beside the target, make it durable, then one rename: a reader sees the whole file or none."""
    beside = out.with_name(f".{out.name}.part")
    try:
        with made.open("rb") as source, beside.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
