"""Before the letter: MAIL and RCPT, and what may still be said while it comes. The letter is in `mail.smtp_session`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from mail.smtp_arriving import Arriving
from mail.smtp_connection import Connection, word
from mail.smtp_path import MailPath, parse_path, wishes_of
from mail.smtp_plan import Listener, Tls
from mail.smtp_porter import Porter
from mail.smtp_spool import free_octets

log = logging.getLogger(__name__)

NO_ROOM = "452 4.3.1 No room for the letter now, come again later"
TOO_MANY = "450 4.7.1 Too many letters in an hour, come again later"
_MAIL_PARAMETERS = {"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"}
_RCPT_PARAMETERS = {"NOTIFY", "ORCPT"}
_BODIES = ("7BIT", "8BITMIME", "BINARYMIME")


@dataclass(slots=True)
class Transaction:
    """What MAIL and RCPT said since the last letter."""

    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    wishes: list[str] = field(default_factory=list)
    utf8: bool = False
    binary: bool = False  # BODY=BINARYMIME
    letter: Arriving | None = None  # it has begun to come


class EnvelopeSession(Connection):
    """One connection, up to the letters' first octets."""

    _letters = 0

    def __init__(self, porter: Porter, listener: Listener) -> None:
        super().__init__(porter, listener)
        self.transaction = Transaction()

    async def _handle_client(self) -> None:
        try:
            await super()._handle_client()
        finally:
            self._forget_letter()

    def _set_post_data_state(self) -> None:
        """After a letter, RSET, another greeting, STARTTLS."""
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self._forget_letter()
        self.transaction = Transaction()

    def _forget_letter(self) -> None:
        """What has come of a letter is nobody's; its giver still has it."""
        letter, self.transaction.letter, self.busy = self.transaction.letter, None, False
        if letter is not None:
            letter.timer.cancel()
            self._unspool(letter)

    def _unspool(self, letter: Arriving) -> None:
        if letter.spool is not None:
            self.porter.files.submit(letter.spool.remove)
            letter.spool = None

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
        self._forget_letter()  # chunks that came before any MAIL
        self.transaction.sender = path.address
        self.transaction.binary = path.parameters.get("BODY", "").upper() == "BINARYMIME"
        self.transaction.utf8 = "SMTPUTF8" in path.parameters
        self.transaction.wishes.extend(wishes_of(path) or ())
        await self.push("250 2.1.0 Sender noted")

    def _mail_refusal(self, path: MailPath) -> str:
        given = path.parameters
        if unknown := set(given) - _MAIL_PARAMETERS:
            return f"555 5.5.4 Unknown parameter {word(sorted(unknown)[0])}"
        if given.get("BODY", "7BIT").upper() not in _BODIES:
            return "501 5.5.4 BODY is 7BIT, 8BITMIME or BINARYMIME"
        if given.get("SMTPUTF8"):
            return "501 5.5.4 SMTPUTF8 has no value"
        if wishes_of(path) is None:
            return "501 5.5.4 Malformed RET or ENVID"
        if not path.ascii and "SMTPUTF8" not in given:
            return "553 5.6.7 This address needs SMTPUTF8"
        if self._too_many(path.address):
            return TOO_MANY
        return self._size_refusal(given.get("SIZE", "0"))

    def _size_refusal(self, said: str) -> str:
        if not (said.isascii() and said.isdigit() and len(said) <= 20):
            return "501 5.5.4 SIZE is a number"
        if self.limits.size and int(said) > self.limits.size:
            return f"552 5.3.4 Larger than {self.limits.size} octets"
        try:
            free = free_octets(self.porter.plan.spool)
        except OSError:
            return NO_ROOM
        return NO_ROOM if free - int(said) < self.limits.free_disk else ""

    def _rate_key(self, sender: str) -> str:
        return f"account {self.account}" if self.account else sender.lower() or f"peer {self.peer}"

    def _too_many(self, sender: str) -> bool:
        return self.porter.sender_rate.full(self._rate_key(sender)) or self.porter.peer_rate.full(self.peer)

    # ---- RCPT ----

    async def smtp_RCPT(self, arg: str | None) -> None:
        """RCPT TO: one of ours or nobody; this door relays nothing."""
        if await self.check_helo_needed():
            return
        if self.transaction.sender is None or self.transaction.letter is not None:
            await self.push("503 5.5.1 Not within a letter" if self.transaction.letter else "503 5.5.1 MAIL first")
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
