"""Small bar charts as SVG shapes: only numbers go in, a template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT = 420, 120, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a column."""

    x: float
    y: float
    width: float
    height: float
    series: int
    said: str
    """"20/11: 3"."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns, one a day, each of stacked pieces; `labels` stand under the first, middle and last column."""

    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, str], ...]
    most: int
    totals: tuple[int, ...]
    """Of each series."""


def stacked(days: Sequence[str], series: Sequence[Sequence[int]]) -> Chart:
    """`series[s][d]` is the figure of series s on day d."""
    most = max((sum(column) for column in zip(*series, strict=True)), default=0)
    step, scale = WIDTH / max(1, len(days)), (HEIGHT - FOOT - 12) / max(1, most)
    bars = []
    for at, day in enumerate(days):
        top = float(HEIGHT - FOOT)
        for number, figures in enumerate(series):
            tall = figures[at] * scale
            top -= tall
            if figures[at]:
                bars.append(Bar(round(at * step + 1, 1), round(top, 1), round(step - 2, 1), round(tall, 1), number,
                                f"{day}: {figures[at]}"))  # fmt: skip
    marks = sorted({0, len(days) // 2, len(days) - 1}) if days else []
    labels = tuple((round(one * step + step / 2, 1), days[one]) for one in marks)
    return Chart(tuple(bars), labels, most, tuple(sum(figures) for figures in series))
