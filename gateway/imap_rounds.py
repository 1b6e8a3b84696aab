"""The mailboxes that are watched, each by a thread of its own."""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import BadSettings
from gateway.loop import Round
from gateway.settings import Settings
from gateway.settings_mail import Imap
from mail.envelope import Take
from mail.imap import After, ImapDoor, ImapPlan, Security

log = logging.getLogger(__name__)
PREFIX = "imap:"
"""Of a mailbox's name among the doors."""
_AGAIN_S = 5.0


def imap_rounds(settings: Settings, take: Take, *, stop: threading.Event,
                told: Callable[[str, str], None]) -> Sequence[Round]:
    """One Round per mailbox; it lasts until `stop`, through all trouble with the server.

    `told(door, note)` hears after every look: "" for well, else a sentence.

    Raises:
        BadSettings: a mailbox is described wrongly.
    """
    def round_of(mailbox: Imap) -> Round:
        name = f"{PREFIX}{mailbox.called}"
        door = ImapDoor(imap_plan(settings, mailbox), take, told=partial(_tell, told, name))
        return Round(name, _AGAIN_S, partial(door.watch, stop))

    return [round_of(mailbox) for mailbox in settings.imap]


def _tell(told: Callable[[str, str], None], name: str, note: str) -> None:
    """A database that is away for a moment does not end the session."""
    try:
        told(name, note)
    except SQLAlchemyError as error:
        log.warning("- %s not_told=%s", name, type(error).__name__)


def imap_plan(settings: Settings, mailbox: Imap) -> ImapPlan:
    """One mailbox's plan; files are taken from the data folder.

    Raises:
        BadSettings: no TLS to another machine, or a time that cannot be.
    """
    def file(name: str) -> Path | None:
        return settings.data / name if name else None

    plan = ImapPlan(
        name=mailbox.called, host=mailbox.host, login=mailbox.login, spool=settings.mail.spool / "imap",
        port=mailbox.port, security=Security(mailbox.security), password_file=file(mailbox.password_file),
        oauth_file=file(mailbox.oauth_file), folders=mailbox.folders, largest_mb=mailbox.largest_mb,
        after=After(mailbox.after), done_folder=mailbox.done_folder, refused_folder=mailbox.refused_folder,
        poll_s=mailbox.poll_s, idle_s=mailbox.idle_s, ca_file=file(mailbox.ca_file))
    try:
        plan.check()
    except ValueError as error:
        raise BadSettings(f"Hộp thư [[imap]] {mailbox.called} khai báo chưa đúng ({error}). Hãy sửa lại.") from error
    return plan
