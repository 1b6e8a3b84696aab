"""Our IMAP door at work in a test: watching in its thread, or one look through the mailbox."""

from __future__ import annotations

import threading
from typing import Any

from mail.imap import ImapDoor, ImapPlan
from tests.mail.smtp_doors import House

TAKEN = {b"$VanthuTaken"}


def letter(number: int = 1, size: int = 0) -> bytes:
    head = f"From: Xã A <A@Xa.VN>\r\nSubject: Công văn {number}\r\n\r\n".encode()
    return head + b"0123456789abcdef" * (size // 16) + b"\r\n"


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


def hide(*words: bytes) -> Any:
    """The server never heard of these."""

    def edit(data: bytes) -> bytes:
        for word in words:
            data = data.replace(word, b"X" * len(word))
        return data

    return edit
