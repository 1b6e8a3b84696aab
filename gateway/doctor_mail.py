"""What `vanthu doctor` looks at for mail: mailboxes, the server for notices, clamd, LibreOffice.

Nothing is taken and nothing sent.
"""
from __future__ import annotations

from collections.abc import Sequence

from gateway.errors import BadSettings
from gateway.imap_rounds import imap_plan
from gateway.mail_doors import post_plan
from gateway.review.desk import HealthLine
from gateway.settings import Settings
from gateway.settings_mail import Imap
from gateway.virus import Clamd
from mail import imap_login
from mail.imap_oauth import Tokens
from mail.imap_trouble import ImapTrouble
from mail.post import PostTrouble, greeted
from ocr.office import is_installed


def mail_findings(settings: Settings) -> Sequence[HealthLine]:
    """One line for each thing the settings ask for; only LibreOffice is looked for in any case."""
    found = [_office(), *(_mailbox(settings, one) for one in settings.imap)]
    if settings.notices.host:
        found.append(_notices(settings))
    if settings.read.clamd:
        found.append(_virus_check(settings))
    return found


def _office() -> HealthLine:
    if is_installed():
        return HealthLine("LibreOffice", True, "Tệp văn phòng gửi kèm thư chuyển được sang PDF/A.")
    return HealthLine("LibreOffice", False, "Chưa cài LibreOffice nên tệp văn phòng gửi kèm thư sẽ bị tạm giữ. "
                                            "Hãy cài gói libreoffice-writer-nogui và libreoffice-calc-nogui.")


def _mailbox(settings: Settings, mailbox: Imap) -> HealthLine:
    name = f"Hộp thư {mailbox.called}"
    try:
        plan = imap_plan(settings, mailbox)
        client = imap_login.connect(plan, Tokens(plan.oauth_file) if plan.oauth_file else None)
    except (BadSettings, ImapTrouble) as error:
        return HealthLine(name, False, str(error))
    imap_login.close(client)
    return HealthLine(name, True, f"Đăng nhập được {mailbox.host} với tên {mailbox.login}.")


def _notices(settings: Settings) -> HealthLine:
    host = f"{settings.notices.host}:{settings.notices.port}"
    try:
        greeted(post_plan(settings))
    except PostTrouble:
        return HealthLine("Máy chủ gửi thư báo", False, f"Không kết nối hoặc không đăng nhập được {host}. "
                          "Hãy kiểm tra mạng, tên đăng nhập và tệp mật khẩu ở mục [notices].")
    return HealthLine("Máy chủ gửi thư báo", True, f"{host}.")


def _virus_check(settings: Settings) -> HealthLine:
    if Clamd(settings.read.clamd).is_there():
        return HealthLine("Kiểm tra vi-rút", True, f"clamd trả lời tại {settings.read.clamd}.")
    return HealthLine("Kiểm tra vi-rút", False, f"clamd không trả lời tại {settings.read.clamd} nên chưa tệp nào được "
                                              "mở. Hãy khởi động clamav-daemon.")
