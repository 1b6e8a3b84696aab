"""Whom a letter is from: the trusted server's header, and DKIM signatures."""
from __future__ import annotations

import base64
import random
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mail.trust import Trust, trust_of

LETTER = b"From: lan@xa.example\r\nTo: van-thu@mau.example\r\nSubject: x\r\n\r\nNo\xcc\xa3i dung.\r\n"


def written(folder: Path, raw: bytes) -> Path:
    path = folder / "letter.eml"
    path.write_bytes(raw)
    return path


def results(folder: Path, header: bytes) -> Trust:
    return trust_of(written(folder, header + LETTER), server="mx.mau.example")


@pytest.mark.parametrize(("header", "said"), [
    (b"mx.mau.example; spf=pass smtp.mailfrom=xa.example; dkim=pass header.d=xa.example; dmarc=pass (p=none)",
     "SPF pass, DKIM pass, DMARC pass"),
    (b"MX.mau.example 1;\r\n\tdkim=fail (bad; dkim=pass) header.d=a; dkim=pass header.d=b", "DKIM pass"),
    (b"mx.mau.example; dmarc=fail reason=\"x; dmarc=pass\"", "DMARC fail"),
    (b"mx.mau.example; none", ""),
    (b"other.example; dmarc=pass", ""),
    (b"", ""),
    (b"\xff;;==", ""),
])
def test_the_words_of_our_own_server_count(tmp_path: Path, header: bytes, said: str) -> None:
    assert str(results(tmp_path, b"Authentication-Results: " + header + b"\r\n")) == said


def test_the_topmost_header_of_our_server_counts(tmp_path: Path) -> None:
    forged = b"Authentication-Results: mx.mau.example; dmarc=pass\r\n"
    found = results(tmp_path, b"Authentication-Results: mx.mau.example; dmarc=fail\r\n" + forged)
    assert found.forged


def test_without_a_trusted_server_no_header_is_believed(tmp_path: Path) -> None:
    path = written(tmp_path, b"Authentication-Results: mx.mau.example; dmarc=fail\r\n" + LETTER)
    assert trust_of(path) == Trust()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def signed(key: rsa.RSAPrivateKey) -> tuple[bytes, bytes]:
    """A signed letter and the DNS record of its key."""
    form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    header = dkim.sign(LETTER, b"s", b"xa.example", key.private_bytes(*form))
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return header + LETTER, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def test_a_signature_holds_breaks_or_cannot_be_checked(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    raw, record = signed(key)

    def away(*_: object, **__: object) -> bytes:
        raise dkim.DnsTimeoutError

    def checked(data: bytes, fetch: object) -> str:
        return trust_of(written(tmp_path, data), check_dkim=True, fetch_key=fetch).dkim  # type: ignore[arg-type]

    assert checked(raw, lambda *_, **__: record) == "pass"
    assert checked(raw + b"more\r\n", lambda *_, **__: record) == "fail"
    assert checked(raw, away) == "temperror"
    assert checked(raw, lambda *_, **__: None) in ("permerror", "fail")
    assert checked(LETTER, away) == "", "nothing is asked of the DNS without a signature"


def test_no_damage_to_a_signature_ends_in_a_crash(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    raw, record = signed(key)
    dice = random.Random(7)
    for _ in range(300):
        data = bytearray(raw)
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(700)
            data[at:at + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
        trust_of(written(tmp_path, bytes(data)), check_dkim=True, fetch_key=lambda *_, **__: record)
