"""The words of a born-digital page, taken from the file's own text instead of being recognised."""
from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.page import Box, Line, Word
from ocr.pdfium import PDFIUM

if TYPE_CHECKING:
    import pypdfium2

_GARBLED = 0.02
"""Share of letters foreign to Vietnamese from which on a text layer is taken for a legacy font without a map."""
_PARAGRAPH_GAP = 1.2
"""Free space between two lines, in line heights, that begins a new block."""
_COLUMN_GAP = 0.05
"""Free space within a row, as a share of the page's width, that separates two columns (issuer | motto of the state)."""
_VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", base + mark) for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for mark in
    ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ")


@dataclass(frozen=True, slots=True)
class _Char:
    text: str
    box: Box | None


def own_lines(document: pypdfium2.PdfDocument, index: int) -> tuple[Line, ...]:
    """Lines of the page's own text with boxes in fractions of the upright page; confidence 1 for every word."""
    with PDFIUM:
        page = document[index]
        characters = list(_characters(page))
        page.close()
    lines: list[Line] = []
    for words in _rows(characters):
        box = words[0].box
        for word in words[1:]:
            box = box.union(word.box)
        block = lines[-1].block + _starts_block(lines[-1], box) if lines else 1
        lines.append(Line(tuple(words), box, block))
    return tuple(lines)


def is_garbled(lines: tuple[Line, ...]) -> bool:
    """True when the text cannot be what the page shows: legacy fonts (TCVN3, VNI), private use, missing maps."""
    letters = [sign for line in lines for sign in line.text if not sign.isascii() and not sign.isspace()]
    total = sum(len(line.text) for line in lines)
    strange = [sign for sign in letters if _is_strange(sign)]
    return total > 0 and len(strange) / total > _GARBLED


def _is_strange(sign: str) -> bool:
    if sign in _VIETNAMESE:
        return False
    kind = unicodedata.category(sign)
    return kind in ("Co", "Cn", "Cc") or sign == "\ufffd" or kind[0] == "L" or sign in "µ¸¶·¹¨»¾¼½©®¦¬¥¤§ª°±²³´"


def _characters(page: pypdfium2.PdfPage) -> Iterator[_Char]:
    """Characters in PDFium's order; the generated line ends and blanks have no box."""
    text = page.get_textpage()
    whole = text.get_text_range()
    width, height = page.get_size()
    left, bottom, right, top = page.get_cropbox()
    rotation = page.get_rotation()
    count = text.count_chars()
    # Characters outside the basic plane shift PDFium's index against Python's; letters of office documents are inside.
    for number in range(min(count, len(whole))):
        sign = whole[number]
        if sign.isspace():
            yield _Char(sign, None)
            continue
        x0, y0, x1, y1 = text.get_charbox(number, loose=True)
        corners = [_upright(x - left, y - bottom, (right - left, top - bottom), rotation) for x, y in
                   ((x0, y0), (x1, y1))]
        xs, ys = sorted(x / width for x, _ in corners), sorted(y / height for _, y in corners)
        yield _Char(sign, Box(_held(xs[0]), _held(ys[0]), _held(xs[1]), _held(ys[1])))


def _upright(x: float, y: float, size: tuple[float, float], rotation: int) -> tuple[float, float]:
    """Page units, origin bottom left, before the page's turn -> units from the top left after it."""
    width, height = size
    return {0: (x, height - y), 90: (y, x), 180: (width - x, y), 270: (height - y, width - x)}[rotation % 360]


def _held(value: float) -> float:
    return min(1.0, max(0.0, value))


def _rows(characters: list[_Char]) -> Iterator[list[Word]]:
    """Words of each row: a row ends at PDFium's line end or where the next character stands elsewhere."""
    row: list[Word] = []
    signs: list[_Char] = []
    for char in [*characters, _Char("\n", None)]:
        if char.box is not None:
            signs.append(char)
            continue
        if signs:
            word = _word(signs)
            if row and not _same_row(row[-1].box, word.box):
                yield row
                row = []
            row.append(word)
            signs = []
        if char.text in "\r\n" and row:
            yield row
            row = []


def _word(signs: list[_Char]) -> Word:
    boxes = [sign.box for sign in signs if sign.box is not None]
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    return Word(unicodedata.normalize("NFC", "".join(sign.text for sign in signs)), box, 1.0)


def _same_row(before: Box, after: Box) -> bool:
    overlap = min(before.bottom, after.bottom) - max(before.top, after.top)
    gap = after.left - before.right
    return overlap > 0.3 * min(before.height, after.height) and gap < _COLUMN_GAP


def _starts_block(before: Line, box: Box) -> int:
    gap = box.top - before.box.bottom
    apart = min(before.box.right, box.right) < max(before.box.left, box.left)
    return int(gap > _PARAGRAPH_GAP * before.box.height or gap < -2 * before.box.height or apart)
