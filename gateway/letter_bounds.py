"""How a letter is opened here: behind the fences, with the office's key for encrypted mail, and whom it believes."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.errors import BadSettings
from gateway.settings import Settings
from mail.parsing import Bounds
from mail.smime_open import keys_in
from ocr.fences import apart

_CERTIFICATES = frozenset({".pem", ".cer", ".crt", ".der"})


def letter_bounds(settings: Settings) -> Bounds:
    """The bounds of every letter.

    Raises:
        BadSettings: the key for encrypted mail cannot be used, or a file of certificates is not there.
    """
    mail = settings.mail
    keys = settings.data / mail.smime_key_file if mail.smime_key_file else None
    if keys is not None:
        _check_keys(keys)
    return Bounds(fence=_fence, keys=keys, roots=_roots(settings.data / mail.smime_trust) if mail.smime_trust else ())


def _fence(read: Sequence[Path], folder: Path) -> Sequence[str]:
    return apart("mail", read=read, write=[folder])


def _check_keys(file: Path) -> None:
    try:
        keys_in(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadSettings(f"mail.smime_key_file: {file} không có khóa RSA hay ECC (P-256, P-384, P-521) không mật khẩu "
                          "kèm chứng thư của nó (PEM). Hãy kiểm tra tệp và quyền đọc.") from error


def _roots(place: Path) -> tuple[Path, ...]:
    files = sorted(one for one in place.iterdir() if one.suffix.lower() in _CERTIFICATES) if place.is_dir() else [place]
    if missing := [one for one in files if not one.is_file()]:
        raise BadSettings(f"mail.smime_trust: không có tệp {missing[0]}. Hãy kiểm tra đường dẫn.")
    return tuple(files)
