"""A token of SoftHSM2 with the keys of the test infrastructure, its configuration in a folder of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.seal.pkcs11 import TokenSettings
from tests.gateway.seal.pki import Pki

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "24681357"
_SO_PIN = "87654321"


@dataclass(frozen=True)
class Tokens:
    """What the library shows; one library, so one configuration for the whole test run."""

    folder: Path

    def pin_file(self, name: str, pin: str = PIN) -> Path:
        path = self.folder / name
        path.write_text(f"{pin}\n")
        return path


def settings(label: str, key: str, *, pss: bool = False, certificates: Path | None = None) -> TokenSettings:
    return TokenSettings(library=LIBRARY, label=label, key=key, pss=pss, certificates=certificates)


def make_tokens(folder: Path, pki: Pki) -> Tokens:
    """Token "office" with keys and certificates, token "bare" with a key alone.

    Both are made before the library is loaded into this process.
    """
    store = folder / "tokens"
    store.mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {store}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    for label in ("office", "bare"):
        init = ("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", _SO_PIN, "--pin", PIN)
        subprocess.run(init, check=True, capture_output=True)
    _fill("office", {"coquan": ("good", "rsa"), "duongcong": ("curve", "ec")}, pki)
    _fill("bare", {"coquan": ("", "rsa")}, pki)
    return Tokens(folder)


def _fill(label: str, keys: dict[str, tuple[str, str]], pki: Pki) -> None:
    """Name in the token to the infrastructure's certificate ("" for none) and private key."""
    from pkcs11 import Attribute, lib
    from pkcs11.util.x509 import decode_x509_certificate

    with lib(str(LIBRARY)).get_token(token_label=label).open(user_pin=PIN, rw=True) as session:
        for name, (certificate, key) in keys.items():
            private = _private(pki.folder / f"{key}.pem") | {Attribute.TOKEN: True, Attribute.LABEL: name}
            session.create_object(private)
            if certificate:
                public = decode_x509_certificate(pki.certificate(certificate))
                session.create_object(public | {Attribute.TOKEN: True, Attribute.LABEL: name})
        if label == "office":
            between = decode_x509_certificate(pki.certificate("between"))
            session.create_object(between | {Attribute.TOKEN: True, Attribute.LABEL: "between"})


def _private(pem: Path) -> dict[Any, Any]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from pkcs11 import Attribute
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key

    key = serialization.load_pem_private_key(pem.read_bytes(), None)
    data = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    decoded: dict[Any, Any] = (decode_rsa_private_key if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key)(
        data
    )
    return decoded | {Attribute.SIGN: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


def change_pin(label: str, old: str, new: str) -> None:
    """What the office does with the maker's program."""
    from pkcs11 import lib

    session = lib(str(LIBRARY)).get_token(token_label=label).open(user_pin=old, rw=True)
    session.set_pin(old, new)
    session.close()
