"""A look at a paper is an Event (R-186), however it is fetched: by its page, or by the address of a picture alone."""

from __future__ import annotations

import threading
from collections import OrderedDict

from fastapi import Request

from gateway.review.login import Visit, fingerprint
from gateway.review.web import frame

_MOST = 20_000


class Looks:
    """Which session has a paper open, so that its pictures and parts are no looks of their own.  Thread-safe."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def fresh(self, session: str, document_id: str) -> bool:
        """True the first time; forgets the oldest when there are too many, which then count again."""
        key = (session, document_id)
        with self._lock:
            fresh = key not in self._known
            self._known[key] = None
            self._known.move_to_end(key)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
            return fresh


def viewed(request: Request, visit: Visit, document_id: str) -> None:
    """The page of a paper is opened: always an Event."""
    looks: Looks = request.app.state.looks
    looks.fresh(fingerprint(visit.token), document_id)
    frame.desk_of(request).store.note(document_id, who=visit.person.login, what="viewed")


def glimpsed(request: Request, visit: Visit, document_id: str) -> None:
    """A picture or a part of it is fetched: an Event unless this session has the paper open."""
    looks: Looks = request.app.state.looks
    if looks.fresh(fingerprint(visit.token), document_id):
        frame.desk_of(request).store.note(document_id, who=visit.person.login, what="viewed")
