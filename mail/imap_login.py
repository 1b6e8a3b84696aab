"""From a plan to a connection that is logged in; nothing secret is said before the channel is what the plan wants."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mail.imap_oauth import Tokens
from mail.imap_plan import ImapPlan, Security
from mail.imap_trouble import ImapTrouble, LoginRefused, TlsFailed, Unreachable

# IMAPClient hands every octet of a letter to its logger at DEBUG: that never reaches our log.
logging.getLogger("imapclient").setLevel(logging.INFO)

# RFC 5530 and what large providers say when they mean "later".
_LATER = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\b|too many|try again|throttl", re.IGNORECASE)


def connect(plan: ImapPlan, tokens: Tokens | None) -> IMAPClient:
    """Connects and logs in. `tokens` stand for plan.oauth_file.

    Raises:
        Unreachable, TlsFailed, LoginRefused
    """
    client = _open(plan)
    try:
        if plan.security is Security.STARTTLS:
            _start_tls(client, plan)
        _login(client, plan, tokens)
    except BaseException:
        close(client)
        raise
    return client


def close(client: IMAPClient) -> None:
    """Hangs up, whatever state the connection is in."""
    try:
        client.shutdown()
    except OSError:
        return


def _open(plan: ImapPlan) -> IMAPClient:
    secure = plan.security is Security.TLS
    try:
        return IMAPClient(
            plan.host,
            plan.port_used,
            ssl=secure,
            ssl_context=_context(plan) if secure else None,
            timeout=SocketTimeout(connect=min(plan.timeout_s, 30), read=plan.timeout_s),
        )
    except ssl.SSLError as error:
        raise _tls_trouble(plan, error) from error
    except (OSError, IMAPClientError) as error:
        raise _unreachable(plan) from error


def _context(plan: ImapPlan) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(plan.ca_file) if plan.ca_file else None)
    except OSError as error:  # ssl.SSLError is one
        raise TlsFailed(f"Không đọc được tệp chứng thư {plan.ca_file}. Hãy kiểm tra ca_file của hộp thư.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _start_tls(client: IMAPClient, plan: ImapPlan) -> None:
    """Not optional: a server, or somebody in between, that offers no TLS hears no password (RFC 8314, 4.1)."""
    context = _context(plan)
    try:
        client.starttls(context)
    except ssl.SSLError as error:
        raise _tls_trouble(plan, error) from error
    except IMAPClientError as error:
        raise TlsFailed(
            f"Máy chủ thư {plan.host} không lập kênh mã hóa bằng STARTTLS nên cổng không gửi mật khẩu. "
            "Hãy dùng cổng 993 (tls) hoặc báo người quản trị máy chủ thư."
        ) from error
    except OSError as error:
        raise _unreachable(plan) from error


def _login(client: IMAPClient, plan: ImapPlan, tokens: Tokens | None) -> None:
    act = _with_token(client, plan, tokens) if tokens else _with_password(client, plan)
    try:
        act()
    except LoginError as error:
        raise _refused(plan, error, stale=tokens is not None and tokens.forget()) from error
    except (IMAPClientError, OSError) as error:
        raise _unreachable(plan) from error


def _with_token(client: IMAPClient, plan: ImapPlan, tokens: Tokens) -> Callable[[], object]:
    said = f"user={plan.login}\1auth=Bearer {tokens.access()}\1\1"
    # A refusal comes as one more challenge, to be answered by an empty line before the server says NO.
    answers = iter([said])
    return lambda: client.sasl_login("XOAUTH2", lambda _challenge: next(answers, ""))


def _with_password(client: IMAPClient, plan: ImapPlan) -> Callable[[], object]:
    try:
        text = plan.password_file.read_text("utf-8") if plan.password_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise LoginRefused(f"Không đọc được tệp mật khẩu {plan.password_file}. Hãy kiểm tra quyền đọc.") from error
    password = text.partition("\n")[0].removesuffix("\r")
    if not password:
        raise LoginRefused(f"Tệp mật khẩu {plan.password_file} trống. Hãy ghi mật khẩu vào dòng đầu của tệp.")
    # LOGIN cannot carry other letters than ASCII; SASL can.
    if client.has_capability("AUTH=PLAIN"):
        return lambda: client.plain_login(plan.login, password)
    if not (plan.login + password).isascii():
        raise LoginRefused(f"Máy chủ {plan.host} chỉ nhận mật khẩu không dấu. Hãy đổi mật khẩu của hộp thư.")
    return lambda: client.login(plan.login, password)


def _refused(plan: ImapPlan, error: LoginError, *, stale: bool) -> ImapTrouble:
    if isinstance(error.__context__, IMAPClientAbortError):
        return _unreachable(plan)
    later = stale or bool(_LATER.search(str(error)))
    next_thing = (
        "Cổng sẽ tự thử lại."
        if later
        else "Hãy kiểm tra tên đăng nhập và tệp mật khẩu hoặc tệp OAuth, sau đó xem hộp thư có cho phép IMAP không."
    )
    return LoginRefused(f"Máy chủ thư {plan.host} không cho {plan.login} đăng nhập. {next_thing}", temporary=later)


def _unreachable(plan: ImapPlan) -> Unreachable:
    return Unreachable(
        f"Không kết nối được với máy chủ thư {plan.host}:{plan.port_used}. Cổng sẽ tự thử lại; nếu kéo dài, "
        "hãy kiểm tra mạng, tên máy và số cổng."
    )


def _tls_trouble(plan: ImapPlan, error: ssl.SSLError) -> TlsFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(
            f"Chứng thư của máy chủ thư {plan.host} không kiểm tra được ({error.verify_message}). Hãy kiểm tra "
            "tên máy, thời hạn chứng thư, hoặc đặt ca_file."
        )
    return TlsFailed(
        f"Máy chủ thư {plan.host}:{plan.port_used} không nói TLS được với cổng. Hãy kiểm tra số cổng và kiểu bảo mật "
        "(tls hay starttls).",
        temporary=isinstance(error, ssl.SSLEOFError),
    )
