"""How long a paper still takes: what half and what nine tenths of those before took here; nothing without a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.review.translations import mark
from gateway.store.pace import ReadTook

LEAST = 5
"""Fewer papers are no history."""
SOON = mark("sắp xong")
SECONDS = mark("khoảng %(high)s giây nữa")
MINUTES = mark("khoảng %(high)s phút nữa")
SPAN = mark("khoảng %(low)s đến %(high)s phút nữa")
HOURS = mark("khoảng %(high)s giờ nữa")
_MINUTE, _HOUR = 60.0, 3600.0
_ROUGHLY = 15.0


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: half of all papers take at most `low`, nine of ten at most `high`."""

    low: float
    high: float

    def of(self, times: float, less: float = 0.0) -> Span:
        """So many of them, and so many seconds of that are over."""
        return Span(max(0.0, self.low * times - less), max(0.0, self.high * times - less))

    def at_least(self, other: Span) -> Span:
        """No less than the other."""
        return Span(max(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class History:
    """What reading takes here."""

    page: Span
    paper: Span


def history_of(reads: Sequence[ReadTook]) -> History | None:
    """None when too few papers have been read to say anything."""
    if len(reads) < LEAST:
        return None
    return History(_span([one.seconds / one.pages for one in reads]), _span([one.seconds for one in reads]))


def _span(seconds: Sequence[float]) -> Span:
    ordered = sorted(seconds)
    return Span(ordered[(len(ordered) - 1) // 2], ordered[round((len(ordered) - 1) * 0.9)])


def while_read(history: History, elapsed: float, progress: tuple[int, int] | None) -> Span:
    """What is left of a paper that is being read; `progress` is (pages read, pages) once that is known."""
    if progress is None:
        return history.paper.of(1, elapsed)
    done, pages = progress
    # After the last page the archive copy is still made: what is over counts, not the pages alone.
    return history.page.of(pages, elapsed).at_least(history.page.of(pages - done))


def while_waiting(history: History, ahead: int, readers: int) -> Span:
    """What is left of a paper that waits until those before it are read, and is read then."""
    return history.paper.of(ahead / max(1, readers) + 1)


def words_of(span: Span) -> tuple[str, dict[str, int]]:
    """A sentence of the catalog and what fills it in."""
    if span.high < _ROUGHLY:
        return SOON, {}
    if span.high < _MINUTE:
        return SECONDS, {"high": round(span.high / 10 + 0.499) * 10}
    if span.high >= _HOUR:
        return HOURS, {"high": _up(span.high / _HOUR)}
    low, high = _up(span.low / _MINUTE), _up(span.high / _MINUTE)
    return (SPAN, {"low": low, "high": high}) if low < high else (MINUTES, {"high": high})


def _up(count: float) -> int:
    return max(1, int(count) + (count > int(count)))
