"""Logging in by OpenID Connect: authorization code, PKCE, state and nonce; the ID token checked in every claim.

The service is found by its discovery document.  Asked is only who is named in the settings, over TLS that is checked,
without redirects and proxies.  Signatures are taken from public keys only: "none" and shared secrets never count.
"""
from __future__ import annotations

import datetime as dt
import logging
import ssl
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from gateway.errors import BadSettings, LoginRefused, LoginServiceDown
from gateway.review.login_service import Errand, Identity
from gateway.settings_oidc import Oidc, safe

log = logging.getLogger(__name__)
BACK = "/login/oidc/back"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEPT = dt.timedelta(hours=1)
"""Discovery document and keys are asked for again after so long."""
_KEYS_AGAIN = dt.timedelta(minutes=1)
"""A key that we do not know makes us ask again, but not more often."""
_REST = dt.timedelta(seconds=5)
"""One that did not answer is left alone so long: anybody can ask for the way, and no thread should wait for it."""
_LARGEST = 1024 * 1024
_LONGEST_SUBJECT = 255


@dataclass(slots=True)
class _Known:
    """What the service says of itself."""

    service: Mapping[str, Any]
    keys: Mapping[str, Any]
    at: dt.datetime


@dataclass(slots=True)
class OidcService:
    """One service, as the settings name it.  Thread-safe."""

    plan: Oidc
    secret: str
    clock: Callable[[], dt.datetime]
    _known: _Known | None = None
    _silent_at: dt.datetime | None = None
    """When it did not answer last."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def issuer(self) -> str:
        """As in the settings."""
        return self.plan.issuer

    @property
    def label(self) -> str:
        """As in the settings."""
        return self.plan.label

    @property
    def passwords_too(self) -> bool:
        """As in the settings."""
        return self.plan.passwords

    def way(self, errand: Errand) -> str:
        """The authorization request (OpenID Connect Core 3.1.2.1, RFC 7636)."""
        from authlib.oauth2.client import OAuth2Client

        client = OAuth2Client(None, self.plan.client_id, scope=self.plan.scopes, redirect_uri=self._back,
                              code_challenge_method="S256")
        address, _ = client.create_authorization_url(
            self._service()["authorization_endpoint"], state=errand.state, code_verifier=errand.verifier,
            nonce=errand.nonce)
        return str(address)

    def identity(self, errand: Errand, code: str) -> Identity:
        """Redeems the code and checks the ID token (OpenID Connect Core 3.1.3.7)."""
        service = self._service()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back,
                "client_id": self.plan.client_id, "code_verifier": errand.verifier}
        answer = self._ask("POST", service["token_endpoint"], **self._proof(form, service))
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _refused("no_id_token")
        return self._identity_of(self._claims(token, answer, errand.nonce))

    def leaving(self) -> str:
        """The service's page for logging out (RP-Initiated Logout 1.0), when it is known and may be gone to."""
        known = self._known
        address = str(known.service.get("end_session_endpoint", "")) if known else ""
        if not address or not self._trusted(address):
            return ""
        form = {"client_id": self.plan.client_id, "post_logout_redirect_uri": f"{self.plan.desk.rstrip('/')}/login"}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(form)}"

    @property
    def _back(self) -> str:
        return self.plan.desk.rstrip("/") + BACK

    def _proof(self, form: dict[str, str], service: Mapping[str, Any]) -> dict[str, Any]:
        """The form and how we say who we are (RFC 6749 section 2.3.1)."""
        from urllib.parse import quote_plus

        if not self.secret:
            return {"data": form}
        if "client_secret_basic" in service.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            return {"data": form, "auth": (quote_plus(self.plan.client_id), quote_plus(self.secret))}
        return {"data": form | {"client_secret": self.secret}}

    def _claims(self, token: str, answer: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import InvalidKeyIdError, JoseError

        try:
            try:
                read = _decoded(token, self._get().keys)
            except InvalidKeyIdError:  # the service has changed its keys since
                read = _decoded(token, self._get(newer=_KEYS_AGAIN).keys)
            wanted = {"iss": {"essential": True, "value": self.plan.issuer},
                      "aud": {"essential": True, "value": self.plan.client_id}, "nonce": {"essential": True}}
            given = {"nonce": nonce, "client_id": self.plan.client_id, "access_token": answer.get("access_token")}
            claims = CodeIDToken(read.claims, read.header, wanted, given)
            claims.validate(int(self.clock().timestamp()), self.plan.clock_s)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _refused(type(error).__name__) from error
        if not claims["sub"] or len(claims["sub"]) > _LONGEST_SUBJECT:
            raise _refused("subject")
        return dict(claims)

    def _identity_of(self, claims: Mapping[str, Any]) -> Identity:
        plan, groups = self.plan, claims.get(self.plan.group_claim)
        roles = None
        if plan.group_claim:
            named = groups if isinstance(groups, list) else []
            found = [plan.roles_by_group.get(group, frozenset()) for group in named if isinstance(group, str)]
            roles = frozenset[str]().union(*found)
        return Identity(issuer=plan.issuer, subject=claims["sub"], login=self._login(claims), roles=roles)

    def _login(self, claims: Mapping[str, Any]) -> str:
        """The login here that the claim names; an e-mail address counts only when the service has verified it."""
        plan = self.plan
        said = claims.get(plan.name_claim) if plan.name_claim else None
        if not isinstance(said, str) or (plan.name_claim == "email" and claims.get("email_verified") is not True):
            return ""
        if not plan.name_domain:
            return said
        name, _, domain = said.rpartition("@")
        return name if domain.casefold() == plan.name_domain.casefold() else ""

    def _service(self) -> Mapping[str, Any]:
        return self._get().service

    def _get(self, newer: dt.timedelta = KEPT) -> _Known:
        with self._lock:
            now = self.clock()
            if self._known is not None and now - self._known.at <= newer:
                return self._known
            if self._silent_at is not None and now - self._silent_at < _REST:
                raise LoginServiceDown
            try:
                self._known = self._found()
            except LoginServiceDown:
                self._silent_at = now
                raise
            return self._known

    def _found(self) -> _Known:
        """The discovery document and the keys (OpenID Connect Discovery 4)."""
        service = self._ask("GET", self.plan.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if service.get("issuer") != self.plan.issuer:
            raise _refused("issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not self._trusted(str(service.get(name, ""))):
                raise _refused(name)
        return _Known(service, self._ask("GET", service["jwks_uri"]), self.clock())

    def _trusted(self, address: str) -> bool:
        place = urlsplit(address)
        hosts = frozenset(self.plan.hosts) or {urlsplit(self.plan.issuer).hostname}
        return safe(place) and place.hostname in hosts and not place.fragment

    def _ask(self, method: str, address: str, **what: Any) -> Mapping[str, Any]:
        if not self._trusted(address):
            raise _refused("host")
        try:
            with httpx.Client(timeout=self.plan.timeout_s, follow_redirects=False, trust_env=False,
                              verify=_trust(self.plan.ca_file), headers={"Accept": "application/json"}) as client, \
                    client.stream(method, address, **what) as reply:
                return _answer(reply)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            log.warning("- login_service_down host=%s reason=%s", urlsplit(address).hostname, type(error).__name__)
            raise LoginServiceDown from error


def open_service(plan: Oidc, clock: Callable[[], dt.datetime]) -> OidcService | None:
    """The service of the settings, asked nothing yet; None without one.

    Raises:
        BadSettings: others may read the secret's file, or we cannot.
    """
    return OidcService(plan, _secret(plan.secret_file), clock) if plan.issuer else None


def _secret(file: Path) -> str:
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return ""
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise BadSettings(f"Người khác đọc hoặc sửa được {file} (oidc.secret_file). Hãy chạy chmod 600 rồi thử lại.")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"Không đọc được {file} (oidc.secret_file). Hãy kiểm tra quyền của tệp.") from error


def _trust(file: Path) -> ssl.SSLContext | bool:
    if not file.is_file():
        return True
    try:
        return ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError) as error:
        raise BadSettings(f"Không đọc được chứng thư trong {file}. Hãy kiểm tra oidc.ca_file.") from error


def _answer(reply: httpx.Response) -> Mapping[str, Any]:
    """One JSON object, of a size that such answers have."""
    import json

    if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        log.warning("- login_service_down status=%d", reply.status_code)
        raise LoginServiceDown
    body = bytearray()
    for piece in reply.iter_bytes():
        body += piece
        if len(body) > _LARGEST:
            raise _refused("size")
    if reply.status_code != httpx.codes.OK:
        raise _refused(f"status_{reply.status_code}")
    try:
        read = json.loads(body)
    except ValueError as error:
        raise _refused("json") from error
    if not isinstance(read, dict):
        raise _refused("json")
    return read


def _decoded(token: str, keys: Mapping[str, Any]) -> Any:
    from joserfc import jwt
    from joserfc.jwk import KeySet
    from joserfc.jws import JWSRegistry

    public = [key for key in keys.get("keys", ()) if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP")
              and key.get("use", "sig") == "sig"]
    found = KeySet.import_key_set({"keys": public})
    return jwt.decode(token, found, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))


def _refused(why: str) -> LoginRefused:
    log.warning("- login_service_refused reason=%s", why)
    return LoginRefused()
