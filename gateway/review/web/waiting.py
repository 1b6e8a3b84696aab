"""What a page says of a paper that is not read yet: pages done, place in the queue, how long it still takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.document import Document, Stage
from gateway.review.desk import Desk
from gateway.review.forecast import History, history_of, while_read, while_waiting, words_of
from gateway.review.translations import catalog, mark

WAITS = mark("còn %(ahead)s văn bản đọc trước")
PAGES = mark("đã đọc %(done)s/%(of)s trang")
_FRESH_S = 20.0


@dataclass(frozen=True, slots=True)
class Wait:
    """How a paper stands with the machine."""

    progress: tuple[int, int] | None
    """Pages read, pages; None when nothing is known of it."""
    ahead: int
    """Papers that are read before it; 0 when its turn has come."""
    words: str
    """Pages or place in the queue, and "khoảng 2 phút nữa" where the history tells; "" for nothing."""


NOTHING = Wait(None, 0, "")


class Forecasts:
    """One for all pages; the history is looked at every twenty seconds.  Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: History | None = None
        self._until = 0.0

    def history(self, desk: Desk) -> History | None:
        """What reading takes here, None while too little is known."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = history_of(desk.store.paces.reads())
                self._until = time.monotonic() + _FRESH_S
            return self._kept

    def wait(self, desk: Desk, document: Document, language: str) -> Wait:
        """What is said of this paper now."""
        if document.stage is not Stage.RECEIVED or document.held or document.next_try_at:
            return NOTHING
        begun, history = desk.store.paces.begun(document), self.history(desk)
        if begun is not None:
            progress, elapsed = desk.progress(document.id), (desk.clock() - begun).total_seconds()
            pages = [(PAGES, {"done": progress[0], "of": progress[1]})] if progress else []
            left = [words_of(while_read(history, elapsed, progress))] if history else []
            return Wait(progress, 0, _joined(language, *pages, *left))
        ahead = desk.store.paces.ahead(document)
        place = [(WAITS, {"ahead": ahead})] if ahead else []
        left = [words_of(while_waiting(history, ahead, desk.readers))] if history else []
        return Wait(None, ahead, _joined(language, *place, *left))


def _joined(language: str, *parts: tuple[str, Mapping[str, int]]) -> str:
    return ", ".join(catalog(language).gettext(sentence) % slots for sentence, slots in parts)
