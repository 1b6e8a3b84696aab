"""Scans to be sealed, and how they are sealed."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import img2pdf
import pikepdf
import pikepdf.pdfa
from PIL import Image, ImageDraw

from gateway.document import VN
from gateway.seal.pades import PadesSeal
from gateway.seal.port import SealOrder, Signer

NOW = dt.datetime(2026, 11, 20, 9, 15, 30, tzinfo=VN)
BODY = "Ủy ban nhân dân xã Bình Minh"
ORDER = SealOrder(copy_kind="SAO Y", body=BODY, place="Bình Minh", at=NOW)


def scan(path: Path, turned: int = 0) -> Path:
    """A PDF/A-2b of one scanned page with letters on it."""
    picture = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(picture).text((500, 300), "a scanned page", fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", dpi=(150, 150))
    with pikepdf.open(io.BytesIO(img2pdf.convert(out.getvalue()))) as pdf:
        if turned:
            pdf.pages[0].Rotate = turned
        pikepdf.pdfa.save(pdf, path, "2b")
    return path


def sealed(folder: Path, signer: Signer, order: SealOrder = ORDER, turned: int = 0) -> Path:
    """A sealed scan; the scan itself lies beside it as scan-<turned>.pdf."""
    seal, out = PadesSeal(any_body=order.body != BODY), folder / f"sealed-{turned}.pdf"
    prepared = seal.prepare(scan(folder / f"scan-{turned}.pdf", turned), order, signer)
    seal.finish(prepared, signer.cms(prepared), out)
    return out
