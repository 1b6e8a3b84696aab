"""Scans to be sealed, and how they are sealed."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
from pathlib import Path

import img2pdf
import pikepdf
import pikepdf.pdfa
from PIL import Image, ImageDraw

from gateway.document import VN
from gateway.seal.mark import MarkStyle
from gateway.seal.pades import PadesSeal
from gateway.seal.port import SealOrder, Signer

NOW = dt.datetime(2026, 11, 20, 9, 15, 30, tzinfo=VN)
BODY = "Ủy ban nhân dân xã Bình Minh"
ORDER = SealOrder(copy_kind="SAO Y", body=BODY, place="Bình Minh", at=NOW)


def scan(path: Path, turned: int = 0, words: str = "a scanned page") -> Path:
    """A PDF/A-2b of one scanned page with letters on it."""
    picture = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(picture).text((500, 300), words, fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", dpi=(150, 150))
    with pikepdf.open(io.BytesIO(img2pdf.convert(out.getvalue()))) as pdf:
        if turned:
            pdf.pages[0].Rotate = turned
        pikepdf.pdfa.save(pdf, path, "2b")
    return path


def sealed(
    folder: Path, signer: Signer, order: SealOrder = ORDER, turned: int = 0, style: MarkStyle | None = None
) -> Path:
    """A sealed scan; the scan itself lies beside it as scan-<turned>.pdf."""
    seal, out = PadesSeal(style, unchecked={order.body} - {BODY}), folder / f"sealed-{turned}.pdf"
    prepared = seal.prepare(scan(folder / f"scan-{turned}.pdf", turned), order, signer)
    seal.finish(prepared, signer.cms(prepared), out)
    return out


def ink_corner(path: Path) -> str:
    """Where the mark's ink lies on the page as a reader sees it; the scan itself is blank in all corners."""
    picture = subprocess.run(
        ["pdftoppm", "-r", "72", "-png", "-singlefile", str(path)], capture_output=True, check=True
    ).stdout
    grey = Image.open(io.BytesIO(picture)).convert("L")
    width, height = grey.size
    corners = {
        "top left": (0, 0, width // 3, height // 12),
        "top right": (width - width // 2, 0, width, height // 12),
        "bottom left": (0, height - height // 12, width // 3, height),
        "bottom right": (width - width // 2, height - height // 12, width, height),
    }
    inked = [name for name, box in corners.items() if grey.crop(box).getextrema()[0] < 128]
    assert len(inked) == 1, inked
    return inked[0]
