"""Tesseract -> Lines.  One call, one page picture; words come back in fractions of that picture."""
from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.errors import EngineMissing, Unreadable
from ocr.page import Box, Line, Word
from ocr.tesseract import table_of

if TYPE_CHECKING:
    from ocr.image import Pixels

WHOLE_PAGE = 3
ONE_LINE = 7
SCATTERED = 11
_WORD_LEVEL = 5
_LOOK_ALIKES = str.maketrans("Ðð", "Đđ")
"""Icelandic letters that the engine's dictionary confuses with the Vietnamese ones."""
_OSD_DPI = 300


@dataclass(frozen=True, slots=True)
class Engine:
    """How Tesseract is called."""

    language: str = "vie"
    tessdata: Path | None = None
    """Folder of traineddata files; None = the system's."""
    timeout_s: float = 120.0


def read_lines(pixels: Pixels, dpi: float, engine: Engine, *, mode: int = WHOLE_PAGE) -> tuple[Line, ...]:
    """The lines Tesseract sees on a grey picture.  Raises EngineMissing, TimedOut, Unreadable."""
    table = table_of(pixels, dpi=max(70, round(dpi)), mode=mode, language=engine.language, tessdata=engine.tessdata,
                     limit_s=engine.timeout_s)
    height, width = pixels.shape[:2]
    return tuple(_lines(_words(table.splitlines(), width, height)))


def upright_turn(pixels: Pixels, engine: Engine) -> tuple[int, float]:
    """Clockwise turn (0, 90, 180, 270) that makes the picture upright, and Tesseract's confidence in it; costs 1 s."""
    import pytesseract

    with _stored(pixels) as name:
        try:
            answer = pytesseract.image_to_osd(
                name, config=f"--psm 0 --dpi {_OSD_DPI}", timeout=engine.timeout_s, output_type=pytesseract.Output.DICT
            )
        except pytesseract.TesseractNotFoundError as error:
            raise EngineMissing(detail=str(error)) from error
        except (pytesseract.TesseractError, RuntimeError):
            return 0, 0.0  # "Too few characters": nothing to orient by
    return int(answer["rotate"]) % 360, float(answer["orientation_conf"])


@contextmanager
def _stored(pixels: Pixels) -> Iterator[str]:
    """The picture as a file that Tesseract opens fast (PGM, no compression), removed afterwards."""
    import cv2

    handle, name = tempfile.mkstemp(prefix="page-", suffix=".pgm")
    os.close(handle)
    try:
        if not cv2.imwrite(name, pixels):
            raise Unreadable(detail="picture cannot be written for the engine")
        yield name
    finally:
        Path(name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Row:
    """One word row of Tesseract's TSV."""

    line: tuple[int, int, int]
    """Block, paragraph and line number."""
    word: Word


def _words(rows: list[str], width: int, height: int) -> Iterator[_Row]:
    for row in rows:
        cells = row.split("\t")
        if len(cells) != 12 or int(cells[0]) != _WORD_LEVEL:
            continue
        text = unicodedata.normalize("NFC", cells[11].strip()).translate(_LOOK_ALIKES)
        if not text:
            continue
        block, paragraph, line, _, left, top, wide, high = (int(cell) for cell in cells[2:10])
        box = Box(left / width, top / height, (left + wide) / width, (top + high) / height)
        yield _Row((block, paragraph, line), Word(text, box, min(1.0, max(0.0, float(cells[10]) / 100))))


def _lines(rows: Iterator[_Row]) -> Iterator[Line]:
    """Words of one line together; blocks counted from 1 as Tesseract orders them, a paragraph being a block of ours."""
    groups: dict[tuple[int, int, int], list[Word]] = {}
    for row in rows:
        groups.setdefault(row.line, []).append(row.word)
    blocks: dict[tuple[int, int], int] = {}
    for (block, paragraph, _), words in groups.items():
        number = blocks.setdefault((block, paragraph), len(blocks) + 1)
        yield line_of(words, number)


def line_of(words: list[Word], block: int) -> Line:
    """A Line around its words."""
    box = words[0].box
    for word in words[1:]:
        box = box.union(word.box)
    return Line(tuple(words), box, block)
