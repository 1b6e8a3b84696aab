"""The port of a login service (OpenID Connect): who it says somebody is, and whose login here that opens.

The service only vouches for a person.  Their rights stand here: it never adds a person or a right, at most it takes
away roles for the session (`Identity.roles`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from gateway.errors import LoginRefused
from gateway.review.login import CODE_WAIT
from gateway.review.translations import mark

if TYPE_CHECKING:
    from gateway.store.people import PersonRow, Session
    from gateway.store.store import Store

UNKNOWN = mark(
    "Tài khoản này của dịch vụ đăng nhập chưa gắn với người dùng nào ở đây. "
    "Hãy gửi mã tài khoản bên dưới cho quản trị viên để được gắn."
)
NO_ROLES = mark("Bạn chưa có quyền nào ở đây. Hãy nhờ quản trị viên cấp quyền.")
OTHER_SUBJECT = mark(
    "Tên đăng nhập này đã gắn với một tài khoản khác của dịch vụ đăng nhập. Hãy nhờ quản trị viên kiểm tra và gắn lại."
)


@dataclass(frozen=True, slots=True)
class Errand:
    """One way to the service and back.  All its words come from one secret, which stays in the browser's cookie."""

    secret: str

    @classmethod
    def new(cls) -> Errand:
        """Never made before."""
        return cls(secrets.token_urlsafe(32))

    @property
    def state(self) -> str:
        """Comes back with the answer: it is this browser's own (RFC 6749 section 10.12)."""
        return self._word("state")

    @property
    def nonce(self) -> str:
        """Comes back inside the ID token: it was made for this errand (OpenID Connect Core 3.1.2.1)."""
        return self._word("nonce")

    @property
    def verifier(self) -> str:
        """Only whoever began can redeem the code (RFC 7636)."""
        return self._word("verifier")

    def _word(self, what: str) -> str:
        return hmac.new(self.secret.encode(), what.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the service says that somebody is, checked."""

    issuer: str
    subject: str
    """Never given to another person by this issuer."""
    login: str = ""
    """The login here that a verified claim names, "" where the settings name no claim."""
    roles: frozenset[str] | None = None
    """Roles that the service's groups leave; None where the settings map no groups."""


class LoginService(Protocol):
    """Where people prove who they are, beside passwords or in place of them."""

    @property
    def issuer(self) -> str:
        """Its name; subjects are told apart within it."""
        ...

    @property
    def label(self) -> str:
        """What it is called on the button, "" for a word of ours."""
        ...

    @property
    def passwords_too(self) -> bool:
        """Whether passwords still open the desk."""
        ...

    def way(self, errand: Errand) -> str:
        """The address where the browser goes.

        Raises:
            LoginServiceDown: it does not answer.
            LoginRefused: what it says of itself cannot be trusted.
        """
        ...

    def identity(self, errand: Errand, code: str) -> Identity:
        """Who came back with that code; every claim checked.

        Raises:
            LoginServiceDown: it does not answer.
            LoginRefused: the code or the token is not good.
        """
        ...

    def leaving(self) -> str:
        """Where somebody logs out there too, "" when that is not known.  Asks nobody."""
        ...


def enter_as(store: Store, identity: Identity, *, visit: Session) -> str:
    """Opens `visit` for the person whom the identity is tied to, half when a code is still to come; their login.

    Raises:
        LoginRefused: it is nobody's, or nobody's with rights.
    """
    row = _person_of(store, identity, visit)
    roles = row.roles if identity.roles is None else row.roles & identity.roles
    if not roles:
        raise LoginRefused(NO_ROLES)
    asked = bool(row.totp_secret)
    fewer = None if identity.roles is None else sorted(roles)
    ends_at = visit.at + CODE_WAIT if asked else visit.ends_at
    store.people.open_session(replace(visit, login=row.login, half=asked, ends_at=ends_at, roles=fewer))
    return row.login


def _person_of(store: Store, identity: Identity, visit: Session) -> PersonRow:
    login = store.identities.login_of(identity.issuer, identity.subject)
    row = store.people.get(login or identity.login)
    if row is None:
        raise LoginRefused(UNKNOWN)
    if not login and row.roles:
        # A name may be given to another person one day, a subject never is: the first who comes is whom we know.
        if not store.identities.tie(row.login, identity.issuer, identity.subject, by="", at=visit.at):
            raise LoginRefused(OTHER_SUBJECT)
        store.note("", who=row.login, what="login_tied", why=f"{row.login}: {identity.subject}.")
    return row
