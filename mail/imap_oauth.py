"""Access tokens for mailboxes that take no password (RFC 6749, section 6).

The settings lie in a TOML file of their own: token_url, client_id, refresh_token, and where the provider wants them
client_secret and scope. Some providers hand out a new refresh token at each use and forget the old one; it is kept
beside that file in `<file>.token`, and serves until a person writes another refresh_token into the settings.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import ssl
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from mail.imap_trouble import LoginRefused, Unreachable

log = logging.getLogger(__name__)

_NEEDED = ("token_url", "client_id", "refresh_token")
_KNOWN = {*_NEEDED, "client_secret", "scope", "ca_file"}
_EARLY_S = 120.0  # a token that ends soon is not begun with


class Tokens:
    """The access token of one mailbox, kept in memory until shortly before it ends. For one thread."""

    def __init__(self, file: Path) -> None:
        self._file, self._kept = file, file.with_name(file.name + ".token")
        self._token, self._until = "", 0.0
        self._new, self._used_before = ("", ""), False
        self.note = ""  # a sentence for the health page: the next start will have no good token

    def access(self) -> str:
        """A token that is good for some minutes.

        Raises:
            LoginRefused: the settings cannot be used, or the token service refuses them.
            Unreachable: no answer from the token service.
        """
        self._used_before = bool(self._token) and time.monotonic() < self._until
        if not self._used_before:
            self._renew()
        return self._token

    def forget(self) -> bool:
        """The mail server did not like the token; may a new one fare better?"""
        self._token = ""
        return self._used_before

    def _renew(self) -> None:
        settings = self._settings()
        answer = _ask(settings, self._refresh_token(settings))
        self._token = str(answer["access_token"])
        lasts = answer.get("expires_in")
        self._until = time.monotonic() + (float(lasts) if isinstance(lasts, int | float) else 600.0) - _EARLY_S
        new = answer.get("refresh_token")
        if isinstance(new, str) and new:
            self._keep(settings, new)

    def _settings(self) -> dict[str, str]:
        try:
            read = tomllib.loads(self._file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise LoginRefused(f"Không đọc được tệp cấu hình OAuth {self._file}. Hãy sửa tệp.") from error
        settings = {key: value for key, value in read.items() if isinstance(value, str)}
        if set(read) - _KNOWN or not all(settings.get(key) for key in _NEEDED):
            raise LoginRefused(
                f"Tệp cấu hình OAuth {self._file} cần {', '.join(_NEEDED)}, có thể thêm client_secret, scope, ca_file, "
                "đều là chuỗi ký tự. Hãy sửa tệp."
            )
        url = urlsplit(settings["token_url"])
        if url.scheme != "https" and url.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise LoginRefused(f"token_url trong {self._file} phải bắt đầu bằng https://. Hãy sửa tệp.")
        return settings

    def _refresh_token(self, settings: Mapping[str, str]) -> str:
        of, token = self._new
        if token and of == _mark(settings):
            return token
        try:
            kept = json.loads(self._kept.read_text("utf-8"))
        except (OSError, ValueError):
            return settings["refresh_token"]
        mine = isinstance(kept, dict) and kept.get("of") == _mark(settings)
        return str(kept["token"]) if mine and kept.get("token") else settings["refresh_token"]

    def _keep(self, settings: Mapping[str, str], token: str) -> None:
        """The provider may already have forgotten the old one: in memory at once, and on the disk."""
        if token == self._refresh_token(settings) and not self.note:
            return
        self._new = (_mark(settings), token)
        self.note = ""
        fresh = self._kept.with_name(self._kept.name + ".new")
        try:
            number = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump({"of": _mark(settings), "token": token}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._kept)
        except OSError as error:
            log.error("- imap_token_not_kept file=%s trouble=%s", self._kept, type(error).__name__)
            self.note = (
                f"Không lưu được mã làm mới OAuth vào {self._kept}; sau khi khởi động lại có thể phải cấp quyền lại. "
                "Hãy cho cổng quyền ghi vào thư mục của tệp này."
            )


def _mark(settings: Mapping[str, str]) -> str:
    """Tells a kept token whether it grew out of the refresh_token that stands in the settings now."""
    parts = (settings[key] for key in _NEEDED)
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


def _ask(settings: Mapping[str, str], refresh_token: str) -> dict[str, object]:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": settings["client_id"]}
    form |= {key: settings[key] for key in ("client_secret", "scope") if settings.get(key)}
    try:
        reply = httpx.post(settings["token_url"], data=form, timeout=20.0, verify=_trust(settings))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unreachable(
            "Dịch vụ cấp mã OAuth không trả lời. Cổng sẽ tự thử lại; nếu kéo dài, hãy kiểm tra mạng và token_url."
        ) from error
    try:
        answer = reply.json()
    except ValueError:
        answer = None
    if reply.is_success and isinstance(answer, dict) and isinstance(answer.get("access_token"), str):
        return answer
    if reply.status_code >= 500 or reply.status_code in (408, 429):
        raise Unreachable(f"Dịch vụ cấp mã OAuth tạm thời lỗi (mã {reply.status_code}). Cổng sẽ tự thử lại.")
    code = answer.get("error", "") if isinstance(answer, dict) else ""
    said = f"mã {reply.status_code}" + (f", {code[:60]}" if isinstance(code, str) and code.isascii() and code else "")
    raise LoginRefused(
        f"Dịch vụ cấp mã OAuth từ chối ({said}). Hãy cấp lại quyền cho hộp thư và ghi refresh_token mới vào tệp OAuth."
    )


def _trust(settings: Mapping[str, str]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.get("ca_file") or None)
