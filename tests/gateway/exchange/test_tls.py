"""TLS to the axis with the office's own authority: real handshakes, and a clear sentence for each that must fail."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import ExchangeDown
from gateway.exchange.langson import LangSonExchange, Login
from gateway.exchange.net import Line
from gateway.exchange.port import Parcel
from gateway.exchange.sandbox import Sandbox
from gateway.exchange.vxp import Account, VxpExchange

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])


class Authority:
    """An authority of an office's own network."""

    def __init__(self, words: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(words)
        builder = x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name)
        self.certificate = (
            builder.public_key(self.key.public_key()).serial_number(1).not_valid_before(NOW - DAY)
            .not_valid_after(NOW + DAY).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=False, content_commitment=False, key_encipherment=False,
                                         data_encipherment=False, key_agreement=False, key_cert_sign=True,
                                         crl_sign=True, encipher_only=False, decipher_only=False), critical=True)
            .sign(self.key, hashes.SHA256()))  # fmt: skip

    def trusted(self, folder: Path) -> Path:
        file = folder / f"{self.name.rfc4514_string()[3:]}.pem"
        file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def server(self, folder: Path, *, until: dt.datetime, host: str = "") -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(host)] if host else [x509.IPAddress(ip_address("127.0.0.1"))]
        made = (
            x509.CertificateBuilder().subject_name(_name("axis")).issuer_name(self.name).public_key(key.public_key())
            .serial_number(2).not_valid_before(NOW - 3 * DAY).not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self.key, hashes.SHA256()))  # fmt: skip
        file = folder / "server.pem"
        file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption())
            + made.public_bytes(serialization.Encoding.PEM))  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A handshake that the other side has broken off is what these tests are about."""


@contextmanager
def behind_tls(sandbox: Sandbox, context: ssl.SSLContext) -> Iterator[str]:
    """The sandbox's own handler on another port, behind TLS; its address."""
    import threading

    server = _Quiet(("127.0.0.1", 0), sandbox._server.RequestHandlerClass)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


OURS, OTHERS = Authority("co quan"), Authority("ke la")


def test_a_document_goes_over_tls_that_the_offices_own_authority_vouches_for(
    sandbox: Sandbox, account: Account, parcel: Parcel, tmp_path: Path
) -> None:
    with behind_tls(sandbox, OURS.server(tmp_path, until=NOW + DAY)) as url:
        line = Line(url, ca_file=OURS.trusted(tmp_path), seconds=30)
        exchange = VxpExchange(replace(account, endpoint=url), line=line)
        assert exchange.send(parcel).exchange_id
        assert exchange.find_sent(parcel.document_id) is not None
        exchange.close()
    assert len(list((sandbox.state.data / "received").glob("*.edxml"))) == 1


@pytest.mark.parametrize(("trust", "until", "host", "told"), [
    ("others", NOW + DAY, "", "không do cơ quan chứng thực được tin cậy cấp"),
    ("system", NOW + DAY, "", "không do cơ quan chứng thực được tin cậy cấp"),
    ("ours", NOW - DAY, "", "đã hết hạn"),
    ("ours", NOW + DAY, "truc.example", "cấp cho máy chủ khác"),
], ids=["other-authority", "authority-of-the-system", "expired", "other-host"])  # fmt: skip
def test_what_must_not_be_trusted_is_said_by_its_reason_and_nothing_is_sent(
    sandbox: Sandbox, account: Account, parcel: Parcel, tmp_path: Path, *, trust: str, until: dt.datetime, host: str,
    told: str
) -> None:
    ca = {"ours": OURS, "others": OTHERS}.get(trust)
    with behind_tls(sandbox, OURS.server(tmp_path, until=until, host=host)) as url:
        line = Line(url, ca_file=ca.trusted(tmp_path) if ca else None, seconds=30)
        exchange = VxpExchange(replace(account, endpoint=url), line=line)
        with pytest.raises(ExchangeDown, match=told) as caught:
            exchange.send(parcel)
        assert "Hãy" in str(caught.value)
        assert "exchange.ca_file" in str(caught.value) or trust == "ours"
        province = LangSonExchange(Login(system="s", secret="k", user="u", password="p", application="a",
                                         organ="H99.1"), line)  # fmt: skip
        with pytest.raises(ExchangeDown, match=told):
            province.bodies()
        exchange.close()
        province.close()
    assert not list((sandbox.state.data / "received").glob("*.edxml"))


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(account: Account, parcel: Parcel) -> None:
    exchange = VxpExchange(replace(account, endpoint=account.endpoint.replace("http:", "https:")), seconds=30)
    with pytest.raises(ExchangeDown, match="không nói TLS"):
        exchange.send(parcel)
    exchange.close()
