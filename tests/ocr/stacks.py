"""Stacks of paper as a scanner gives them: letters, separator sheets, blank backs."""
from __future__ import annotations

import io
from functools import cache

import numpy as np
import pypdfium2
from PIL import Image

from gateway.sheets.separator import separator_pdf


@cache
def sheet(dpi: int) -> Image.Image:
    """The separator sheet as it is printed."""
    with pypdfium2.PdfDocument(separator_pdf()) as document:
        picture: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    return picture


@cache
def _grain() -> np.ndarray:
    return np.random.default_rng(5).normal(0, 1, 999_983).astype(np.float32)  # a prime: no pattern shows


def scanned(page: Image.Image, *, fall: float = 0.0, upside_down: bool = False, noise: float = 4.0,
            paper: tuple[int, int, int] = (244, 243, 238)) -> Image.Image:
    """The page as it comes off a scanner: a little askew, on paper that is not white, with grain and JPEG traces."""
    page = page.rotate(180) if upside_down else page
    page = page.rotate(-fall, Image.Resampling.BILINEAR, fillcolor="white") if fall else page
    grain = np.resize(_grain(), (page.height, page.width, 1)) * np.float32(noise)
    shade = np.asarray(page) * (np.array(paper, np.float32) / 255) + grain
    out = io.BytesIO()
    Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=75)
    return Image.open(out)


def through(page: Image.Image, strength: float) -> Image.Image:
    """An empty sheet through which the other side can be seen."""
    other = np.asarray(page.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).astype(float)
    return Image.fromarray((255 - (255 - other) * strength).astype(np.uint8))
