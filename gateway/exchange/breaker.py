"""A circuit breaker around an Exchange: after failures in a row it is left alone for a while, then tried by one call.

Without it every waiting Parcel would sit out its own time-out, and urgent ones behind them.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from gateway.document import Receipt
from gateway.errors import ExchangeDown, ExchangeUnsure, GatewayError
from gateway.exchange.port import Body, Exchange, Parcel, SentMark, Waiting

log = logging.getLogger(__name__)
T = TypeVar("T")


class Breaker:
    """The state of one endpoint; thread-safe."""

    def __init__(self, rest_after: int, rest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            rest_after: failures in a row that open it.
            rest_s: seconds without a call; then one call may try, and its outcome decides.
            clock: seconds that only grow.
        """
        self._rest_after, self._rest_s, self._clock = rest_after, rest_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    def call(self, act: Callable[[], T]) -> T:
        """Does the act, unless the endpoint rests.

        Raises:
            ExchangeDown: it rests, or the act has failed so.
        """
        self._enter()
        try:
            done = act()
        except (ExchangeDown, ExchangeUnsure):
            self._failed()
            raise
        except GatewayError:
            self._answered()  # a refusal is an answer
            raise
        self._answered()
        return done

    def _enter(self) -> None:
        with self._lock:
            if self._failures < self._rest_after:
                return
            now = self._clock()
            if now < self._rests_until:
                left = int(self._rests_until - now) + 1
                raise ExchangeDown(f"Trục liên thông đang tạm nghỉ vì lỗi liên tiếp; {left} giây nữa sẽ thử lại. "
                                   "Hệ thống sẽ tự gửi lại.")  # fmt: skip
            self._rests_until = now + self._rest_s  # this call tries; the others go on resting until it is back

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._rest_after:
                self._rests_until = self._clock() + self._rest_s
            if self._failures == self._rest_after:
                log.warning("- exchange_rests seconds=%.0f", self._rest_s)

    def _answered(self) -> None:
        with self._lock:
            if self._failures >= self._rest_after:
                log.info("- exchange_is_back")
            self._failures = 0


class RestingExchange:
    """An Exchange behind a Breaker; adapter of the port Exchange."""

    def __init__(self, inner: Exchange, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker

    def send(self, parcel: Parcel) -> SentMark:
        """See the port."""
        return self._breaker.call(partial(self._inner.send, parcel))

    def find_sent(self, document_id: str) -> SentMark | None:
        """See the port."""
        return self._breaker.call(partial(self._inner.find_sent, document_id))

    def answer(self, document_id: str, receipt: Receipt, to_code: str, *, code: str = "",
               date: dt.date | None = None) -> SentMark:  # fmt: skip
        """See the port."""
        return self._breaker.call(partial(self._inner.answer, document_id, receipt, to_code, code=code, date=date))

    def recall(self, parcel: Parcel, reason: str, staff: str) -> SentMark:
        """See the port."""
        return self._breaker.call(partial(self._inner.recall, parcel, reason, staff))

    def waiting(self, kind: str) -> Sequence[Waiting]:
        """See the port."""
        return self._breaker.call(partial(self._inner.waiting, kind))

    def fetch(self, exchange_id: str) -> bytes:
        """See the port."""
        return self._breaker.call(partial(self._inner.fetch, exchange_id))

    def settle(self, exchange_id: str, *, ok: bool) -> None:
        """See the port."""
        self._breaker.call(partial(self._inner.settle, exchange_id, ok=ok))

    def bodies(self) -> Sequence[Body]:
        """See the port."""
        return self._breaker.call(self._inner.bodies)
