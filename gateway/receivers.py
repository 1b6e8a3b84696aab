"""Are the bodies on a list good to receive today?  One whose code has ended is refused, its successor named (R-125)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.document import Recipient
from gateway.exchange.port import Body
from gateway.store.directory import Directory
from gateway.store.folding import fold
from rules.codes import closed

_CHAIN = 10
"""So many successors of successors are followed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A recipient whose code is not good on that day."""

    code: str
    name: str
    until: dt.date | None
    """Last day of the code; None for one that is not good yet."""
    successor: Body | None = None
    note: str = ""
    """The paper that says so."""

    @property
    def sentence(self) -> str:
        """For a clerk; ends in what to do."""
        called = f"{self.name} ({self.code})" if self.name else self.code
        if self.until is None:
            return f"{called} chưa có hiệu lực. Hãy chọn nơi nhận khác."
        paper = f" theo {self.note}" if self.note else ""
        head = f"{called} đã đóng mã từ ngày {self.until + dt.timedelta(days=1):%d/%m/%Y}{paper}."
        if self.successor is None:
            return f"{head} Hãy chọn nơi nhận khác."
        return f"{head} Hãy chọn {self.successor.name} ({self.successor.code}) hoặc nơi nhận khác."


def ended(recipients: Iterable[Recipient], directory: Directory, day: dt.date) -> Sequence[Ended]:
    """Those that cannot receive on that day, in order.  What no list knows is not judged: the Exchange will say."""
    return [found for to in recipients if (found := _judged(to, directory, day)) is not None]


def _judged(to: Recipient, directory: Directory, day: dt.date) -> Ended | None:
    term = directory.term(to.code)
    if term is not None and term.since is not None and day < term.since:
        return Ended(to.code, to.name, None)
    if term is not None and term.until is not None and day > term.until:
        return Ended(to.code, to.name, term.until, _after(term.successor, directory, day), term.note)
    over = closed(to.code, day)
    if over is None:
        return None
    # The same office of the province that took over, when the directory has it; else that province itself.
    name = fold(to.name).replace(fold(over.name), fold(over.successor_name))
    same = next((body for body in directory.search(name, limit=5)
                 if fold(body.name) == name and body.code.startswith(over.successor)), None) if over.successor else None
    above = directory.get(over.successor) if over.successor else None
    successor = same or above or (Body(over.successor, over.successor_name) if over.successor else None)
    return Ended(to.code, to.name, over.until, successor)


def _after(code: str, directory: Directory, day: dt.date) -> Body | None:
    """The first successor that stands on that day."""
    for _ in range(_CHAIN):
        term = directory.term(code) if code else None
        if term is None or term.until is None or day <= term.until:
            break
        code = term.successor
    return directory.get(code) or Body(code, code) if code else None


def gets_paper(code: str, also: Iterable[str]) -> bool:
    """Is the body, or one above it, on the list of those that get paper as well (R-124)?"""
    return any(code == one or code.startswith(f"{one}.") for one in also)
