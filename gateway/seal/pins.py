"""PINs of a token: where they come from, and which of them are never to be tried again."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.errors import KeyUnavailable


class RefusedPins:
    """Remembers PINs that a token refused: a few wrong tries lock it for good.

    Kept as salted hashes beside the PIN file, so that a restart does not try them again either.
    """

    def __init__(self, file: Path | None = None) -> None:
        """
        Args:
            file: where to keep them over a restart; None forgets with the process.
        """
        self._file = file
        self._salt = secrets.token_bytes(16)
        self._hashes: set[bytes] = set()
        if file is not None and file.exists():
            salt, *hashes = file.read_text("ascii").split()
            self._salt, self._hashes = bytes.fromhex(salt), {bytes.fromhex(one) for one in hashes}

    def __contains__(self, pin: str) -> bool:
        return self._hash(pin) in self._hashes

    def add(self, pin: str) -> None:
        """From now on this PIN is not tried."""
        self._hashes.add(self._hash(pin))
        self._keep()

    def _keep(self) -> None:
        if self._file is None:
            return
        text = "\n".join(one.hex() for one in (self._salt, *sorted(self._hashes)))
        half = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        half.replace(self._file)

    def _hash(self, pin: str) -> bytes:
        return hashlib.scrypt(pin.encode(), salt=self._salt, n=1 << 14, r=8, p=1)


@dataclass(frozen=True, slots=True)
class Pin:
    """Where the PIN comes from, and what was refused before."""

    read: Callable[[], str]
    """Asked at every login.  May raise KeyUnavailable."""
    refused: RefusedPins
    wrong: str
    """What the sealer is told of a PIN that was refused."""
    asked: bool = False
    """The sealer has typed it, for one act."""


_WRONG_FILE = (
    "Mã PIN không đúng nên không thử lại để thiết bị không bị khóa. Hãy ghi mã PIN đúng vào tệp mã PIN rồi ký lại."
)
_WRONG_TYPED = "Mã PIN không đúng và không được thử lại để thiết bị không bị khóa. Hãy nhập đúng mã PIN rồi ký lại."
_NO_PIN = "Chưa nhập mã PIN. Hãy nhập mã PIN của thiết bị ký rồi ký lại."


def pin_in(file: Path) -> Pin:
    """A PIN that stands in a file; refused ones are kept in <file>.refused."""

    def read() -> str:
        try:
            return file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyUnavailable(f"Không đọc được tệp mã PIN {file.name}. Hãy kiểm tra đường dẫn.") from error

    return Pin(read, _refused_beside(file), _WRONG_FILE)


def pin_asked(file: Path) -> Pin:
    """A PIN that the sealer types at every act (see `typed`); refused ones are kept in <file>.refused."""
    return typed("", Pin(str, _refused_beside(file), _WRONG_TYPED, asked=True))


def typed(pin: str, like: Pin) -> Pin:
    """The PIN for one act."""

    def read() -> str:
        if not pin:
            raise KeyUnavailable(_NO_PIN)
        return pin

    return replace(like, read=read)


def _refused_beside(file: Path) -> RefusedPins:
    return RefusedPins(file.with_name(f"{file.name}.refused"))
