"""Double-sided scans of a scanner with one eye: the fronts come as one file, the turned stack's backs as another.

A half lies among the claims until its other side is there, and no longer than the wait; so it survives a crash, and a
scanner may use its name again.  Where it is not plain which back belongs to which front, none are put together.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.document import VN, Change
from gateway.intake.endings import Named, Side
from gateway.intake.entries import Entry
from ocr.triage import Completeness

ALONE, UNSURE = "side_alone", "sides_unsure"
"""Events and remarks of a half that goes on without its other side: it did not come, or there was more than one."""
TOLD = {
    ALONE: "Mới có một mặt của bản quét hai mặt; mặt kia không đến trong thời gian chờ.",
    UNSURE: "Có nhiều tệp cùng tên cho một mặt, hoặc hai mặt cách nhau quá lâu, nên máy không tự xen.",
}
SCANNED = frozenset({"application/pdf", "image/tiff", "image/jpeg", "image/png"})
"""Only pictures of paper have sides."""
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Half:
    """A claimed file that has one side of a stack."""

    entry: Entry
    found: Completeness
    named: Named
    at: dt.datetime
    """When it was claimed."""
    taken: bool = False
    """It has its Document: a crash came before it was put aside."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """What is to be taken in now: both sides, or one alone and why."""

    first: Half
    back: Half | None = None
    why: str = ""
    """ALONE or UNSURE."""

    @property
    def also(self) -> Change | None:
        """What is said of a half alone."""
        return Change(what=self.why, why=TOLD[self.why], remarks=(self.why,)) if self.why else None


def claimed_at(entry: Entry, claims: Path) -> dt.datetime:
    """The time in a claim's name; survives a crash."""
    claim = entry.path.relative_to(claims).parts[0]
    return dt.datetime.strptime(claim.partition("-")[0], _STAMP).replace(tzinfo=VN)


def ripe(halves: Iterable[Half], now: dt.datetime, wait_s: float) -> Iterator[Sheets]:
    """What need not wait any longer; the fronts of a stack are `first`."""
    wait = dt.timedelta(seconds=wait_s)
    stacks: dict[tuple[tuple[str, ...], str], list[Half]] = {}
    for half in halves:
        stacks.setdefault((half.entry.place, half.named.pair), []).append(half)
    for stack in stacks.values():
        fronts = [half for half in stack if half.named.side is Side.FRONT]
        backs = [half for half in stack if half.named.side is Side.BACK]
        if len(fronts) == len(backs) == 1 and _of_one_time(fronts[0], backs[0], wait):
            yield Sheets(fronts[0], backs[0])
        elif len(stack) > 1:
            yield from (Sheets(half, why=UNSURE) for half in stack)
        elif stack[0].taken or abs(now - stack[0].at) >= wait:
            yield Sheets(stack[0], why=ALONE)


def _of_one_time(front: Half, back: Half, wait: dt.timedelta) -> bool:
    """By our clock and by the files' own times: backs are never laid behind an older front of the same name."""
    own = abs(front.entry.mtime_ns - back.entry.mtime_ns) / 1e9
    return abs(front.at - back.at) < wait and own < wait.total_seconds()
