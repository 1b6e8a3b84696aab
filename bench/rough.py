"""`python -m bench.rough --corpus DIR [--folds DIR]`: first pages of real papers, damaged in six ways, read again.

What a worn scanner, a fax or a careless hand would make of the papers of DIR (see bench.eval): little resolution,
black and white and askew, faded, noisy and blurred, a dark edge, thick strokes.  Digits are read by weights that never
saw the paper; certificates are not used.  It takes about ten minutes on two cores.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from bench.eval import FOLDS, same, truths_of, weights_of
from ocr import image, read

if TYPE_CHECKING:
    from ocr.image import Pixels

FIELDS = ("number", "date", "symbol", "issuer", "doc_type", "subject", "place")


@dataclass(frozen=True, slots=True)
class Damage:
    """One way a scan can be spoilt."""

    name: str
    dpi: float
    spoil: Callable[[Pixels], Pixels]
    """BGR in, BGR or grey out."""


def turned(page: Pixels, degrees: float, *, edge: int = 255) -> Pixels:
    """The page askew, with `edge` around it."""
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return image.as_pixels(cv2.warpAffine(page, matrix, (width, height), borderValue=(edge,) * 3,
                                          flags=cv2.INTER_CUBIC))


def pressed(page: Pixels, quality: int) -> Pixels:
    """As JPEG of that quality leaves it."""
    return image.as_pixels(cv2.imdecode(cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


def two_toned(page: Pixels, *, darker: int = 0) -> Pixels:
    """Black and white, at Otsu's level or a bit above."""
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    return image.as_pixels(((grey > level + darker) * 255).astype(np.uint8))


def faded(page: Pixels, left: float) -> Pixels:
    """With so much of the ink left."""
    return image.as_pixels((255 - (255 - page.astype(np.float32)) * left).clip(0, 255).astype(np.uint8))


def noisy(page: Pixels) -> Pixels:
    """Blurred, then grainy; the same grain for the same page."""
    blurred = cv2.GaussianBlur(page, (0, 0), 1.2).astype(np.float32)
    grain = np.random.default_rng(page.shape[0] * page.shape[1]).normal(0, 12, page.shape)
    return image.as_pixels((blurred + grain).clip(0, 255).astype(np.uint8))


def edged(page: Pixels) -> Pixels:
    """Laid on the glass off its corner, with the lid's dark around it."""
    height, width = page.shape[:2]
    moved, by = np.full_like(page, 255), int(height * 0.018)
    moved[by:, by:] = page[:-by, :-by]
    out = turned(image.as_pixels(moved), 0.7, edge=20)
    out[:, : int(width * 0.012)] = 15
    return image.as_pixels(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY))


def thick(page: Pixels) -> Pixels:
    """Strokes that have run, in black and white."""
    return two_toned(turned(image.as_pixels(cv2.erode(page, np.ones((2, 2)))), -0.6), darker=10)


DAMAGES = (
    Damage("150 dpi, JPEG 50", 150, lambda page: pressed(page, 50)),
    Damage("black and white, askew", 200, lambda page: two_toned(turned(page, 1.2))),
    Damage("faded, askew", 200, lambda page: faded(turned(page, -2.0), 0.55)),
    Damage("blurred, noisy, JPEG 30", 300, lambda page: pressed(noisy(page), 30)),
    Damage("dark edge, moved", 200, edged),
    Damage("thick strokes", 200, thick),
)


def spoilt(path: Path, damage: Damage, folder: Path) -> Path:
    """The first page of `path`, damaged, as PNG in `folder`."""
    kept = cv2.imdecode(np.frombuffer(read.picture(path, 1, damage.dpi), np.uint8), cv2.IMREAD_COLOR)
    pixels = damage.spoil(image.as_pixels(kept))
    out = folder / "page.png"
    made = Image.fromarray(pixels if pixels.ndim == 2 else pixels[:, :, ::-1])
    made.save(out, dpi=(damage.dpi, damage.dpi))
    return out


def main() -> int:
    """Prints the table; 2 when the corpus is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench.rough", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--folds", type=Path, default=FOLDS, help="folder with fold weights and folds.json")
    args = parser.parse_args()
    if not (args.corpus / "truth.jsonl").exists():
        print(f"There is no {args.corpus / 'truth.jsonl'}.", file=sys.stderr)
        return 2
    fold_of = weights_of(args.folds)
    print(f"{'right':26}" + "".join(f"{field:>10}" for field in FIELDS) + f"{'sure':>8}{'sure&wrong':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for damage in DAMAGES:
            counted: Counter[str] = Counter()
            for truth in truths_of(args.corpus):
                scan = args.corpus / "scans" / truth["file"]
                count(counted, truth, fields_of(spoilt(scan, damage, Path(folder)), fold_of.get(scan.stem)))
            cells = "".join(f"{counted[field]:>6}/{counted[field + ' asked']:<3}" for field in FIELDS)
            print(f"{damage.name:26}{cells}{counted['sure']:>8}{counted['sure and wrong']:>12}", flush=True)
    return 0


def fields_of(page: Path, weights: Path | None) -> Mapping[str, tuple[str, bool]]:
    """Field to value and whether it is called sure."""
    from rules.facts import Facts
    from rules.propose import propose

    proposal = propose(read.look(page, read.Options(digit_weights=weights)).pages, Facts())
    return {name.value: (field.value, field.sure) for name, field in proposal.fields.items()}


def count(counted: Counter[str], truth: Mapping[str, Any], found: Mapping[str, tuple[str, bool]]) -> None:
    """Adds one page; "sure" counts numbers and dates only."""
    for field in FIELDS:
        if not truth.get(field):
            continue
        value, sure = found.get(field, ("", False))
        good = same(field, str(truth[field]), value)
        counted[f"{field} asked"] += 1
        counted[field] += good
        if field in ("number", "date"):
            counted["sure"] += sure
            counted["sure and wrong"] += sure and not good


if __name__ == "__main__":
    raise SystemExit(main())
