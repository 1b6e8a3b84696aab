"""The rounds of the return path and of the clock: documents in, statuses out, late papers, connection checks."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from gateway.connection import CheckTools, check_if_due
from gateway.exchange.port import Waiting
from gateway.house import House, now
from gateway.inspector import message_reader
from gateway.intake.accept import accept_while_room
from gateway.late import LateTools, mark_late
from gateway.loop import Round
from gateway.settings_incoming import times
from gateway.steps.arrive import ArriveTools, arrive, take_message
from gateway.steps.collect import CollectTools, collect, take_status
from gateway.steps.tell import TellTools, tell
from gateway.units import unit_named, units_of

_MIB = 1024 * 1024
_CLOCK_S = 60.0


def return_rounds(house: House) -> Sequence[Round]:
    """Statuses about our Documents, the clock; and, unless that is switched off, documents in and what we say of them.

    Raises:
        BadSettings: a time of day that is none.
    """
    settings, store, exchange = house.settings, house.store, house.exchange
    checking = CheckTools(exchange, store, times(settings.incoming), now)
    clock = (
        Round("late", _CLOCK_S, partial(mark_late, LateTools(store, now))),
        Round("connection", _CLOCK_S, partial(check_if_due, checking)),
    )
    read = message_reader(house.inspector)
    collecting = CollectTools(exchange, store, house.vault, read=read)
    if not settings.incoming.enabled:
        return (Round("exchange", settings.exchange.collect_s, partial(collect, collecting)), *clock)
    arriving = ArriveTools(
        exchange, store, house.vault,
        partial(accept_while_room, store, house.vault, least_free=settings.folder.least_free_mb * _MIB),
        partial(_unit_of, house), house.home.code, now,
        lambda packet, message, file: take_status(packet, message, file, collecting), read)

    def other(packet: Waiting, raw: bytes) -> bool:
        return take_message(packet, raw, arriving)

    telling = TellTools(exchange, store, partial(unit_named, settings, store), now)
    return (
        Round("exchange", settings.exchange.collect_s,
              partial(collect, CollectTools(exchange, store, house.vault, other, read))),
        Round("incoming", settings.incoming.poll_s, partial(arrive, arriving)),
        Round("answers", settings.incoming.poll_s, partial(tell, telling)),
        *clock,
    )


def _unit_of(house: House, code: str) -> str:
    """The unit meant by a code; the directory knows the codes of before."""
    units = units_of(house.settings)
    if code in units:
        return code
    old: Mapping[str, str] = {body.old_code: unit for unit in units if (body := house.store.directory.get(unit))}
    return old.get(code, "") if code else ""
