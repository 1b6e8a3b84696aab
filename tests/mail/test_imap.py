"""The IMAP door against Debian's dovecot: every letter once, touched only after it was taken."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from mail.envelope import Answer, Envelope
from mail.imap import After, ImapDoor, ImapPlan
from mail.imap_trouble import FolderMissing
from tests.mail.imap_door import TAKEN, Watch, hide, letter, once
from tests.mail.imap_server import Dovecot, Proxy
from tests.mail.smtp_doors import House
from tests.waiting import wait_for


def test_a_letter_is_taken_byte_for_byte_and_flagged(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    raw = [letter(1), letter(2, 3 << 20), b"no header at all", b"\r\n\xff\xfe \x0c\r\n"]
    server.put(*raw, login=login)
    house = House()
    assert once(plan, house) == ""
    assert house.bodies == raw
    assert server.flags(login=login) == [TAKEN] * 4, "nothing is marked as read"
    envelope = house.letters[0][0]
    assert (envelope.door, envelope.sender, envelope.recipients) == ("imap", "A@xa.vn", (login,))
    assert envelope.account == "xa-a"
    assert list(plan["spool"].iterdir()) == []
    once(plan, house)
    assert len(house.letters) == 4


def test_a_letter_is_moved_once_it_is_taken(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    server.put(letter(1), letter(2), login=login)
    house = House()
    once(plan, house, after=After.MOVE, done_folder="Đã nhận/2026", folders=("*",))
    assert server.letters("INBOX", login) == []
    assert server.letters("INBOX.Đã nhận.2026", login) == [letter(1), letter(2)]
    once(plan, house, after=After.MOVE, done_folder="Đã nhận/2026", folders=("*",))
    assert len(house.letters) == 2, "the folder of taken letters is not watched"


@pytest.mark.parametrize(("hidden", "left"), [((b"MOVE",), []), ((b"MOVE", b"UIDPLUS"), [{b"\\Deleted"}])])
def test_without_move_a_letter_is_copied_and_only_that_letter_expunged(
    server: Dovecot, login: str, plan: dict[str, Any], hidden: tuple[bytes, ...], left: list[set[bytes]]
) -> None:
    server.put(letter(1), login=login)
    server.put(letter(9), login=login)
    with server.client(login) as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
    proxy = Proxy(server.port, hide(*hidden))
    for _ in range(2):
        once(plan, House(), after=After.MOVE, port=proxy.port)
    assert server.letters("INBOX.vanthu-done", login) == [letter(1)]
    assert server.flags(login=login) == [*left, {b"\\Deleted"}], "a person's own deleted letter is not purged"


def test_where_keywords_are_not_kept_seen_and_flagged_are_the_mark(
    server: Dovecot, login: str, plan: dict[str, Any]
) -> None:
    server.put(letter(1), letter(2), login=login)
    with server.client(login) as client:
        client.select_folder("INBOX")
        client.add_flags([1], [b"\\Seen"])
    proxy = Proxy(server.port, hide(b" \\*"))
    house = House()
    for _ in range(2):
        once(plan, house, port=proxy.port)
    assert house.bodies == [letter(1), letter(2)], "a letter that a person has read is taken too"
    assert server.flags(login=login) == [{b"\\Seen", b"\\Flagged"}] * 2


def test_a_refused_and_a_too_large_letter_go_to_the_refused_folder(
    server: Dovecot, login: str, plan: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    large = letter(2, 2 << 20)
    server.put(letter(1), large, login=login)
    house = House(answer=Answer.refused("Không nhận."))
    once(plan, house, largest_mb=1)
    assert house.bodies == [letter(1), letter(2)[:-2]], "of the large one only the head was fetched"
    (outsized,) = [one.outsized for one, _ in house.letters if one.outsized]
    assert (outsized.size, outsized.largest, outsized.kept_in) == (len(large), 1 << 20, "vanthu-refused")
    assert server.letters("INBOX", login) == []
    assert server.letters("INBOX.vanthu-refused", login) == [letter(1), large]
    assert "imap_too_large mailbox=xa-a uid=2" in caplog.text


def test_a_server_that_lies_about_sizes_fills_no_disk(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    server.put(letter(2, 3 << 20), login=login)
    house = House()
    proxy = Proxy(server.port, lambda data: data.replace(b"RFC822.SIZE 3", b"RFC822.SIZE 1"))
    house = House(answer=Answer.refused("Thư quá lớn."))
    once(plan, house, port=proxy.port, largest_mb=2)
    assert [(one.outsized is not None, body) for one, body in house.letters] == [(True, letter(2)[:-2])]
    assert len(server.letters("INBOX.vanthu-refused", login)) == 1


def test_a_server_that_tells_no_sizes_is_read_all_the_same(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    server.put(letter(1), letter(2), login=login)
    house = House()
    proxy = Proxy(server.port, lambda data: data.replace(b"RFC822.SIZE", b"RFC822.SAYS"))
    once(plan, house, port=proxy.port)
    assert house.bodies == [letter(1), letter(2)]


def test_a_letter_put_off_is_left_alone_and_comes_again(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    server.put(letter(1), login=login)
    house = House(answer=Answer.later("Đĩa đầy."))
    with Watch(plan, house, poll_s=0.1) as watch:
        watch.rounds(4)
        assert server.flags(login=login) == [set()]
        assert "Có 1 thư chưa nhận được" in watch.notes[-1]
        house.answer = Answer.taken()
        wait_for(lambda: watch.notes[-1] == "")
    assert server.flags(login=login) == [TAKEN]
    assert len({envelope.key for envelope, _ in house.letters}) == 1


def test_a_disk_error_of_the_house_puts_a_letter_off(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    server.put(letter(1), letter(2), login=login)
    house = House(trouble=OSError(28, "no space"))
    assert "Có 2 thư chưa nhận được" in once(plan, house)
    assert server.flags(login=login) == [set(), set()]


def test_many_letters_are_searched_and_fetched_in_pieces(
    server: Dovecot, login: str, plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_WINDOW", 3), ("_SIZES", 2), ("_PIECE", 64)):
        monkeypatch.setattr(f"mail.imap_fetch.{name}", value)
    raw = [letter(number, 16 * number) for number in range(10)]
    server.put(*raw, login=login)
    house = House()
    once(plan, house)
    assert house.bodies == raw


def test_a_server_that_knows_no_pieces_gives_the_letter_whole(
    server: Dovecot, login: str, plan: dict[str, Any]
) -> None:
    server.put(letter(1), login=login)
    house = House()
    once(plan, house, port=Proxy(server.port, lambda data: data.replace(b"BODY[]<0>", b"BODY[]")).port)
    assert house.bodies == [letter(1)]
    server.put(letter(2), login=login)
    odd = Proxy(server.port, lambda data: data.replace(b"BODY[]<0>", b"BODY[]<7>"))
    assert "Có 1 thư chưa nhận được" in once(plan, house, port=odd.port)


def test_idle_tells_of_a_new_letter_long_before_the_poll(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    house = House()
    with Watch(plan, house, idle_s=1, poll_s=600) as watch:
        watch.rounds(1)
        time.sleep(1.2)  # IDLE has been begun anew
        for number in range(1, 3):
            server.put(letter(number), login=login)
            wait_for(lambda number=number: len(house.letters) == number)
    assert watch.notes == [""] * len(watch.notes)


def test_without_idle_the_poll_finds_it(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    house = House()
    proxy = Proxy(server.port, hide(b"IDLE"))
    with Watch(plan, house, port=proxy.port, poll_s=0.3, idle_s=0.1) as watch:
        watch.rounds(2)
        server.put(letter(1), login=login)
        wait_for(lambda: len(house.letters) == 1)
    assert proxy.connections == 1


def test_a_new_uidvalidity_makes_new_keys(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    folder = "INBOX.Công văn"
    house = House()
    with server.client(login) as client:
        client.create_folder(folder)
    with Watch(plan, house, folders=("INBOX", "Công văn"), poll_s=0.1, retry_s=60):
        server.put(letter(1), folder=folder, login=login)
        wait_for(lambda: len(house.letters) == 1)
        house.answer = Answer.later("")
        server.put(letter(2), folder=folder, login=login)
        wait_for(lambda: len(house.letters) == 2)
        house.answer = Answer.taken()
        with server.client(login) as client:
            client.delete_folder(folder)
            client.create_folder(folder)
        server.put(letter(3), letter(4), folder=folder, login=login)
        wait_for(lambda: len(house.letters) == 4)
        wait_for(lambda: server.flags(folder, login) == [TAKEN, TAKEN])
    keys = [envelope.key.rsplit("/", 2) for envelope, _ in house.letters]
    assert [key[2] for key in keys] == ["1", "2", "1", "2"]
    assert keys[0][1] == keys[1][1] != keys[2][1] == keys[3][1]


def test_folders_are_found_by_pattern(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    with server.client(login) as client:
        for number, name in enumerate(["Phòng A", "Phòng B.Đến", "Khác", "Sent"]):
            if name != "Sent":
                client.create_folder(f"INBOX.{name}")
            client.append(f"INBOX.{name}", letter(number))
    house = House()
    assert "không có thư mục S?nt" in once(plan, house, folders=("inbox", "Phòng*", "S?nt"))
    assert house.bodies == [letter(0), letter(1)], "Sent is not watched by a pattern"
    assert "xa-a/INBOX.Phòng B.Đến/" in house.letters[1][0].key
    assert "không có thư mục Vắng" in once(plan, house, folders=("INBOX", "Vắng"))
    with pytest.raises(FolderMissing) as caught:
        once(plan, house, folders=("Vắng",))
    assert not caught.value.temporary


def test_whoever_takes_decides_what_else_ends_a_session(login: str, plan: dict[str, Any], server: Dovecot) -> None:
    server.put(letter(1), login=login)

    def take(_envelope: Envelope, _path: Path) -> Answer:
        raise RuntimeError("house")

    with pytest.raises(RuntimeError, match="house"):
        ImapDoor(ImapPlan(**plan), take).turn(threading.Event())
    assert server.flags(login=login) == [set()]
