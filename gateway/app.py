"""The house put together.

`build(settings)` makes and binds everything; `App.run()` starts sandbox, engine, doors and desk, and stops them in the
other direction.  The order matters: the engine stands before the first door takes a file.
"""
from __future__ import annotations

import gc
import logging
import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import first_run
from gateway.banner import Ready, banner
from gateway.duties import duties_of, head_of_message
from gateway.errors import BadSettings
from gateway.exchange.sandbox import Sandbox
from gateway.front import desk_of
from gateway.house import House, alone, now, open_house, workers
from gateway.keep_rounds import FORGOTTEN_S
from gateway.lanes import Pace
from gateway.last_words import LastWords
from gateway.legs import Legs, Patience, blame
from gateway.lock import only_one
from gateway.log_lines import set_up_logging
from gateway.lone_engine import LoneEngine
from gateway.pipeline import NET_LANE, READ_LANE
from gateway.review.web import create_app
from gateway.rounds import start_near_rounds, start_rounds
from gateway.seal.keys import open_key
from gateway.settings import Settings
from gateway.stopping import StopAsked
from gateway.units import units_of
from gateway.web_server import WebServer
from ocr.pool import Pool

if TYPE_CHECKING:
    from gateway.engine import Engine

log = logging.getLogger(__name__)


def build(settings: Settings, config: Path | None = None) -> App:
    """Everything made and bound, nothing running yet.  `config` is the file they come from, for a process of ours.

    Raises:
        BadSettings: what is named is not there or does not fit together.
        SealError: the key cannot be opened.
    """
    house = open_house(settings)
    words = LastWords(settings.data / "faults")
    return App(house, _engine(house, words), config, words)


def _engine(house: House, words: LastWords) -> Engine | LoneEngine:
    chosen, tasks = house.settings.engine, duties_of(house)
    patience = Patience(chosen.first_wait_s, chosen.longest_wait_s, chosen.most_crashes)
    legs = Legs(house.store, tasks, patience, at=words.at)
    pace = Pace({READ_LANE: workers(house.settings), NET_LANE: chosen.net_lanes}, chosen.poll_s, (NET_LANE,),
                chosen.heal_s, chosen.dead_s)
    if alone(house.settings):
        return LoneEngine(house.store, legs.run, tasks=tasks, pace=pace)
    from gateway.engine import Engine  # a tenth of a start

    return Engine(house.store, house.settings.url, legs.run, tasks=tasks, pace=pace)


class App:
    """The running house."""

    def __init__(self, house: House, engine: Engine | LoneEngine, config: Path | None, words: LastWords) -> None:
        self._house = house
        self._words = words
        self._config = config
        self._engine = engine
        self._drained = True

    def run(self, *, legs_only: bool = False) -> int:
        """Runs until SIGTERM or SIGINT; the exit code.  `legs_only`: beside a gateway elsewhere, without doors or desk.

        Raises:
            BadSettings: another gateway runs here, or an address is in use.
        """
        if legs_only and alone(self._house.settings):
            raise BadSettings("vanthu work cần store.url của PostgreSQL. Hãy đặt store.url, hoặc dùng vanthu run.")
        asked = StopAsked()
        with ExitStack() as stack:
            if alone(self._house.settings):
                stack.enter_context(only_one(self._house.settings.data))
            (self._start_legs if legs_only else self._start)(stack)
            gc.freeze()  # what stands now stays: it is not looked through again and again for what is dead
            asked.wait()
            log.info("- stopping")
        if not self._drained:
            # Threads of cut off legs cannot be ended; the legs run again at the next start.
            logging.shutdown()
            os._exit(0)
        return 0

    def _start(self, stack: ExitStack) -> None:
        """Starts part after part; the stack stops them in the other direction."""
        house, settings = self._house, self._house.settings
        self._prepare()
        first_run.prepare_key(settings)
        welcome, signer = first_run.first_user(house.store, settings), open_key(settings.seal)
        message = partial(head_of_message, house) if settings.seal.embed_message else None
        web = WebServer(create_app(desk_of(house, signer, message)), settings.web.host, settings.web.port)
        stack.callback(house.store.close)
        if settings.embedded:
            sandbox = _sandbox(settings)
            sandbox.start()
            stack.callback(sandbox.stop)
        self._start_engine(stack)
        start_rounds(house, self._config, stack)
        web.start()
        stack.callback(web.stop)
        sample = first_run.sample_scan(settings)
        drop = settings.folder.path if settings.folder.enabled else None
        rehearsal = settings.embedded or bool(signer and signer.rehearsal)
        print(banner(Ready(web.address, welcome, drop, sample, rehearsal)), flush=True)

    def _start_legs(self, stack: ExitStack) -> None:
        """The engine alone."""
        self._prepare()
        stack.callback(self._house.store.close)
        self._start_engine(stack)
        start_near_rounds(self._house, stack)
        print("ready", flush=True)

    def _prepare(self) -> None:
        settings = self._house.settings
        set_up_logging(settings.log_level)
        # Of several machines another one may be at work there: only what is surely forgotten goes.
        self._house.vault.clear_work(0.0 if alone(settings) else FORGOTTEN_S)

    def _start_engine(self, stack: ExitStack) -> None:
        for pool in (self._house.pictures, self._house.inspector, self._house.readers):
            stack.callback(self._close, pool)
        for fallen in self._words.heard():
            log.error("%s service_fell_at what=%s\n%s", fallen.document or "-", fallen.what or "-", fallen.where)
            blame(self._house.store, fallen, now())
        self._words.listen()
        self._engine.start()
        stack.callback(self._stop_engine)

    def _stop_engine(self) -> None:
        self._drained = self._engine.stop(self._house.settings.engine.grace_s)

    def _close(self, pool: Pool) -> None:
        if self._drained:
            pool.close()


def _sandbox(settings: Settings) -> Sandbox:
    try:
        return Sandbox(port=settings.sandbox.port, data=settings.data / "sandbox", system=settings.exchange.system_id,
                       secret=first_run.prepare_secret(settings), organs=sorted(units_of(settings)),
                       register_after=settings.sandbox.register_s)
    except OSError as error:
        raise BadSettings(f"Không mở được cổng {settings.sandbox.port} cho trục diễn tập ({error.strerror}). "
                          "Hãy đổi sandbox.port.") from error
