"""Hands letters of ours to a mail server (RFC 5321), signed with DKIM (RFC 6376) when there is a key.

A notice about a letter is loop-proof: an empty return path, `Auto-Submitted: auto-replied` (RFC 3834), and a
Message-ID made from what it is about, so that the same notice is the same message wherever it turns up.
"""
from __future__ import annotations

import datetime as dt
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

_TIMEOUT_S = 60.0
_ADDRESS = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+")
_SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"auto-submitted")


class PostTrouble(Exception):
    """Không gửi được thư. Hãy kiểm tra máy chủ gửi thư (answers.host) rồi chờ hệ thống gửi lại."""

    def __init__(self, message: str = "", *, temporary: bool = True, begun: bool = False) -> None:
        super().__init__(message or (type(self).__doc__ or ""))
        self.temporary = temporary
        self.begun = begun
        """The server may have the letter: its answer to the whole of it never came."""


@dataclass(frozen=True, slots=True)
class PostPlan:
    """The mail server that takes our letters, and who we are."""

    host: str
    port: int = 25
    security: str = "starttls"
    """"tls" from the first byte, "starttls", or "none" (inside one machine only)."""
    ca_file: Path | None = None
    login: str = ""
    password_file: Path | None = None
    sender: str = ""
    """Address in From."""
    sender_name: str = ""
    dkim_selector: str = ""
    dkim_key_file: Path | None = None
    """PEM, RSA or Ed25519; None leaves signing to the mail server."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One file of a notice; its bytes go on unchanged."""

    name: str
    media_type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Notice:
    """A letter about a letter."""

    to: str
    subject: str
    text: str
    key: str
    """What it is about: makes its Message-ID."""
    answers: str = ""
    """Message-ID of the letter it is about, with angle brackets; "" when that had none."""
    files: tuple[Enclosed, ...] = ()
    """What goes with it."""


def message_of(notice: Notice, plan: PostPlan, at: dt.datetime) -> EmailMessage:
    """The notice as a message, without the signature.

    Raises:
        ValueError: an address or a header that no message can bear.
    """
    if not _ADDRESS.fullmatch(notice.to):
        raise ValueError("no address")
    user, _, domain = plan.sender.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(plan.sender_name, user, domain)
    message["To"] = Address("", *notice.to.rsplit("@", 1))
    message["Subject"] = " ".join(notice.subject.split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{notice.key}@{domain}>"
    if notice.answers.startswith("<") and notice.answers.endswith(">") and not any(map(str.isspace, notice.answers)):
        message["In-Reply-To"] = message["References"] = notice.answers
    message["Auto-Submitted"] = "auto-generated" if notice.files else "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(notice.text, charset="utf-8", cte="base64")
    for file in notice.files:
        kind, _, subtype = file.media_type.partition("/")
        # A message or text inside would be rewritten on its way: everything travels as base64.
        plain = kind not in ("application", "image") or not subtype
        message.add_attachment(file.path.read_bytes(), maintype="application" if plain else kind,
                               subtype="octet-stream" if plain else subtype, filename=file.name)
    return message


def post(notice: Notice, plan: PostPlan, at: dt.datetime) -> None:
    """Hands the notice over; returns when the server has taken it.

    Raises:
        PostTrouble: not handed over; `begun` when the server may have it all the same.
    """
    try:
        data = _signed(message_of(notice, plan, at).as_bytes(), plan)
    except ValueError as error:
        raise PostTrouble(f"Địa chỉ {notice.to} không gửi thư được. Hãy kiểm tra địa chỉ người gửi.",
                          temporary=False) from error
    begun = False
    try:
        with _connected(plan) as server:
            server.ehlo_or_helo_if_needed()
            _demand(server.mail("<>"))
            _demand(server.rcpt(notice.to))
            begun = True
            _demand(server.data(data))
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise PostTrouble(f"Máy chủ thư trả lời {error.smtp_code} {said[:200]}. Hãy kiểm tra địa chỉ và cấu hình "
                          "gửi thư.", temporary=not 500 <= error.smtp_code < 600) from error
    except (smtplib.SMTPException, OSError) as error:
        raise PostTrouble(begun=begun) from error


def greeted(plan: PostPlan) -> None:
    """Connects and logs in as for a notice, and hands nothing over.

    Raises:
        PostTrouble: that did not work.
    """
    try:
        with _connected(plan) as server:
            _demand(server.noop())
    except (smtplib.SMTPException, OSError) as error:
        raise PostTrouble from error


def _connected(plan: PostPlan) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=str(plan.ca_file) if plan.ca_file else None)
    if plan.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(plan.host, plan.port, timeout=_TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(plan.host, plan.port, timeout=_TIMEOUT_S)
    try:
        if plan.security == "starttls":
            server.starttls(context=context)
        if plan.login and plan.password_file:
            server.login(plan.login, plan.password_file.read_text("utf-8").strip())
    except BaseException:
        server.close()
        raise
    return server


def _demand(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise smtplib.SMTPResponseException(*answer)


def _signed(data: bytes, plan: PostPlan) -> bytes:
    if not (plan.dkim_selector and plan.dkim_key_file):
        return data
    import dkim

    domain = plan.sender.rpartition("@")[2].encode()
    try:
        signature = dkim.sign(data, plan.dkim_selector.encode(), domain, plan.dkim_key_file.read_bytes(),
                              include_headers=list(_SIGNED))
    except (dkim.DKIMException, OSError) as error:
        raise PostTrouble("Không ký được thư bằng DKIM. Hãy kiểm tra answers.dkim_key_file.") from error
    return bytes(signature) + data
