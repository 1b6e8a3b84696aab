"""Who sits at the desk: argon2id passwords, sessions (only a token's SHA-256 is stored), lock-out after failures."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from gateway.review.acts import Person
from gateway.review.second_factor import counter_of
from gateway.review.translations import mark

if TYPE_CHECKING:
    from gateway.store.people import People, PersonRow, Session

MOST_FAILURES = 5
"""Wrong passwords in a row before the login rests."""
REST = dt.timedelta(minutes=10)
CODE_WAIT = dt.timedelta(minutes=5)
"""So long after the password the code may come."""
SHORTEST_PASSWORD = 10
_SECRET_LENGTH = 32
"""Base32 letters of a secret that we made."""

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


def enter(people: People, login: str, password: str, *, visit: Session) -> bool:
    """Opens `visit`, half when a code is still to come; False for a wrong login or password, or a person without roles.

    Raises:
        Locked: too many failures in a row; no password is even looked at.
    """
    row = _password_right(people, login, password, visit.at)
    if row is None or not row.roles:
        return False
    if not row.totp_secret:
        people.clear_failures(login)
    asked = bool(row.totp_secret)
    people.open_session(replace(visit, half=asked, ends_at=visit.at + CODE_WAIT if asked else visit.ends_at))
    return True


def give_code(people: People, token: str, code: str, *, visit: Session) -> bool:
    """Opens `visit` in place of the half session of `token` when the code is right; no code is good twice.

    Raises:
        Locked: too many failures in a row.
    """
    half = people.session(fingerprint(token), visit.at)
    row = people.get(half.login) if half and half.half else None
    if half is None or row is None:
        return False
    if _resting(row.failures, row.failed_at, visit.at):
        raise Locked
    counter = counter_of(row.totp_secret, code, visit.at)
    if counter is None or not people.use_code(row.login, counter):
        people.failed_login(row.login, visit.at)
        return False
    people.clear_failures(row.login)
    people.close_session(fingerprint(token))
    people.open_session(replace(visit, login=row.login, roles=half.roles))
    return True


def password_fits(people: People, login: str, password: str, *, now: dt.datetime) -> bool:
    """Is that the login's password?  Failures count, whatever door they knock at.

    Raises:
        Locked: too many failures in a row; no password is even looked at.
    """
    right = _password_right(people, login, password, now)
    if right is not None:
        people.clear_failures(login)
    return right is not None


def _password_right(people: People, login: str, password: str, now: dt.datetime) -> PersonRow | None:
    row = people.get(login)
    if row is not None and _resting(row.failures, row.failed_at, now):
        raise Locked
    if not _matches(row.password_hash if row else _NOBODY, password) or row is None:
        if row is not None:
            people.failed_login(login, now)
        return None
    if _hasher.check_needs_rehash(row.password_hash):
        people.set_password(login, password_hash(password))
    return row


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
    person = person_of(people, session.login) if session and not session.half else None
    if person and session and session.roles is not None:
        person = replace(person, roles=person.roles & frozenset(session.roles))
    return person if person and person.roles else None


def person_of(people: People, login: str) -> Person | None:
    """The person with that login as they stand now, None when there is none any more."""
    row = people.get(login)
    return Person(row.login, row.name, frozenset(row.roles), frozenset(row.units)) if row else None


def change_password(people: People, visit: Visit, old: str, new: str) -> str:
    """Sets a new password and ends the other sessions; gives a sentence when it cannot be, "" when it is done."""
    row = people.get(visit.person.login)
    if row is None or not _matches(row.password_hash, old):
        return WRONG_OLD
    if len(new) < SHORTEST_PASSWORD:
        return TOO_SHORT
    people.set_password(row.login, password_hash(new))
    people.close_sessions(row.login, but=fingerprint(visit.token))
    return ""


def ask_for_codes(people: People, visit: Visit, secret: str, *, code: str, now: dt.datetime) -> bool:
    """From now on this person gives a code too; the app proves first that it has the secret."""
    counter = counter_of(secret, code, now)
    if counter is None or len(secret) < _SECRET_LENGTH:
        return False
    people.set_totp(visit.person.login, secret, counter)
    return True


def ask_for_no_codes(people: People, visit: Visit, password: str) -> bool:
    """No code any more; the password says that it is really them."""
    row = people.get(visit.person.login)
    if row is None or not _matches(row.password_hash, password):
        return False
    people.set_totp(row.login, "")
    return True


def leave(people: People, token: str) -> None:
    """Ends a session."""
    people.close_session(fingerprint(token))
