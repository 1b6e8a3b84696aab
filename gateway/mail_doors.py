"""The mail doors as the settings want them: the house's way in for both, and the SMTP door.

It runs as a process of its own (`vanthu smtp`), so that a large letter never stalls desk or reading.
"""
from __future__ import annotations

import datetime as dt
import io
import signal
import socket
from collections.abc import Sequence
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gateway.document import VN, FileRef, Role
from gateway.errors import BadSettings, GatewayError
from gateway.handing_on import HandTools
from gateway.intake.accept import accept_while_room
from gateway.intake.letters import Letters, LettersPlan, UnitMail
from gateway.log_lines import set_up_logging
from gateway.notices import NoticeTools
from gateway.review.login import Locked, password_fits
from gateway.settings import Settings
from gateway.settings_calendar import keep_time
from gateway.settings_mail import ROUTING, SMTP_CERTIFICATE
from gateway.store.store import Store
from gateway.store.vault import Vault
from gateway.vaults import open_vault
from mail.post import Notice, PostPlan, post
from mail.smtp import Listener, SmtpDoor, SmtpLimits, SmtpPlan, Tls
from rules.errors import BadRules
from rules.routing import Rule, load

_MIB = 1024 * 1024


def routing_rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules of the file that the settings name; none where only the default file is missing.

    Raises:
        BadSettings: the file has an error, or was named and is not there.
    """
    if settings.mail.rules == settings.data / ROUTING and not settings.mail.rules.exists():
        return ()
    try:
        return load(settings.mail.rules)
    except BadRules as error:
        raise BadSettings(str(error)) from error


def letters_plan(settings: Settings) -> LettersPlan:
    """What the way in knows before the first letter.

    Raises:
        BadSettings: as routing_rules.
    """
    home = settings.unit.code
    return LettersPlan(
        home=home,
        units=[UnitMail(one.unit or home, tuple(address.lower() for address in one.addresses), one.senders)
               for one in settings.mail_unit],
        mailboxes={one.called: one.unit or home for one in settings.imap},
        rules=routing_rules(settings),
        trusted_server=settings.mail.trusted_server,
        check_dkim=settings.mail.check_dkim,
    )


def open_letters(settings: Settings, store: Store, vault: Vault) -> Letters:
    """The way in for both doors.

    Raises:
        BadSettings: as routing_rules.
    """
    def works_for(login: str, unit: str) -> bool:
        person = store.people.get(login)
        return person is not None and (not person.units or unit in person.units)

    def name_of(code: str) -> str:
        body = store.directory.get(code)
        return body.name if body else ""

    taking = partial(accept_while_room, store, vault, least_free=settings.folder.least_free_mb * _MIB)
    def keep(fates: bytes) -> FileRef:
        return vault.put(io.BytesIO(fates), role=Role.FATES, media_type="application/json", name="thu.json")

    return Letters(letters_plan(settings), taking, works_for=works_for, name_of=name_of, keep=keep)


def smtp_plan(settings: Settings) -> SmtpPlan:
    """The SMTP door's plan.

    Raises:
        BadSettings: TLS is asked for, but the certificate is not there.
    """
    chosen = settings.smtp
    certificate = chosen.certificate_file if chosen.certificate_file.exists() else None
    named = chosen.certificate_file != settings.data / SMTP_CERTIFICATE
    if certificate is None and (named or chosen.require_tls or chosen.tls_port):
        raise BadSettings(f"Không có chứng thư TLS {chosen.certificate_file}. Hãy kiểm tra smtp.certificate_file.")
    return SmtpPlan(
        hostname=chosen.hostname or socket.gethostname(),
        spool=settings.mail.spool / "smtp",
        listeners=tuple(_listeners(settings, tls=certificate is not None)),
        recipients=frozenset(address.lower() for unit in settings.mail_unit for address in unit.addresses),
        certificate=certificate,
        private_key=chosen.key_file if chosen.key_file.exists() else None,
        takers=chosen.takers,
        limits=SmtpLimits(
            size=chosen.size_mb * _MIB, recipients=chosen.recipients, letters=chosen.letters_per_connection,
            connections=chosen.connections, connections_per_peer=chosen.connections_per_peer,
            sender_letters_per_hour=chosen.sender_letters_per_hour,
            peer_letters_per_hour=chosen.peer_letters_per_hour, free_disk=settings.folder.least_free_mb * _MIB),
    )


def _listeners(settings: Settings, *, tls: bool) -> Sequence[Listener]:
    chosen = settings.smtp
    networks, proxies = (tuple(ip_network(one) for one in found) for found in (chosen.networks, chosen.proxy_networks))
    way = Tls.REQUIRED if chosen.require_tls else Tls.STARTTLS if tls else Tls.NONE
    found = [Listener(name="smtp", host=chosen.listen, port=chosen.port, tls=way, login=chosen.login and tls,
                      open_networks=networks, proxy_networks=proxies, keep_bare=chosen.keep_bare,
                      max_line=chosen.max_line)]
    if chosen.tls_port:
        found.append(Listener(name="smtps", host=chosen.listen, port=chosen.tls_port, tls=Tls.IMPLICIT,
                              login=chosen.login, open_networks=networks, proxy_networks=proxies,
                              keep_bare=chosen.keep_bare, max_line=chosen.max_line))
    if chosen.lmtp_socket:
        found.append(Listener(name="lmtp", socket=settings.data / chosen.lmtp_socket, tls=Tls.NONE, lmtp=True,
                              login=False, max_line=0))
    return found


def serve_smtp(settings: Settings) -> None:
    """Serves the SMTP door until SIGTERM or SIGINT.

    Raises:
        BadSettings: certificate or address cannot be used.
        GatewayError: the database cannot be opened.
    """
    set_up_logging(settings.log_level)
    plan = smtp_plan(settings)
    keep_time(settings.calendar)
    try:
        store = Store.open(settings.url)
    except SQLAlchemyError as error:
        raise GatewayError("Không mở được cơ sở dữ liệu. Hãy kiểm tra store.url và quyền đọc ghi.") from error
    try:
        door = SmtpDoor(plan, open_letters(settings, store, open_vault(settings)).take,
                        partial(_may_log_in, store))
        _stop_by_signal(door)
        door.serve()
    except (OSError, ValueError) as error:
        raise BadSettings(f"Không mở được cửa SMTP trên {settings.smtp.listen}:{settings.smtp.port} ({error}). "
                          "Hãy kiểm tra mục [smtp].") from error
    finally:
        store.close()


def _stop_by_signal(door: SmtpDoor) -> None:
    """Only the first signal is heeded: a gateway that dies sends one for each of its threads, and a `stop` within the
    other would wait for ever."""
    numbers = (signal.SIGTERM, signal.SIGINT)

    def stop(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        door.stop()

    for number in numbers:
        signal.signal(number, stop)


def _may_log_in(store: Store, login: str, password: str) -> bool:
    try:
        return password_fits(store.people, login, password, now=dt.datetime.now(VN))
    except Locked:
        return False


def post_plan(settings: Settings) -> PostPlan:
    """The server that notices go through, and how; files are taken from the data folder."""
    chosen = settings.notices

    def file(name: str) -> Path | None:
        return settings.data / name if name else None

    return PostPlan(
        chosen.host, chosen.port, chosen.security, ca_file=file(chosen.ca_file), login=chosen.login,
        password_file=file(chosen.password_file), sender=chosen.sender, sender_name=settings.unit.name,
        dkim_selector=chosen.dkim_selector, dkim_key_file=file(chosen.dkim_key_file))


def open_notices(settings: Settings, store: Store, vault: Vault) -> NoticeTools:
    """What sends letters to the bringers of letters (gateway.notices)."""
    chosen = settings.notices

    plan = post_plan(settings)

    def now() -> dt.datetime:
        return dt.datetime.now(VN)

    def name_of(unit: str) -> str:
        body = store.directory.get(unit)
        return body.name if body else settings.unit.name

    def send(notice: Notice) -> None:
        post(notice, plan, now())

    addresses = {one.unit or settings.unit.code: one.hand_to for one in settings.mail_unit}
    hand = HandTools(store, vault, send, lambda unit: addresses.get(unit, ""), name_of,
                     settings.incoming.print_folder, settings.unit.name)
    return NoticeTools(store, vault, send, name_of, now, chosen.per_hour, hand, by_mail=bool(chosen.host),
                       heads=settings.incoming.heads)
