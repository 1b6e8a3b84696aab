"""An axis that asks who we are: mutual TLS against a server that demands a certificate."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.doctor_exchange import exchange_findings
from gateway.errors import BadSettings, ExchangeDown
from gateway.exchange.langson import LangSonExchange, Login
from gateway.exchange.net import ClientKey, Line
from gateway.exchange.port import Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange
from gateway.settings import Settings
from tests.gateway.exchange.test_tls import DAY, NOW, OTHERS, OURS, Authority, behind_tls

PEM = serialization.Encoding.PEM


def shown(folder: Path, by: Authority, until: dt.datetime = NOW + DAY, *, secret: bytes = b"") -> ClientKey:
    """A certificate for us with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "H99.20")])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(by.name).public_key(key.public_key())
            .serial_number(3).not_valid_before(NOW - 3 * DAY).not_valid_after(until)
            .sign(by.key, hashes.SHA256()))  # fmt: skip
    lock = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    files = ClientKey(folder / "secrets" / "exchange-client.pem", folder / "secrets" / "exchange-client.key")
    files.key.parent.mkdir(mode=0o700, exist_ok=True)
    files.certificate.write_bytes(made.public_bytes(PEM))
    files.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock))
    files.key.chmod(0o600)
    return files


def demanding(folder: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = OURS.server(folder, until=NOW + DAY)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(OURS.trusted(folder))
    context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_an_axis_that_asks_for_a_certificate_is_shown_ours(
    sandbox: Sandbox, account: Account, parcel: Parcel, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    own, received = shown(tmp_path, OURS), sandbox.state.data / "received"
    with behind_tls(sandbox, demanding(tmp_path, version)) as url:
        def over(key: ClientKey | None) -> VxpExchange:
            line = Line(url, ca_file=OURS.trusted(tmp_path), seconds=30, own=key)
            return VxpExchange(replace(account, endpoint=url), line=line)

        strange = shown(tmp_path / "secrets", OTHERS)
        missing = ClientKey(tmp_path / "none.pem", own.key)
        for key in (None, missing, strange):
            exchange = over(key)
            with pytest.raises(ExchangeDown) as caught:
                exchange.send(parcel)
            # The server may hang up before its word of why is read.
            assert "exchange.client_certificate_file" in str(caught.value) or str(caught.value) == str(ExchangeDown())
            exchange.close()
        assert not list(received.glob("*.edxml"))

        exchange = over(own)
        assert exchange.send(parcel).exchange_id
        exchange.close()
    assert len(list(received.glob("*.edxml"))) == 1


def test_a_server_that_asks_is_told_as_such(tmp_path: Path) -> None:
    from gateway.exchange.net import down

    for words in ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_CERTIFICATE_EXPIRED"):
        error = ssl.SSLError(1, f"[SSL: {words}] alert")
        error.reason = words
        assert "exchange.client_certificate_file" in str(down(error))
    other = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]")
    other.reason = "WRONG_VERSION_NUMBER"
    assert "không nói TLS" in str(down(other))


def told(folder: Path) -> tuple[bool, str] | None:
    file = folder / "gateway.toml"
    file.write_text(f'data = "{folder}"\n[exchange]\nendpoint = "https://truc.example"\n', "utf-8")
    lines = list(exchange_findings(Settings.load(file, {})))
    return (lines[0].ok, lines[0].words) if lines else None


def test_doctor_says_what_is_wrong_with_the_pair_of_files(tmp_path: Path) -> None:
    assert told(tmp_path) is None
    own = shown(tmp_path, OURS, NOW + 90 * DAY)
    found = told(tmp_path) or (False, "")
    assert found[0]
    assert "CN=H99.20" in found[1]

    def wrong(words: str) -> None:
        seen = told(tmp_path) or (True, "")
        assert not seen[0]
        assert words in seen[1]
        assert "Hãy" in seen[1]

    own.key.chmod(0o640)
    wrong("Người khác đọc được")
    with pytest.raises(BadSettings, match="chmod 600"):
        LangSonExchange(Login(system="s", secret="k", user="u", password="p", application="a", organ="H99.1"),
                        Line("https://truc.example", own=own))  # fmt: skip
    shown(tmp_path, OURS, NOW + 5 * DAY)
    wrong("hết hạn ngày")
    shown(tmp_path, OURS, NOW - DAY)
    wrong("đã hết hạn")
    shown(tmp_path, OURS, secret=b"mat khau")
    wrong("không dùng được cùng nhau")
    first = own.certificate.read_bytes()
    shown(tmp_path, OURS)
    own.certificate.write_bytes(first)
    wrong("không dùng được cùng nhau")
    own.certificate.unlink()
    wrong("không có chứng thư")
    shown(tmp_path, OURS)
    own.key.unlink()
    wrong("Không có khóa")
