"""Imagined number and date lines: print of the form, digits by hand or typed, the wear of a scan; what they say."""
from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.digits import prepare
from ocr.head import ABOVE, BELOW
from ocr.training.glyphs import Glyphs, Hand, Ink, Random

PRINT = Path("/usr/share/fonts/truetype/liberation2")
FACES = {
    "upright": "LiberationSerif-Regular.ttf",
    "bold": "LiberationSerif-Bold.ttf",
    "italic": "LiberationSerif-Italic.ttf",
}
PLACES = (
    "Kiên Giang", "Quảng Ngãi", "Hà Nội", "Đồng Nai", "Phú Thọ", "Cần Thơ", "Thành phố Hồ Chí Minh", "Bến Tre", "Huế",
    "Lâm Đồng", "Đắk Lắk", "Hải Phòng", "Đà Nẵng", "An Giang", "Gia Lai", "Thanh Hóa", "Rạch Giá", "Bắc Ninh",
    "Hưng Yên",
)
TYPES = ("QĐ", "KH", "TB", "BC", "TTr", "CT", "GM", "NQ", "CV", "TM", "CĐ", "HD", "BB", "QC", "ĐA", "CTr", "TT", "")
BODIES = (
    "UBND", "SYT", "SYT-NVY", "UBND-KGVX", "SGDĐT", "STTTT", "BTC", "HĐND", "VP", "SNV-TCBC", "BGDĐT-GDPT", "TCHQ",
    "STC", "UBND-KTTH", "SYT-TCCB", "SXD", "CTK", "BHXH", "VPUB", "TTg", "BYT", "STNMT", "LĐTBXH", "TCT-CS", "NHNN",
    "CAT-PV01",
)
NEIGHBOURS = (
    "Kính gửi: Các đơn vị trực thuộc", "SỞ Y TẾ", "ỦY BAN NHÂN DÂN", "Độc lập - Tự do - Hạnh phúc", "V/v triển khai",
    "QUYẾT ĐỊNH", "Căn cứ Luật Tổ chức chính quyền địa phương", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CỤC THUẾ",
    "về việc tăng cường công tác phòng, chống", "HỎA TỐC", "GIẤY MỜI", "THÔNG BÁO",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A line for the network: its ink (HEIGHT x width, 0..255), what is spelled on it, and whether by hand."""

    ink: NDArray[np.uint8]
    spelled: str
    hand: bool
    places: tuple[tuple[float, bool], ...] = ()
    """For every character of `spelled`: the column of its middle, and whether it is written by hand.

    CTC alone needs very long to find out that a day stands before "tháng" and not somewhere else.
    """


@dataclass(slots=True)
class Sheet:
    """A strip of paper that is written from left to right.  Ink grows from 0 (paper) to 255."""

    ink: Ink
    base: int
    em: int
    at: float
    mark: float = 0.0
    places: list[tuple[float, bool]] = field(default_factory=list)

    def typed(self, text: str, face: str, rng: Random) -> None:
        """Print at the pen's place, on the base line."""
        picture = _printed(text, face, self.em)
        self._put(picture, self.at, self.base - self.em - self.em // 2)
        self.at += picture.shape[1] - 8 + rng.normal(0, 0.01) * self.em

    def spelled(self, text: str, face: str, rng: Random) -> None:
        """Print whose characters count."""
        font = _face(face, self.em)
        for count in range(len(text)):
            self.places.append((self.at + 4 + font.getlength(text[:count]) + font.getlength(text[count]) / 2, False))
        self.typed(text, face, rng)

    def divided(self, text: str, face: str, rng: Random) -> None:
        """A printed word that stands for one dividing character."""
        self.places.append((self.at + 4 + _face(face, self.em).getlength(text) / 2, False))
        self.typed(text, face, rng)

    def written(self, ink: Ink, drop: float) -> float:
        """A glyph whose foot is `drop` pixels below the base line; gives its width."""
        self._put(ink, self.at, self.base + drop - ink.shape[0])
        return float(ink.shape[1])

    def _put(self, ink: Ink, x: float, y: float) -> None:
        left, top = round(x), round(y)
        rows = slice(max(0, top), min(self.ink.shape[0], top + ink.shape[0]))
        columns = slice(max(0, left), min(self.ink.shape[1], left + ink.shape[1]))
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        piece = ink[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        self.ink[rows, columns] = np.maximum(self.ink[rows, columns], piece)


@functools.lru_cache(maxsize=4000)
def _printed(text: str, face: str, em: int) -> Ink:
    """The text in print, base line 1.5 em below the top, 4 pixels of margin at both sides."""
    font = _face(face, em)
    board = Image.new("L", (int(font.getlength(text)) + 8, em * 2 + em // 2), 0)
    ImageDraw.Draw(board).text((4, em + em // 2), text, fill=255, font=font, anchor="ls")
    return np.asarray(board, dtype=np.uint8)


@functools.lru_cache(maxsize=200)
def _face(face: str, em: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(PRINT / FACES[face]), em)


def example(glyphs: Glyphs, rng: Random) -> Example:
    """One line at random: number and date lines in equal parts, now and then another line (it says nothing)."""
    em = int(rng.integers(26, 46))
    sheet = Sheet(np.zeros((em * 4, em * 34), dtype=np.uint8), int(em * 2.3), em, em * 3.0)
    hand = glyphs.hand(rng)
    if rng.random() < 0.03:
        sheet.mark = sheet.at
        sheet.typed(str(rng.choice(NEIGHBOURS)), str(rng.choice(list(FACES))), rng)
        return _example(sheet, "", False, 0.0, rng)
    if rng.random() < 0.5:
        spelled, by_hand = _number(sheet, glyphs, hand, rng)
        before = sheet.at
        _symbol(sheet, "bold" if rng.random() < 0.05 else "upright", rng)
        return _example(sheet, spelled, by_hand, sheet.at - before, rng)
    spelled, by_hand = _date(sheet, glyphs, hand, rng)
    return _example(sheet, spelled, by_hand, 0.0, rng)


def _value(sheet: Sheet, text: str, glyphs: Glyphs, hand: Hand, rng: Random) -> None:
    """Digits (and a suffix letter) written by hand at the pen's place."""
    tall = sheet.em * (rng.uniform(0.55, 1.15) if rng.random() < 0.8 else rng.uniform(1.1, 1.5))
    apart = rng.uniform(-0.06, 0.22) * tall
    pale = rng.uniform(0.45, 1.0) if rng.random() < 0.3 else 1.0
    drop = rng.normal(0.06, 0.1) * sheet.em
    climb = rng.normal(0, 0.03)
    for count, char in enumerate(text):
        high = max(8, int(tall * rng.uniform(0.85, 1.15)))
        ink = np.asarray(glyphs.draw(char, hand, high, rng) * pale, dtype=np.uint8)
        sheet.places.append((sheet.at + ink.shape[1] / 2, True))
        wide = sheet.written(ink, drop + rng.normal(0, 0.05) * sheet.em - climb * count * sheet.em)
        sheet.at += wide + max(apart + rng.normal(0, 0.05) * tall, 1.5 - 0.15 * wide)


def _gap(sheet: Sheet, least: float, most: float, rng: Random) -> None:
    sheet.at += rng.uniform(least, most) * sheet.em


def _fill(sheet: Sheet, text: str, glyphs: Glyphs, hand: Hand | None, rng: Random, tight: float = -0.12) -> None:
    """A place of the form: what is written there and the space left around it; dots sometimes run below."""
    start = sheet.at
    if not text:
        _gap(sheet, 0.3, 2.6, rng)
    elif hand:
        _gap(sheet, tight, 0.55, rng)
        _value(sheet, text, glyphs, hand, rng)
        _gap(sheet, -0.15, 0.25, rng) if rng.random() < 0.5 else _gap(sheet, 0.1, 1.2, rng)
    else:
        raise ValueError(text)
    if rng.random() < 0.12:
        stop, sheet.at = sheet.at, start
        while sheet.at < stop - 0.2 * sheet.em:
            sheet.typed("." if rng.random() < 0.9 else "…", "upright", rng)
        sheet.at = stop


def _number_text(rng: Random) -> str:
    length = int(rng.choice([1, 2, 3, 4, 5], p=[0.06, 0.27, 0.27, 0.36, 0.04]))
    text = "".join(str(rng.integers(10)) for _ in range(length))
    if length == 1 or rng.random() < 0.2:
        text = text if text != "0" and rng.random() < 0.5 else "0" + text[: max(1, length - 1)]
    return text + (str(rng.choice(["A", "B", "C"], p=[0.2, 0.5, 0.3])) if rng.random() < 0.04 else "")


def _number(sheet: Sheet, glyphs: Glyphs, hand: Hand, rng: Random) -> tuple[str, bool]:
    face = "bold" if rng.random() < 0.05 else "upright"
    sheet.mark = sheet.at
    sheet.typed(str(rng.choice(["Số:", "Số :", "Số", "Số.", "Sổ:"], p=[0.78, 0.1, 0.06, 0.03, 0.03])), face, rng)
    by_hand, empty = rng.random() < 0.84, rng.random() < 0.06
    text = "" if empty else _number_text(rng)
    if by_hand or empty:
        _fill(sheet, text, glyphs, hand if text else None, rng)
    else:
        _typed_value(sheet, text, face, rng)
    year = str(rng.integers(2004, 2030)) if rng.random() < 0.1 else ""
    if year:
        sheet.spelled(f"/{year}", face, rng)
    return f"{text}/{year}/" if year else f"{text}/", by_hand and bool(text)


def _typed_value(sheet: Sheet, text: str, face: str, rng: Random) -> None:
    """A number typed in, perhaps later and not quite on the line."""
    _gap(sheet, 0.0, 0.9, rng)
    shift = int(rng.normal(0, 0.08) * sheet.em) if rng.random() < 0.3 else 0
    sheet.base += shift
    sheet.spelled(text, face, rng)
    sheet.base -= shift
    if rng.random() < 0.5:
        _gap(sheet, 0.0, 1.5, rng)


def _symbol(sheet: Sheet, face: str, rng: Random) -> None:
    kind, body = str(rng.choice(TYPES)), str(rng.choice(BODIES))
    symbol = "/" + (f"{kind}-{body}" if kind else body)
    if rng.random() < 0.12:
        symbol = symbol.replace("/", "/ ").replace("-", "- ")
    if rng.random() < 0.02:
        symbol = symbol[1:]
    sheet.places.append((sheet.at + 4 + 0.14 * sheet.em, False))
    sheet.typed(symbol, face, rng)


def _date(sheet: Sheet, glyphs: Glyphs, hand: Hand, rng: Random) -> tuple[str, bool]:
    face = "italic" if rng.random() < 0.93 else "upright"
    place = str(rng.choice(PLACES)) + ", "
    sheet.typed(place, face, rng)
    sheet.mark = sheet.at - (sheet.em * rng.uniform(0.2, 3.2) if rng.random() < 0.75 else sheet.at)
    sheet.typed("ngày", face, rng)
    day = "" if rng.random() < 0.05 else _spelled(int(rng.integers(1, 32)), rng)
    month = "" if rng.random() < 0.02 else _spelled(int(rng.integers(1, 13)), rng)
    year = str(rng.integers(2005, 2031) if rng.random() < 0.85 else rng.integers(1975, 2005))
    by_hand = rng.random() < 0.78
    month_by_hand = by_hand and rng.random() < 0.35
    _place(sheet, day, (glyphs, hand if by_hand else None), face, rng)
    sheet.divided("tháng", face, rng)
    _place(sheet, month, (glyphs, hand if month_by_hand else None), face, rng)
    sheet.divided("năm", face, rng)
    _year(sheet, year, (glyphs, hand if month_by_hand and rng.random() < 0.25 else None), face, rng)
    return f"{day}|{month}|{year}", bool((by_hand and day) or (month_by_hand and month))


def _spelled(value: int, rng: Random) -> str:
    return f"{value:02d}" if value < 10 and rng.random() < 0.5 else str(value)


def _place(sheet: Sheet, text: str, source: tuple[Glyphs, Hand | None], face: str, rng: Random) -> None:
    glyphs, hand = source
    if hand or not text:
        _fill(sheet, text, glyphs, hand, rng, tight=-0.18)
        return
    _gap(sheet, 0.12, 0.5, rng)
    sheet.spelled(text, face, rng)
    _gap(sheet, 0.12, 0.5, rng)


def _year(sheet: Sheet, year: str, source: tuple[Glyphs, Hand | None], face: str, rng: Random) -> None:
    glyphs, hand = source
    _gap(sheet, 0.1, 0.4, rng)
    kept = 4 if not hand else int(rng.choice([0, 2, 3]))
    if year[:kept]:
        sheet.spelled(year[:kept], face, rng)
    if hand and year[kept:]:
        _value(sheet, year[kept:], glyphs, hand, rng)
    if rng.random() < 0.06:
        sheet.typed(".", face, rng)


def _example(sheet: Sheet, spelled: str, hand: bool, spare: float, rng: Random) -> Example:
    """Cut the line out as the finder would (borders jittered), wear it like a scan, bring it to the network's height.

    `spare` pixels at the right end may be cut away (the symbol's tail).
    """
    em, base = sheet.em, sheet.base
    _neighbours(sheet, rng)
    top = base - em * (ABOVE + rng.normal(0, 0.15))
    bottom = base + em * (BELOW + rng.normal(0, 0.13))
    left = sheet.mark - em * rng.uniform(0.1, 1.5 if rng.random() < 0.8 else 4.0)
    right = sheet.at + em * rng.uniform(0.2, 1.3)
    if spare and rng.random() < 0.3:
        right -= em * rng.uniform(0, max(0.0, min(spare / em - 1.0, 3.0)))
    box = [max(0, int(v)) for v in (top, bottom, left, right)]
    part = sheet.ink[box[0] : box[1], box[2] : max(box[3], box[2] + em)]
    ink = worn(part, rng)
    factor = ink.shape[1] / part.shape[1]
    return Example(ink, spelled, hand, tuple(((x - box[2]) * factor, by_hand) for x, by_hand in sheet.places))


def _neighbours(sheet: Sheet, rng: Random) -> None:
    """Rules and text of the lines above and below, as far as a cut may show them."""
    for side in (-1, 1):
        if rng.random() < 0.4:
            picture = _printed(str(rng.choice(NEIGHBOURS)), str(rng.choice(["upright", "bold", "italic"])), sheet.em)
            away = sheet.em * rng.uniform(1.15, 1.9)
            sheet._put(picture, sheet.mark + rng.uniform(-3, 6) * sheet.em, sheet.base - sheet.em * 1.5 + side * away)
    if rng.random() < 0.12:
        x, y = int(sheet.mark + rng.uniform(0, 5) * sheet.em), int(sheet.base - sheet.em * rng.uniform(1.0, 1.6))
        cv2.line(sheet.ink, (x, y), (x + int(rng.uniform(2, 8) * sheet.em), y), 255, int(rng.integers(1, 4)))


def worn(ink: NDArray[np.uint8], rng: Random) -> NDArray[np.uint8]:
    """Scanner's wear on a line (255 = ink), then the network's normal form, 0..255."""
    high, wide = ink.shape
    turn = rng.normal(0, 0.006)
    matrix = np.array([[1, rng.normal(0, 0.02), 0], [turn, 1, -turn * wide / 2]], dtype=np.float32)
    page = np.asarray(cv2.warpAffine(ink, matrix, (wide, high)), dtype=np.float32)
    _marks(page, rng)
    if rng.random() < 0.5:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), float(rng.uniform(0.3, 1.1))), dtype=np.float32)
    if rng.random() < 0.55:
        page += rng.normal(0, rng.uniform(2, 25), page.shape)
        page = np.where(page > rng.uniform(60, 145), 255.0, 0.0).astype(np.float32)
        _specks(page, rng)
    else:
        page *= rng.uniform(0.45, 1.0)
        page += rng.normal(0, rng.uniform(1, 14), page.shape)
        if rng.random() < 0.3:
            page += np.linspace(0, rng.uniform(-40, 40), wide)[None, :]
    grey = np.clip(255 - page, 0, 255).astype(np.uint8)
    return (prepare(grey) * 200).astype(np.uint8)


def _marks(page: NDArray[np.float32], rng: Random) -> None:
    """A scanner's streak, an arc of a stamp, a pen's slip."""
    high, wide = page.shape
    if rng.random() < 0.06:
        x = int(rng.integers(wide))
        foot = (x + int(rng.integers(-2, 3)), high)
        cv2.line(page, (x, 0), foot, float(rng.uniform(80, 255)), int(rng.integers(1, 3)))
    if rng.random() < 0.07:
        center = (int(rng.integers(wide)), int(rng.integers(-2 * high, 3 * high)))
        cv2.circle(page, center, int(rng.uniform(1, 3.5) * high), float(rng.uniform(60, 220)), int(rng.integers(1, 5)))


def _specks(page: NDArray[np.float32], rng: Random) -> None:
    count = int(rng.exponential(4)) if rng.random() < 0.7 else int(rng.integers(10, 60))
    for _ in range(count):
        x, y = int(rng.integers(page.shape[1])), int(rng.integers(page.shape[0]))
        size = int(rng.integers(1, 3))
        page[y : y + size, x : x + size] = 255.0 if rng.random() < 0.8 else 0.0
