"""The round that tells programs: at most one call at a time to an address, tried again with growing pauses."""
from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from gateway.hooks.signature import headers, keys_of
from gateway.hooks.wire import Call, deliver
from gateway.settings_hooks import Webhooks
from gateway.store.hooks import OwedCall
from gateway.store.store import Store

log = logging.getLogger(__name__)
_FIRST_WAIT, _LONGEST_WAIT = dt.timedelta(seconds=10), dt.timedelta(hours=6)
_JITTER = 0.25
_AT_ONCE = 4
_MOST_TURNS = 25
"""So many calls to one address, then the round says that it lives."""


@dataclass(frozen=True, slots=True)
class HookTools:
    """What the round works with."""

    store: Store
    plan: Webhooks
    clock: Callable[[], dt.datetime]


def tell_programs(tools: HookTools) -> int:
    """Sends what is due; how many arrived.

    Raises:
        BadSettings: the file of secrets or of certificates cannot be read.
    """
    arrived = 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhook") as pool:
        for _ in range(_MOST_TURNS):
            due = tools.store.hooks.due(tools.clock())
            if not due:
                break
            arrived += sum(pool.map(partial(_tell, tools), due))
    return arrived


def _tell(tools: HookTools, call: OwedCall) -> bool:
    keys = keys_of(tools.plan.secret_file, call.hook, call.url)
    begun = tools.clock()
    if not tools.store.hooks.begin(call, begun, begun + dt.timedelta(seconds=2 * tools.plan.timeout_s + 30)):
        return False
    body = call.body.encode()
    trouble = deliver(Call(call.url, headers(keys, call.key, body, begun), body), tools.plan)
    now = tools.clock()
    if not trouble:
        tools.store.hooks.sent(call, now)
        log.info("%s webhook_sent event=%s", call.document, call.event)
        return True
    last = call.tries + 1 >= tools.plan.tries
    log.warning("%s webhook_trouble event=%s tries=%s given_up=%s", call.document, call.event, call.tries + 1, last)
    tools.store.hooks.failed(call, trouble, rests_until=now + _varied(_FIRST_WAIT),
                             again_at=None if last else now + _wait(call.tries))
    return False


def _wait(tries: int) -> dt.timedelta:
    return _varied(min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries, 20)))


def _varied(wait: dt.timedelta) -> dt.timedelta:
    """Not all at the same moment, when a receiver comes back."""
    return wait * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret hangs on it
