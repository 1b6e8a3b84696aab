"""The IMAP door when the connection, the server or the process goes: nothing lost, nothing twice."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from mail.imap import After
from mail.imap_trouble import Unreachable
from tests.mail.imap_door import TAKEN, Watch, letter, once
from tests.mail.imap_server import Dovecot, Proxy
from tests.mail.smtp_doors import House
from tests.waiting import wait_for


def test_a_connection_cut_inside_a_letter_takes_it_whole_the_next_time(
    server: Dovecot, login: str, plan: dict[str, Any]
) -> None:
    raw = [letter(1), letter(2, 3 << 20), letter(3)]
    server.put(*raw, login=login)
    passed = 0

    def cut(data: bytes) -> bytes:
        nonlocal passed
        passed += len(data)
        if 2 << 20 < passed < 1 << 30:
            passed = 1 << 30  # once
            raise ConnectionResetError
        return data

    proxy = Proxy(server.port, cut)
    house = House()
    with pytest.raises(Unreachable) as caught:
        once(plan, house, port=proxy.port)
    assert caught.value.temporary
    assert list(plan["spool"].iterdir()) == []
    with Watch(plan, house, port=proxy.port, poll_s=0.2) as watch:
        wait_for(lambda: watch.notes[-1:] == [""])
    assert sorted(house.bodies) == sorted(raw)
    assert server.flags(login=login) == [TAKEN] * 3


def test_wherever_the_connection_is_cut_every_letter_is_taken_and_moved_once(
    server: Dovecot, login: str, plan: dict[str, Any]
) -> None:
    raw = [letter(number, 400) for number in range(6)]
    server.put(*raw, login=login)
    dice, house, cuts = random.Random(4), House(), 0
    while server.letters("INBOX", login):
        left = dice.randrange(1400, 3500)  # login and listing take some 1100 octets

        def cut(data: bytes) -> bytes:
            nonlocal left
            left -= len(data)
            if left < 0:
                raise ConnectionResetError
            return data

        try:
            once(plan, house, after=After.MOVE, port=Proxy(server.port, cut).port)
        except Unreachable:
            cuts += 1
    assert cuts >= 4
    keys = {(envelope.key, body) for envelope, body in house.letters}
    assert sorted(body for _, body in keys) == sorted(raw), "one key and one content for each letter"
    assert server.letters("INBOX.vanthu-done", login) == raw


def test_a_connection_lost_while_idle_is_made_anew(
    server: Dovecot, login: str, plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail.imap._FIRST_S", 0.05)
    proxy = Proxy(server.port)
    house = House()
    with Watch(plan, house, port=proxy.port) as watch:
        for number in range(1, 4):
            wait_for(lambda: watch.notes[-1:] == [""])
            time.sleep(0.3)
            watch.notes.clear()
            proxy.drop()
            server.put(letter(number), login=login)
            wait_for(lambda number=number: len(set(house.bodies)) == number)  # a cut may fall before the mark
    assert proxy.connections >= 4


def test_a_letter_that_breaks_every_connection_does_not_hold_up_the_others(
    server: Dovecot, login: str, plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail.imap._FIRST_S", 0.05)
    server.put(b"Subject: poison\r\n\r\n\r\n", letter(2), letter(3), login=login)

    def cut(data: bytes) -> bytes:
        if b"poison" in data:
            raise ConnectionResetError
        return data

    proxy = Proxy(server.port, cut)
    house = House()
    with Watch(plan, house, port=proxy.port, retry_s=60):
        wait_for(lambda: len(house.letters) == 2)
    assert house.bodies == [letter(2), letter(3)]


def test_a_server_gone_dumb_is_left_after_the_timeout(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    server.put(letter(1), login=login)
    deaf = threading.Event()

    def swallow(data: bytes) -> bytes:
        return b"" if deaf.is_set() or b"BODY[]" in data else data

    proxy = Proxy(server.port, swallow)
    with pytest.raises(Unreachable):
        once(plan, House(), port=proxy.port, timeout_s=0.5)


def test_two_doors_at_one_mailbox_lose_nothing(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    raw = [letter(number) for number in range(30)]
    server.put(*raw, login=login)
    house = House()
    with (
        Watch(plan, house, after=After.MOVE, poll_s=0.1) as one,
        Watch(plan, house, after=After.MOVE, poll_s=0.1, name="xa-a-2") as two,
    ):
        wait_for(lambda: server.letters("INBOX", login) == [])
        wait_for(lambda: one.notes[-1:] == two.notes[-1:] == [""])
    assert set(house.bodies) == set(raw)
    assert set(server.letters("INBOX.vanthu-done", login)) == set(raw), "a lost race may leave a second copy there"


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from mail.envelope import Answer
from mail.imap import ImapDoor, ImapPlan, Security
port, login, password, spool, book = sys.argv[1:]
def take(envelope, path):
    with open(book, "ab") as file:
        file.write(envelope.key.encode() + b" " + path.read_bytes().hex().encode() + b"\\n")
    os.kill(os.getpid(), signal.SIGKILL)
plan = ImapPlan(name="xa-a", host="127.0.0.1", port=int(port), login=login, security=Security.NONE,
                password_file=Path(password), spool=Path(spool))
ImapDoor(plan, take).turn(threading.Event())
"""


def test_a_process_killed_between_take_and_flag_comes_again_with_the_same_key(
    server: Dovecot, login: str, plan: dict[str, Any], tmp_path: Path
) -> None:
    server.put(letter(1), letter(2), login=login)
    book = tmp_path / "book"
    command = [sys.executable, "-c", KILLED, str(server.port), login, str(plan["password_file"]), str(plan["spool"])]
    for _ in range(3):
        assert subprocess.run([*command, str(book)], check=False, timeout=20).returncode == -9
    killed = {tuple(line.split(" ")) for line in book.read_text().splitlines()}
    assert len(killed) == 1
    house = House()
    once(plan, house)
    assert [(envelope.key, raw.hex()) for envelope, raw in house.letters][0] in killed
    assert house.bodies == [letter(1), letter(2)]
    assert list(plan["spool"].iterdir()) == [], "what the killed ones left in the spool is swept"
