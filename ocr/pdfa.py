"""PDF/A-2b through OCRmyPDF, with the words already known; the result is checked before it takes its place.

What must hold of a result: pikepdf's PDF/A verdict is "pass", as many pages as the original, every page at its paper
size, and every picture stream of a scan byte for byte as it came.  Anything else raises NotArchivable.
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
from typing import TYPE_CHECKING, Any

from ocr.errors import Encrypted, NotArchivable, SignedMustStay, Unreadable
from ocr.page import Page
from ocr.pdfa_source import flattened, prepared
from ocr.triage import Kind, Triage

if TYPE_CHECKING:
    import pikepdf

FLAVOUR = "2b"
_SIZE_SLACK_PT = 1.0


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
    try:
        with preocr.words_for(source, words.pages, words.progress):
            ocrmypdf.ocr(
                source, made, language=[words.language], output_type="pdfa-2", pdfa_backend="internal", optimize=0,
                jobs=1, use_threads=True, progress_bar=False, mode=mode, tagged_pdf_mode="ignore",
                plugins=["ocr.preocr"],
            )
    except ocrmypdf.exceptions.EncryptedPdfError as error:
        raise Encrypted(detail=str(error)) from error
    except ocrmypdf.exceptions.DigitalSignatureError as error:
        raise SignedMustStay(detail=str(error)) from error
    except ocrmypdf.exceptions.ExitCodeException as error:
        raise NotArchivable(detail=f"{type(error).__name__}: {error}") from error
    _check(source, made)
    return made


def _check(source: Path, made: Path) -> None:
    import pikepdf
    import pikepdf.pdfa

    report = pikepdf.pdfa.validate_written(made, FLAVOUR)
    if report.verdict != "pass":
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
        resources: Any = page.obj.get("/Resources")
        for picture in (resources.get("/XObject", {}) if resources is not None else {}).values():
            if picture.get("/Subtype") == "/Image":
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
