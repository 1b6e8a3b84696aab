"""Letters inside one SMTP or LMTP connection: MAIL, RCPT, DATA, and the answer that only the house may give."""

from __future__ import annotations

import asyncio
import logging
import time
import unicodedata
from dataclasses import dataclass, field

from mail.envelope import Answer, Envelope, Kind, envelope_key
from mail.smtp_connection import Connection, word
from mail.smtp_data import DataStream
from mail.smtp_path import MailPath, parse_path, wishes_of
from mail.smtp_plan import Tls
from mail.smtp_spool import SpoolFile, free_octets

log = logging.getLogger(__name__)

_PIECE = 1 << 16  # octets read at a time
_BLOCK = 1 << 18  # octets handed to the disk at a time
_TAKE_SECONDS = 600.0  # RFC 5321, 4.5.3.2.6: the other side waits ten minutes for the answer
_NO_ROOM = "452 4.3.1 No room for the letter now, come again later"
_TOO_MANY = "450 4.7.1 Too many letters in an hour, come again later"
_CODES = {Kind.TAKEN: "250 2.0.0", Kind.REFUSED: "550 5.7.1", Kind.LATER: "451 4.3.0"}
_DEFAULTS = {Kind.TAKEN: "Taken", Kind.REFUSED: "Refused", Kind.LATER: "Not now, come again later"}
_MAIL_PARAMETERS = {"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"}
_RCPT_PARAMETERS = {"NOTIFY", "ORCPT"}


@dataclass(slots=True)
class _Transaction:
    """What MAIL and RCPT said since the last letter."""

    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    wishes: list[str] = field(default_factory=list)
    utf8: bool = False


class SmtpSession(Connection):
    """One connection with its letters."""

    transaction: _Transaction
    _letters = 0

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self.transaction = _Transaction()

    async def smtp_AUTH(self, arg: str | None) -> None:
        """AUTH, between letters only (RFC 4954, 4)."""
        if self.transaction.sender is not None:
            await self.push("503 5.5.1 Not within a letter")
            return
        await super().smtp_AUTH(arg)

    # ---- MAIL ----

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL FROM: the sender, the size, and whether this peer may hand in at all."""
        if await self.check_helo_needed():
            return
        if self.limits.letters and self._letters >= self.limits.letters:
            await self.leave("421 4.7.0 Enough letters for one connection, open another")
            return
        if self.listener.tls is Tls.REQUIRED and not self.secure:
            await self.push("530 5.7.0 STARTTLS first")
            return
        if not self.account and not self.inside:
            await self.push("530 5.7.0 Log in first")
            return
        if self.transaction.sender is not None:
            await self.push("503 5.5.1 One letter after the other")
            return
        path = parse_path(arg or "", "FROM:")
        if path is None:
            await self.push("501 5.1.7 MAIL FROM:<address>")
            return
        refusal = self._mail_refusal(path)
        if refusal:
            await self.push(refusal)
            return
        self.transaction.sender = path.address
        self.transaction.utf8 = "SMTPUTF8" in path.parameters
        self.transaction.wishes.extend(wishes_of(path) or ())
        await self.push("250 2.1.0 Sender noted")

    def _mail_refusal(self, path: MailPath) -> str:
        given = path.parameters
        if unknown := set(given) - _MAIL_PARAMETERS:
            return f"555 5.5.4 Unknown parameter {word(sorted(unknown)[0])}"
        if given.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            return "501 5.5.4 BODY is 7BIT or 8BITMIME"
        if given.get("SMTPUTF8"):
            return "501 5.5.4 SMTPUTF8 has no value"
        if wishes_of(path) is None:
            return "501 5.5.4 Malformed RET or ENVID"
        if not path.ascii and "SMTPUTF8" not in given:
            return "553 5.6.7 This address needs SMTPUTF8"
        if self._too_many(path.address):
            return _TOO_MANY
        return self._size_refusal(given.get("SIZE", "0"))

    def _size_refusal(self, said: str) -> str:
        if not (said.isascii() and said.isdigit() and len(said) <= 20):
            return "501 5.5.4 SIZE is a number"
        if self.limits.size and int(said) > self.limits.size:
            return f"552 5.3.4 Larger than {self.limits.size} octets"
        try:
            free = free_octets(self.porter.plan.spool)
        except OSError:
            return _NO_ROOM
        return _NO_ROOM if free - int(said) < self.limits.free_disk else ""

    def _rate_key(self, sender: str) -> str:
        return f"account {self.account}" if self.account else sender.lower() or f"peer {self.peer}"

    def _too_many(self, sender: str) -> bool:
        return self.porter.sender_rate.full(self._rate_key(sender)) or self.porter.peer_rate.full(self.peer)

    # ---- RCPT ----

    async def smtp_RCPT(self, arg: str | None) -> None:
        """RCPT TO: one of ours or nobody; this door relays nothing."""
        if await self.check_helo_needed():
            return
        if self.transaction.sender is None:
            await self.push("503 5.5.1 MAIL first")
            return
        path = parse_path(arg or "", "TO:")
        if path is None or not path.address:
            await self.push("501 5.1.3 RCPT TO:<address>")
            return
        refusal = self._rcpt_refusal(path)
        if refusal:
            await self.push(refusal)
            return
        self.transaction.recipients.append(self._whole(path.address))
        self.transaction.wishes.extend(wishes_of(path) or ())
        await self.push("250 2.1.5 Recipient noted")

    def _rcpt_refusal(self, path: MailPath) -> str:
        if unknown := set(path.parameters) - _RCPT_PARAMETERS:
            return f"555 5.5.4 Unknown parameter {word(sorted(unknown)[0])}"
        if wishes_of(path) is None:
            return "501 5.5.4 Malformed NOTIFY or ORCPT"
        if not path.ascii and not self.transaction.utf8:
            return "553 5.6.7 This address needs SMTPUTF8"
        if self.limits.recipients and len(self.transaction.recipients) >= self.limits.recipients:
            return "452 4.5.3 Too many recipients, send the rest in another letter"
        if not self.porter.plan.knows(self._whole(path.address)):
            log.info("smtp unknown_recipient listener=%s peer=%s", self.listener.name, self.peer or "-")
            return "550 5.1.1 No such recipient here"
        return ""

    def _whole(self, address: str) -> str:
        """`postmaster` may come without a domain (RFC 5321, 4.5.1): ours is meant."""
        return address if "@" in address else f"{address}@{self.hostname.lower()}"

    # ---- DATA ----

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: the letter goes to the disk while it comes, then to the house, and the house's answer is ours."""
        if await self.check_helo_needed():
            return
        if not self.transaction.recipients or arg:
            await self.push("501 5.5.4 DATA has no argument" if arg else "503 5.5.1 RCPT first")
            return
        sender = self.transaction.sender or ""
        if self._too_many(sender):
            await self.push(_TOO_MANY)
            return
        try:
            spool = SpoolFile(self.porter.plan.spool)
        except OSError:
            await self.push(_NO_ROOM)
            return
        key, counted = self._rate_key(sender), True
        self.porter.sender_rate.add(key)
        self.porter.peer_rate.add(self.peer)
        self.busy = True
        try:
            reply, counted = await self._one_letter(spool)
        finally:
            if not counted:
                self.porter.sender_rate.give_back(key)
                self.porter.peer_rate.give_back(self.peer)
            self.busy = False
        await self._reply_data(reply)

    async def _one_letter(self, spool: SpoolFile) -> tuple[str, bool]:
        """The reply, and whether the letter counts for the hour."""
        began, handed_over = time.monotonic(), False
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            stream = DataStream(self.listener.max_line)
            reply = await self._receive(stream, spool) or self._content_refusal(stream)
            if reply:
                self._note(reply, stream.size, began)
                return reply, not reply.startswith("4")
            envelope, handed_over = self._envelope(), True
            self._reset_timeout(_TAKE_SECONDS)
            work = self.loop.run_in_executor(self.porter.takers, self.porter.hand_over, envelope, spool)
            await asyncio.wait({work})  # cancels nothing: Take runs to its end even when the other side is gone
            self._reset_timeout()
        finally:
            if not handed_over:
                self.porter.files.submit(spool.remove)
        error = work.exception()
        answer = Answer.later("Trouble here, come again later") if error else work.result()
        if isinstance(error, Exception):
            await self.handle_exception(error)
        reply = self._reply_of(answer)
        self._note(reply, stream.size, began)
        return reply, answer.kind is not Kind.LATER

    async def _receive(self, stream: DataStream, spool: SpoolFile) -> str:
        """Reads up to the end of the letter; returns a refusal, or "" when all of it is in the spool."""
        limit, refusal, block = self.limits.size, "", bytearray()
        deadline = self.loop.time() + self.limits.data_seconds
        while not stream.ended:
            piece: bytes = await self._reader.read(_PIECE)
            if not piece:
                raise ConnectionResetError
            self._reset_timeout()
            block += stream.feed(piece)
            if self.loop.time() > deadline:
                await self.leave("421 4.4.2 The letter takes too long")
            if limit and stream.size > limit:
                refusal = refusal or f"552 5.3.4 Larger than {limit} octets"
                if stream.size > 2 * limit:  # does not stop by itself
                    await self.leave(refusal)
            if not refusal and (stream.ended or len(block) >= _BLOCK):
                refusal = await self._to_disk(spool, bytes(block))
                block.clear()
            if refusal:
                block.clear()
        # Commands sent ahead (RFC 2920) go back to where the command loop reads.
        self._reader._buffer[:0] = stream.rest  # type: ignore[attr-defined]
        return refusal

    async def _to_disk(self, spool: SpoolFile, block: bytes) -> str:
        try:
            await self.loop.run_in_executor(self.porter.files, spool.write, block, self.limits.free_disk)
        except OSError as error:
            log.error("smtp spool_trouble listener=%s errno=%s", self.listener.name, error.errno)
            return _NO_ROOM
        return ""

    def _content_refusal(self, stream: DataStream) -> str:
        if stream.bare and not (self.listener.keep_bare and self.inside):
            return "550 5.6.11 A CR or LF without its partner in the letter"
        if stream.long_line:
            return f"554 5.6.0 A line longer than {self.listener.max_line} octets"
        return ""

    def _envelope(self) -> Envelope:
        sender = self.transaction.sender or ""
        recipients = tuple(dict.fromkeys(self.transaction.recipients))
        return Envelope(
            door="smtp",
            key=envelope_key(sender, recipients),
            sender=sender,
            recipients=recipients,
            account=self.listener.name,
            peer=self.peer,
            authenticated_as=self.account,
            tls=self.secure,
            wishes=tuple(self.transaction.wishes),
        )

    def _note(self, reply: str, size: int, began: float) -> None:
        log.info(
            "smtp %s code=%s listener=%s peer=%s account=%s sender=%s recipients=%d size=%d seconds=%.2f",
            {"2": "taken", "4": "later"}.get(reply[0], "refused"),
            reply[4:].partition(" ")[0],
            self.listener.name,
            self.peer or "-",
            word(self.account),
            word(self.transaction.sender or ""),
            len(self.transaction.recipients),
            size,
            time.monotonic() - began,
        )

    def _reply_of(self, answer: Answer) -> str:
        return f"{_CODES[answer.kind]} {one_line(answer.text, utf8=self.transaction.utf8) or _DEFAULTS[answer.kind]}"

    async def _reply_data(self, reply: str) -> None:
        times = len(self.transaction.recipients) if self.listener.lmtp else 1  # RFC 2033, 4.2
        self._letters += 1
        self._set_post_data_state()
        for _ in range(times):
            await self.push(reply)
        if self.leaving:
            await self.leave("421 4.3.2 Closing, come again later")


class LmtpSession(SmtpSession):
    """LMTP (RFC 2033): another greeting, and one reply per recipient."""

    async def smtp_LHLO(self, hostname: str | None) -> None:
        """LHLO is EHLO by another name."""
        await super().smtp_EHLO(hostname)

    async def smtp_EHLO(self, _hostname: str | None) -> None:
        """Not in LMTP."""
        await self.push("500 5.5.1 LHLO here")

    async def smtp_HELO(self, _hostname: str | None) -> None:
        """Not in LMTP."""
        await self.push("500 5.5.1 LHLO here")


def one_line(text: str, *, utf8: bool) -> str:
    """A sentence fit for a reply: one line, short, and without diacritics for those who did not ask for SMTPUTF8."""
    line = " ".join(text.split())
    if not utf8:
        plain = unicodedata.normalize("NFD", line.replace("đ", "d").replace("Đ", "D"))
        line = plain.encode("ascii", "ignore").decode("ascii")
    while len(line.encode("utf-8")) > 400:
        line = line[:-1]
    return "".join(char for char in line if char.isprintable())
