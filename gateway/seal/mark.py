"""The mark of the organisation's signature on a digitised copy: what it says and where it stands (Decree 30/2020, annex I
part II section I.3; zone 14: top right of the first page, no seal image, 10 pt upright black)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.seal.port import SealOrder

SIZE, LEADING = 10, 12
"""Whole points: the library computes box shapes as fractions."""
_MM = 72 / 25.4
_RIGHT_MM, _TOP_MM, _WIDTH_MM = 7.0, 5.0, 72.0
VN = dt.timezone(dt.timedelta(hours=7), "+07:00")


@dataclass(frozen=True, slots=True)
class Placed:
    """The mark on a page."""

    lines: tuple[str, ...]
    rect: tuple[float, float, float, float]
    """Rectangle in the page's own coordinates, points: left, bottom, right, top."""
    turned: int
    """The page's /Rotate: the mark is turned against it to stand upright."""


def place(order: SealOrder, page: tuple[float, float, float, float], turned: int, font: Path) -> Placed:
    """Lays the mark out for a page whose visible box is `page` (left, bottom, right, top, points) and /Rotate `turned`."""
    lines = mark_lines(order, font)
    width = max(_width(line, font) for line in lines) + 2
    height = LEADING * len(lines) + 2
    return Placed(lines, _corner(page, turned % 360, width, height), turned % 360)


def mark_lines(order: SealOrder, font: Path) -> tuple[str, ...]:
    """Kind of copy; name of the body, broken where it is too long; date and time in +07:00."""
    local = order.at.astimezone(VN)
    kind = order.copy_kind.capitalize()
    return (f"{kind};", *_wrapped(f"{order.body};", font), f"{local:%d/%m/%Y}; {local:%H:%M:%S} +07:00")


def _wrapped(text: str, font: Path) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and _width(f"{lines[-1]} {word}", font) <= _WIDTH_MM * _MM:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


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


def _corner(
    page: tuple[float, float, float, float], turned: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """The rectangle that lies at the top right as the reader sees the page."""
    left, bottom, right, top = page
    across, down = _RIGHT_MM * _MM, _TOP_MM * _MM
    if turned == 90:
        return left + down, top - across - width, left + down + height, top - across
    if turned == 180:
        return left + across, bottom + down, left + across + width, bottom + down + height
    if turned == 270:
        return right - down - height, bottom + across, right - down, bottom + across + width
    return right - across - width, top - down - height, right - across, top - down
