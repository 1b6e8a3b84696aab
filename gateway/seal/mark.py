"""The mark of the organisation's signature on a digitised copy: its words, broken into lines.

Decree 30/2020, annex I part II section I.3: kind of copy; name of the copying body; time.  Lower case, upright, 10 pt,
black, no seal image.  Law 20/2023 Article 12 and Decree 137/2024 Article 4 add: words that it was converted from paper.
Where the law leaves a choice (law.md §15), `MarkStyle` holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.document import VN
from gateway.errors import BadSettings
from gateway.seal.font import LIBERATION, mark_font
from gateway.seal.port import SealOrder

SIZE, LEADING = 10, 11
"""Whole points: the library computes box shapes as fractions."""
_AIR = 3
"""Points below the last line for the letters that reach down."""
_WIDEST, _NARROWEST, _STEP = 330, 60, 3
"""Points: the widths at which lines are tried."""
_COPIES = ("SAO Y", "SAO LỤC", "TRÍCH SAO")
_HARD = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkStyle:
    """Open points of the law, with the defaults of a careful office."""

    font: Path = LIBERATION
    """TrueType file; an office that has a licence names its own Times New Roman."""
    capitals: bool = False
    """Prints "SAO Y" as the decree's definitions write it, instead of "Sao y"."""
    time: str = "%d/%m/%Y; %H:%M:%S"
    """Date and time as strftime writes them; " +07:00" follows."""
    converted: str = "Chuyển đổi từ văn bản giấy"
    """Second sentence of the mark on SAO Y, SAO LỤC and TRÍCH SAO; "" leaves it out."""
    image: Path = Path("mark-image.png")
    """Picture of the office's seal (red on a transparent ground), shown only where `image_mm` says how wide it is."""
    image_mm: float = 0.0
    """Real width of the seal in that picture; 0 shows none, as Decree 30/2020 wants it on copies."""


@dataclass(frozen=True, slots=True)
class Block:
    """The mark's lines and how much room they take, in points."""

    lines: tuple[str, ...]
    width: int
    height: int
    aside: int = 0
    """Of the width, what the picture of the seal takes at the left."""


def sentences(order: SealOrder, style: MarkStyle) -> tuple[tuple[str, ...], ...]:
    """What the mark says, in parts that like to begin a line; no-break spaces hold the time of day together."""
    moment = f"{order.at.astimezone(VN).strftime(style.time)} +07:00"
    head, mark, tail = moment.rpartition("; ")
    moment = head + mark + tail.replace(" ", _HARD)
    if order.attachment_of:
        return ((f"{order.attachment_of};", moment),)
    kind = order.copy_kind if style.capitals else order.copy_kind.capitalize()
    first = (f"{kind.replace(' ', _HARD)}; {order.body};", moment)
    return (first, (style.converted,)) if style.converted and order.copy_kind in _COPIES else (first,)


def blocks(order: SealOrder, style: MarkStyle) -> tuple[Block, ...]:
    """One block for each number of lines, the narrowest that has so many; fewest lines first.

    The time begins a line of its own where that costs no further line.
    """
    font = mark_font(style.font)
    parts = sentences(order, style)
    flowing = tuple((" ".join(sentence),) for sentence in parts)
    found = _narrowest(flowing, font) | _narrowest(parts, font)
    pictured = style.image_mm > 0 and not order.attachment_of
    return tuple(_beside(found[count], style) if pictured else found[count] for count in sorted(found))


def _beside(block: Block, style: MarkStyle) -> Block:
    """The block with room for the picture of the seal, in its real size.

    Raises:
        BadSettings: the picture cannot be read.
    """
    across, down = picture_size(style)
    return Block(block.lines, block.width + across + _AIR, max(block.height, down), across + _AIR)


def picture_size(style: MarkStyle) -> tuple[int, int]:
    """Width and height of the picture of the seal, in whole points.

    Raises:
        BadSettings: it cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(style.image) as picture:
            share = picture.height / picture.width
    except (OSError, UnidentifiedImageError) as error:
        raise BadSettings(
            f"Không đọc được ảnh con dấu {style.image}. Hãy kiểm tra mark.image hoặc đặt mark.image_mm = 0."
        ) from error
    across = round(style.image_mm * 72 / 25.4)
    return across, round(across * share)


def _narrowest(sentences: tuple[tuple[str, ...], ...], font: Path) -> dict[int, Block]:
    found: dict[int, Block] = {}
    for width in range(_WIDEST, _NARROWEST, -_STEP):
        lines = [line for sentence in sentences for part in sentence for line in _wrapped(part, width, font)]
        widest = max(_width(line, font) for line in lines)
        if widest <= width or width == _WIDEST:  # a word that is wider than any mark stands as it is
            shown = tuple(line.replace(_HARD, " ") for line in lines)
            found[len(lines)] = Block(shown, int(widest + 1), LEADING * len(lines) + _AIR)
    return found


def _wrapped(text: str, width: float, font: Path) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and _width(longer, font) > width:
            yield line
            longer = word
        line = longer
    yield line


@cache
def _advances(font: Path) -> dict[int, int]:
    from fontTools.ttLib import TTFont

    opened = TTFont(font)
    widths = opened["hmtx"].metrics
    return {code: widths[name][0] for code, name in opened.getBestCmap().items()}


def _width(text: str, font: Path) -> float:
    """Width in points; the font has 1000 units per em."""
    advances = _advances(font)
    return sum(advances.get(ord(char), 500) for char in text) * SIZE / 1000
