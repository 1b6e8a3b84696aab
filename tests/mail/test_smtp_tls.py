"""The SMTP door: TLS, logins, who may hand in and for whom."""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
from ipaddress import ip_network
from pathlib import Path

import pytest

from mail.smtp import Listener
from tests.mail.smtp_doors import HERE, LETTER, Tls, certificate, limits, opened
from tests.waiting import wait_for

# ---- TLS and login ----


def test_what_is_sent_ahead_of_tls_is_forgotten(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), opened(tmp_path) as door, door.talk() as talk:
        assert "STARTTLS" in talk.say("EHLO a")
        talk.start_tls(ahead=b"MAIL FROM:<evil@x.vn>\r\nRCPT TO:<vanthu@don.vn>\r\n")
        assert talk.say("RCPT TO:<vanthu@don.vn>").startswith("503")  # not even the EHLO counts any more
        offers = talk.say("EHLO a")
        assert "AUTH PLAIN LOGIN" in offers
        assert "STARTTLS" not in offers
        assert talk.say("RCPT TO:<vanthu@don.vn>") == "503 5.5.1 MAIL first"
        assert talk.say("STARTTLS").startswith("503")
    assert "smtp plaintext_after_starttls" in caplog.text


@pytest.mark.parametrize("ahead", [b"", b"x", b"NOOP\r\n" * 100_000, b"\x16\x03\x01"])
def test_who_leaves_during_the_handshake_is_forgotten_at_once(tmp_path: Path, ahead: bytes) -> None:
    with opened(tmp_path) as door:
        for _ in range(5):
            with door.talk() as talk:
                assert talk.codes("EHLO a") == ["250"]
                talk.send(b"STARTTLS\r\n" + ahead)
        wait_for(lambda: not door.door._porter.guests, every=0.01)


def test_a_broken_handshake_ends_only_its_own_connection(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        with door.talk() as talk:
            assert talk.codes("EHLO a", "STARTTLS") == ["250", "220"]
            talk.send(b"this is no TLS\r\n" * 10)
            assert b"250" not in talk.sock.recv(1000)
        with door.talk() as talk:
            talk.say("EHLO a")
            assert talk.letter(LETTER).startswith("250")


def test_nobody_logs_in_without_tls_or_with_a_wrong_password(tmp_path: Path) -> None:
    guarded = Listener(name="door")
    few = limits(peer_failed_logins_per_hour=3)
    with opened(tmp_path, guarded, limits=few) as door, door.talk() as talk:
        assert "AUTH" not in talk.say("EHLO a")
        assert talk.say("AUTH PLAIN AHhhLWEAbeG6rXQga2jhuql1").startswith("538 5.7.11")
        assert talk.say("MAIL FROM:<a@xa.vn>") == "530 5.7.0 Log in first"
        talk.start_tls()
        talk.say("EHLO a")
        assert talk.codes("AUTH PLAIN AHhhLWEAeA==", "AUTH LOGIN eGEtYQ==", "eA==") == ["535", "334", "535"]
        assert talk.codes("AUTH PLAIN", "*") == ["334", "501"]
        assert talk.codes("AUTH PLAIN AHhhLWEAeA== more words") == ["501"]
        assert talk.codes("AUTH PLAIN !!", "AUTH CRAM-MD5", "AUTH", "AUTH PLAIN YQ==") == ["501", "504", "501", "501"]
        assert talk.codes("AUTH PLAIN cm9vdAB4YS1hAG3huq10IGto4bqpdQ==") == ["535"]  # acting for somebody else
        assert talk.say("AUTH PLAIN AHhhLWEAbeG6rXQga2jhuql1").startswith("454 4.7.0")
        assert talk.say("MAIL FROM:<a@xa.vn>").startswith("530")


def test_login_works_over_implicit_tls_in_both_ways(tmp_path: Path) -> None:
    listener = Listener(name="door", tls=Tls.IMPLICIT)
    with opened(tmp_path, listener) as door:
        for mechanism in ("PLAIN", "LOGIN"):
            context = ssl._create_unverified_context()
            with smtplib.SMTP_SSL("127.0.0.1", door.port(), context=context) as client:
                client.ehlo()
                client.user, client.password = "so-b", "khau"
                code, _ = client.auth(
                    mechanism, getattr(client, f"auth_{mechanism.lower()}"), initial_response_ok=False
                )
                assert code == 235


@pytest.mark.parametrize("greeting", ["EHLO a", "LHLO a"])
def test_a_listener_may_demand_tls(tmp_path: Path, greeting: str) -> None:
    listener = Listener(name="door", tls=Tls.REQUIRED, open_networks=HERE, lmtp=greeting[0] == "L")
    with opened(tmp_path, listener) as door, door.talk() as talk:
        assert talk.codes(greeting, "MAIL FROM:<a@xa.vn>", "RCPT TO:<a@don.vn>") == ["250", "530", "503"]
        talk.start_tls()
        talk.say(greeting)
        assert talk.letter(LETTER).startswith("250")


def test_a_renewed_certificate_serves_the_next_connection(tmp_path: Path) -> None:
    with opened(tmp_path, Listener(name="door", tls=Tls.IMPLICIT)) as door:

        def shown() -> str:
            return ssl.get_server_certificate(("127.0.0.1", door.port()))

        before = shown()
        assert shown() == before
        certificate(tmp_path)
        assert shown() != before
        door.chain.write_text("broken")
        assert shown() != before


def test_a_slow_password_check_stalls_nobody(tmp_path: Path) -> None:
    heard = threading.Event()

    def slow(_name: str, _password: str) -> bool:
        return heard.wait(60)

    with opened(tmp_path, check_login=slow) as door, door.talk() as talk, door.talk() as other:
        talk.say("EHLO a")
        talk.start_tls()
        talk.say("EHLO a")
        talk.send("AUTH PLAIN AHgAeA==\r\n")
        assert other.say("NOOP").startswith("250")
        heard.set()
        assert talk.reply().startswith("235")


# ---- who and for whom ----


def test_strangers_log_in_and_neighbours_need_not(tmp_path: Path) -> None:
    away = Listener(name="away", open_networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
    with opened(tmp_path, Listener(name="door", open_networks=HERE), away) as door:
        with door.talk() as talk:
            assert talk.codes("EHLO a", "MAIL FROM:<a@xa.vn>", "AUTH PLAIN AHhhLWEAeA==") == ["250", "250", "503"]
        with door.talk("away") as talk:
            assert talk.codes("EHLO a", "MAIL FROM:<a@xa.vn>") == ["250", "530"]
    assert away.inside("192.0.2.7")
    assert away.inside("::ffff:192.0.2.7")
    assert away.inside("2001:db8::1%eth0")
    assert not away.inside("unknown")
    assert not away.inside("")


def test_only_our_recipients_are_known(tmp_path: Path) -> None:
    known = {"@don.vn", "so@tinh.vn", "postmaster@cong.don.vn"}
    with opened(tmp_path, recipients=known) as door, door.talk() as talk:
        talk.say("EHLO a")
        talk.say("MAIL FROM:<a@xa.vn>")
        assert talk.say("RCPT TO:<ai@tinh.vn>") == "550 5.1.1 No such recipient here"
        assert talk.codes("RCPT TO:<So@TINH.vn>", "RCPT TO:<Postmaster>") == ["250", "250"]
        assert talk.codes("RCPT TO:<x@sub.don.vn>", "RCPT TO:<@r:x@don.vn>") == ["550", "250"]
        assert talk.codes("VRFY so@tinh.vn", "EXPN x", "HELP") == ["252", "502", "214"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("MAIL FROM:<a@b> SIZE=x", "501"),
        ("MAIL FROM:<a@b> SIZE=1 SIZE=2", "501"),
        ("MAIL FROM:<a@b> BODY=BINARYMIME", "250"),
        ("MAIL FROM:<a@b> BODY=9BIT", "501"),
        ("MAIL FROM:<a@b> FOO=1", "555"),
        ("MAIL FROM:<a@b", "501"),
        ("MAIL FROM:a@b SIZE=10", "250"),
        ("MAIL FROM: <a@b> AUTH=<>", "250"),
        ('MAIL FROM:<"a b>\\" c"@b> RET=full ENVID=QQ314159', "250"),
        ("MAIL FROM:<a@b> RET=ALL", "501"),
        ("MAIL FROM:<a\x01@b>", "501"),
        ("MAIL FROM:<tổ@b>", "553"),
        ("MAIL FROM:<tổ@xã.vn> SMTPUTF8 BODY=8BITMIME", "250"),
        ("MAIL TO:<a@b>", "501"),
        ("MAIL", "501"),
        ("MAIL FROM:<" + "a" * 400 + "@b>", "501"),
        ("MAIL FROM:<" + "a" * 4000 + "@b>", "500"),
    ],
)
def test_arguments_of_mail(tmp_path: Path, command: str, code: str) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        talk.say("EHLO a")
        assert talk.say(command)[:3] == code
        assert talk.say("NOOP")[:3] == "250"
