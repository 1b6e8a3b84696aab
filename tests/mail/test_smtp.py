"""The SMTP door: a letter is answered 250 when it is safe, and never before; TLS, logins, smuggling, LMTP, PROXY."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import socket
import ssl
import struct
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from mail.envelope import Answer, envelope_key
from mail.smtp import Listener, SmtpDoor, SmtpPlan
from mail.smtp_session import one_line
from tests.mail.smtp_doors import HERE, LETTER, TO, Open, Talk, Tls, certificate, limits, opened
from tests.mail.test_smtp_data import SMUGGLED


def gone(door: Open, seconds: float = 5) -> bool:
    """Has the spool become empty?"""
    end = time.monotonic() + seconds
    while door.spooled() and time.monotonic() < end:
        time.sleep(0.01)
    return not door.spooled()


# ---- one letter ----


def test_a_letter_comes_with_its_envelope_and_its_own_bytes(tmp_path: Path) -> None:
    body = b"Subject: a\r\n\r\n.dot\r\n..\r\nx\xe1\xba\xa1\r\n"
    with opened(tmp_path) as door, smtplib.SMTP("127.0.0.1", door.port()) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.login("so-b", "khau")
        wishes = ["BODY=8BITMIME", "RET=HDRS"]
        client.sendmail("Xa@XA.vn", [TO, "postmaster@DON.vn", TO], body, wishes, ["NOTIFY=NEVER"])
        ((envelope, came),) = door.house.letters
    assert came == body
    assert (envelope.door, envelope.sender, envelope.recipients) == ("smtp", "Xa@xa.vn", (TO, "postmaster@don.vn"))
    assert (envelope.peer, envelope.authenticated_as, envelope.tls) == ("127.0.0.1", "so-b", True)
    assert envelope.account == "door"
    assert envelope.key == envelope_key("Xa@xa.vn", ("postmaster@don.vn", TO))
    assert envelope.key.endswith("/")
    assert envelope.wishes[:2] == ("RET=HDRS", f"NOTIFY=NEVER {TO}")


def test_250_is_said_only_after_the_house_took_it(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        door.house.gate.clear()
        assert talk.codes("EHLO a", "MAIL FROM:<>", f"RCPT TO:<{TO}>", "DATA") == ["250", "250", "250", "354"]
        talk.send(LETTER + b".\r\n")
        assert door.house.asked.wait(5)
        assert len(door.spooled()) == 1
        talk.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.sock.recv(1)
        door.house.gate.set()
        talk.sock.settimeout(5)
        assert talk.sock.recv(100) == b"250 2.0.0 Da tiep nhan\r\n"
        assert gone(door)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (Answer.later("Đĩa đầy.\r\n250 OK"), "451 4.3.0 Dia day. 250 OK"),
        (Answer.refused("Không nhận thư này."), "550 5.7.1 Khong nhan thu nay."),
        (Answer.later(""), "451 4.3.0 Not now, come again later"),
    ],
)
def test_other_answers_are_passed_on_in_one_line(tmp_path: Path, answer: Answer, reply: str) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        door.house.answer = answer
        talk.say("EHLO a")
        assert talk.letter(LETTER) == reply
        door.house.answer = Answer.taken()
        assert talk.letter(LETTER).startswith("250")


def test_an_exception_of_the_house_is_451_and_tells_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), opened(tmp_path) as door, door.talk() as talk:
        door.house.trouble = RuntimeError("bí mật của thư")
        talk.say("EHLO a")
        assert talk.letter(LETTER) == "451 4.3.0 Trouble here, come again later"
        assert gone(door)
        door.house.trouble = None
        assert talk.letter(LETTER).startswith("250")
    assert "bí mật" not in caplog.text
    assert "smtp trouble" in caplog.text


def test_who_is_cut_off_leaves_nothing_in_the_spool(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        with door.talk() as talk:
            assert talk.codes("EHLO a", "MAIL FROM:<>", f"RCPT TO:<{TO}>", "DATA")[-1] == "354"
            talk.send(LETTER * 50_000)
        assert gone(door)
        door.house.gate.clear()
        with door.talk() as talk:
            assert talk.codes("EHLO a", "MAIL FROM:<>", f"RCPT TO:<{TO}>", "DATA")[-1] == "354"
            talk.send(LETTER + b".\r\n")
            assert door.house.asked.wait(5)
        door.house.gate.set()
        assert gone(door)
        assert door.house.bodies == [
            LETTER
        ]  # the answer was lost, the letter was not: it comes again, with the same key


def test_logs_name_no_content_and_no_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), opened(tmp_path) as door, door.talk() as talk:
        talk.say("EHLO a")
        talk.start_tls()
        talk.say("EHLO a")
        assert talk.say("AUTH PLAIN AHhhLWEAbeG6rXQga2jhuql1").startswith("235")
        assert talk.letter(LETTER + b"TUYET MAT\r\n").startswith("250")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("mail")]
    assert any(
        line.startswith("smtp taken code=2.0.0 listener=door peer=127.0.0.1 account=xa-a sender=a@xa.vn")
        for line in ours
    )
    assert not any(word in caplog.text for word in ("TUYET", "AHhh", "mật khẩu", "Kính"))


# ---- the end of a letter ----


@pytest.mark.parametrize("sign", SMUGGLED)
@pytest.mark.parametrize("keep", [False, True])
def test_nothing_is_smuggled(tmp_path: Path, sign: bytes, keep: bool) -> None:
    inner = sign + b"MAIL FROM:<boss@don.vn>\r\nRCPT TO:<vanthu@don.vn>\r\nDATA\r\nSubject: forged\r\n\r\nforged"
    listener = Listener(name="door", open_networks=HERE, keep_bare=keep)
    with opened(tmp_path, listener) as door, door.talk() as talk:
        talk.say("EHLO a")
        reply = talk.letter(LETTER + inner)
        kept = keep or b"\0" in sign
        assert reply[:10].strip() == ("250 2.0.0" if kept else "550 5.6.11")
        assert door.house.bodies == ([LETTER + inner.replace(b"\r\n.", b"\r\n") + b"\r\n"] if kept else [])
        assert talk.say("NOOP") == "250 OK"  # nothing of it was taken for a command


def test_lone_line_ends_are_kept_for_old_devices_inside_only(tmp_path: Path) -> None:
    listener = Listener(name="door", open_networks=(ip_network("10.9.0.0/16"),), keep_bare=True)
    with opened(tmp_path, listener) as door, door.talk() as talk:
        talk.say("EHLO a")
        talk.start_tls()
        talk.say("EHLO a")
        assert talk.say("AUTH PLAIN AHhhLWEAbeG6rXQga2jhuql1").startswith("235")
        assert talk.letter(b"a\nb").startswith("550 5.6.11")


def test_commands_may_be_sent_ahead(tmp_path: Path) -> None:
    one = f"MAIL FROM:<a@xa.vn>\r\nRCPT TO:<{TO}>\r\nDATA\r\n"
    with opened(tmp_path) as door, door.talk() as talk:
        talk.send(f"EHLO a\r\n{one}mot\r\n.\r\n{one}..hai\r\n.\r\nRSET\r\n{one}.\r\nQUIT\r\n")
        assert "PIPELINING" in talk.reply()
        codes = [talk.reply()[:3] for _ in range(14)]
        assert codes == ["250", "250", "354", "250"] * 2 + ["250", "250", "250", "354", "250", "221"]
        assert door.house.bodies == [b"mot\r\n", b".hai\r\n", b""]


def test_long_lines_are_taken_where_the_plan_says_so(tmp_path: Path) -> None:
    strict = Listener(name="door", open_networks=HERE)
    free = Listener(name="old", open_networks=HERE, max_line=0)
    with opened(tmp_path, strict, free) as door:
        for name, length, code in (("door", 998, "250"), ("door", 999, "554"), ("old", 300_000, "250")):
            with door.talk(name) as talk:
                talk.say("EHLO a")
                assert talk.letter(b"x" * length)[:3] == code


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
        end = time.monotonic() + 3
        while door.door._porter.guests and time.monotonic() < end:
            time.sleep(0.01)
        assert not door.door._porter.guests


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
    def slow(_name: str, _password: str) -> bool:
        time.sleep(0.5)
        return True

    with opened(tmp_path, check_login=slow) as door, door.talk() as talk, door.talk() as other:
        talk.say("EHLO a")
        talk.start_tls()
        talk.say("EHLO a")
        talk.send("AUTH PLAIN AHgAeA==\r\n")
        began = time.monotonic()
        assert other.say("NOOP").startswith("250")
        assert time.monotonic() - began < 0.3
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
        ("MAIL FROM:<a@b> BODY=BINARYMIME", "501"),
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


# ---- LMTP, PROXY ----


def test_lmtp_answers_once_for_each_recipient(tmp_path: Path) -> None:
    inside = Listener(name="door", lmtp=True, open_networks=HERE)
    file = Listener(name="file", lmtp=True, tls=Tls.NONE, socket=tmp_path / "lmtp.sock")
    with opened(tmp_path, inside, file) as door:
        unix = socket.socket(socket.AF_UNIX)
        unix.connect(str(tmp_path / "lmtp.sock"))
        for talk in (door.talk(), Talk(unix)):
            with talk:
                assert talk.banner == "220 cong.don.vn LMTP"
                assert talk.codes("EHLO a", "HELO a", "MAIL FROM:<>", "LHLO a") == ["500", "500", "503", "250"]
                talk.codes("MAIL FROM:<a@xa.vn>", f"RCPT TO:<{TO}>", "RCPT TO:<no@where>", "RCPT TO:<b@don.vn>", "DATA")
                talk.send(LETTER + b".\r\nNOOP\r\n")
                assert [talk.reply()[:9] for _ in range(3)] == ["250 2.0.0", "250 2.0.0", "250 OK"]
        assert [(one.peer, one.recipients) for one, _ in door.house.letters] == [
            ("127.0.0.1", (TO, "b@don.vn")), ("", (TO, "b@don.vn"))]  # fmt: skip
    assert not (tmp_path / "lmtp.sock").exists()


V2 = b"\r\n\r\n\0\r\nQUIT\n"
FROM_4 = V2 + b"\x21\x11" + struct.pack("!H4s4sHH", 12, bytes([192, 0, 2, 7]), bytes([10, 0, 0, 1]), 4711, 25)
FROM_6 = (
    V2
    + b"\x21\x21"
    + struct.pack("!H16s16sHH", 36, bytes([0x20, 1, 0xD, 0xB8]) + bytes(11) + b"\x05", bytes(16), 1, 25)
)


@pytest.mark.parametrize(
    ("header", "peer", "code"),
    [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 25\r\n", "192.0.2.7", "250"),
        (b"PROXY TCP4 198.51.100.1 10.0.0.1 4711 25\r\n", "198.51.100.1", "530"),
        (b"PROXY UNKNOWN\r\n", "unknown", "530"),
        (FROM_4, "192.0.2.7", "250"),
        (FROM_6, "2001:db8::5", "250"),
        (V2 + b"\x20\x00\0\0", "127.0.0.1", "530"),  # the proxy's own health check
    ],
)
def test_a_trusted_proxy_says_who_is_there(tmp_path: Path, header: bytes, peer: str, code: str) -> None:
    nets = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    listener = Listener(name="door", open_networks=nets, proxy_networks=HERE)
    with opened(tmp_path, listener) as door, door.talk(banner=False) as talk:
        talk.send(header + b"EHLO a\r\n")
        assert talk.reply().startswith("220")
        talk.reply()
        assert talk.say("MAIL FROM:<>")[:3] == code
        if code == "250":
            talk.start_tls()  # what the proxy said outlives STARTTLS
            talk.say("EHLO a")
            assert talk.letter(LETTER).startswith("250")
            assert door.house.letters[0][0].peer == peer


@pytest.mark.parametrize(
    "header", [b"EHLO a\r\n", b"PROXY TCP4 1.2.3\r\n", V2[:-1] + b"x\x21\x11\0\0", b"PROXY " + b"x" * 200 + b"\r\n"]
)
def test_a_proxy_that_says_no_name_is_sent_away(tmp_path: Path, header: bytes) -> None:
    with opened(tmp_path, Listener(name="door", proxy_networks=HERE)) as door, door.talk(banner=False) as talk:
        talk.send(header)
        assert talk.reply() == ""


def test_a_proxy_header_from_elsewhere_is_an_unknown_command(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        assert talk.say("PROXY TCP4 192.0.2.7 10.0.0.1 1 25").startswith("500")
        talk.say("EHLO a")
        assert talk.letter(LETTER).startswith("250")
        assert door.house.letters[0][0].peer == "127.0.0.1"


SEALED = Listener(name="door", tls=Tls.IMPLICIT, open_networks=(ip_network("192.0.2.0/24"),), proxy_networks=HERE)


@pytest.mark.parametrize(
    ("header", "peer"),
    [(b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 465\r\n", "192.0.2.7"), (FROM_4, "192.0.2.7"), (b"PROXY UNKNOWN\r\n", "")],
    ids=["v1", "v2", "unknown"],
)
@pytest.mark.parametrize("cut", [0, 9], ids=["whole", "in pieces"])
def test_a_trusted_proxy_speaks_before_tls(tmp_path: Path, header: bytes, peer: str, cut: int) -> None:
    with opened(tmp_path, SEALED) as door, door.talk(banner=False) as talk:
        talk.send(header[:cut])
        time.sleep(0.02)
        talk.send(header[cut:])
        talk.wrap()
        assert talk.reply().startswith("220")
        assert "AUTH" in talk.say("EHLO a")
        if not peer:
            assert talk.say("MAIL FROM:<>").startswith("530")
            return
        assert talk.letter(LETTER).startswith("250")
        ((envelope, _),) = door.house.letters
        assert (envelope.peer, envelope.tls) == (peer, True)


@pytest.mark.parametrize(
    "header",
    [b"EHLO a\r\n", b"PROXY TCP4 1.2.3\r\n", V2[:-1] + b"x\x21\x11\0\0", b"PROXY " + b"x" * 200,
     b"\x16\x03\x01\0\xc8\1", V2 + b"\x21\x11\xff\xff"],
    ids=["mail", "short", "signature", "long", "tls", "long v2"],
)  # fmt: skip
def test_without_a_header_a_proxy_is_sent_away_before_tls(tmp_path: Path, header: bytes) -> None:
    with opened(tmp_path, SEALED) as door:
        with door.talk(banner=False) as talk, contextlib.suppress(ConnectionError):
            talk.send(header)
            assert talk.reply() == ""
        with door.talk(banner=False) as talk:
            talk.send(b"PROXY TCP4 192.0.2.7 10.0.0.1 1 465\r\n" + b"no TLS" * 20)
            with contextlib.suppress(ConnectionError):
                assert "220" not in talk.sock.recv(100).decode("latin-1")
        assert door.house.letters == []


def test_who_is_no_proxy_begins_with_tls(tmp_path: Path) -> None:
    elsewhere = (ip_network("192.0.2.0/24"),)
    listener = Listener(name="door", tls=Tls.IMPLICIT, open_networks=HERE, proxy_networks=elsewhere)
    with opened(tmp_path, listener) as door, door.talk(banner=False) as talk:
        talk.wrap()
        talk.reply()
        talk.say("EHLO a")
        assert talk.letter(LETTER).startswith("250")
        assert door.house.letters[0][0].peer == "127.0.0.1"


# ---- the plan, the banner ----


def test_the_banner_names_no_version(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        assert talk.banner == "220 cong.don.vn ESMTP"
        assert "ython" not in talk.say("EHLO a") + talk.say("HELP") + talk.say("XXX")


def test_a_plan_that_cannot_be_served_is_refused(tmp_path: Path) -> None:
    def door(listener: Listener, chain: Path | None) -> SmtpDoor:
        plan = SmtpPlan(hostname="h", spool=tmp_path, listeners=(listener,), recipients=(), certificate=chain)
        return SmtpDoor(plan, lambda *_: Answer.taken(), lambda *_: False)

    with pytest.raises(ValueError, match="needs a certificate"):
        door(Listener(name="a"), None)
    with pytest.raises(FileNotFoundError):
        door(Listener(name="a"), tmp_path / "none.pem")


def test_a_reply_is_one_short_line() -> None:
    assert one_line("Đã nhận\n\x07đủ", utf8=False) == "Da nhan du"
    assert one_line("Đã nhận", utf8=True) == "Đã nhận"
    assert len(one_line("ạ" * 500, utf8=True).encode()) <= 400
