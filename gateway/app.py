"""The house put together: the only module that knows concrete adapters.

`build(settings)` makes and binds everything; `App.run()` starts sandbox, engine, doors and desk, and stops them in the
other direction.  The order matters: the engine stands before the first door takes a file.
"""
from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gateway import doctor, first_run
from gateway.banner import Ready, banner
from gateway.document import VN, Change, Document, Door, Origin, Stage
from gateway.engine import Engine, Pace
from gateway.errors import BadSettings, ReadFailed
from gateway.exchange.folder import FolderExchange
from gateway.exchange.port import Body, Exchange
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange
from gateway.imap_rounds import PREFIX, imap_rounds
from gateway.intake.accept import accept_while_room
from gateway.intake.folder import FolderDoor, FolderPlan
from gateway.learning import LearnFolder
from gateway.legs import Legs, Patience
from gateway.lock import only_one
from gateway.log_lines import set_up_logging
from gateway.loop import Loop, Round
from gateway.mail_doors import open_letters, open_notices, routing_rules
from gateway.notices import send_notices
from gateway.pipeline import NET_LANE, READ_LANE, Task, pipeline
from gateway.review.desk import Desk, HealthLine, Office
from gateway.review.web import create_app
from gateway.seal.keys import open_key, seal_of
from gateway.seal.port import Signer
from gateway.settings import Settings
from gateway.smtp_process import SmtpProcess
from gateway.steps.collect import CollectTools, collect
from gateway.steps.propose import ProposeTools, propose
from gateway.steps.read import ReadTools, VirusIn, read
from gateway.steps.recall import recall
from gateway.steps.send import SendTools, send
from gateway.steps.stamp import StampTools, stamp
from gateway.steps.unpack import UnpackTools, unpack
from gateway.store.store import Query, Received, Store
from gateway.store.vault import Vault
from gateway.virus import Clamd
from gateway.web_server import WebServer
from mail.parsing import parse_apart
from ocr.child import ReaderPool
from ocr.errors import OcrError
from ocr.reading import Options
from rules.facts import EarlierNumber
from rules.field import Name
from rules.routing import decide

log = logging.getLogger(__name__)
_SWEEP_S = 300.0
_A4_INCHES = 8.27
_VOUCHED = frozenset({Stage.CONFIRMED, Stage.SEALED, Stage.SENT, Stage.DELIVERED, Stage.FILED})
_DOORS = {"folder": "Thư mục máy quét", "exchange": "Trạng thái từ trục", "directory": "Danh bạ nơi nhận",
          "erasures": "Xóa tệp mật", "smtp": "Cửa SMTP", "notices": "Thư báo cho nơi gửi"}
"""What a clerk calls the rounds."""
_AT_ONCE_S = 0.05
_WATCH_S = 1.0
_DOOR_S = 10.0
"""A stop waits so long for a door to end its round; what it has not taken it finds again."""
_EARLIER = 30
"""So many of the newest numbers of an issuer are weighed."""


@dataclass(frozen=True, slots=True)
class House:
    """The adapters and tools of this process."""

    settings: Settings
    store: Store
    vault: Vault
    home: Body
    exchange: Exchange
    readers: ReaderPool
    pictures: ReaderPool
    """Draws pages for the desk, so that no clerk waits for a long reading."""
    progress: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Document id to (pages read, pages), while it is being read."""


def build(settings: Settings, config: Path | None = None) -> App:
    """Everything made and bound, nothing running yet.  `config` is the file they come from, for a process of ours.

    Raises:
        BadSettings: what is named is not there or does not fit together.
        SealError: the key cannot be opened.
    """
    first_run.prepare_folders(settings)
    store = Store.open(settings.url)
    vault = Vault(settings.data / "vault")
    store.on_erase = vault.erase
    options = Options(time_limit_s=settings.read.time_limit_s, memory_limit_mb=settings.read.memory_limit_mb,
                      page_limit=settings.read.page_limit, digit_weights=LearnFolder(settings.learn.folder).weights())
    # What reading leaves behind after a crash lies in the vault's work folder, and goes at the next start.
    scratch, unit = vault.work_folder(), settings.unit
    home = Body(unit.code, unit.name, unit.parent)
    house = House(settings, store, vault, home, _exchange(settings, home),
                  ReaderPool(options, workers=_workers(settings), scratch=scratch),
                  ReaderPool(options, scratch=scratch))
    return App(house, _engine(house), config)


def _workers(settings: Settings) -> int:
    return settings.read.workers or max(1, (os.cpu_count() or 1) // 2)


def _now() -> dt.datetime:
    return dt.datetime.now(VN)


def _exchange(settings: Settings, home: Body) -> Exchange:
    if settings.exchange.kind == "folder":
        return FolderExchange(settings.exchange.folder, home)
    return VxpExchange(Account(endpoint=settings.endpoint, system=settings.exchange.system_id,
                               secret=first_run.prepare_secret(settings), organ=home.code, organ_name=home.name))


def _engine(house: House) -> Engine:
    chosen, tasks = house.settings.engine, _tasks(house)
    legs = Legs(house.store, tasks, Patience(chosen.first_wait_s, chosen.longest_wait_s, chosen.most_crashes))
    pace = Pace({READ_LANE: _workers(house.settings), NET_LANE: chosen.net_lanes}, chosen.poll_s, chosen.heal_s)
    return Engine(house.store, house.settings.url, legs.run, tasks=tasks, pace=pace, alone=_alone(house.settings))


def _alone(settings: Settings) -> bool:
    """On SQLite one process runs the legs; gateway.lock sees to it."""
    return settings.url.startswith("sqlite")


def _tasks(house: House) -> Mapping[Stage, Task]:
    """The steps with their tools."""
    from gateway.seal.verify import signature_facts

    store, chosen = house.store, house.settings.engine
    rules = routing_rules(house.settings)
    unpacking = UnpackTools(house.vault, parse_apart, partial(decide, rules), store.directory.get,
                            store.holders)
    reading = ReadTools(house.readers, house.vault, lambda id_, done, of: house.progress.update({id_: (done, of)}),
                        partial(unpack, tools=unpacking), virus_in=_virus_check(house.settings))
    proposing = ProposeTools(house.vault, signature_facts, partial(_earlier, store))
    sending = SendTools(house.exchange, house.vault, house.home, store.directory.get, partial(_tried, store), _now)
    stamping = StampTools(seal_of(house.settings.seal), house.vault)

    def read_and_tell(document: Document) -> Change:
        try:
            return read(document, reading)
        finally:
            house.progress.pop(document.id, None)

    def stamp_and_send(document: Document) -> Change | None:
        # What the seal lacks comes first; the Document's next leg sends it.
        return stamp(document, stamping) or send(document, sending)

    return pipeline(
        read=read_and_tell,
        propose=lambda document: propose(document, proposing),
        send=stamp_and_send,
        recall=lambda document: recall(document, sending, store.events),
        read_tries=chosen.read_tries,
        send_tries=chosen.send_tries,
    )


def _virus_check(settings: Settings) -> VirusIn | None:
    return Clamd(settings.read.clamd).virus_in if settings.read.clamd else None


def _tried(store: Store, document: Document) -> bool:
    """The present try is one of the attempts already."""
    return sum(attempt.what.startswith("send:") for attempt in store.attempts(document.id)) > 1


def _earlier(store: Store, issuer: str, symbol: str) -> tuple[EarlierNumber, ...]:
    """The newest numbers of that issuer and symbol which a clerk has confirmed."""
    found = store.find(Query(stages=_VOUCHED, text=symbol, limit=_EARLIER)).documents
    numbers = []
    for document in found:
        value = {name: one.value for name, one in document.fields.items()}
        digits, day = value.get(Name.NUMBER, ""), value.get(Name.DATE, "")
        same = (value.get(Name.ISSUER), value.get(Name.SYMBOL)) == (issuer, symbol)
        if same and digits.isdecimal() and day:
            numbers.append(EarlierNumber(int(digits), dt.date.fromisoformat(day)))
    return tuple(numbers)


def _desk(house: House, signer: Signer | None) -> Desk:
    settings = house.settings
    return Desk(
        store=house.store,
        vault=house.vault,
        seal=seal_of(settings.seal),
        offices={house.home.code: Office(house.home, settings.unit.place, signer)},
        home=house.home.code,
        own_scanners=frozenset(address.lower() for address in settings.mail.own_scanners),
        picture=partial(_picture, house.pictures),
        take=partial(_take, house),
        progress=house.progress.get,
        health=partial(_health, house),
        language=settings.language,
        secure_cookies=settings.web.secure_cookies,
        session_hours=settings.web.session_hours,
        upload_limit=settings.web.upload_mb * 1024 * 1024,
    )


def _picture(pool: ReaderPool, path: Path, page: int, width: int) -> bytes:
    try:
        return pool.picture(path, page, width / _A4_INCHES)
    except OcrError as error:
        raise ReadFailed from error


def _take(house: House, source: BinaryIO, *, unit: str, name: str, by: str, media_type: str) -> Document:
    """A desk upload: the same bytes of the same person are the same upload."""
    return _accept(house, source, lambda sha256: Origin(Door.DESK, f"{by}/{sha256}"), unit=unit, name=name, by=by,
                   media_type=media_type, at=_now()).document


def _accept(house: House, source: BinaryIO, origin_of: Callable[[str], Origin], *, unit: str, name: str, by: str,
            media_type: str, at: dt.datetime) -> Received:
    """Takes a file in while there is room: a database on a full disk could not even say so.

    Raises:
        DiskFull: little room is left; nothing was taken.
    """
    return accept_while_room(house.store, house.vault, source, origin_of, unit=unit, name=name, by=by, at=at,
                             media_type=media_type, least_free=house.settings.folder.least_free_mb * 1024 * 1024)


def _health(house: House) -> Sequence[HealthLine]:
    doors = [HealthLine(_door(seen.door), not seen.note,
                        seen.note or f"{seen.at.astimezone(VN):%d/%m/%Y %H:%M:%S}.") for seen in house.store.doors()]
    return [*doctor.brief(house.settings), *doors]


def _door(name: str) -> str:
    """What a clerk calls it."""
    return f"Hộp thư {name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else _DOORS.get(name, name)


class App:
    """The running house."""

    def __init__(self, house: House, engine: Engine, config: Path | None) -> None:
        self._house = house
        self._config = config
        self._engine = engine
        self._stop = threading.Event()
        self._drained = True

    def run(self) -> int:
        """Runs until SIGTERM or SIGINT; the exit code.

        Raises:
            BadSettings: another gateway runs here, or an address is in use.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        with ExitStack() as stack:
            if _alone(self._house.settings):
                stack.enter_context(only_one(self._house.settings.data))
            self._start(stack)
            self._stop.wait()
            log.info("- stopping")
        if not self._drained:
            # Threads of cut off legs cannot be ended; the legs run again at the next start.
            logging.shutdown()
            os._exit(0)
        return 0

    def _start(self, stack: ExitStack) -> None:
        """Starts part after part; the stack stops them in the other direction."""
        house, settings = self._house, self._house.settings
        set_up_logging(settings.log_level)
        house.vault.clear_work()
        first_run.prepare_key(settings)
        welcome, signer = first_run.first_user(house.store, settings), open_key(settings.seal)
        web = WebServer(create_app(_desk(house, signer)), settings.web.host, settings.web.port)
        stack.callback(house.store.close)
        if settings.embedded:
            sandbox = _sandbox(settings)
            sandbox.start()
            stack.callback(sandbox.stop)
        for pool in (house.pictures, house.readers):
            stack.callback(self._close, pool)
        self._engine.start()
        stack.callback(self._stop_engine)
        self._start_doors(stack)
        web.start()
        stack.callback(web.stop)
        sample = first_run.sample_scan(settings)
        drop = settings.folder.path if settings.folder.enabled else None
        rehearsal = settings.embedded or bool(signer and signer.rehearsal)
        print(banner(Ready(web.address, welcome, drop, sample, rehearsal)), flush=True)

    def _start_doors(self, stack: ExitStack) -> None:
        house, settings = self._house, self._house.settings
        store, exchange = house.store, house.exchange
        taking = CollectTools(exchange, store, house.vault)
        rounds = (
            Round("directory", settings.exchange.directory_s, lambda: store.directory.put(exchange.bodies())),
            Round("exchange", settings.exchange.collect_s, partial(collect, taking)),
            Round("erasures", _SWEEP_S, store.sweep_erasures),
            *self._folder_rounds(stack),
            *self._mail_rounds(stack),
        )
        loops = [Loop(one, told=lambda name, note: store.door_seen(name, _now(), note)) for one in rounds]
        for loop in loops:
            loop.start()
            stack.callback(loop.join, _DOOR_S)
        for loop in loops:
            stack.callback(loop.stop)
        stack.callback(self._stop.set)  # ends the sessions with mailboxes, whatever the reason of the stop

    def _folder_rounds(self, stack: ExitStack) -> Sequence[Round]:
        house, plan = self._house, self._house.settings.folder
        if not plan.enabled:
            return ()
        door = FolderDoor(
            FolderPlan(path=plan.path, unit=house.home.code, settle_s=plan.settle_s, give_up_s=plan.give_up_s,
                       poll_s=plan.poll_s, apart_from=(house.vault.folder, house.settings.exchange.folder)),
            partial(_accept, house))
        stack.callback(door.close)

        def erase(sha256: str) -> None:
            house.vault.erase(sha256)
            door.erase(sha256)

        house.store.on_erase = erase
        # A turn waits by itself: for an event, or for the time of the safety scan.
        return (Round("folder", _AT_ONCE_S, door.turn),)

    def _mail_rounds(self, stack: ExitStack) -> Sequence[Round]:
        house, settings, found = self._house, self._house.settings, []
        if settings.smtp.enabled:
            process = SmtpProcess(self._config)
            stack.callback(process.stop)
            found.append(Round("smtp", _WATCH_S, process.turn))
        if settings.notices.host:
            house.store.notices.cut_off(_now())
            noticing = open_notices(settings, house.store, house.vault)
            found.append(Round("notices", settings.notices.send_s, partial(send_notices, noticing)))
        letters = open_letters(settings, house.store, house.vault)
        return [*found, *imap_rounds(settings, letters.take, stop=self._stop,
                                     told=lambda name, note: house.store.door_seen(name, _now(), note))]

    def _stop_engine(self) -> None:
        self._drained = self._engine.stop(self._house.settings.engine.grace_s)

    def _close(self, pool: ReaderPool) -> None:
        if self._drained:
            pool.close()


def _sandbox(settings: Settings) -> Sandbox:
    try:
        return Sandbox(port=settings.sandbox.port, data=settings.data / "sandbox", system=settings.exchange.system_id,
                       secret=first_run.prepare_secret(settings), organs=[settings.unit.code],
                       register_after=settings.sandbox.register_s)
    except OSError as error:
        raise BadSettings(f"Không mở được cổng {settings.sandbox.port} cho trục diễn tập ({error.strerror}). "
                          "Hãy đổi sandbox.port.") from error
