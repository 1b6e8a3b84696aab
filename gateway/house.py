"""The adapters of this process, bound by the settings: with gateway.app the only place that knows concrete ones."""
from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gateway import first_run
from gateway.clock_watch import ClockWatch
from gateway.document import VN, Change, Origin
from gateway.exchange.breaker import Breaker, RestingExchange
from gateway.exchange.edxml import Profile, ReadMessage
from gateway.exchange.folder import FolderExchange
from gateway.exchange.langson import LangSonExchange, Login
from gateway.exchange.manner import Manner
from gateway.exchange.net import ClientKey, Line
from gateway.exchange.port import Body, Exchange
from gateway.exchange.vxp import Account, VxpExchange
from gateway.inspector import TIME_LIMIT_S, Inspector, message_reader
from gateway.intake.accept import Beside, accept_while_room
from gateway.learning import LearnFolder
from gateway.settings import Settings
from gateway.settings_calendar import keep_time
from gateway.settings_exchange import type_numbers_of
from gateway.store.store import Received, Store
from gateway.store.vault import Vault
from gateway.vaults import open_vault
from ocr.child import ReaderPool
from ocr.reading import Options


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
    inspector: Inspector
    """Looks at signatures, PDF structure and messages of others."""
    progress: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Document id to (pages read, pages), while it is being read."""
    clock: ClockWatch = field(default_factory=ClockWatch)
    """What is known of this machine's clock."""

    def accept(self, source: BinaryIO, origin_of: Callable[[str], Origin], *, unit: str, name: str, by: str,
               media_type: str, at: dt.datetime, also: Change | None = None,
               beside: Beside | None = None) -> Received:
        """Takes a file in while there is room: a database on a full disk could not even say so.

        Raises:
            DiskFull: little room is left; nothing was taken.
        """
        self.readers.wake()
        return accept_while_room(self.store, self.vault, source, origin_of, unit=unit, name=name, by=by, at=at,
                                 media_type=media_type, also=also, beside=beside,
                                 least_free=self.settings.folder.least_free_mb * 1024 * 1024)


def open_house(settings: Settings) -> House:
    """Everything opened, nothing running.

    Raises:
        BadSettings: what is named is not there or does not fit together.
    """
    first_run.prepare_folders(settings)
    keep_time(settings.calendar)
    store = Store.open(settings.url)
    vault = open_vault(settings)
    store.on_erase = vault.erase
    options = Options(time_limit_s=settings.read.time_limit_s, memory_limit_mb=settings.read.memory_limit_mb,
                      page_limit=settings.read.page_limit, digit_weights=LearnFolder(settings.learn.folder).weights())
    # What reading leaves behind after a crash lies in the vault's work folder, and goes at the next start.
    unit = settings.unit
    home = Body(unit.code, unit.name, unit.parent)
    scratch, shelf = _own(settings, vault.work_folder()), _own(settings, vault.lent_folder())
    pool = partial(ReaderPool, options, scratch=scratch, shelf=shelf, keep_s=settings.read.keep_s)
    looking = replace(options, time_limit_s=min(TIME_LIMIT_S, options.time_limit_s))
    inspector = Inspector(looking, scratch=scratch, shelf=shelf, keep_s=settings.read.keep_s)
    exchange = _exchange(settings, home, message_reader(inspector))
    return House(settings, store, vault, home, exchange, pool(workers=workers(settings)), pool(), inspector)


def alone(settings: Settings) -> bool:
    """On SQLite one process runs the legs; gateway.lock sees to it."""
    return settings.url.startswith("sqlite")


def _own(settings: Settings, shared: Path) -> Path:
    """Of machines that share a vault each has a folder of its own: process numbers mean nothing on another one."""
    if alone(settings):
        return shared
    folder = shared / f"machine-{socket.gethostname()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def workers(settings: Settings) -> int:
    """So many papers are read at once."""
    return settings.read.workers or max(1, (os.cpu_count() or 1) // 2)


def now() -> dt.datetime:
    """The time of the house, aware."""
    return dt.datetime.now(VN)


def _exchange(settings: Settings, home: Body, read: ReadMessage) -> Exchange:
    chosen = settings.exchange
    manner = Manner(Profile(chosen.dialect, zipped=chosen.zip_files, numbers=type_numbers_of(chosen)), chosen.recall_by)
    if chosen.kind == "folder":
        return FolderExchange(chosen.folder, home, manner, read)
    own = ClientKey(chosen.client_certificate_file, chosen.client_key_file)
    line = Line(settings.endpoint, chosen.hosts, chosen.ca_file, chosen.timeout_s, own)
    if chosen.kind == "langson":
        return _resting(LangSonExchange(_login(settings, home), line, manner=manner, read=read), settings)
    account = Account(endpoint=settings.endpoint, system=chosen.system_id, secret=first_run.prepare_secret(settings),
                      organ=home.code, organ_name=home.name, padded_hash=chosen.padded_hash)
    return _resting(VxpExchange(account, line=line, manner=manner), settings)


def _resting(exchange: Exchange, settings: Settings) -> Exchange:
    return RestingExchange(exchange, Breaker(settings.exchange.rest_after, settings.exchange.rest_s))


def _login(settings: Settings, home: Body) -> Login:
    chosen = settings.exchange
    return Login(system=chosen.system_id, secret=first_run.prepare_secret(settings), user=chosen.user,
                 password=chosen.password_file.read_text("utf-8").strip(), application=chosen.application,
                 organ=home.code, organ_name=home.name)
