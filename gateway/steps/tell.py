"""tell: the offices whose documents came over the Exchange hear what became of them (R-143, R-144).

What is owed stands in rows (gateway.store.answers); of one Document the oldest goes first.  A try whose answer was
lost is repeated with the same bytes: whoever receives it twice has received one status.
"""
from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway.document import Document, Receipt, Stage
from gateway.errors import BadMessage, ExchangeDown, ExchangeRefused
from gateway.exchange.port import Body, Exchange
from gateway.store.answers import GIVEN_UP, SENT, WAITING, OwedAnswer
from gateway.store.store import Store

log = logging.getLogger(__name__)
MOST_REFUSALS = 8
_FIRST_WAIT, _LONGEST_WAIT = dt.timedelta(seconds=30), dt.timedelta(minutes=30)
_NO_SENDER = "Không rõ văn bản này của nơi gửi nào. Hãy báo quản trị viên kèm mã văn bản."


@dataclass(frozen=True, slots=True)
class TellTools:
    """What the round works with."""

    exchange: Exchange
    store: Store
    unit: Callable[[str], Body]
    """A unit served here, by its code."""
    clock: Callable[[], dt.datetime]


def tell(tools: TellTools) -> int:
    """Sends what is due; how many went out.

    Raises:
        ExchangeDown: temporary; what is owed stays owed.
    """
    return sum(_tell(owed, tools) for owed in tools.store.answers.due(tools.clock()))


def _tell(owed: OwedAnswer, tools: TellTools) -> bool:
    store, now = tools.store, tools.clock()
    if not store.answers.begin(owed, now):
        return False
    arrival, document = store.arrivals.of(owed.document), store.get(owed.document)
    if arrival is None:  # its row is written just after the Document's own
        waited = now - owed.at > _LONGEST_WAIT
        store.answers.end(owed, GIVEN_UP if waited else WAITING, now, trouble=_NO_SENDER, again_at=now + _FIRST_WAIT)
        return False
    unit, person = tools.unit(document.unit), store.people.get(owed.who)
    receipt = Receipt(owed.code, owed.at, unit.code, unit.name, owed.reason, person.name if person else "")
    try:
        tools.exchange.answer(arrival.message_id, receipt, arrival.sender, code=arrival.code, date=arrival.date)
    except ExchangeDown as trouble:
        store.answers.end(owed, WAITING, now, trouble=str(trouble), again_at=now + _wait(owed.tries))
        raise
    except (ExchangeRefused, BadMessage) as trouble:
        _refused(owed, str(trouble), tools)
        return False
    store.answers.end(owed, SENT, now)
    _forget_if_stopped(document, store)
    store.note(owed.document, who=owed.who, what="told", why=owed.code)
    log.info("%s told code=%s", owed.document, owed.code)
    return True


def _forget_if_stopped(document: Document, store: Store) -> None:
    """Of a paper with a secrecy mark not even its number stays, once its sender has heard the last word."""
    if document.stage is Stage.STOPPED:
        store.arrivals.forget(document.id)


def _refused(owed: OwedAnswer, said: str, tools: TellTools) -> None:
    now, last = tools.clock(), owed.tries + 1 >= MOST_REFUSALS
    log.warning("%s tell_refused code=%s last=%s", owed.document, owed.code, last)
    tools.store.answers.end(owed, GIVEN_UP if last else WAITING, now, trouble=said, again_at=now + _wait(owed.tries))
    if last:
        _forget_if_stopped(tools.store.get(owed.document), tools.store)
        tools.store.note(owed.document, who="machine", what="not_told", why=said)


def _wait(tries: int) -> dt.timedelta:
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(tries, 10))
