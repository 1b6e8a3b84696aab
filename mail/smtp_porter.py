"""What all sessions of the SMTP door share: the plan, the counts, and the threads in which waiting is done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from mail.envelope import Answer, Envelope, Take
from mail.rates import Rates
from mail.smtp_plan import Certificate, SmtpPlan
from mail.smtp_spool import SpoolFile

log = logging.getLogger(__name__)

CheckLogin = Callable[[str, str], bool]


class Guest(Protocol):
    """One connection, as the porter sees it."""

    peer: str
    busy: bool  # a letter is on its way

    def ask_to_leave(self) -> None:
        """Goodbye at the next good moment: at once, or when the letter on its way has its answer."""

    def throw_out(self) -> None:
        """Goodbye now."""


class Porter:
    """One per door. Everything but `hand_over` is called in the loop's own thread."""

    def __init__(self, plan: SmtpPlan, take: Take, check_login: CheckLogin) -> None:
        self.plan = plan
        self.check_login = check_login
        self.certificate = Certificate(plan.certificate, plan.private_key) if plan.certificate else None
        self.guests: set[Guest] = set()
        self.closing = False
        limits = plan.limits
        self.sender_rate = Rates(limits.sender_letters_per_hour)
        self.peer_rate = Rates(limits.peer_letters_per_hour)
        self.failed_logins = Rates(limits.peer_failed_logins_per_hour)
        # Apart, so that a slow Take or a slow password check holds up nobody who is still sending.
        self.files = ThreadPoolExecutor(2, "smtp-files")
        self.takers = ThreadPoolExecutor(plan.takers, "smtp-take")
        self.logins = ThreadPoolExecutor(2, "smtp-login")
        self._take = take

    def turned_away(self, guest: Guest) -> str:
        """The reply that sends a new connection away, or "" for come in. The guest is already counted."""
        limits = self.plan.limits
        if self.closing:
            return "421 4.3.2 Closing, come again later"
        if limits.connections and len(self.guests) > limits.connections:
            return "421 4.7.0 Too many connections, come again later"
        same = sum(one.peer == guest.peer for one in self.guests)
        if guest.peer and limits.connections_per_peer and same > limits.connections_per_peer:
            return "421 4.7.0 Too many connections from your address"
        return ""

    def hand_over(self, envelope: Envelope, spool: SpoolFile) -> Answer:
        """Asks the house, in a worker thread, and removes the spooled file whatever the answer."""
        try:
            return self._take(envelope, spool.path)
        finally:
            spool.remove()

    def renew_certificate(self) -> None:
        """A certificate that cannot be read leaves the old one in use."""
        if self.certificate:
            try:
                self.certificate.refresh()
            except OSError as error:
                log.warning("smtp certificate_unreadable error=%s", type(error).__name__)

    def close(self) -> None:
        """Waits until every letter that was handed over has its answer. Blocks."""
        for pool in (self.takers, self.files, self.logins):
            pool.shutdown(wait=True)
