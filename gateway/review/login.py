"""Who sits at the desk: argon2id passwords, sessions (only a token's SHA-256 is stored), lock-out after failures."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from gateway.review.acts import Person
from gateway.review.translations import mark

if TYPE_CHECKING:
    from gateway.store.people import People

MOST_FAILURES = 5
"""Wrong passwords in a row before the login rests."""
REST = dt.timedelta(minutes=10)
SHORTEST_PASSWORD = 10

WRONG_OLD = mark("Mật khẩu hiện tại không đúng. Hãy nhập lại.")
TOO_SHORT = mark("Mật khẩu mới quá ngắn. Hãy dùng ít nhất 10 ký tự.")

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(12))
"""Checked when the login does not exist, so that the answer takes the same time."""


class Locked(Exception):
    """Too many wrong passwords; the login rests."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One open session."""

    person: Person
    token: str
    """Lives in the cookie only."""

    @property
    def csrf(self) -> str:
        """The word every form of this session must bring back."""
        return form_word(self.token)


def form_word(token: str) -> str:
    """The form word of a cookie token; whoever knows only this word cannot make the token."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def password_hash(password: str) -> str:
    """argon2id in PHC form."""
    return _hasher.hash(password)


def fingerprint(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def enter(people: People, login: str, password: str, *, now: dt.datetime, ends_at: dt.datetime) -> str | None:
    """Opens a session and gives its token, or None for a wrong login or password.

    Raises:
        Locked: too many failures in a row; no password is even looked at.
    """
    if not password_fits(people, login, password, now=now):
        return None
    token = secrets.token_urlsafe(32)
    people.open_session(fingerprint(token), login, now, ends_at)
    return token


def password_fits(people: People, login: str, password: str, *, now: dt.datetime) -> bool:
    """Is that the login's password?  Failures count, whatever door they knock at.

    Raises:
        Locked: too many failures in a row; no password is even looked at.
    """
    row = people.get(login)
    if row is not None and _resting(row.failures, row.failed_at, now):
        raise Locked
    if not _matches(row.password_hash if row else _NOBODY, password) or row is None:
        if row is not None:
            people.failed_login(login, now)
        return False
    people.clear_failures(login)
    if _hasher.check_needs_rehash(row.password_hash):
        people.set_password(login, password_hash(password))
    return True


def _resting(failures: int, failed_at: dt.datetime | None, now: dt.datetime) -> bool:
    return failures >= MOST_FAILURES and failed_at is not None and now - failed_at < REST


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):  # a damaged row lets nobody in
        return False


def recognize(people: People, token: str, now: dt.datetime) -> Person | None:
    """Whose session that is, or None when it has ended or never was."""
    session = people.session(fingerprint(token), now)
    return person_of(people, session.login) if session else None


def person_of(people: People, login: str) -> Person | None:
    """The person with that login as they stand now, None when there is none any more."""
    row = people.get(login)
    return Person(row.login, row.name, frozenset(row.roles), frozenset(row.units)) if row else None


def change_password(people: People, person: Person, old: str, new: str) -> str:
    """Sets a new password; gives a sentence when it cannot be, "" when it is done."""
    row = people.get(person.login)
    if row is None or not _matches(row.password_hash, old):
        return WRONG_OLD
    if len(new) < SHORTEST_PASSWORD:
        return TOO_SHORT
    people.set_password(person.login, password_hash(new))
    return ""


def leave(people: People, token: str) -> None:
    """Ends a session."""
    people.close_session(fingerprint(token))
