"""A mailbox that is watched: every letter in it is taken once, and touched only after it was.

The order that loses nothing: size, fetch to the spool, Take, and only then the mark in the mailbox. A session that
breaks anywhere before the mark fetches the letter again under the same key, and the house knows it by key and content;
so does a second gateway at the same mailbox. IDLE is a hint: the mailbox is looked through every `poll_s` in any case.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from mail.envelope import Take
from mail.imap_fetch import enter, sizes, waiting
from mail.imap_folders import Folder, Folders
from mail.imap_letters import Letters
from mail.imap_login import close, connect
from mail.imap_oauth import Tokens
from mail.imap_plan import After, ImapPlan, Security
from mail.imap_trouble import (
    FolderMissing,
    ImapTrouble,
    LoginRefused,
    ServerRefused,
    SpoolTrouble,
    Unreachable,
    response_code,
)
from mail.smtp_spool import sweep

__all__ = ["After", "ImapDoor", "ImapPlan", "ImapTrouble", "Security"]

log = logging.getLogger(__name__)

_FIRST_S, _LONGEST_S = 5.0, 300.0
_HOPELESS_S = 900.0  # a password tried again and again locks the account
_BREATH_S = 0.2  # between two rounds, however loudly the server hints


class ImapDoor:
    """One mailbox. What it remembers between sessions saves work only; the mailbox and the house know the truth."""

    def __init__(self, plan: ImapPlan, take: Take, *, told: Callable[[str], None] = lambda note: None) -> None:
        """`told(note)` hears after every look through the mailbox: "" for well, else a sentence for the health page.

        Raises:
            ValueError: the plan cannot be followed.
        """
        plan.check()
        self.plan = plan
        self._told = told
        self._letters = Letters(plan, take)
        self._tokens = Tokens(plan.oauth_file) if plan.oauth_file else None
        self._may_idle = True
        self._rounds = 0

    def turn(self, stop: threading.Event) -> None:
        """One session: logs in, takes what is new, then idles and looks again, until `stop`.

        Raises:
            ImapTrouble: the session ended; `temporary` tells whether another may fare better by itself.
            Exception: whatever Take raised, save OSError, which counts as "later".
        """
        with self._translated():
            self._sweep()
            client = connect(self.plan, self._tokens)
            log.info("- imap_open mailbox=%s host=%s port=%d", self.plan.name, self.plan.host, self.plan.port_used)
            try:
                while not stop.is_set():
                    note = self._round(client, stop)
                    self._rounds += 1
                    self._told(note)
                    self._wait(client, stop)
                with contextlib.suppress(IMAPClientError, OSError):
                    client.logout()
            finally:
                close(client)

    def watch(self, stop: threading.Event) -> None:
        """Sessions one after the other until `stop`, with longer and longer pauses while they fail at once."""
        pause = _FIRST_S
        while not stop.is_set():
            rounds = self._rounds
            try:
                self.turn(stop)
            except ImapTrouble as trouble:
                log.warning("- imap_trouble mailbox=%s kind=%s", self.plan.name, type(trouble).__name__)
                self._told(str(trouble))
                pause = _FIRST_S if self._rounds > rounds else min(pause * 2, _LONGEST_S)
                locked_out = isinstance(trouble, LoginRefused) and not trouble.temporary
                # Several gateways do not come back at the same moment.
                stop.wait((_HOPELESS_S if locked_out else pause) * random.uniform(0.5, 1.0))

    def _sweep(self) -> None:
        try:
            sweep(self.plan.spool)
        except OSError as error:
            raise SpoolTrouble(f"Không dùng được thư mục đệm {self.plan.spool}. Hãy kiểm tra quyền ghi.") from error

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        host = self.plan.host
        try:
            yield
        except (IMAPClientAbortError, OSError) as error:
            raise Unreachable(f"Kết nối với máy chủ thư {host} bị đứt. Cổng sẽ tự kết nối lại.") from error
        except IMAPClientError as error:
            raise ServerRefused(
                f"Máy chủ thư {host} từ chối một lệnh của cổng. Cổng sẽ tự thử lại; nếu kéo dài, hãy xem nhật ký."
            ) from error

    def _round(self, client: IMAPClient, stop: threading.Event) -> str:
        """Looks through every watched folder; returns what a person should know, "" for nothing."""
        plan = self.plan
        folders = Folders(client)
        homes = (plan.refused_folder, plan.done_folder) if plan.after is After.MOVE else (plan.refused_folder,)
        watched = folders.watched(plan.folders, homes)
        missing = ", ".join(folders.missing(plan.folders))
        if not watched:
            raise FolderMissing(f"Hộp thư {plan.name} không có thư mục {missing}. Hãy sửa tên thư mục cần theo dõi.")
        notes = [f"Hộp thư không có thư mục {missing}. Hãy sửa tên thư mục cần theo dõi."] if missing else []
        for folder in watched:
            if stop.is_set():
                break
            try:
                self._folder(client, folders, folder, stop=stop)
            except IMAPClientReadOnlyError:
                notes.append(f"Thư mục {folder.plain} chỉ cho đọc nên cổng không nhận thư. Hãy cấp quyền ghi.")
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                log.warning("- imap_folder mailbox=%s folder=%r code=%s", plan.name, folder.plain, response_code(error))
                notes.append(f"Máy chủ không cho mở thư mục {folder.plain}. Hãy kiểm tra quyền của hộp thư.")
        self._letters.forget_but({folder.name for folder in watched})
        notes += [self._tokens.note] if self._tokens and self._tokens.note else []
        return " ".join([*notes, *self._letters.notes()])

    def _folder(self, client: IMAPClient, folders: Folders, folder: Folder, *, stop: threading.Event) -> None:
        room = enter(client, folder.name)
        uids = waiting(client, room)
        due = self._letters.due(room, uids)
        for uid, size in sizes(client, due):
            if stop.is_set():
                return
            self._letters.one(client, folders, room, uid=uid, size=size)

    def _wait(self, client: IMAPClient, stop: threading.Event) -> None:
        """Until it is time to look again, or the server hints; the connection is kept alive meanwhile."""
        until = time.monotonic() + self.plan.poll_s
        stop.wait(min(_BREATH_S, self.plan.poll_s))
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            span = min(left, self.plan.idle_s)
            if self._may_idle and client.has_capability("IDLE"):
                if self._idle(client, stop, span):
                    return
            elif not stop.wait(span):
                client.noop()

    def _idle(self, client: IMAPClient, stop: threading.Event, span: float) -> bool:
        """Did the server hint that something changed?"""
        try:
            client.idle()
            until = time.monotonic() + span
            hint = False
            while not hint and not stop.is_set() and (left := until - time.monotonic()) > 0:
                slice_s = min(left, 1.0)
                began = time.monotonic()
                # Back early with nothing: half a line came, or the connection ended; DONE finds out which.
                hint = bool(client.idle_check(slice_s)) or time.monotonic() - began < slice_s / 2
            return bool(client.idle_done()[1]) or hint
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            # IMAPClient loses step with servers that speak before "+": from now on this mailbox is only polled.
            self._may_idle = False
            log.warning("- imap_no_idle mailbox=%s trouble=%s", self.plan.name, response_code(error))
            raise Unreachable("Máy chủ thư không giữ được IDLE. Cổng sẽ kết nối lại và chỉ xem định kỳ.") from error
