"""Letters inside one SMTP or LMTP connection: DATA and BDAT, and the answer that only the house may give."""

from __future__ import annotations

import asyncio
import logging
import time
import unicodedata

from mail.envelope import Answer, Envelope, Kind, envelope_key
from mail.smtp_arriving import Arriving
from mail.smtp_connection import word
from mail.smtp_data import ChunkStream, DataStream, parse_chunk
from mail.smtp_envelope import NO_ROOM, TOO_MANY, EnvelopeSession
from mail.smtp_spool import SpoolFile

log = logging.getLogger(__name__)

_PIECE = 1 << 16  # octets read at a time
_BLOCK = 1 << 18  # octets handed to the disk at a time
_TAKE_SECONDS = 600.0  # RFC 5321, 4.5.3.2.6: the other side waits ten minutes for the answer
_CLOSING = "421 4.3.2 Closing, come again later"
_CODES = {Kind.TAKEN: "250 2.0.0", Kind.REFUSED: "550 5.7.1", Kind.LATER: "451 4.3.0"}
_DEFAULTS = {Kind.TAKEN: "Taken", Kind.REFUSED: "Refused", Kind.LATER: "Not now, come again later"}


class SmtpSession(EnvelopeSession):
    """One connection with its letters."""

    async def handle_exception(self, error: Exception) -> str:
        """After trouble of ours nothing more is added to a letter that had begun."""
        self._set_post_data_state()
        return await super().handle_exception(error)

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: the letter goes to the disk while it comes, then to the house, and the house's answer is ours."""
        if await self.check_helo_needed():
            return
        if refusal := self._data_refusal(arg):
            await self.push(refusal)
            return
        letter = self._begin(DataStream(self.listener.max_line))
        if letter.refusal:
            self._forget_letter()
            await self.push(letter.refusal)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        await self._receive(letter)
        await self._end(letter)

    def _data_refusal(self, arg: str | None) -> str:
        if arg:
            return "501 5.5.4 DATA has no argument"
        if self.transaction.letter is not None or self.transaction.binary:
            return "503 5.5.1 BDAT for this letter"
        return "" if self.transaction.recipients else "503 5.5.1 RCPT first"

    async def smtp_BDAT(self, arg: str | None) -> None:
        """BDAT: the same letter, chunk by chunk; each is read to its end, a refused one too (RFC 3030)."""
        chunk = parse_chunk(arg or "")
        if chunk is None:
            await self.leave("501 5.5.4 BDAT octets [LAST]")  # nobody can tell where the next command begins
            return
        octets, last = chunk
        letter = self.transaction.letter or self._begin(self._chunks(), self._bdat_refusal())
        assert isinstance(letter.stream, ChunkStream)
        self.busy = True
        letter.chunks += 1
        letter.stream.expect(octets)
        await self._receive(letter)
        if last:
            await self._end(letter)
            return
        await self.push(letter.refusal or f"250 2.0.0 {octets} octets received")
        self.busy = not letter.refusal
        if self.leaving and letter.refusal:
            await self.leave(_CLOSING)

    def _chunks(self) -> ChunkStream:
        return ChunkStream(0 if self.transaction.binary else self.listener.max_line)

    def _bdat_refusal(self) -> str:
        return "" if self.transaction.recipients else "503 5.5.1 RCPT first"

    def _begin(self, stream: DataStream | ChunkStream, refusal: str = "") -> Arriving:
        """A letter begins; it counts for the hour from now on, so that two sessions do not outrun the count."""
        timer = self.loop.call_later(self.limits.data_seconds, self._time_is_up, "421 4.4.2 The letter takes too long")
        letter = self.transaction.letter = Arriving(stream=stream, timer=timer, refusal=refusal)
        sender = self.transaction.sender or ""
        if not refusal and self._too_many(sender):
            letter.refusal = TOO_MANY
        if letter.refusal:
            return letter
        try:
            letter.spool = SpoolFile(self.porter.plan.spool)
        except OSError:
            letter.refusal = NO_ROOM
            return letter
        self.busy, letter.counted = True, self._rate_key(sender)
        self.porter.sender_rate.add(letter.counted)
        self.porter.peer_rate.add(self.peer)
        return letter

    def _refuse(self, letter: Arriving, reply: str) -> None:
        """For good; what was only put off counts for nobody's hour."""
        letter.refusal = reply
        self._unspool(letter)
        if reply.startswith("4"):
            self._uncount(letter)

    def _uncount(self, letter: Arriving) -> None:
        if letter.counted:
            self.porter.sender_rate.give_back(letter.counted)
            self.porter.peer_rate.give_back(self.peer)
            letter.counted = ""

    async def _receive(self, letter: Arriving) -> None:
        """Reads up to the end of the letter or of its chunk; all of it is in the spool then, or it is refused."""
        limit, stream, block = self.limits.size, letter.stream, bytearray()
        while not stream.ended:
            piece: bytes = await self._reader.read(min(stream.wanted, _PIECE))
            if not piece or self.transport is None or self.transport.is_closing():
                raise ConnectionResetError
            self._reset_timeout()
            block += stream.feed(piece)
            if limit and stream.size > limit:
                if not letter.refusal:
                    self._refuse(letter, f"552 5.3.4 Larger than {limit} octets")
                if stream.size > 2 * limit:  # does not stop by itself
                    await self.leave(letter.refusal)
            if not letter.refusal and (stream.ended or len(block) >= _BLOCK):
                await self._to_disk(letter, bytes(block))
                block.clear()
            if letter.refusal:
                block.clear()
        # Commands sent ahead (RFC 2920) go back to where the command loop reads.
        self._reader._buffer[:0] = stream.rest  # type: ignore[attr-defined]

    async def _to_disk(self, letter: Arriving, block: bytes) -> None:
        assert letter.spool is not None
        try:
            await self.loop.run_in_executor(self.porter.files, letter.spool.write, block, self.limits.free_disk)
        except OSError as error:
            log.error("smtp spool_trouble listener=%s errno=%s", self.listener.name, error.errno)
            self._refuse(letter, NO_ROOM)

    async def _end(self, letter: Arriving) -> None:
        """The last octet is here."""
        letter.timer.cancel()
        reply = letter.refusal or self._content_refusal(letter.stream)
        if reply:
            self._refuse(letter, reply)
        else:
            reply = await self._hand_over(letter)
        self._note(reply, letter)
        await self._reply_letter(reply)

    async def _hand_over(self, letter: Arriving) -> str:
        assert letter.spool is not None
        self._reset_timeout(_TAKE_SECONDS)
        work = self.loop.run_in_executor(self.porter.takers, self.porter.hand_over, self._envelope(), letter.spool)
        letter.spool = None  # whoever hands it over removes it
        await asyncio.wait({work})  # cancels nothing: Take runs to its end even when the other side is gone
        self._reset_timeout()
        error = work.exception()
        answer = Answer.later("Trouble here, come again later") if error else work.result()
        if isinstance(error, Exception):
            await super().handle_exception(error)
        if answer.kind is Kind.LATER:
            self._uncount(letter)
        return self._reply_of(answer)

    def _content_refusal(self, stream: DataStream | ChunkStream) -> str:
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

    def _note(self, reply: str, letter: Arriving) -> None:
        log.info(
            "smtp %s code=%s listener=%s peer=%s account=%s sender=%s recipients=%d size=%d chunks=%d seconds=%.2f",
            {"2": "taken", "4": "later"}.get(reply[0], "refused"),
            reply[4:].partition(" ")[0],
            self.listener.name,
            self.peer or "-",
            word(self.account),
            word(self.transaction.sender or ""),
            len(self.transaction.recipients),
            letter.stream.size,
            letter.chunks,
            time.monotonic() - letter.began,
        )

    def _reply_of(self, answer: Answer) -> str:
        return f"{_CODES[answer.kind]} {one_line(answer.text, utf8=self.transaction.utf8) or _DEFAULTS[answer.kind]}"

    async def _reply_letter(self, reply: str) -> None:
        times = len(self.transaction.recipients) if self.listener.lmtp else 1  # RFC 2033, 4.2
        self._letters += 1
        for _ in range(times or 1):
            await self.push(reply)
        self._set_post_data_state()
        if self.leaving:
            await self.leave(_CLOSING)


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
