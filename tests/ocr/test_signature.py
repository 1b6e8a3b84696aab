"""The signer's corner is read a second time, with the seal's red turned to black."""
from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import sheets, view
from ocr.corner import corner
from ocr.engine import Engine
from ocr.page import Box, Line, Page, Word
from ocr.paper import PaperSize
from ocr.signature import heard

FONT = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Bold.ttf"
WIDE, HIGH = 1654, 2339
"""A4 at 200 dpi."""


def line(text: str, left: float, top: float) -> Line:
    box = Box(left, top, left + 0.012 * len(text), top + 0.012)
    return Line((Word(text, box, 0.95),), box)


def page(*lines: Line) -> Page:
    return Page(1, 210.0, 297.0, 200.0, lines)


def paper(name: str, color: tuple[int, int, int]) -> view.View:
    """A page with a seal, a title and a name in the color."""
    picture = Image.new("RGB", (WIDE, HIGH), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 38)
    draw.text((1000, 1400), "GIÁM ĐỐC", font=font, fill="black")
    draw.ellipse((820, 1440, 1060, 1680), outline=(220, 30, 40), width=6)
    draw.text((960, 1730), name, font=font, fill=color)
    pixels = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR)
    return view.view_of(sheets.Sheet(pixels, 200.0, PaperSize(210.0, 297.0), 200.0))


@pytest.mark.parametrize("color", [(210, 20, 35), (0, 0, 0)])
def test_a_name_stamped_in_red_or_printed_in_black_becomes_a_line(color: tuple[int, int, int]) -> None:
    seen = page(line("Nơi nhận:", 0.13, 0.60), line("- Như trên;", 0.13, 0.62))
    place = corner(seen)
    assert place is not None
    after = heard(paper("Nguyễn Trúc Giang", color), seen, place, Engine())
    assert "Nguyễn Trúc Giang" in [one.text for one in after.lines]
    found = next(one for one in after.lines if one.text == "Nguyễn Trúc Giang")
    assert found.box.overlap(Box(960 / WIDE, 1730 / HIGH, 1300 / WIDE, 1775 / HIGH)) > 0.8


def test_a_name_under_seal_and_pen_in_black_and_white_is_read() -> None:
    picture = Image.new("L", (WIDE, HIGH), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 38)
    draw.text((1000, 1400), "GIÁM ĐỐC", font=font, fill=0)
    draw.ellipse((820, 1490, 1075, 1745), outline=0, width=4)
    draw.text((960, 1730), "Nguyễn Văn Hải", font=font, fill=0)
    draw.line(((700, 1830), (1000, 1722), (1600, 1640)), fill=0, width=4)
    pixels = cv2.cvtColor(np.where(np.asarray(picture) > 128, 255, 0).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    seen = page(line("Nơi nhận:", 0.13, 0.60), line("Văn Hãi", 0.63, 0.742))
    place = corner(seen)
    assert place is not None
    view_of_it = view.view_of(sheets.Sheet(pixels, 200.0, PaperSize(210.0, 297.0), 200.0))
    texts = [one.text for one in heard(view_of_it, seen, place, Engine()).lines]
    assert any("Văn Hải" in text for text in texts), texts


def test_nothing_is_read_again_where_a_name_stands_already_or_no_corner_is() -> None:
    words = tuple(Word(text, Box(0.6 + at / 20, 0.74, 0.64 + at / 20, 0.75), 0.9)
                  for at, text in enumerate(("Lê", "Hoàng", "Anh")))
    seen = page(line("Nơi nhận:", 0.13, 0.60), replace(line("x", 0.6, 0.74), words=words))
    place = corner(seen)
    assert place is not None
    assert heard(paper("Hà Văn Phúc", (0, 0, 0)), seen, place, Engine()) is seen
    assert corner(page(line("Căn cứ Luật", 0.13, 0.4))) is None


def test_a_name_stamped_askew_under_ring_and_pen_is_read() -> None:
    picture = Image.new("L", (WIDE, HIGH), 255)
    stamp = Image.new("L", (420, 60), 255)
    ImageDraw.Draw(stamp).text((6, 4), "Trần Quốc Thịnh", font=ImageFont.truetype(FONT, 40), fill=0)
    turned = stamp.rotate(3.2, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    picture.paste(turned, (950, 1700))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((700, 1470, 985, 1755), outline=0, width=5)
    draw.line(((760, 1790), (1020, 1712), (1560, 1600)), fill=0, width=4)
    pixels = np.where(np.asarray(picture) > 128, 255, 0).astype(np.uint8)
    seen = page(line("Nơi nhận:", 0.13, 0.60), line("Quốc", 0.63, 0.742))
    place = corner(seen)
    assert place is not None
    view_of_it = view.view_of(sheets.Sheet(pixels, 200.0, PaperSize(210.0, 297.0), 200.0))
    texts = [one.text for one in heard(view_of_it, seen, place, Engine()).lines]
    assert "Trần Quốc Thịnh" in texts, texts
