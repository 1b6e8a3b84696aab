"""The section of the settings about what comes over the interchange, and about the clock; part of gateway.settings."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import BadSettings
from gateway.settings_mail import MailUnit


@dataclass(frozen=True, slots=True)
class Incoming:
    """Documents that come over the interchange for the units served here, deadlines and connection checks."""

    enabled: bool = True
    """False where another system takes the office's documents from the interchange."""
    poll_s: float = 10.0
    """Between two looks for documents, and for statuses to be told."""
    print_folder: Path = Path("print")
    """What is handed to a unit without hand_to is laid here, with its cover sheet."""
    heads: tuple[str, ...] = ()
    """Mail addresses that are told of papers past their time."""
    check_at: tuple[str, ...] = ("07:30", "13:30")
    """The connection is checked and logged at these times of every day, at least two."""


def check_incoming(incoming: Incoming, units: Sequence[MailUnit], *, post: bool) -> None:
    """Looks at what types alone do not tell; `post`: there is a mail server for letters of ours.

    Raises:
        BadSettings: a time or address that cannot be, or letters without a mail server.
    """
    if len(times(incoming)) < 2:
        raise BadSettings("incoming.check_at cần ít nhất hai giờ khác nhau mỗi ngày. Hãy khai báo thêm.")
    for address in incoming.heads:
        if address.count("@") != 1:
            raise BadSettings(f"incoming.heads: {address} không phải địa chỉ thư. Hãy sửa lại.")
    if not post and (incoming.heads or any(unit.hand_to for unit in units)):
        raise BadSettings("incoming.heads và mail_unit.hand_to cần máy chủ gửi thư. Hãy khai báo notices.host.")


def times(incoming: Incoming) -> tuple[dt.time, ...]:
    """The times of day of the connection checks, each once.

    Raises:
        BadSettings: one is no time of day.
    """
    try:
        return tuple(sorted({dt.time.fromisoformat(one) for one in incoming.check_at}))
    except ValueError as error:
        raise BadSettings("incoming.check_at phải ghi giờ dạng \"07:30\". Hãy sửa lại.") from error
