"""The SMTP door: a letter is answered 250 when it is safe, and never before; smuggling, logs, the plan."""

from __future__ import annotations

import logging
import smtplib
import ssl
from ipaddress import ip_network
from pathlib import Path

import pytest

from mail.envelope import Answer, envelope_key
from mail.smtp import Listener, SmtpDoor, SmtpPlan
from mail.smtp_session import one_line
from tests.mail.smtp_doors import HERE, LETTER, TO, Open, opened
from tests.mail.test_smtp_data import SMUGGLED
from tests.waiting import came_true


def gone(door: Open) -> bool:
    """Has the spool become empty?"""
    return came_true(lambda: not door.spooled(), every=0.01)


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
        assert door.house.asked.wait(60)
        assert len(door.spooled()) == 1
        talk.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.sock.recv(1)
        door.house.gate.set()
        talk.sock.settimeout(60)
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
            assert door.house.asked.wait(60)
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


# ---- the plan, the banner ----


def test_the_banner_names_no_version(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as talk:
        assert talk.banner == "220 cong.don.vn ESMTP"
        assert "ython" not in talk.say("EHLO a") + talk.say("HELP") + talk.say("WHAT")


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
