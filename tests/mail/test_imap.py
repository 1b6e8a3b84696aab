"""The IMAP door against Debian's dovecot: every letter once, touched only after it was taken."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mail.envelope import Answer, Envelope
from mail.imap import After, ImapDoor, ImapPlan, Security
from mail.imap_oauth import Tokens
from mail.imap_trouble import FolderMissing, ImapTrouble, LoginRefused, TlsFailed, Unreachable
from tests.mail.imap_server import PASSWORD, Dovecot, Proxy, dovecot, free_port
from tests.mail.imap_tokens import TokenService
from tests.mail.smtp_doors import House, certificate

NUMBERS = count()
USERS = [f"hopthu{number}@don.vn" for number in range(60)]
TAKEN = {b"$VanthuTaken"}


def letter(number: int = 1, size: int = 0) -> bytes:
    head = f"From: Xã A <A@Xa.VN>\r\nSubject: Công văn {number}\r\n\r\n".encode()
    return head + b"0123456789abcdef" * (size // 16) + b"\r\n"


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenService]:
    with TokenService() as service:
        yield service


@pytest.fixture(scope="module")
def server(tokens: TokenService) -> Iterator[Dovecot]:
    with dovecot(tokens.url + "/tokeninfo?access_token=", USERS) as running:
        yield running


@pytest.fixture
def login() -> str:
    """A mailbox of the test's own."""
    return USERS[next(NUMBERS)]


@pytest.fixture
def plan(server: Dovecot, login: str, tmp_path: Path) -> dict[str, Any]:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    return {
        "name": "xa-a", "host": "127.0.0.1", "port": server.port, "login": login, "security": Security.NONE,
        "password_file": password, "spool": tmp_path / "spool", "poll_s": 20, "retry_s": 0.05,
    }  # fmt: skip


class Watch:
    """A door at work in its thread."""

    def __init__(self, plan: dict[str, Any], house: House, **changes: Any) -> None:
        self.house, self.notes, self.stop = house, list[str](), threading.Event()
        self.heard = threading.Condition()
        self.door = ImapDoor(ImapPlan(**(plan | changes)), house.take, told=self._told)
        self.thread = threading.Thread(target=self.door.watch, args=(self.stop,))

    def _told(self, note: str) -> None:
        with self.heard:
            self.notes.append(note)
            self.heard.notify_all()

    def rounds(self, number: int) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.notes) >= number, 10), self.notes

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def once(plan: dict[str, Any], house: House, **changes: Any) -> str:
    """One session with one look through the mailbox; returns its note."""
    stop, notes = threading.Event(), list[str]()

    def told(note: str) -> None:
        notes.append(note)
        stop.set()

    ImapDoor(ImapPlan(**(plan | changes)), house.take, told=told).turn(stop)
    return notes[-1]


def soon(check: Any, seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


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


def hide(*words: bytes) -> Any:
    """The server never heard of these."""

    def edit(data: bytes) -> bytes:
        for word in words:
            data = data.replace(word, b"X" * len(word))
        return data

    return edit


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
        soon(lambda: watch.notes[-1] == "")
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
    with Watch(plan, house, idle_s=1) as watch:
        watch.rounds(1)
        time.sleep(1.2)  # IDLE has been begun anew
        for number in range(1, 3):
            server.put(letter(number), login=login)
            soon(lambda number=number: len(house.letters) == number, 4)
    assert watch.notes == [""] * len(watch.notes)


def test_without_idle_the_poll_finds_it(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    house = House()
    proxy = Proxy(server.port, hide(b"IDLE"))
    with Watch(plan, house, port=proxy.port, poll_s=0.3, idle_s=0.1) as watch:
        watch.rounds(2)
        server.put(letter(1), login=login)
        soon(lambda: len(house.letters) == 1, 3)
    assert proxy.connections == 1


def test_a_new_uidvalidity_makes_new_keys(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    folder = "INBOX.Công văn"
    house = House()
    with server.client(login) as client:
        client.create_folder(folder)
    with Watch(plan, house, folders=("INBOX", "Công văn"), poll_s=0.1, retry_s=60):
        server.put(letter(1), folder=folder, login=login)
        soon(lambda: len(house.letters) == 1)
        house.answer = Answer.later("")
        server.put(letter(2), folder=folder, login=login)
        soon(lambda: len(house.letters) == 2)
        house.answer = Answer.taken()
        with server.client(login) as client:
            client.delete_folder(folder)
            client.create_folder(folder)
        server.put(letter(3), letter(4), folder=folder, login=login)
        soon(lambda: len(house.letters) == 4)
        soon(lambda: server.flags(folder, login) == [TAKEN, TAKEN])
    keys = [envelope.key.rsplit("/", 2) for envelope, _ in house.letters]
    assert [key[2] for key in keys] == ["1", "2", "1", "2"]
    assert keys[0][1] == keys[1][1] != keys[2][1] == keys[3][1]


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
        soon(lambda: watch.notes[-1:] == [""])
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
            soon(lambda: watch.notes[-1:] == [""])
            time.sleep(0.3)
            watch.notes.clear()
            proxy.drop()
            server.put(letter(number), login=login)
            soon(lambda number=number: len(house.letters) == number)
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
        soon(lambda: len(house.letters) == 2)
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
        soon(lambda: server.letters("INBOX", login) == [])
        soon(lambda: one.notes[-1:] == two.notes[-1:] == [""])
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


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_tls_is_checked_before_anything_secret_is_said(
    server: Dovecot, login: str, plan: dict[str, Any], security: Security, tmp_path: Path
) -> None:
    server.put(letter(1), login=login)
    secure = plan | {"security": security, "host": "localhost", "ca_file": server.ca_file}
    secure["port"] = server.tls_port if security is Security.TLS else server.port
    house = House()
    once(secure, house)
    assert house.letters[0][0].tls
    other = tmp_path / "other"
    other.mkdir()
    for changes in ({"ca_file": certificate(other)}, {"host": "127.0.0.1"}, {"ca_file": None}):
        with pytest.raises(TlsFailed, match="Chứng thư"):
            once(secure, house, **changes)


def test_a_server_without_starttls_hears_no_password(server: Dovecot, login: str, plan: dict[str, Any]) -> None:
    proxy = Proxy(server.port, hide(b"STARTTLS"))
    with pytest.raises(TlsFailed, match="không gửi mật khẩu"):
        once(plan, House(), port=proxy.port, host="localhost", security=Security.STARTTLS, ca_file=server.ca_file)
    with pytest.raises(ValueError, match="without TLS"):
        ImapPlan(**(plan | {"host": "mail.don.vn"})).check()


def test_a_wrong_password_is_for_a_person_to_mend(server: Dovecot, plan: dict[str, Any]) -> None:
    with pytest.raises(LoginRefused, match="tệp mật khẩu") as caught:
        once(plan, House(), login="nobody@don.vn")
    assert not caught.value.temporary
    assert PASSWORD not in str(caught.value)
    proxy = Proxy(server.port, lambda data: data.replace(b"[AUTHENTICATIONFAILED]", b"[UNAVAILABLE]"))
    with pytest.raises(LoginRefused) as caught:
        once(plan, House(), login="nobody@don.vn", port=proxy.port)
    assert caught.value.temporary


def test_nobody_at_home_is_told(plan: dict[str, Any]) -> None:
    with Watch(plan, House(), port=free_port()) as watch:
        watch.rounds(1)
    assert "Không kết nối được" in watch.notes[0]


def test_the_log_never_quotes_a_letter_or_a_password(
    server: Dovecot, login: str, plan: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    server.put(letter(7), login=login)
    once(plan, House())
    assert "imap_letter" in caplog.text
    assert "Công" not in caplog.text
    assert "Q8O0bmc" not in caplog.text
    assert "khó" not in caplog.text


def oauth(tokens: TokenService, login: str, folder: Path) -> Path:
    file = folder / "oauth.toml"
    file.write_text(
        f'token_url = "{tokens.url}/token"\nclient_id = "vanthu"\nclient_secret = "s"\n'
        f'refresh_token = "{tokens.grant(login)}"\n'
    )
    return file


def test_xoauth2_logs_in_and_keeps_the_refresh_token_that_replaces_the_old(
    server: Dovecot, login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    server.put(letter(1), login=login)
    file = oauth(tokens, login, tmp_path)
    house = House()
    for _ in range(3):  # three processes, each with the token that the one before left
        once(plan, house, password_file=None, oauth_file=file)
    assert house.bodies == [letter(1)]
    kept = tmp_path / "oauth.toml.token"
    assert kept.stat().st_mode & 0o077 == 0
    oauth(tokens, login, tmp_path)  # a person grants anew: what was kept is out of date
    once(plan, house, password_file=None, oauth_file=file)


def test_an_access_token_that_died_is_renewed(
    server: Dovecot, login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    settings = plan | {"password_file": None, "oauth_file": oauth(tokens, login, tmp_path)}
    stop = threading.Event()
    door = ImapDoor(ImapPlan(**settings), House().take, told=lambda note: stop.set())
    door.turn(stop)
    tokens.access.clear()
    stop.clear()
    with pytest.raises(LoginRefused) as caught:
        door.turn(stop)
    assert caught.value.temporary, "the next session asks for a new one"
    door.turn(stop)


def test_a_refresh_token_that_cannot_be_kept_serves_until_the_restart(
    server: Dovecot, login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    file = oauth(tokens, login, tmp_path)
    (tmp_path / "oauth.toml.token").mkdir()
    kept = Tokens(file)
    for _ in range(3):
        kept.access()
        kept.forget()
    assert kept.note.startswith("Không lưu được mã làm mới")
    assert "Không lưu được" in once(plan, House(), password_file=None, oauth_file=oauth(tokens, login, tmp_path))


def test_a_withdrawn_grant_is_for_a_person_to_mend(
    login: str, plan: dict[str, Any], tokens: TokenService, tmp_path: Path
) -> None:
    file = oauth(tokens, login, tmp_path)
    tokens.refresh.clear()
    with pytest.raises(LoginRefused, match="invalid_grant") as caught:
        once(plan, House(), password_file=None, oauth_file=file)
    assert not caught.value.temporary
    tokens.broken = True
    with pytest.raises(ImapTrouble) as later:
        once(plan, House(), password_file=None, oauth_file=file)
    tokens.broken = False
    assert later.value.temporary


def test_whoever_takes_decides_what_else_ends_a_session(login: str, plan: dict[str, Any], server: Dovecot) -> None:
    server.put(letter(1), login=login)

    def take(_envelope: Envelope, _path: Path) -> Answer:
        raise RuntimeError("house")

    with pytest.raises(RuntimeError, match="house"):
        ImapDoor(ImapPlan(**plan), take).turn(threading.Event())
    assert server.flags(login=login) == [set()]
