"""Real lines with their truth: the corpus' ready crops, and lines that our own finder cuts from the corpus' pages.

A corpus folder holds scans/, truth.jsonl (file, number, date, number_handwritten, date_handwritten), and may hold
lines/ and crops/, each with its own truth.jsonl.  Pictures are only read, never copied into the weights' folder.
"""
from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr import engine, head, linecut, sheets, view
from ocr.ctc import Kind
from ocr.page import Word

Grey = NDArray[np.uint8]
MEDIA_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".tif": "image/tiff"}
_CROPS_A_GROUP = 6
_LEGIBLE = 22
"""Lines lower than this many pixels are beyond reading; nothing is learned from them."""


@dataclass(frozen=True)
class RealLine:
    """A labelled line.  `grey` shows more than the line; `inner` is the line itself in it, in pixels."""

    name: str
    doc: str
    """What must stay together in one fold."""
    kind: Kind
    grey: Grey
    inner: tuple[int, int, int, int]
    """Left, top, right, bottom."""
    value: str
    """As ocr.page.HandLine has it: "0098", "04|03|2018"."""
    hand: bool
    source: str
    """"found" (our finder, on the page), "line" or "crop" (ready crops)."""

    @property
    def spellings(self) -> tuple[str, ...]:
        """What the network may spell for it: nobody noted whether a day was written with its leading zero."""
        if self.kind == "number":
            return (self.value + "/",)
        day, month, year = self.value.split("|")
        days, months = dict.fromkeys((day, day.lstrip("0"))), dict.fromkeys((month, month.lstrip("0")))
        return tuple(f"{d}|{m}|{year}" for d in days for m in months)

    @property
    def cut(self) -> Grey:
        """Just the line."""
        left, top, right, bottom = self.inner
        return self.grey[top:bottom, left:right]


def load(corpus: Path, cache: Path, say: Callable[[str], object]) -> list[RealLine]:
    """All labelled lines.  Finding lines on the pages takes a second or two a page, so they are kept in `cache`."""
    kept = cache / "found-lines.pickle"
    if kept.is_file():
        found = pickle.loads(kept.read_bytes())
    else:
        found = list(_found(corpus, say))
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(found))
    ready = [*_lines(corpus), *_crops(corpus)]
    say(f"corpus found={len(found)} ready={len(ready)}")
    return [*found, *ready]


def first_page(path: Path) -> tuple[Grey, list[Word]]:
    """The first page's picture and the words of its head, as ocr.read has them.

    Drawn as a viewer shows it: a number that a system has stamped onto a PDF is no part of the scanned picture.
    """
    with sheets.opened(path, MEDIA_TYPES[path.suffix.lower()]) as book:
        sheet = book.sheet(0)
        if path.suffix.lower() == ".pdf" and sheet.native_dpi:
            sheet = replace(book.drawn(0, sheet.native_dpi), native_dpi=sheet.native_dpi)
    seen = view.view_of(sheet)
    lines = view.read_part(seen, 0.0, view.head_end(seen), engine.Engine())
    return seen.upright, [word for line in lines for word in line.words]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _iso(date: str) -> str:
    year, month, day = date.split("-")
    return f"{day}|{month}|{year}"


def _found(corpus: Path, say: Callable[[str], object]) -> Iterator[RealLine]:
    for row in _rows(corpus / "truth.jsonl"):
        pixels, words = first_page(corpus / "scans" / row["file"])
        lines = head.find_head_lines(pixels, words)
        for line in lines:
            if line.box.height * pixels.shape[0] < _LEGIBLE:
                continue
            found = linecut.with_surroundings(linecut.grey_of(pixels), line)
            value = row["number"] if line.kind == "number" else _iso(row["date"])
            stem, hand = Path(row["file"]).stem, bool(row[f"{line.kind}_handwritten"])
            yield RealLine(f"{stem}.{line.kind}", stem, line.kind, found.grey, found.inner, value, hand, "found")
        missed = {"number", "date"} - {line.kind for line in lines}
        if missed:
            say(f"line_not_found file={row['file']} kind={','.join(sorted(missed))}")


def kept_line(picture: Path, doc: str, kind: str, known: tuple[str, bool, tuple[int, int, int, int]]) -> RealLine:
    """A line that an office has kept (gateway.learning): `known` is its value, whether by hand, and where it is."""
    value, hand, inner = known
    grey = np.asarray(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return RealLine(picture.stem, doc, "date" if kind == "date" else "number", grey, inner, value, hand, "found")


def _ready(path: Path) -> tuple[Grey, tuple[int, int, int, int]]:
    """A ready crop (cut tight, about 1.4 em high) framed with its paper to the height that our finder cuts."""
    grey = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    high, wide = grey.shape
    margin, above, below = high // 2, round(0.28 * high), round(0.12 * high)
    paper = int(np.percentile(grey, 80))
    framed = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(paper,))
    return np.asarray(framed, dtype=np.uint8), (margin, margin - above, margin + wide, margin + high + below)


def _lines(corpus: Path) -> Iterator[RealLine]:
    table = corpus / "lines" / "truth.jsonl"
    for row in _rows(table) if table.is_file() else []:
        grey, inner = _ready(corpus / "lines" / row["file"])
        kind: Kind = "date" if row["field"] == "date" else "number"
        value = _iso(row["value"]) if kind == "date" else row["number"]
        yield RealLine(row["file"], Path(row["doc"]).stem, kind, grey, inner, value, bool(row["handwritten"]), "line")


def _crops(corpus: Path) -> Iterator[RealLine]:
    table = corpus / "crops" / "truth.jsonl"
    for count, row in enumerate(_rows(table) if table.is_file() else []):
        number = re.search(r"Số\s*:?\s*(\w+)\s*/", row["text"])
        date = re.search(r"ngày\s*(\d*)\s*tháng\s*(\d+)\s*năm\s*(\d{4})", row["text"])
        if not number and not date:
            continue
        value = number[1] if number else ""
        if date:
            value = "|".join((date[1].zfill(2) if date[1] else "", date[2].zfill(2), date[3]))
        grey, inner = _ready(corpus / "crops" / row["file"])
        group = f"crops{count // _CROPS_A_GROUP}"
        kind: Kind = "date" if date else "number"
        yield RealLine(row["file"], group, kind, grey, inner, value, bool(row["digits_handwritten"]), "crop")
