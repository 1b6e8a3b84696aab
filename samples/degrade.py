"""Makes a clean page look like a scan: skew, paper, noise, specks, resolution, bilevel."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples.letter import Scan


def degrade(page: Image.Image, scan: Scan, rng: random.Random) -> Image.Image:
    """One page as the scanner delivers it; mode RGB, L or 1, `scan.dpi` dots an inch."""
    size = round(page.width * scan.dpi / 300), round(page.height * scan.dpi / 300)
    out = page.rotate(scan.skew, resample=Image.Resampling.BICUBIC, fillcolor=(250, 249, 246))
    out = out.filter(ImageFilter.GaussianBlur(0.8)).resize(size, Image.Resampling.LANCZOS)
    _specks(out, scan, rng)
    grid = np.asarray(out, dtype=np.float32)
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, scan.noise, grid.shape[:2])
    out = Image.fromarray(np.clip(grid + noise[..., None], 0, 255).astype(np.uint8))
    if scan.mode == "grey":
        out = out.convert("L")
    elif scan.mode == "bilevel":
        out = out.convert("L").point(lambda v: 255 if v > 150 else 0).convert("1")
    return out.rotate(-scan.turned, expand=True) if scan.turned else out


def _specks(image: Image.Image, scan: Scan, rng: random.Random) -> None:
    pen = ImageDraw.Draw(image)
    for _ in range(scan.specks):
        x, y, r = rng.uniform(0, image.width), rng.uniform(0, image.height), rng.uniform(0.5, 2.5)
        shade = rng.randrange(20, 120)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(shade, shade, shade))
