"""How much the SMTP door lets in, how little it keeps in memory, and how it closes."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mail import smtp_session
from mail.envelope import Answer
from mail.rates import Rates
from mail.smtp import Listener, SmtpLimits
from mail.smtp_spool import SpoolFile, sweep
from tests.mail.smtp_doors import HERE, LETTER, TO, Open, Tls, certificate, limits, opened
from tests.waiting import wait_for

MIB = 1 << 20


# ---- size and room ----


def test_size_is_announced_and_held_to(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(size=10_000)) as door, door.talk() as talk:
        assert "SIZE 10000" in talk.say("EHLO a")
        assert talk.say("MAIL FROM:<> SIZE=10001").startswith("552 5.3.4")
        assert talk.letter((b"x" * 98 + b"\r\n") * 99 + b"y" * 98).startswith("250")
        assert talk.letter((b"x" * 98 + b"\r\n") * 100 + b"y").startswith("552 5.3.4")
        assert talk.letter(LETTER).startswith("250")  # a letter too large costs its sender nothing but the letter
        talk.codes("MAIL FROM:<>", f"RCPT TO:<{TO}>", "DATA")
        with pytest.raises(ConnectionError):  # whoever does not stop at all is cut off
            talk.send((b"x" * 98 + b"\r\n") * 1_000_000)
    assert [len(body) for body in door.house.bodies] == [10_000, len(LETTER) + 2]


def test_a_full_disk_is_later_not_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, limits=limits(free_disk=1 << 60)) as door, door.talk() as talk:
        talk.say("EHLO a")
        assert talk.say("MAIL FROM:<a@b>").startswith("452 4.3.1")

    def full(_self: SpoolFile, _data: bytes, _free: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SpoolFile, "write", full)
    with opened(tmp_path) as door, door.talk() as talk:
        talk.say("EHLO a")
        assert talk.letter(LETTER * 50_000).startswith("452 4.3.1")
        assert door.house.bodies == []


def test_what_a_killed_door_left_behind_is_swept_but_not_a_living_ones(tmp_path: Path) -> None:
    alive, dead = SpoolFile(tmp_path), tmp_path / "smtp-left.eml"
    alive.write(b"half")
    dead.write_bytes(b"half")
    (tmp_path / "other.txt").write_bytes(b"")
    assert sweep(tmp_path) == 1
    assert alive.path.exists()
    assert not dead.exists()
    with pytest.raises(OSError, match="No space"):
        alive.write(b"more", keep_free=1 << 60)
    alive.remove()
    alive.write(b"a late writer")
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


# ---- counts ----


def test_rates_slide() -> None:
    now = [0.0]
    rates = Rates(2, window=10, clock=lambda: now[0])
    for at in (0, 5):
        assert not rates.full("a")
        now[0] = at
        rates.add("a")
    assert rates.full("a")
    assert not rates.full("b")
    rates.give_back("a")
    assert not rates.full("a")
    rates.add("a")
    now[0] = 10
    assert not rates.full("a")
    for number in range(20_000):
        rates.add(str(number))
    assert len(rates._times) <= 10_000


def test_a_sender_has_so_many_letters_an_hour(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(sender_letters_per_hour=2)) as door, door.talk() as talk:
        talk.say("EHLO a")
        door.house.answer = Answer.later("x")
        assert [talk.letter(LETTER)[:3] for _ in range(4)] == ["451"] * 4  # what we did not take counts for nobody
        door.house.answer = Answer.taken()
        assert [talk.letter(LETTER)[:3] for _ in range(2)] == ["250"] * 2
        assert talk.say("MAIL FROM:<A@xa.vn>") == "450 4.7.1 Too many letters in an hour, come again later"
        assert talk.letter(LETTER, sender="b@xa.vn")[:3] == "250"


def test_two_sessions_at_once_do_not_outrun_the_count(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(peer_letters_per_hour=1)) as door, door.talk() as one, door.talk() as two:
        for talk in (one, two):
            assert talk.codes("EHLO a", "MAIL FROM:<a@b>", f"RCPT TO:<{TO}>") == ["250"] * 3
        assert one.say("DATA")[:3] == "354"
        assert two.say("DATA")[:3] == "450"


def test_a_connection_has_so_many_letters_errors_and_recipients(tmp_path: Path) -> None:
    few = limits(letters=2, errors=5, recipients=2)
    with opened(tmp_path, limits=few) as door:
        with door.talk() as talk:
            talk.say("EHLO a")
            assert [talk.letter(LETTER)[:3] for _ in range(2)] == ["250"] * 2
            assert talk.say("MAIL FROM:<a@b>").startswith("421 4.7.0 Enough letters")
            assert talk.reply() == ""
        with door.talk() as talk:
            talk.codes("EHLO a", "MAIL FROM:<a@b>")
            got = talk.codes(*[f"RCPT TO:<{name}@don.vn>" for name in "abc"])
            assert got == ["250", "250", "452"]
        with door.talk() as talk:
            talk.codes("EHLO a", "MAIL FROM:<a@b>")
            talk.send("".join(f"RCPT TO:<{n}@else.where>\r\n" for n in range(50)))
            replies = [talk.reply() for _ in range(6)]
            assert replies == ["550 5.1.1 No such recipient here"] * 5 + ["421 4.7.0 Too many errors"]
            assert talk.sock.recv(10) == b""


def greeted(door: Open) -> bool:
    with door.talk() as talk:
        return talk.banner.startswith("220")


def test_so_many_connections_at_once(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(connections_per_peer=2)) as door, door.talk(), door.talk() as two:
        with door.talk() as three:
            assert three.banner == "421 4.7.0 Too many connections from your address"
        two.say("QUIT")
        two.close()
        wait_for(lambda: greeted(door))
    with opened(tmp_path, limits=limits(connections=1)) as door, door.talk(), door.talk() as two:
        assert two.banner == "421 4.7.0 Too many connections, come again later"


def test_who_says_nothing_is_sent_away(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(idle_seconds=5)) as door, door.talk() as talk, door.talk() as writer:
        writer.codes("EHLO a", "MAIL FROM:<a@b>", f"RCPT TO:<{TO}>", "DATA")
        for _ in range(6):
            time.sleep(1)
            writer.send(b"slow but alive\r\n")
        assert talk.reply() == "421 4.4.2 Nothing heard for too long"
        assert talk.reply() == ""
        writer.send(b".\r\n")
        assert writer.reply().startswith("250")


def test_a_trickle_ends(tmp_path: Path) -> None:
    with opened(tmp_path, limits=limits(data_seconds=0.2)) as door, door.talk() as talk:
        talk.codes("EHLO a", "MAIL FROM:<a@b>", f"RCPT TO:<{TO}>", "DATA")
        talk.send(b"x")
        assert talk.reply() == "421 4.4.2 The letter takes too long"


# ---- closing ----


def test_closing_lets_the_letter_on_its_way_have_its_answer(tmp_path: Path) -> None:
    with opened(tmp_path) as door, door.talk() as idle, door.talk() as sending, door.talk() as waiting:
        for talk in (sending, waiting):
            assert talk.codes("EHLO a", "MAIL FROM:<a@b>", f"RCPT TO:<{TO}>", "DATA")[-1] == "354"
        door.house.gate.clear()
        waiting.send(LETTER + b".\r\n")
        assert door.house.asked.wait(60)
        door.door.stop()
        assert idle.reply().startswith("421 4.3.2")
        sending.send(LETTER + b".\r\nNOOP\r\n")
        door.house.gate.set()
        for talk in (sending, waiting):
            assert talk.reply().startswith("250 2.0.0")
            assert talk.reply().startswith("421 4.3.2")
        door.thread.join(60)
        assert not door.thread.is_alive()


def test_who_does_not_finish_is_thrown_out(tmp_path: Path) -> None:
    with opened(
        tmp_path, Listener(name="door", tls=Tls.IMPLICIT, open_networks=HERE), limits=limits(grace_seconds=0.3)
    ) as door:
        talk = door.talk(banner=False)
        talk.wrap()
        talk.reply()
        talk.codes("EHLO a", "MAIL FROM:<a@b>", f"RCPT TO:<{TO}>", "DATA")
        door.door.stop()
        door.thread.join(60)
        assert not door.thread.is_alive()
        talk.close()


# ---- a large letter ----

CHILD = """
import pathlib, sys, threading
sys.path.insert(0, sys.argv[2])
from ipaddress import ip_network
from mail.envelope import Answer
from mail.smtp import Listener, SmtpDoor, SmtpLimits, SmtpPlan, Tls
def take(envelope, path):
    return Answer.taken(f"{path.stat().st_size} octets")
folder = pathlib.Path(sys.argv[1])
here = (ip_network("127.0.0.0/8"),)
plan = SmtpPlan(hostname="h", spool=folder / "spool", recipients={"@don.vn"}, certificate=folder / "door.pem",
                listeners=(Listener(name="door", open_networks=here),), limits=SmtpLimits(size=100 << 20, free_disk=0))
door = SmtpDoor(plan, take, lambda *_: False)
def watch():
    door.wait_ready(60)
    print(door.ports["door"], flush=True)
    sys.stdin.read()
    door.stop()
threading.Thread(target=watch).start()
door.serve()
"""


def peak_of(pid: int) -> int:
    """The most memory that the process ever had, in octets."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert found
    return int(found[1]) * 1024


def test_fifty_megabytes_cost_little_memory_and_stall_nobody(tmp_path: Path) -> None:
    certificate(tmp_path)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert child.stdin
    assert child.stdout
    try:
        port = int(child.stdout.readline())
        large = (b"x" * 76 + b"\r\n") * (50 * MIB // 78)

        def small() -> float:
            began = time.monotonic()
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.sendmail("a@xa.vn", [TO], LETTER)
            return time.monotonic() - began

        small()
        before, replies, waits = peak_of(child.pid), [], []

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.ehlo()
                for command, end in (("DATA", b".\r\n"), (f"BDAT {len(large)} LAST", b"")):
                    client.mail("a@xa.vn", ["BODY=8BITMIME", f"SIZE={len(large)}"])
                    client.rcpt(TO)
                    assert client.sock
                    if end:
                        client.docmd(command)
                    else:
                        client.putcmd(command)
                    client.sock.sendall(large + end)
                    replies.append(client.getreply())

        sender = threading.Thread(target=send)
        began = time.monotonic()
        sender.start()
        while sender.is_alive():
            waits.append(small())
        seconds = time.monotonic() - began
        grown = peak_of(child.pid) - before
    finally:
        child.stdin.close()
        child.wait(60)
        child.stdout.close()
    print(
        f"twice 50 MB: {seconds:.2f} s, {grown / MIB:.1f} MiB more memory, small ones waited {max(waits):.3f} s at most"
    )
    assert replies == [(250, f"2.0.0 {len(large)} octets".encode())] * 2
    assert grown < 5 * MIB
    assert len(waits) > 2, "the others wait until the large one is in"
    assert child.returncode == 0


def test_limits_of_the_plan_are_those_of_the_issue() -> None:
    assert SmtpLimits().size == 50 * MIB
    assert smtp_session._BLOCK < MIB
