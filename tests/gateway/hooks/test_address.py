"""Where a program may listen: chosen hosts, TLS, no private address that nobody has named, wherever its name leads."""
from __future__ import annotations

import ipaddress
import socket
import ssl
from pathlib import Path

import pytest

from gateway.errors import BadSettings, NotAllowed
from gateway.hooks.wire import Call, deliver
from gateway.review.listeners import checked, open_to
from gateway.settings_hooks import Webhooks, check_hooks
from tests.gateway.hooks.conftest import Program
from tests.mail.smtp_doors import certificate

PLAN = Webhooks(hosts=("a.example.vn", "localhost", "127.0.0.1"), networks=("10.20.0.0/16",))


@pytest.mark.parametrize("url", ["https://a.example.vn/x?y=1", "https://a.example.vn:8443", "http://localhost:9/x",
                                 "http://127.0.0.1/"])
def test_a_program_may_listen_there(url: str) -> None:
    assert checked(url, PLAN) == url


@pytest.mark.parametrize("url", [
    "http://a.example.vn/", "https://b.example.vn/", "https://a.example.vn.b.vn/", "https://u:p@a.example.vn/", "ftp://localhost/",
    "https://a.example.vn/#x", "https://a.example.vn:x/", "//a.example.vn/", "https://", "https://a.example.vn\\@b.vn/",
    "https://a.example.vn/ x", "https://a.example.vn/\r\nx: y", "https://[::1/", "https://127.0.0.2/", "a.example.vn",
    "https://a.example.vn/" + "x" * 600])
def test_a_program_may_not_listen_there(url: str) -> None:
    with pytest.raises(NotAllowed, match=r"Hãy .*\.$"):
        checked(url, PLAN)


@pytest.mark.parametrize(("address", "host", "well"), [
    ("203.113.0.1", "a.example.vn", True), ("10.20.3.4", "a.example.vn", True), ("10.21.3.4", "a.example.vn", False),
    ("127.0.0.1", "a.example.vn", False), ("169.254.169.254", "a.example.vn", False), ("::1", "a.example.vn", False),
    ("::ffff:10.0.0.1", "a.example.vn", False), ("::ffff:10.20.0.1", "a.example.vn", True),
    ("fd00::1", "a.example.vn", False), ("2002:a00:1::", "a.example.vn", False),
    ("100.64.0.1", "a.example.vn", False), ("0.0.0.0", "a.example.vn", False),
    ("224.0.0.1", "a.example.vn", False), ("127.0.0.1", "localhost", True), ("::1", "localhost", True),
    ("127.0.0.1", "127.0.0.1", True), ("10.0.0.9", "10.0.0.9", True)])
def test_a_name_may_lead_to_public_and_named_addresses_only(address: str, host: str, *, well: bool) -> None:
    assert open_to(ipaddress.ip_address(address), host, PLAN) is well


def test_a_name_that_leads_inside_is_not_spoken_to(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when only one of its addresses is inside; the name is resolved here, where the connection is made."""
    def resolved(host: str, port: int, **more: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in ("203.113.0.1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    said = deliver(Call(f"https://a.example.vn:{program.port}/", {}, b"{}"), PLAN)
    assert "127.0.0.1" in said
    assert program.came == []


def test_an_address_that_is_not_allowed_any_more_gets_nothing(program: Program) -> None:
    assert "webhooks.hosts" in deliver(Call(program.url, {}, b"{}"), Webhooks())
    assert program.came == []


def test_over_tls_the_certificate_must_be_that_of_the_host(tmp_path: Path, program: Program) -> None:
    both = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    program.wrap(context)
    trusting = Webhooks(hosts=("localhost", "127.0.0.1"), ca_file=str(both))
    call = Call(f"https://localhost:{program.port}/", {}, b"{}")
    assert deliver(call, trusting) == ""
    assert "Không gửi được" in deliver(call, Webhooks(hosts=("localhost",)))
    assert "Không gửi được" in deliver(Call(f"https://127.0.0.1:{program.port}/", {}, b"{}"), trusting)
    assert len(program.came) == 1


@pytest.mark.parametrize("plan", [
    Webhooks(hosts=("https://a.vn",)), Webhooks(hosts=("A.vn",)), Webhooks(hosts=("",)),
    Webhooks(networks=("10.0.0.1/8",)), Webhooks(tries=0), Webhooks(timeout_s=0)])
def test_settings_that_cannot_be_are_refused(plan: Webhooks) -> None:
    with pytest.raises(BadSettings):
        check_hooks(plan)
