"""A public key infrastructure on loopback: authorities, signers of every kind, time stamps, OCSP, revocation lists."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.gateway.seal.papers import BODY

_LONG = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2045-01-01T00:00:00+0000"}
_OVER = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2022-01-01T00:00:00+0000"}
PASSPHRASE = b"thu-nghiem"


@dataclass(frozen=True)
class Pki:
    """A running infrastructure."""

    folder: Path
    address: str
    arch: Any
    """certomancer's PKIArchitecture."""
    silent: threading.Event
    """While set, no service answers."""

    @property
    def stamps(self) -> str:
        return f"{self.address}/office/tsa/tsa"

    @property
    def past_stamps(self) -> str:
        """A service whose clock is wrong."""
        return f"{self.address}/past/office/tsa/tsa"

    def p12(self, name: str) -> tuple[Path, Path]:
        """Key file and passphrase file of one signer."""
        from certomancer.registry import CertLabel

        key, word = self.folder / f"{name}.p12", self.folder / f"{name}.txt"
        if not key.exists():
            key.write_bytes(self.arch.package_pkcs12(CertLabel(name), password=PASSPHRASE))
            word.write_bytes(PASSPHRASE)
        return key, word

    def certificate(self, name: str) -> bytes:
        from certomancer.registry import CertLabel

        return bytes(self.arch.get_cert(CertLabel(name)).dump())

    def revocations(self, issuer: str) -> bytes:
        """The newest revocation list of an authority, DER."""
        import datetime as dt

        from certomancer.registry import ServiceLabel

        return bytes(self.arch.service_registry.get_crl(ServiceLabel(issuer), dt.datetime.now(dt.UTC)).dump())

    def trusted(self, folder: Path, *, lists: bool = False) -> Path:
        """A trust folder as an office would keep it."""
        folder.mkdir()
        for name in ("root", "between"):
            (folder / f"{name}.cer").write_bytes(self.certificate(name))
            if lists:
                (folder / f"{name}.crl").write_bytes(self.revocations(name))
        return folder


def _keys(folder: Path) -> dict[str, dict[str, str]]:
    kinds: dict[str, Any] = {
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "weak": rsa.generate_private_key(public_exponent=65537, key_size=1024),
        "ec": ec.generate_private_key(ec.SECP256R1()),
    }
    for name, key in kinds.items():
        (folder / f"{name}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return {name: {"path": f"{name}.pem"} for name in kinds}


def _extension(name: str, **value: Any) -> dict[str, Any]:
    return {"id": name, **value}


def _usage(usage: str) -> dict[str, Any]:
    return _extension("key_usage", critical=True, **{"smart-value": {"schema": "key-usage", "params": [usage]}})


def _lists(name: str) -> dict[str, Any]:
    where = {"schema": "crl-dist-url", "params": {"crl-repo-names": [name]}}
    return _extension("crl_distribution_points", **{"smart-value": where})


def _signer(key: str = "rsa", validity: dict[str, str] = _LONG, usage: str = "digital_signature") -> dict[str, Any]:
    extensions = [
        _usage(usage),
        _lists("between"),
        _extension(
            "authority_information_access",
            **{"smart-value": {"schema": "aia-urls", "params": {"ocsp-responder-names": ["between"]}}},
        ),
    ]
    return {
        "issuer": "between",
        "authority-key": "rsa",
        "subject-key": key,
        "validity": validity,
        "extensions": extensions,
    }


def _authority(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "subject-key": "rsa",
        "authority-key": "rsa",
        "validity": _LONG,
        "profiles": [{"id": "simple-ca", "params": {"crl-repo": issuer}}],
    }


def _service(purpose: str, issuer: str) -> dict[str, Any]:
    extensions = [
        _usage("digital_signature"),
        _extension("extended_key_usage", critical=True, value=[purpose]),
    ]
    extensions.append(_extension("ocsp_no_check") if purpose == "ocsp_signing" else _lists(issuer))
    return {"issuer": issuer, "authority-key": "rsa", "subject-key": "rsa", "validity": _LONG, "extensions": extensions}


def _architecture() -> dict[str, Any]:
    gone = {"revoked-since": "2024-06-01T00:00:00+0000", "reason": "key_compromise"}
    certificates: dict[str, Any] = {
        "root": _authority("root"),
        "between": _authority("root"),
        "good": _signer(),
        "curve": _signer("ec"),
        "weak": _signer("weak"),
        "over": _signer(validity=_OVER),
        "purpose": _signer(usage="key_encipherment"),
        "other": _signer(),
        "revoked": _signer() | {"revocation": gone},
        "tsa": _service("time_stamping", "root"),
        "ocsp-between": _service("ocsp_signing", "between"),
        "ocsp-root": _service("ocsp_signing", "root"),
    }
    body = {"common-name": BODY, "locality-name": "Bình Minh"}
    entities = dict.fromkeys(("good", "curve", "weak", "over", "purpose", "revoked"), body)
    entities |= {name: {"common-name": f"Thử nghiệm {name}"} for name in certificates if name not in entities}
    entities["other"] = {"common-name": "Ủy ban nhân dân xã Khác"}
    return {
        "keyset": "keys",
        "entity-defaults": {"country-name": "VN", "organization-name": "Thử nghiệm"},
        "entities": entities,
        "certs": {name: {"subject": name} | spec for name, spec in certificates.items()},
        "services": {
            "time-stamping": {"tsa": {"signing-key": "rsa", "signing-cert": "tsa"}},
            "ocsp": {
                name: {"for-issuer": name, "responder-cert": f"ocsp-{name}", "signing-key": "rsa"}
                for name in ("root", "between")
            },
            "crl-repo": {
                name: {"for-issuer": name, "signing-key": "rsa", "simulated-update-schedule": "P30D"}
                for name in ("root", "between")
            },
        },
    }


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _dated(environ: dict[str, Any]) -> dict[str, Any]:
    """Under /past every service answers as of 2025."""
    if environ["PATH_INFO"].startswith("/past/"):
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/past")
        environ["HTTP_X_CERTOMANCER_FAKE_TIME"] = "2025-01-01T00:00:00+0000"
    return environ


@contextmanager
def running(folder: Path) -> Iterator[Pki]:
    """The infrastructure, its services answering on a free port of loopback."""
    from certomancer.integrations.animator import Animator, AnimatorArchStore
    from certomancer.registry import ArchLabel, CertomancerConfig

    answer: list[Any] = []
    silent = threading.Event()

    def serve(environ: dict[str, Any], start: Any) -> Any:
        if silent.is_set():
            start("503 Service Unavailable", [])
            return []
        return answer[0](_dated(environ), start)

    server = make_server("127.0.0.1", 0, serve, handler_class=_Quiet)
    address = f"http://127.0.0.1:{server.server_port}"
    config = CertomancerConfig(
        {"keysets": {"keys": {"keys": _keys(folder)}}, "pki-architectures": {"office": _architecture()}},
        key_search_dir=str(folder),
        external_url_prefix=address,
    )
    answer.append(Animator(AnimatorArchStore(config.pki_archs), with_web_ui=False))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Pki(folder, address, config.get_pki_arch(ArchLabel("office")), silent)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
