"""A small OpenID Connect provider on a real socket: discovery, keys, code with PKCE, and every way to lie."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "vanthu", "bí mật / + %"
PASSED_ON = "Đăng nhập"
KEYS = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2)]


@dataclass
class Provider:
    """Lies as it is told: `claims` go over the right ones, `alg` and `key` sign, `down` answers 503."""

    clock: Callable[[], dt.datetime]
    desk: str = "http://127.0.0.1"
    ca: Path | None = None
    subject: str = "s-1"
    claims: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    alg: str = "RS256"
    service: dict[str, Any] = field(default_factory=dict)
    down: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: KEYS[0])
    shown: RSAKey | None = None
    issuer: str = ""

    def start(self, certificate: Path | None) -> ThreadingHTTPServer:
        """Answers from now on; over TLS when there is a certificate."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self.issuer = f"{'https' if certificate else 'http'}://localhost:{server.server_port}/realm"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    def get(self, ask: BaseHTTPRequestHandler) -> None:
        """Discovery, keys, and the page where one logs in (which believes everybody)."""
        place = urlsplit(ask.path)
        self.asked.append(place.path)
        if self.down:
            return answer(ask, 503, {})
        if place.path.endswith("/openid-configuration"):
            found = {name: f"{self.issuer}/{name}" for name in (
                "authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")}  # fmt: skip
            return answer(ask, 200, {"issuer": self.issuer} | found | self.service)
        if place.path.endswith("/jwks_uri"):
            return answer(ask, 200, {"keys": [(self.shown or self.key).as_dict(private=False)]})
        said = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path.endswith("/authorization_endpoint"):
            link = f"{self.issuer}/in?{urlencode(said)}".replace("&", "&amp;")
            return page(ask, f'<a id="in" href="{link}">{PASSED_ON}</a>')
        return gone(ask, self.log_in(said))

    def log_in(self, said: dict[str, str]) -> str:
        """Where the browser goes with its code."""
        assert said["client_id"] == CLIENT
        assert said["response_type"] == "code"
        assert said["code_challenge_method"] == "S256"
        assert "openid" in said["scope"].split()
        assert said["redirect_uri"] == f"{self.desk}/login/oidc/back"
        code = secrets.token_urlsafe(8)
        self.codes[code] = said
        return f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state'], 'iss': self.issuer})}"

    def post(self, ask: BaseHTTPRequestHandler) -> None:
        """The token endpoint: a code is good once, for whoever began."""
        form = {name: values[0] for name, values in
                parse_qs(ask.rfile.read(int(ask.headers["Content-Length"])).decode()).items()}  # fmt: skip
        said = self.codes.pop(form["code"], None)
        proof = word(hashlib.sha256(form["code_verifier"].encode()).digest())
        basic = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
        known = ask.headers.get("Authorization") == f"Basic {basic}" or form.get("client_secret") == SECRET
        if said is None or not known or proof != said["code_challenge"] or form["redirect_uri"] != said["redirect_uri"]:
            return answer(ask, 400, {"error": "invalid_grant"})
        return answer(ask, 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.token(said["nonce"])})

    def token(self, nonce: str) -> str:
        """The ID token, with the lies it was told to tell."""
        now = int(self.clock().timestamp())
        right = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in (right | self.claims).items() if name not in self.missing}
        head = {"alg": self.alg, "typ": "JWT", "kid": self.key.kid}
        if self.alg in ("none", "HS256"):
            text = f"{word(json.dumps(head).encode())}.{word(json.dumps(claims).encode())}"
            seal = hmac.digest(self.key.as_pem(private=False), text.encode(), "sha256") if self.alg == "HS256" else b""
            return f"{text}.{word(seal)}"
        return jwt.encode(head, claims, self.key, algorithms=[self.alg])


def word(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def answer(ask: BaseHTTPRequestHandler, status: int, said: dict[str, Any]) -> None:
    body = json.dumps(said).encode()
    ask.send_response(status)
    ask.send_header("Content-Type", "application/json")
    ask.send_header("Content-Length", str(len(body)))
    ask.end_headers()
    ask.wfile.write(body)


def page(ask: BaseHTTPRequestHandler, text: str) -> None:
    body = f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">{text}'.encode()
    ask.send_response(200)
    ask.send_header("Content-Type", "text/html")
    ask.send_header("Content-Length", str(len(body)))
    ask.end_headers()
    ask.wfile.write(body)


def gone(ask: BaseHTTPRequestHandler, to: str) -> None:
    ask.send_response(302)
    ask.send_header("Location", to)
    ask.send_header("Content-Length", "0")
    ask.end_headers()


def certificate(folder: Path) -> Path:
    """A certificate for localhost that vouches for itself, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(dt.datetime.now(dt.UTC) - day)
        .not_valid_after(dt.datetime.now(dt.UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "localhost.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return file
