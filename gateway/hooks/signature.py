"""The signature of a call, as the Standard Webhooks describe it: HMAC-SHA-256 over id, timestamp and body."""
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.errors import BadSettings
from gateway.first_run import write_secret
from gateway.store.hooks import Hook

_PREFIX = "whsec_"
_MOST = 4
_SHORTEST = 24


def keys_of(file: Path, hook: int, url: str) -> Sequence[bytes]:
    """What signs for that address, newest first: one key for each line of the file, another for every address.

    Raises:
        BadSettings: the file cannot be read, or holds no secret that is long enough.
    """
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"Không đọc được {file}. Hãy kiểm tra webhooks.secret_file.") from error
    found = [line for line in lines if line]
    if not found or any(len(line) < _SHORTEST for line in found):
        raise BadSettings(f"Mỗi dòng của {file} phải là một khóa từ {_SHORTEST} ký tự. Hãy sửa lại.")
    return [hmac.digest(line.encode(), f"vanthu webhook {hook} {url}".encode(), "sha256") for line in found[:_MOST]]


def prepare(file: Path) -> None:
    """Makes the file of secrets up where there is none."""
    if not file.exists():
        write_secret(file, f"{secrets.token_urlsafe(32)}\n")


def shown(file: Path, hook: Hook) -> str:
    """The newest key, as programs take it."""
    return _PREFIX + base64.b64encode(keys_of(file, hook.id, hook.url)[0]).decode()


def headers(keys: Sequence[bytes], key: str, body: bytes, at: dt.datetime) -> Mapping[str, str]:
    """What a call brings with it; `key` is the event's id."""
    when = str(int(at.timestamp()))
    signed = b".".join((key.encode(), when.encode(), body))
    marks = " ".join(f"v1,{base64.b64encode(hmac.new(one, signed, hashlib.sha256).digest()).decode()}" for one in keys)
    return {"webhook-id": key, "webhook-timestamp": when, "webhook-signature": marks}
