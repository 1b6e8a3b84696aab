"""Makes the sample scans beside this file: `python -m samples.make [FOLDER] [--only NAME]`.

Each sample is a scan (`x.pdf`, `x.tiff`, `x.jpg`, `x.png`) and the fields that must come out of it (`x.toml`).  Text,
offices and people are invented.  The same seed makes the same picture.
"""

from __future__ import annotations

import argparse
import io
import random
from pathlib import Path

import img2pdf
from PIL import Image

from samples.catalog import SAMPLES
from samples.degrade import degrade
from samples.draw import HANDS, letter_pages
from samples.letter import Letter, Scan

ENDINGS = {"pdf": ".pdf", "tiff": ".tiff", "jpeg": ".jpg", "png": ".png"}


def scan_bytes(letter: Letter, scan: Scan) -> bytes:
    """The finished scan file of one letter."""
    rng = random.Random(scan.seed)
    hands = tuple(path for path in HANDS if path.exists() and (not scan.fonts or path.stem in scan.fonts))
    if not hands:
        raise FileNotFoundError("No handwriting font is installed: see setup/debian-samples.txt.")
    pages = [degrade(page, scan, rng) for page in letter_pages(letter, rng, hands, seal=scan.stamp)]
    return _pack(pages, scan)


def _pack(pages: list[Image.Image], scan: Scan) -> bytes:
    dpi = (scan.dpi, scan.dpi)
    out = io.BytesIO()
    if scan.form == "pdf":
        out.write(img2pdf.convert([_encoded(page, scan) for page in pages], moddate=None, nodate=True))
    elif scan.form == "tiff":
        packing = "group4" if scan.mode == "bilevel" else "jpeg"
        pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression=packing, dpi=dpi)
    else:
        pages[0].save(out, scan.form.upper(), dpi=dpi, **({"quality": scan.quality} if scan.form == "jpeg" else {}))
    return out.getvalue()


def _encoded(page: Image.Image, scan: Scan) -> bytes:
    out = io.BytesIO()
    if scan.mode == "bilevel":
        page.save(out, "TIFF", compression="group4", dpi=(scan.dpi, scan.dpi))
    else:
        page.save(out, "JPEG", quality=scan.quality, dpi=(scan.dpi, scan.dpi))
    return out.getvalue()


def expected_toml(letter: Letter, scan: Scan) -> str:
    """The fields that must be read from the scan, as TOML."""
    fields = {
        "number": letter.number,
        "symbol": letter.symbol,
        "date": letter.date.isoformat(),
        "place": letter.place,
        "issuer": " ".join(letter.issuer),
        "issuer_parent": " ".join(letter.parent),
        "doc_type": letter.doc_type,
        "subject": letter.subject,
        "signer": letter.signer,
        "urgency": letter.urgency.capitalize(),
    }
    lines = [
        f"file = {_quoted(letter.name + ENDINGS[scan.form])}",
        f"secrecy = {_quoted('marked' if letter.secrecy else 'none')}",
        "",
        "[fields]",
    ]
    lines += [f"{key} = {_quoted(value)}" for key, value in fields.items() if value]
    lines += [
        "",
        "[handwritten]",
        f"number = {str(letter.number_by_hand).lower()}",
        f"date = {str(letter.day_by_hand).lower()}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> int:
    """Writes all samples, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for letter, scan in SAMPLES:
        if args.only in ("", letter.name):
            (args.folder / (letter.name + ENDINGS[scan.form])).write_bytes(scan_bytes(letter, scan))
            (args.folder / (letter.name + ".toml")).write_text(expected_toml(letter, scan), encoding="utf-8")
            print(letter.name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
