"""Settings: frozen dataclasses from one TOML file, with environment overrides.  Every default stands here, only here.

Order, the later wins: the defaults below, the TOML file, the environment (`[web] port` is VANTHU_WEB_PORT).  Relative
paths are taken from the data folder; the data folder itself from the folder of the TOML file, or from the current
folder when there is none.  Secrets are only ever named as `*_file`.
"""
from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway import settings_table
from gateway.errors import BadSettings
from gateway.seal.mark import MarkStyle
from gateway.seal.plan import SealPlan, SealUnit, Vgca, check_units
from gateway.settings_calendar import Calendar, check_calendar
from gateway.settings_exchange import CHOICES as EXCHANGE_CHOICES
from gateway.settings_exchange import Exchange, check_exchange
from gateway.settings_folder import Folder, check_sides
from gateway.settings_hooks import Webhooks, check_hooks
from gateway.settings_incoming import Incoming, check_incoming
from gateway.settings_keep import Backup, Keep, check_keep
from gateway.settings_mail import Imap, Mail, MailUnit, Notices, Smtp, check_mail, check_notices
from gateway.settings_oidc import Oidc, check_oidc
from gateway.settings_table import made, override, read_table, with_paths
from gateway.settings_vault import VaultPlan, check_vault

PREFIX = "VANTHU_"
CONFIG = "VANTHU_CONFIG"
"""Environment variable that names the TOML file."""
FILE = "gateway.toml"
"""Looked for in the current folder when no file is named."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The office whose paper goes through; the defaults are invented, for rehearsal."""

    code: str = "H99.1"
    """Organisation code as the Exchange knows it."""
    name: str = "Ủy ban nhân dân xã Mẫu"
    """Stands in the mark of the seal."""
    parent: str = "H99"
    """Code of the body above."""
    place: str = "Mẫu"
    """Place name in the mark."""


@dataclass(frozen=True, slots=True)
class Web:
    """The desk."""

    host: str = "127.0.0.1"
    port: int = 8080
    secure_cookies: bool = False
    """True behind TLS: cookies then travel over https only."""
    session_hours: int = 10
    upload_mb: int = 200
    """Largest upload."""


@dataclass(frozen=True, slots=True)
class Read:
    """Reading: OCR and PDF/A."""

    workers: int = 0
    """Reading processes; 0 means one per two processor cores, at least one."""
    time_limit_s: float = 900.0
    """For one whole file."""
    memory_limit_mb: int = 3072
    """Address space of one reading process."""
    keep_s: float = 60.0
    """A reading process without work for so long is let go; the next paper starts one in less than a second."""
    page_limit: int = 1000
    clamd: str = ""
    """Where ClamAV's daemon listens ("/run/clamav/clamd.ctl" or "host:port"): no file is opened before it has passed
    there; "" means no virus check."""


@dataclass(frozen=True, slots=True)
class Learn:
    """Learning the office's own handwriting from what its clerks confirm; nothing leaves the machine."""

    enabled: bool = True
    """`vanthu learn` may keep pictures of number and date lines of confirmed papers."""
    folder: Path = Path("learn")


@dataclass(frozen=True, slots=True)
class Engine:
    """How legs are run and repeated."""

    poll_s: float = 0.5
    """On several machines: between two looks at the queues; one alone is told of its work."""
    heal_s: float = 5.0
    """Between two comparisons of rows and legs."""
    dead_s: float = 30.0
    """On several machines: one that has not been heard of for so long is dead, and its legs are taken over."""
    net_lanes: int = 4
    """Parcels sent at the same time."""
    first_wait_s: float = 5.0
    """Before the second try after temporary trouble; doubled each time, with jitter."""
    longest_wait_s: float = 3600.0
    """Cap of that wait."""
    read_tries: int = 4
    """Tries of reading before the Document is held."""
    send_tries: int = 60
    """Tries of sending or recalling before the Document is held (at the cap of one hour: two days and a half)."""
    most_crashes: int = 5
    """A leg during which the process was killed so often holds its Document instead of being tried again; one
    during which it died of a fault (abort, segmentation fault) does so after the second time."""
    grace_s: float = 60.0
    """A stop waits so long for running legs; what is cut off runs again at the next start."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The built-in rehearsal interchange."""

    enabled: bool = True
    port: int = 9400
    register_s: float = 2.0
    """Receiving bodies answer 01 at once, and 03 after so long."""


@dataclass(frozen=True, slots=True)
class Store:
    """The database."""

    url: str = ""
    """"" means SQLite in the data folder; "postgresql+psycopg://..." where several machines share the work."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    data: Path = Path("var")
    """Database, vault, drop folder, secrets: everything the gateway keeps."""
    language: str = "vi"
    """Of the pages, before a visitor has chosen: "vi" or "en"."""
    log_level: str = "INFO"
    unit: Unit = field(default_factory=Unit)
    web: Web = field(default_factory=Web)
    oidc: Oidc = field(default_factory=Oidc)
    folder: Folder = field(default_factory=Folder)
    read: Read = field(default_factory=Read)
    learn: Learn = field(default_factory=Learn)
    engine: Engine = field(default_factory=Engine)
    seal: SealPlan = field(default_factory=SealPlan)
    seal_unit: tuple[SealUnit, ...] = ()
    mark: MarkStyle = field(default_factory=MarkStyle)
    vgca: Vgca = field(default_factory=Vgca)
    exchange: Exchange = field(default_factory=Exchange)
    sandbox: Sandbox = field(default_factory=Sandbox)
    store: Store = field(default_factory=Store)
    vault: VaultPlan = field(default_factory=VaultPlan)
    backup: Backup = field(default_factory=Backup)
    keep: Keep = field(default_factory=Keep)
    incoming: Incoming = field(default_factory=Incoming)
    calendar: Calendar = field(default_factory=Calendar)
    mail: Mail = field(default_factory=Mail)
    smtp: Smtp = field(default_factory=Smtp)
    mail_unit: tuple[MailUnit, ...] = ()
    imap: tuple[Imap, ...] = ()
    notices: Notices = field(default_factory=Notices)
    webhooks: Webhooks = field(default_factory=Webhooks)

    @classmethod
    def load(cls, path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from the file and the environment, all paths absolute.

        Raises:
            BadSettings: file missing or not TOML, unknown key (with the nearest known one), wrong type or choice.
        """
        environ = os.environ if environ is None else environ
        path = path or (Path(environ[CONFIG]) if environ.get(CONFIG) else _here())
        table = read_table(path) if path else {}
        override(table, cls, environ, prefix=PREFIX)
        loaded: Settings = made(cls, table)
        base = path.resolve().parent if path else Path.cwd()
        settings = _absolute(loaded, base)
        _check(settings)
        return settings

    @property
    def url(self) -> str:
        """The database's address."""
        return self.store.url or f"sqlite:///{self.data / 'vanthu.db'}"

    @property
    def embedded(self) -> bool:
        """True when the interchange is the sandbox inside this process."""
        return self.sandbox.enabled and self.exchange.kind == "vxp" and not self.exchange.endpoint

    @property
    def endpoint(self) -> str:
        """The interchange's address."""
        return self.exchange.endpoint or f"http://127.0.0.1:{self.sandbox.port}"


def names() -> Iterator[str]:
    """Every key as it stands in the file: "data", "web.port", "imap.host" ..."""
    return settings_table.names(Settings)


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "language": ("vi", "en"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
    "seal.kind": ("pkcs12", "pkcs11", "vgca", "none"),
    "vault.kind": ("folder", "s3"),
    "seal.level": ("B-B", "B-T", "B-LT", "B-LTA"),
    "seal.stamp_trouble": ("refuse", "later"),
    "vgca.mark": ("service", "gateway"),
    "vgca.status": ("bool", "code"),
    "vgca.pdfa_loss": ("refuse", "record"),
    **EXCHANGE_CHOICES,
}


def _here() -> Path | None:
    return Path(FILE) if Path(FILE).is_file() else None


def _absolute(settings: Settings, base: Path) -> Settings:
    data = (base / settings.data.expanduser()).resolve()
    changed = {key.name: with_paths(getattr(settings, key.name), lambda path: data / path.expanduser())
               for key in dataclasses.fields(settings)}
    return dataclasses.replace(settings, **changed | {"data": data})


def _check(settings: Settings) -> None:
    for name, choices in _CHOICES.items():
        section, _, key = name.rpartition(".")
        value = getattr(getattr(settings, section) if section else settings, key)
        if value not in choices:
            raise BadSettings(f"{name} = \"{value}\" không có. Hãy chọn một trong: {', '.join(choices)}.")
    check_sides(settings.folder.front_endings, settings.folder.back_endings)
    check_oidc(settings.oidc)
    check_units(settings.seal_unit, settings.unit.code)
    check_exchange(settings.exchange)
    check_notices(settings.notices)
    check_hooks(settings.webhooks)
    check_keep(settings.backup, settings.keep)
    check_vault(settings.vault)
    check_calendar(settings.calendar)
    check_incoming(settings.incoming, settings.mail_unit, post=bool(settings.notices.host))
    check_mail(settings.smtp, settings.mail_unit, settings.imap)
    for name in ("web", "sandbox"):
        if not 0 < getattr(settings, name).port < 65536:
            raise BadSettings(f"{name}.port phải từ 1 đến 65535. Hãy chọn cổng khác.")
