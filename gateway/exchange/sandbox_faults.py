"""What the sandbox has been told to do wrong: each order is good for so many requests or documents."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

REQUESTS = {
    "lose_answer": "a document is taken, its answer is lost",
    "refuse": "the axis refuses a document (FAIL)",
    "http_500": "HTTP 500 before anything is done",
    "cut": "the request is done, the connection ends without an answer",
    "cut_body": "the request is done, the connection ends in the middle of the answer",
    "list_twice": "a list names every packet twice",
    "slow": "the request is done, the answer takes `SLOW_S` seconds",
}
"""Faults of one request each."""
DOCUMENTS = {
    "answer_twice": "every receiver says everything twice",
    "answer_late": "01 comes after 03",
    "office_refuses": "every receiver answers 01, then 02",
    "recall": "a document that came to us is asked back (13) as soon as we have it",
}
"""Faults of one document each."""
DOWN = "down"
"""HTTP 500 for everything until it is set to 0."""
FAULTS = (*REQUESTS, *DOCUMENTS, DOWN)
"""What POST /_control {"fault": count} can order; {"down_for": seconds} ends by itself."""
SLOW_S = 1.5


class Faults(Counter[str]):
    """Orders that are left, by name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._down_until = 0.0

    def order(self, orders: Mapping[str, float]) -> None:
        """Sets orders; "down_for" is in seconds.

        Raises:
            KeyError: there is no such fault.
        """
        for name, count in orders.items():
            if name == "down_for":
                self._down_until = self._clock() + count
            elif name in FAULTS:
                self[name] = int(count)
            else:
                raise KeyError(name)

    def take(self, name: str) -> bool:
        """True when that fault is ordered; uses one up ("down" stays)."""
        with self._lock:
            if name == DOWN and self._clock() < self._down_until:
                return True
            if self[name] <= 0:
                return False
            if name != DOWN:
                self[name] -= 1
            return True
