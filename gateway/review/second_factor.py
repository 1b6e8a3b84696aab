"""The second factor: time-based one-time codes of any authenticator app (RFC 6238: SHA-1, six digits, 30 seconds)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S = 30
DIGITS = 6
_BYTES = 20
_SKEW = (0, -1, 1)
"""Half-minutes by which the phone's clock may be off."""


def new_secret() -> str:
    """Base32, as authenticator apps want it."""
    return base64.b32encode(secrets.token_bytes(_BYTES)).decode()


def address(secret: str, login: str, issuer: str) -> str:
    """The otpauth address that an app reads from the picture."""
    return _totp(secret).get_provisioning_uri(login, issuer)


def counter_of(secret: str, code: str, now: dt.datetime) -> int | None:
    """The half-minute whose code this is, None for a wrong code or a broken secret."""
    code = code.replace(" ", "")
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    here = int(now.timestamp()) // STEP_S
    try:
        totp = _totp(secret)
    except (binascii.Error, ValueError):
        return None
    for counter in (here + skew for skew in _SKEW):
        try:
            totp.verify(code.encode(), counter * STEP_S)
        except InvalidToken:
            continue
        return counter
    return None


def code_at(secret: str, now: dt.datetime) -> str:
    """The code an app would show."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def picture(text: str) -> tuple[int, str]:
    """A QR code as the side of its square in dots, and the path of its dark dots for an SVG."""
    import cv2

    dots = cv2.QRCodeEncoder.create().encode(text) == 0
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(dots) for x, dark in enumerate(row) if dark)
    return len(dots), path


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_S)  # noqa: S303 - the apps know no other hash
