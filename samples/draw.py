"""Sets a Letter in type on A4 at 300 dpi, with digits in handwriting fonts, seal and stamps."""

from __future__ import annotations

import math
import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from samples.letter import Letter

DPI = 300
WIDTH, HEIGHT = 2480, 3508
"""A4 at 300 dpi, pixels."""
PRINT = Path("/usr/share/fonts/truetype/liberation2")
HANDS = tuple(
    Path("/usr/share/fonts/truetype") / name
    for name in (
        "breip/Breip.ttf",
        "fifthhorseman/dkgIt.ttf",
        "femkeklaver/femkeklaver.ttf",
        "rufscript/Rufscript010.ttf",
        "klee/KleeOne-Regular.ttf",
    )
)
BLACK, BLUE, RED = (25, 25, 28), (35, 45, 150), (200, 30, 35)
LEFT, RIGHT = 354, 2303
"""Text margins of 30 mm and 15 mm, pixels."""

INDENT = "\u00a0" * 8
"""First line of a paragraph: about 12.7 mm of fixed blanks."""

Point = tuple[float, float]


@cache
def face(style: str, points: float) -> ImageFont.FreeTypeFont:
    """Liberation Serif in "Regular", "Bold", "Italic" or "BoldItalic", size in points."""
    return ImageFont.truetype(str(PRINT / f"LiberationSerif-{style}.ttf"), round(points * DPI / 72))


@cache
def hand(path: Path, pixels: int) -> ImageFont.FreeTypeFont:
    """A handwriting font; size in pixels."""
    return ImageFont.truetype(str(path), pixels)


class Sheet:
    """One page being set."""

    def __init__(self, rng: random.Random, hands: tuple[Path, ...]) -> None:
        self.image = Image.new("RGB", (WIDTH, HEIGHT), (252, 251, 248))
        self.pen = ImageDraw.Draw(self.image)
        self.rng = rng
        self.hand_path = rng.choice(hands)

    def centered(self, text: str, x: float, y: float, style: str, points: float) -> Point:
        """Text with its middle at x; returns left and right edge."""
        font = face(style, points)
        width = font.getlength(text)
        self.pen.text((x - width / 2, y), text, font=font, fill=BLACK)
        return x - width / 2, x + width / 2

    def left(self, text: str, at: Point, style: str = "Regular", points: float = 13) -> float:
        """Text starting at a point; returns its right edge."""
        font = face(style, points)
        self.pen.text(at, text, font=font, fill=BLACK)
        return at[0] + font.getlength(text)

    def rule(self, x0: float, x1: float, y: float) -> None:
        """A thin line."""
        self.pen.line((x0, y, x1, y), fill=BLACK, width=3)

    def written(self, text: str, at: Point, points: float = 13) -> float:
        """Digits by hand, each a little off; returns the right edge.  `at` is where print would start."""
        x, y = at
        height = round(points * DPI / 72 * self.rng.uniform(1.3, 1.7))
        font = hand(self.hand_path, height)
        for char in text:
            box = font.getbbox(char)
            glyph = Image.new("L", (box[2] + 40, height * 2), 0)
            ImageDraw.Draw(glyph).text(
                (20, 20), char, font=font, fill=255, stroke_width=self.rng.choice((0, 1, 1, 2)), stroke_fill=255
            )
            glyph = glyph.rotate(self.rng.uniform(-6, 6), resample=Image.Resampling.BICUBIC)
            top = y + points * DPI / 72 * 0.9 - box[3] - 20 + self.rng.uniform(-5, 5)
            self.image.paste(BLUE, (round(x - 20 - box[0]), round(top)), glyph)
            x += box[2] - box[0] + self.rng.uniform(2, 10)
        return x

    def framed(
        self, text: str, box: tuple[float, float, float, float], color: tuple[int, int, int], points: float = 13
    ) -> None:
        """A stamp: capitals in a ruled box (Decree 30 annex I III.2.b)."""
        self.pen.rectangle(box, outline=color, width=6)
        font = face("Bold", points)
        x0, y0, x1, y1 = box
        bounds = font.getbbox(text)
        self.pen.text(
            ((x0 + x1 - font.getlength(text)) / 2, (y0 + y1 - bounds[3] - bounds[1]) / 2), text, font=font, fill=color
        )


def wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Breaks a text at blanks so that no line is wider than `width` pixels."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def letter_pages(
    letter: Letter, rng: random.Random, hands: tuple[Path, ...], *, seal: bool = True
) -> list[Image.Image]:
    """All pages of a letter, RGB, A4 at 300 dpi."""
    sheet = Sheet(rng, hands)
    y = _head(sheet, letter)
    sheets = [sheet]
    for text in letter.body:
        for line in wrap(INDENT + text, face("Regular", 14), RIGHT - LEFT):
            if y > HEIGHT - 420:
                sheet = Sheet(rng, (sheet.hand_path,))
                sheets.append(sheet)
                sheet.centered(str(len(sheets)), WIDTH / 2, 150, "Regular", 13)
                y = 260
            sheet.left(line, (LEFT, y), points=14)
            y += 76
        y += 24
    if y > HEIGHT - 1150:
        sheet = Sheet(rng, (sheet.hand_path,))
        sheets.append(sheet)
        sheet.centered(str(len(sheets)), WIDTH / 2, 150, "Regular", 13)
        y = 260
    _foot(sheet, letter, y + 40, seal=seal)
    return [each.image for each in sheets]


def _head(sheet: Sheet, letter: Letter) -> float:
    """Zones 1 to 5 and 9a; returns where the body starts."""
    x1, x2 = 800, 1780
    y = 250.0
    for text in letter.parent:
        sheet.centered(text, x1, y, "Regular", 12.5)
        y += 62
    for text in letter.issuer:
        sheet.centered(text, x1, y, "Bold", 12.5)
        y += 62
    sheet.rule(x1 - 140, x1 + 140, y + 8)
    sheet.centered("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", x2, 250, "Bold", 12.5)
    motto = sheet.centered("Độc lập - Tự do - Hạnh phúc", x2, 312, "Bold", 13.5)
    sheet.rule(*motto, 384)
    y = max(y, 400) + 40
    _number(sheet, letter, x1, y)
    _date(sheet, letter, x2, y)
    below = y + 80
    if letter.urgency:
        top = below + (20 if letter.title else 200)
        sheet.framed(letter.urgency, (380, top, 380 + 30 * len(letter.urgency) + 140, top + 96), RED)
    if letter.secrecy:
        sheet.framed(letter.secrecy, (430, below + 330, 430 + 40 * len(letter.secrecy) + 120, below + 430), RED, 14)
    if letter.arrival_stamp:
        _arrival(sheet, letter, below + 210)
    return _title(sheet, letter, x1, below)


def _number(sheet: Sheet, letter: Letter, x: float, y: float) -> None:
    symbol = letter.symbol_printed or letter.symbol
    tail = f"{letter.number_gap}/{symbol}"
    font = face("Regular", 13)
    room = font.getlength("00000") if letter.number_by_hand else font.getlength(letter.number)
    start = x - (font.getlength("Số: " + tail) + room) / 2
    at = sheet.left("Số: ", (start, y))
    if letter.number_by_hand:
        end = sheet.written(letter.number, (at + 10, y))
        at = max(at + room, end + 6)
    else:
        at = sheet.left(letter.number, (at, y))
    sheet.left(tail, (at, y))


def _date(sheet: Sheet, letter: Letter, x: float, y: float) -> None:
    date = letter.date
    day = f"{date.day:02d}"
    month = f"{date.month:02d}" if date.month < 3 else str(date.month)
    font = face("Italic", 13.5)
    gap = font.getlength("0000")
    start = x - (font.getlength(f"{letter.place}, ngày  tháng  năm {date.year}") + gap * 1.6) / 2
    at = sheet.left(f"{letter.place}, ngày ", (start, y), "Italic", 13.5)
    for text, by_hand, after in (
        (day, letter.day_by_hand, " tháng "),
        (month, letter.month_by_hand, f" năm {date.year}"),
    ):
        if by_hand:
            end = sheet.written(text, (at + 6, y))
            at = max(at + gap, end + 4)
        else:
            at = sheet.left(text, (at, y), "Italic", 13.5)
        at = sheet.left(after, (at, y), "Italic", 13.5)


def _title(sheet: Sheet, letter: Letter, x: float, y: float) -> float:
    """Type and summary (5a) or V/v (5b), then Kính gửi; returns the next free y."""
    if letter.title:
        y += 90
        sheet.centered(letter.title, WIDTH / 2, y, "Bold", 14)
        y += 76
        for line in wrap(letter.subject, face("Bold", 14), 1500):
            sheet.centered(line, WIDTH / 2, y, "Bold", 14)
            y += 72
        sheet.rule(WIDTH / 2 - 200, WIDTH / 2 + 200, y + 8)
        y += 60
    else:
        y += 80 if letter.subject_after_date else 6
        for line in wrap(f"V/v {letter.subject}", face("Regular", 12), 820):
            sheet.centered(line, x, y, "Regular", 12)
            y += 62
        y += 110
    if letter.urgency or letter.secrecy or letter.arrival_stamp:
        y = max(y, 1010.0)
    if len(letter.to) == 1:
        sheet.left(f"Kính gửi: {letter.to[0]}", (820, y), points=14)
        y += 120
    elif letter.to:
        sheet.left("Kính gửi:", (760, y), points=14)
        y += 76
        for text in letter.to:
            for line in wrap(f"- {text}", face("Regular", 14), RIGHT - 980):
                sheet.left(line, (980, y), points=14)
                y += 76
        y += 50
    return y


def _arrival(sheet: Sheet, letter: Letter, y: float) -> None:
    """An ĐẾN stamp of the receiving office, 50 mm x 35 mm (Decree 30 annex IV)."""
    x, w, h = 330, 590, 413
    blue = (40, 60, 160)
    sheet.pen.rectangle((x, y, x + w, y + h), outline=blue, width=6)
    font = face("Bold", 11)
    for i, text in enumerate(
        ("VĂN PHÒNG UBND", "ĐẾN", "Số: ..................", "Ngày: ................", "Chuyển: .............")
    ):
        sheet.pen.text((x + 30, y + 18 + i * 78), text, font=font, fill=blue)
    sheet.written(letter.arrival_stamp, (x + 150, y + 160), 12)
    sheet.written(f"{letter.date.day + 1 if letter.date.day < 28 else 28}/{letter.date.month}", (x + 200, y + 240), 12)


def _foot(sheet: Sheet, letter: Letter, y: float, *, seal: bool) -> None:
    """Zones 7, 8 and 9b."""
    x = 1770
    sheet.left("Nơi nhận:", (LEFT, y), "BoldItalic", 12)
    for i, text in enumerate(letter.copies):
        sheet.left(f"- {text}", (LEFT, y + 60 + i * 54), points=11)
    at = y
    for text in letter.signer_title:
        sheet.centered(text, x, at, "Bold", 13.5)
        at += 68
    ink = sheet.rng
    stroke = [
        (x - 160 + i * 9, at + 170 + 55 * math.sin(i * 0.45 + ink.random()) * ink.uniform(0.4, 1)) for i in range(36)
    ]
    sheet.pen.line(stroke, fill=BLUE, width=6, joint="curve")
    sheet.centered(letter.signer, x, at + 370, "Bold", 14)
    if seal:
        _round_seal(sheet, x - 190, at + 170)


def _round_seal(sheet: Sheet, x: float, y: float) -> None:
    """The round red seal, 36 mm, lets the print show through."""
    r = 212
    layer = Image.new("L", sheet.image.size, 0)
    pen = ImageDraw.Draw(layer)
    for k, width in ((r, 10), (r - 26, 4), (r - 110, 4)):
        pen.ellipse((x - k, y - k, x + k, y + k), outline=210, width=width)
    star = [
        (
            x + (70 if i % 2 == 0 else 28) * math.sin(i * math.pi / 5),
            y - (70 if i % 2 == 0 else 28) * math.cos(i * math.pi / 5),
        )
        for i in range(10)
    ]
    pen.polygon(star, fill=200)
    font = face("Bold", 7)
    for i, char in enumerate("ỦY BAN NHÂN DÂN * MẪU THỬ *"):
        angle = -2.2 + i * 0.165
        glyph = Image.new("L", (60, 60), 0)
        ImageDraw.Draw(glyph).text((15, 10), char, font=font, fill=200)
        glyph = glyph.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
        layer.paste(
            200, (round(x + (r - 68) * math.sin(angle) - 30), round(y - (r - 68) * math.cos(angle) - 30)), glyph
        )
    sheet.image.paste(RED, (0, 0), layer)
