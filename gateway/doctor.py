"""`vanthu doctor`: is this machine fit, and are the settings complete?  Looks only; changes nothing."""
from __future__ import annotations

import datetime as dt
import shutil
import socket
import subprocess
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from gateway.doctor_exchange import exchange_findings
from gateway.doctor_fences import fence_finding
from gateway.doctor_keys import key_findings
from gateway.doctor_login import login_findings
from gateway.doctor_mail import mail_findings
from gateway.doctor_secrets import secret_finding
from gateway.document import VN
from gateway.errors import GatewayError
from gateway.log_lines import ROOMS
from gateway.review.desk import HealthLine
from gateway.settings import Settings

LEAST_FREE = 0.05
"""Share of the disk that must be free: a full disk stops everything."""
_NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"})


def examine(settings: Settings) -> Sequence[HealthLine]:
    """Every finding, in the order a person would set things right."""
    checks: tuple[Callable[[Settings], HealthLine], ...] = (
        _tesseract, _names, _dbos, _data, _free, _disk, fence_finding, secret_finding, _exchange, _vault, _backup)
    return [*(check(settings) for check in checks), *exchange_findings(settings), *login_findings(settings),
            *key_findings(settings), *mail_findings(settings)]


def brief(settings: Settings) -> Sequence[HealthLine]:
    """What may go wrong while the gateway runs: for the desk's page."""
    return [_free(settings), *(() if settings.embedded else (_exchange(settings),)), *exchange_findings(settings)]


def _tesseract(_: Settings) -> HealthLine:
    program = shutil.which("tesseract")
    if program is None:
        return HealthLine("Tesseract", False, "Chưa cài Tesseract. Hãy cài gói tesseract-ocr và tesseract-ocr-vie.")
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False, timeout=20)
    if "vie" not in listed.stdout.split():
        return HealthLine("Tesseract", False, "Thiếu dữ liệu tiếng Việt. Hãy cài gói tesseract-ocr-vie.")
    return HealthLine("Tesseract", True, "Tesseract và dữ liệu tiếng Việt đã có.")


def _names(_: Settings) -> HealthLine:
    owners = metadata.packages_distributions()
    others = sorted({owner for room in ROOMS for owner in owners.get(room, ())} - {"vanthu"})
    if others:
        return HealthLine("Gói Python", False, f"Gói {', '.join(others)} trùng tên với phòng của vanthu. "
                                             "Hãy dùng môi trường Python riêng.")
    return HealthLine("Gói Python", True, "Không có gói nào trùng tên.")


def _dbos(_: Settings) -> HealthLine:
    try:
        metadata.distribution("dbos-enterprise")
    except metadata.PackageNotFoundError:
        return HealthLine("DBOS", True, f"DBOS {metadata.version('dbos')}.")
    return HealthLine("DBOS", False, "Gói dbos-enterprise không được dùng ở đây. Hãy gỡ gói này.")


def _data(settings: Settings) -> HealthLine:
    folder = settings.data
    if not folder.exists():
        return HealthLine("Thư mục dữ liệu", True, f"{folder} sẽ được tạo khi chạy lần đầu.")
    if folder.stat().st_mode & 0o077:
        return HealthLine("Thư mục dữ liệu", False, f"Người khác đọc được {folder}. Hãy chạy: chmod 700 {folder}.")
    return HealthLine("Thư mục dữ liệu", True, f"{folder}.")


def _free(settings: Settings) -> HealthLine:
    usage = shutil.disk_usage(_existing(settings.data))
    share = usage.free / usage.total
    words = f"Còn trống {usage.free / 1e9:.1f} GB ({share:.0%})."
    if share < LEAST_FREE:
        return HealthLine("Ổ đĩa", False, f"{words} Hãy giải phóng dung lượng trước khi ổ đĩa đầy.")
    return HealthLine("Ổ đĩa", True, words)


def _disk(settings: Settings) -> HealthLine:
    kind = file_system(_existing(settings.data))
    if kind in _NETWORK_DISKS and settings.url.startswith("sqlite"):
        return HealthLine("Hệ thống tệp", False, f"Cơ sở dữ liệu nằm trên ổ mạng ({kind}). "
                                                "Hãy chuyển data sang ổ đĩa của máy hoặc dùng PostgreSQL.")
    return HealthLine("Hệ thống tệp", True, f"{kind}.")


def _exchange(settings: Settings) -> HealthLine:
    if settings.exchange.kind == "folder":
        return HealthLine("Trục liên thông", True, f"{settings.exchange.kind}.")
    if settings.embedded:
        return HealthLine("Trục liên thông", False, "Trục diễn tập bên trong. Hãy khai báo exchange.endpoint "
                                             "trước khi dùng thật.")
    address = urlsplit(settings.endpoint)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except OSError:
        return HealthLine("Trục liên thông", False, f"Không kết nối được {settings.endpoint}. "
                                             "Hãy kiểm tra mạng và exchange.endpoint.")
    return HealthLine("Trục liên thông", True, f"{settings.endpoint}.")


def _vault(settings: Settings) -> HealthLine:
    if settings.vault.kind == "folder":
        return HealthLine("Kho tệp", True, "Kho tệp nằm trong thư mục dữ liệu.")
    from gateway.vaults import open_bucket

    place = f"{settings.vault.endpoint}/{settings.vault.bucket}"
    try:
        bucket = open_bucket(settings)
        versions, locks = bucket.check(), bucket.locks()
    except GatewayError as error:
        return HealthLine("Kho tệp", False, f"{place}: {error}")
    if locks:
        return HealthLine("Kho tệp", False, f"{place} khóa đối tượng (Object Lock): tệp mật chỉ xóa được khi hết hạn "
                                            "khóa. Hãy chuyển kho sang bucket không khóa đối tượng.")
    if versions:
        return HealthLine("Kho tệp", True, f"{place}, có giữ phiên bản: khi xóa tệp mật, cổng xóa mọi phiên bản.")
    return HealthLine("Kho tệp", True, f"{place}.")


def _backup(settings: Settings) -> HealthLine:
    from gateway.keep.chest import Chest

    plan = settings.backup
    if not plan.folder:
        return HealthLine("Sao lưu", True, "Cổng không tự sao lưu. Hãy đặt backup.folder, hoặc chạy vanthu backup "
                                           "hằng ngày.")
    chest = Chest(Path(plan.folder), plan.recipients)
    try:
        names = chest.names()
        last = chest.snapshot(names[-1]) if names else None
    except GatewayError as error:
        return HealthLine("Sao lưu", False, str(error))
    if last is None or dt.datetime.now(VN) - last.made_at > dt.timedelta(hours=2 * plan.every_h):
        return HealthLine("Sao lưu", False, f"Không có bản sao lưu mới trong {plan.folder}. Hãy kiểm tra ổ đĩa sao lưu "
                                            "rồi chạy vanthu backup.")
    return HealthLine("Sao lưu", True, f"Bản mới nhất {last.made_at.astimezone(VN):%d/%m/%Y %H:%M}.")


def file_system(folder: Path) -> str:
    """Type of the file system a folder lies on ("ext4", "nfs4"), "" when the system does not say."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except OSError:
        return ""
    place = folder.resolve()
    found = max((words for words in mounts if place.is_relative_to(words[1].replace("\\040", " "))),
                key=lambda words: len(words[1]), default=["", "", ""])
    return found[2]


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)
