"""One letter after the other through Take, and what is remembered of those that are not done with yet."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mail.envelope import Answer, Envelope, Kind, Outsized, Take
from mail.imap_fetch import Gone, Room, TooLarge, fetch, fetch_head
from mail.imap_folders import Folders
from mail.imap_mark import flag, move
from mail.imap_plan import After, ImapPlan, Security
from mail.imap_trouble import FolderMissing, SpoolTrouble, response_code
from mail.letter import head_of
from mail.smtp_spool import SpoolFile

log = logging.getLogger(__name__)

_LONGEST_S = 3600.0


@dataclass(slots=True)
class Case:
    """A letter that was begun with."""

    tries: int = 0
    not_before: float = 0.0  # time.monotonic()
    answer: Answer | None = None  # the house's last word, while the mark in the mailbox is still missing
    copied: set[int] = field(default_factory=set)


class Letters:
    """Takes letters of one mailbox. For one thread."""

    def __init__(self, plan: ImapPlan, take: Take) -> None:
        self._plan, self._take = plan, take
        self._cases: dict[str, dict[int, Case]] = {}
        self._validity: dict[str, int] = {}

    def due(self, room: Room, uids: list[int]) -> list[int]:
        """Those of `uids` whose time has come. With a new UIDVALIDITY nothing remembered holds (RFC 3501, 2.3.1.1)."""
        before = self._validity.get(room.name)
        if before not in (None, room.validity):
            log.warning("- imap_uidvalidity mailbox=%s old=%s new=%d", self._plan.name, before, room.validity)
            self._cases.pop(room.name, None)
        self._validity[room.name] = room.validity
        here = set(uids)
        cases = {uid: case for uid, case in self._cases.get(room.name, {}).items() if uid in here}
        self._cases[room.name] = cases
        now = time.monotonic()
        return [uid for uid in uids if uid not in cases or cases[uid].not_before <= now]

    def forget_but(self, names: Collection[str]) -> None:
        """Folders that are no longer there."""
        for name in set(self._cases) - set(names):
            del self._cases[name]

    def notes(self) -> list[str]:
        """Sentences about letters that wait."""
        cases = [case for room in self._cases.values() for case in room.values()]
        unmarked = sum(case.answer is not None for case in cases)
        late = len(cases) - unmarked
        notes = [f"Có {late} thư chưa nhận được, cổng sẽ tự thử lại."] if late else []
        if unmarked:
            notes.append(
                f"Có {unmarked} thư đã xử lý nhưng máy chủ không cho đánh dấu hoặc chuyển thư mục. "
                "Hãy kiểm tra quyền và dung lượng của hộp thư."
            )
        return notes

    def one(self, client: IMAPClient, folders: Folders, room: Room, *, uid: int, size: int) -> None:
        """From fetch to mark. What the server refuses for this letter alone puts off this letter alone."""
        cases = self._cases[room.name]
        case = cases.setdefault(uid, Case())
        case.tries += 1
        # Set before anything happens: a letter on which the connection breaks lets the others go first next time.
        case.not_before = time.monotonic() + min(self._plan.retry_s * 2 ** min(case.tries - 1, 20), _LONGEST_S)
        try:
            case.answer = case.answer or self._ask(client, room, uid=uid, size=size)
            if case.answer.kind is Kind.LATER:
                case.answer = None
                return
            self._mark(client, folders, room, uid=uid, case=case)
        except Gone:
            log.info("- imap_gone mailbox=%s uid=%d", self._plan.name, uid)
        except IMAPClientAbortError:
            raise
        except (IMAPClientError, FolderMissing) as error:
            code = response_code(error)
            log.warning("- imap_put_off mailbox=%s uid=%d tries=%d code=%s", self._plan.name, uid, case.tries, code)
            return
        del cases[uid]

    def _ask(self, client: IMAPClient, room: Room, *, uid: int, size: int) -> Answer:
        """The house's answer to one letter; the mailbox is as it was."""
        if size > self._plan.largest:
            return self._too_large(client, room, uid=uid, size=size)
        with self._spooled() as spooled:
            try:
                came = fetch(client, uid, size=size, largest=self._plan.largest, file=spooled)
            except TooLarge:
                return self._too_large(client, room, uid=uid, size=self._plan.largest + 1)
            answer = self._asked(self._envelope(room, uid, spooled), spooled)
        log.info("- imap_letter mailbox=%s uid=%d size=%d answer=%s", self._plan.name, uid, came, answer.kind)
        return answer

    @contextmanager
    def _spooled(self) -> Iterator[SpoolFile]:
        try:
            spooled = SpoolFile(self._plan.spool)
        except OSError as error:
            raise SpoolTrouble(f"Không ghi được vào thư mục đệm {self._plan.spool}. Hãy kiểm tra ổ đĩa.") from error
        try:
            yield spooled
        finally:
            spooled.remove()

    def _asked(self, envelope: Envelope, spooled: SpoolFile) -> Answer:
        try:
            return self._take(envelope, spooled.path)
        except OSError as error:  # the house's disk, not our connection
            log.error("- imap_take mailbox=%s key=%r trouble=%s", self._plan.name, envelope.key, type(error).__name__)
            return Answer.later("")

    def _too_large(self, client: IMAPClient, room: Room, *, uid: int, size: int) -> Answer:
        """The house notes who wrote about what, and how large it is, before the letter is put aside."""
        log.warning("- imap_too_large mailbox=%s uid=%d size=%d", self._plan.name, uid, size)
        with self._spooled() as spooled:
            fetch_head(client, uid, file=spooled)
            outsized = Outsized(size, self._plan.largest, self._plan.refused_folder)
            return self._asked(replace(self._envelope(room, uid, spooled), outsized=outsized), spooled)

    def _envelope(self, room: Room, uid: int, spooled: SpoolFile) -> Envelope:
        with spooled.path.open("rb") as stream:
            head = head_of(stream)
        plan = self._plan
        return Envelope(
            door="imap",
            key=f"{plan.name}/{room.name}/{room.validity}/{uid}",
            sender=head.sender,
            recipients=(plan.login,),
            account=plan.name,
            peer=plan.host,
            tls=plan.security is not Security.NONE,
        )

    def _mark(self, client: IMAPClient, folders: Folders, room: Room, *, uid: int, case: Case) -> None:
        refused = case.answer is not None and case.answer.kind is Kind.REFUSED
        if refused or self._plan.after is After.MOVE:
            home = folders.home(self._plan.refused_folder if refused else self._plan.done_folder)
            move(client, uid, home, copied=case.copied)
        else:
            flag(client, room, uid)
