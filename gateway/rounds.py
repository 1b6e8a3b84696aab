"""What the house does again and again: doors, statuses, the directory, notices."""
from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from gateway.hooks.round import HookTools, tell_programs
from gateway.hooks.signature import prepare
from gateway.house import House, alone, now
from gateway.imap_rounds import imap_rounds
from gateway.intake.folder import FolderDoor, FolderPlan
from gateway.keep_rounds import keep_rounds, near_rounds
from gateway.loop import Loop, Round
from gateway.mail_doors import open_letters, open_notices
from gateway.notices import send_notices
from gateway.page_words import page_words
from gateway.return_rounds import return_rounds
from gateway.smtp_process import SmtpProcess

_SWEEP_S = 300.0
_AT_ONCE_S = 0.05
_WATCH_S = 1.0
_TEXTS_S = 3.0
_CALLS_S = 1.0
_DOOR_S = 10.0
"""A stop waits so long for a door to end its round; what it has not taken it finds again."""


def start_rounds(house: House, config: Path | None, stack: ExitStack) -> None:
    """Starts every round in a thread of its own; the stack tells them to stop, then waits for their ends."""
    stop = threading.Event()
    _start(house, _rounds(house, config, stop, stack), stack)
    stack.callback(stop.set)  # ends the sessions with mailboxes, whatever the reason of the stop


def start_near_rounds(house: House, stack: ExitStack) -> None:
    """What a machine that runs legs alone does beside them."""
    _start(house, near_rounds(house), stack)


def _start(house: House, rounds: Sequence[Round], stack: ExitStack) -> None:
    loops = [Loop(one, told=lambda name, note: house.store.door_seen(name, now(), note)) for one in rounds]
    for loop in loops:
        loop.start()
        stack.callback(loop.join, _DOOR_S)
    for loop in loops:
        stack.callback(loop.stop)


def _rounds(house: House, config: Path | None, stop: threading.Event, stack: ExitStack) -> Sequence[Round]:
    settings, store, exchange = house.settings, house.store, house.exchange
    return (
        Round("directory", settings.exchange.directory_s, lambda: store.directory.put(exchange.bodies())),
        *return_rounds(house),
        Round("erasures", _SWEEP_S, store.sweep_erasures),
        Round("texts", _TEXTS_S, lambda: store.texts.read_next(lambda one: page_words(one, house.vault))),
        *_clock_rounds(house),
        *_folder_rounds(house, stack),
        *keep_rounds(house),
        *_mail_rounds(house, config, stop, stack),
        *_hook_rounds(house),
    )


def _hook_rounds(house: House) -> Sequence[Round]:
    plan = house.settings.webhooks
    if not plan.hosts:
        return ()
    prepare(plan.secret_file)
    if alone(house.settings):
        house.store.hooks.cut_off()
    return (Round("webhooks", _CALLS_S, partial(tell_programs, HookTools(house.store, plan, now))),)


def _clock_rounds(house: House) -> Sequence[Round]:
    plan = house.settings.seal
    if not plan.time_server:
        return ()
    return (Round("clock", plan.time_check_s, partial(house.clock.look, plan.time_server, plan.clock_limit_s)),)


def _folder_rounds(house: House, stack: ExitStack) -> Sequence[Round]:
    plan = house.settings.folder
    if not plan.enabled:
        return ()
    door = FolderDoor(
        FolderPlan(path=plan.path, unit=house.home.code, units=_units(house), settle_s=plan.settle_s,
                   give_up_s=plan.give_up_s, poll_s=plan.poll_s, endings=(plan.front_endings, plan.back_endings),
                   sides_wait_s=plan.sides_wait_s,
                   apart_from=(house.vault.folder, house.settings.exchange.folder)),
        house.accept, taken=lambda origin: house.store.by_origin(origin) is not None)
    stack.callback(door.close)

    def erase(sha256: str) -> None:
        house.vault.erase(sha256)
        door.erase(sha256)

    house.store.on_erase = erase
    # A turn waits by itself: for an event, or for the time of the safety scan.
    return (Round("folder", _AT_ONCE_S, door.turn),)


def _units(house: House) -> frozenset[str]:
    """Units with a sub-folder of their own, named by their codes: those that are served by mail too."""
    return frozenset(one.unit for one in house.settings.mail_unit if one.unit)


def _mail_rounds(house: House, config: Path | None, stop: threading.Event, stack: ExitStack) -> Sequence[Round]:
    settings = house.settings
    found = []
    if settings.smtp.enabled:
        process = SmtpProcess(config)
        stack.callback(process.stop)
        found.append(Round("smtp", _WATCH_S, process.turn))
    house.store.notices.cut_off(now())
    noticing = open_notices(settings, house.store, house.vault)
    found.append(Round("notices", settings.notices.send_s, partial(send_notices, noticing)))
    letters = open_letters(settings, house.store, house.vault)
    return [*found, *imap_rounds(settings, letters.take, stop=stop,
                                 told=lambda name, note: house.store.door_seen(name, now(), note))]
