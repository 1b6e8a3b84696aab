"""kill -9 of the mail doors: within a letter, by DATA or by chunks, between its end and reply, between fetch and flag.

Letters in = letters accounted for, none twice.  MAIL_KILLS (10) scales it; `make chaos` asks for 200.
"""
from __future__ import annotations

import os
import random
import shutil
import smtplib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.document import Role
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from tests.faults.mail_door_process import POINTS
from tests.gateway.letters_by_mail import OFFICE, ROOT, SENDER, Place, letter
from tests.mail.imap_server import LOGIN, PASSWORD, Dovecot, dovecot
from tests.waiting import wait_for

KILLS = int(os.environ.get("MAIL_KILLS", "6"))
SEED = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 1_000_000)))
SCRIPT = Path(__file__).with_name("mail_door_process.py")
PER_ROUND = 3
WAYS = (*POINTS, "by chance")

pytestmark = pytest.mark.timeout(300 + 12 * KILLS)


def start(place: Place, *words: str) -> subprocess.Popen[bytes]:
    with (place.folder / "log.txt").open("ab") as log:
        return subprocess.Popen([sys.executable, str(SCRIPT), str(place.folder / "gateway.toml"), *words], cwd=ROOT,
                                env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)


def fresh_letters(number: int, dice: random.Random) -> dict[str, bytes]:
    names = [f"Thư {number}.{extra}" for extra in range(PER_ROUND)]
    return {name: letter(name, padding=dice.randrange(400_000)) for name in names}


def check_books(store: Store, vault: Vault, letters: dict[str, bytes]) -> None:
    """Every letter is one Document, with its bytes; nothing else is there."""
    documents = store.find(Query(limit=10 * len(letters))).documents
    assert Counter(document.name for document in documents) == Counter(letters.keys())
    for document in documents:
        original = document.file(Role.ORIGINAL)
        assert original is not None
        assert vault.path(original).read_bytes() == letters[document.name]
        assert [event.what for event in store.events(document.id)] == ["received"], "known by its origin"
    assert store.journal.verify() == []


class Relay:
    """A mail server with a queue: a letter leaves it when its 250 has come, and not before."""

    def __init__(self, place: Place, dice: random.Random) -> None:
        self._place, self._dice = place, dice
        self.queue: dict[str, bytes] = {}

    def run(self, door: subprocess.Popen[bytes], *, kill_at: int | None) -> None:
        """Hands letters in until the door dies: by its mine, or killed some moment after the data of one letter."""
        for number, (name, raw) in enumerate(list(self.queue.items())):
            try:
                answered = self.hand_in(raw, door if number == kill_at else None)
            except (smtplib.SMTPServerDisconnected, OSError):
                return
            if answered:
                del self.queue[name]

    def hand_in(self, raw: bytes, doomed: subprocess.Popen[bytes] | None = None) -> bool:
        with closing(smtplib.SMTP("127.0.0.1", self._place.smtp, timeout=90)) as client:
            client.ehlo()
            client.mail(SENDER)
            client.rcpt(OFFICE)
            if self._dice.random() < 0.5:
                assert client.docmd("DATA")[0] == 354
                wire, answers = raw + b".\r\n", 1
            else:
                cut = self._dice.randrange(len(raw))
                wire = b"BDAT %d\r\n%bBDAT %d LAST\r\n%b" % (cut, raw[:cut], len(raw) - cut, raw[cut:])
                answers = 2
            if doomed is not None and self._dice.random() < 0.5:  # in the middle of it
                wire = wire[:self._dice.randrange(len(wire))]
            client.send(wire)
            if doomed is not None:
                time.sleep(self._dice.uniform(0.0, 0.05))
                doomed.kill()
            return all(client.getreply()[0] == 250 for _ in range(answers))


def test_killed_between_end_of_data_and_reply_no_letter_is_lost_or_doubled(tmp_path: Path) -> None:
    print(f"CHAOS_SEED={SEED}")
    place, dice = Place.made(tmp_path), random.Random(SEED)
    relay, letters = Relay(place, dice), dict[str, bytes]()
    store, again = place.store(), 0
    for number in range(KILLS):
        fresh = fresh_letters(number, dice)
        letters |= fresh
        relay.queue |= fresh
        way, at = WAYS[number % len(WAYS)], dice.randrange(PER_ROUND)
        door = start(place, "smtp", *([way, str(at + 1)] if way in POINTS else []))
        wait_for(place.open, 90, 0.02)
        relay.run(door, kill_at=None if way in POINTS else at)
        assert door.wait(60) == -9, way
        known = {document.name for document in store.find(Query(limit=10 * len(letters))).documents}
        again += len(known & set(relay.queue))
    last = start(place, "smtp")
    wait_for(place.open, 90, 0.02)
    assert all(relay.hand_in(raw) for raw in relay.queue.values())
    last.terminate()
    assert last.wait(90) == 0
    print(f"kills={KILLS} door=smtp letters={len(letters)} committed_but_not_answered={again}")
    assert again, "some letters came a second time"
    check_books(store, Vault(place.data / "vault"), letters)
    assert not list((place.data / "spool" / "smtp").iterdir()), "what the dead left in the spool is swept"
    store.close()


@pytest.fixture
def server() -> Iterator[Dovecot]:
    if shutil.which("dovecot") is None:
        pytest.skip("dovecot is not installed (Debian package dovecot-imapd)")
    with dovecot("http://127.0.0.1:9/", [LOGIN]) as running:
        yield running


@pytest.mark.parametrize("after", ["flag", "move"])
def test_killed_between_fetch_and_flag_no_letter_is_lost_or_doubled(tmp_path: Path, server: Dovecot,
                                                                    after: str) -> None:
    print(f"CHAOS_SEED={SEED}")
    place, dice = Place.made(tmp_path, mailbox(server, after), smtp=False), random.Random(SEED)
    (place.data / "mailbox.txt").write_text(f"{PASSWORD}\n", "utf-8")
    store, letters = place.store(), dict[str, bytes]()
    kills = max(len(WAYS), KILLS // 2)
    for number in range(kills):
        fresh = fresh_letters(number, dice)
        letters |= fresh
        server.put(*fresh.values())
        way, before = WAYS[number % len(WAYS)], store.find(Query()).total
        process = start(place, "imap", *([way, str(1 + dice.randrange(PER_ROUND))] if way in POINTS else []))
        if way not in POINTS:
            wait_for(lambda before=before: store.find(Query()).total > before, 90, 0.002)  # type: ignore[misc]
            time.sleep(dice.uniform(0.0, 0.03))
            process.kill()
        assert process.wait(60) == -9, way
    process = start(place, "imap")
    wait_for(lambda: store.find(Query()).total == len(letters) and not waiting(server), 180, 0.2)
    process.terminate()
    assert process.wait(90) == 0
    check_books(store, Vault(place.data / "vault"), letters)
    kept = server.letters("INBOX.vanthu-done" if after == "move" else "INBOX")
    assert Counter(kept) == Counter(letters.values()), "the mailbox keeps every letter once"
    print(f"kills={kills} door=imap-{after} letters={len(letters)}")
    store.close()


def mailbox(server: Dovecot, after: str) -> str:
    return (f'[[imap]]\nname = "hop-thu"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
            f'login = "{LOGIN}"\npassword_file = "mailbox.txt"\npoll_s = 1\nafter = "{after}"\n')


def waiting(server: Dovecot) -> bool:
    """Are there letters that are neither flagged nor moved?"""
    return any(b"$VanthuTaken" not in flags for flags in server.flags())
