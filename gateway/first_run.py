"""The first start: folders, a secret for the sandbox, the first user, a sample scan in the drop folder.

Every part is made only where it is missing, so that a start which was cut off goes on where it stopped.
"""
from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.document import VN
from gateway.review.login import fingerprint, password_hash
from gateway.seal.plan import REHEARSAL_KEY
from gateway.settings import Settings
from gateway.store.store import Store

LOGIN = "vanthu"
ROLES = frozenset({"clerk", "sealer", "head", "auditor", "admin"})
"""Of the first user: whoever rehearses does everything alone.  Real offices part these (README)."""
SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "cong-van-ra-soat.pdf"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the banner says about getting in."""

    login: str = ""
    """"" when somebody has made users of their own."""
    password_file: Path | None = None
    password: str = ""


def prepare_folders(settings: Settings) -> None:
    """Makes the data folder and the folder of secrets, for the owner's eyes only."""
    for folder in (settings.data, settings.data / "secrets"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.folder.enabled:
        settings.folder.path.mkdir(parents=True, exist_ok=True)


def prepare_secret(settings: Settings) -> str:
    """The shared secret of the Exchange; made up when the sandbox inside is used.

    Raises:
        OSError: a real Exchange's secret is not there.
    """
    file = settings.exchange.secret_file
    if settings.embedded and not file.exists():
        write_secret(file, secrets.token_urlsafe(32))
    return file.read_text("utf-8").strip()


def prepare_key(settings: Settings) -> None:
    """Makes the rehearsal key where the settings name it; any other key must be there."""
    from gateway.seal.rehearsal import RehearsalFiles, make_rehearsal_key

    chosen, unit = settings.seal, settings.unit
    if chosen.kind == "pkcs12" and chosen.file == settings.data / REHEARSAL_KEY:
        files = RehearsalFiles(chosen.file, chosen.passphrase_file, chosen.trust)
        make_rehearsal_key(files, body=unit.name, place=unit.place, now=dt.datetime.now(VN))


def first_user(store: Store, settings: Settings) -> Welcome:
    """Makes the first user when there is none; the password lies in secrets/first-login.txt until it is deleted."""
    file = settings.data / "secrets" / "first-login.txt"
    if not store.people.all():
        password = secrets.token_urlsafe(12)
        write_secret(file, f"{LOGIN}\n{password}\n")
        store.people.add(login=LOGIN, name="Văn thư", password_hash=password_hash(password), roles=ROLES,
                         units=frozenset())
    if not file.exists():
        return Welcome()
    login, password, *seen = file.read_text("utf-8").split()
    row = store.people.get(login)
    kept = row.password_hash if row else ""
    if fingerprint(kept) not in seen:  # trying a password is dear by design: once is enough as long as it is the same
        try:
            PasswordHasher().verify(kept, password)
        except (VerificationError, InvalidHashError):
            file.unlink()  # its owner has a password of their own now
            return Welcome()
        write_secret(file, f"{login}\n{password}\n\n# {fingerprint(kept)}\n")
    return Welcome(login, file, password)


def sample_scan(settings: Settings) -> Path | None:
    """Lays one sample scan into the drop folder, once; None when it was laid before or there is none."""
    done = settings.data / "sample-given"
    if done.exists() or not settings.folder.enabled or not SAMPLE.exists():
        return None
    target = settings.folder.path / SAMPLE.name
    half = target.with_name(f".{SAMPLE.name}.part")
    shutil.copyfile(SAMPLE, half)
    half.rename(target)
    done.touch()
    return target


def write_secret(file: Path, text: str) -> None:
    """Written whole or not at all, readable by the owner only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)
