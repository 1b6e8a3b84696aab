"""Settings of keeping: backup, fixity, retention."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from gateway.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Backup:
    """Backups that `vanthu run` makes by itself."""

    folder: str = ""
    """On another disk, an absolute path; "" means that only `vanthu backup FOLDER` makes any."""
    every_h: float = 24.0
    """Hours between two backups (R-183: daily)."""
    keep: int = 30
    """So many are kept; each is whole, and costs only what was new."""
    check_days: float = 30.0
    """A backup that reads again all that earlier ones have put there comes every so many days (R-183: monthly)."""
    recipients: tuple[str, ...] = ()
    """age public keys ("age1..."): backups are locked for their owners; secrets/ only goes into a locked backup."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What is looked after, and what may go."""

    fixity_days: float = 90.0
    """Every file of the vault is read again and compared with its hash within so many days (the law: three years)."""
    done_days: float = 30.0
    """Copies in done/ of the drop folder go after so many days; 0 keeps them."""


def check_keep(backup: Backup, keep: Keep) -> None:
    """Refuses what cannot be.

    Raises:
        BadSettings: names the key.
    """
    if backup.folder and not PurePath(backup.folder).is_absolute():
        raise BadSettings(f'backup.folder = "{backup.folder}" phải là đường dẫn tuyệt đối. '
                          "Hãy chọn thư mục trên ổ đĩa khác.")
    if backup.every_h <= 0 or backup.keep < 1 or keep.fixity_days <= 0 or keep.done_days < 0:
        raise BadSettings("backup.every_h, backup.keep, keep.fixity_days phải lớn hơn 0. Hãy sửa tệp cấu hình.")
    if backup.recipients and (wrong := _no_key(backup.recipients)):
        raise BadSettings(f'backup.recipients: "{wrong}" không phải khóa công khai age. '
                          "Hãy tạo khóa bằng age-keygen và ghi dòng age1... vào đây.")


def _no_key(recipients: tuple[str, ...]) -> str:
    """The first that is no age public key, "" when all are."""
    import pyrage

    for one in recipients:
        try:
            pyrage.x25519.Recipient.from_str(one)
        except pyrage.RecipientError:
            return one
    return ""
