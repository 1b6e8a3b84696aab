"""The mail doors' way in: which unit a letter is for, may its sender write, and then accept.

One Document per letter and unit.  TAKEN is answered when bytes and row are safe; the same letter again, by the same or
another door, is the same Document.
"""
from __future__ import annotations

import datetime as dt
import fnmatch
import logging
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from gateway.document import LETTER_TYPE, VN, Change, Door, FileRef, Held, Origin, Recipient
from gateway.errors import VaultError
from gateway.intake.outsized import REFUSAL, fates_of, noted
from gateway.steps.unpack import SECRET_WORDS
from gateway.store.notices import AUTOMATIC
from gateway.store.store import Received
from mail.envelope import Answer, Envelope
from mail.letter import Head, head_of
from mail.trust import Trust, trust_of
from rules.field import Secrecy
from rules.letter import judge_letter
from rules.routing import Action, Decision, Rule, Slip, decide

log = logging.getLogger(__name__)
_LATER = "Hệ thống đang bận, thư chưa được nhận. Hãy gửi lại sau."
_NO_SUBJECT = "(thư không có tiêu đề)"
_LONGEST_NAME = 300


class AcceptLetter(Protocol):
    """gateway.intake.accept.accept with store and vault bound."""

    def __call__(self, source: Path, origin_of: Callable[[str], Origin], *, unit: str, name: str, by: str,
                 media_type: str, at: dt.datetime, also: Change | None) -> Received:
        """Takes a file in."""
        ...


@dataclass(frozen=True, slots=True)
class UnitMail:
    """A unit served by mail."""

    unit: str
    addresses: tuple[str, ...] = ()
    """Lower case: "van-thu@xa.example", or "@xa.example"."""
    senders: tuple[str, ...] = ()
    """Globs; whoever fits none has his letters wait for a person."""

    def has(self, address: str) -> bool:
        """Is it one of the unit's addresses?"""
        low = address.lower()
        return low in self.addresses or f"@{low.rpartition('@')[2]}" in self.addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersPlan:
    """What is known before the first letter."""

    home: str
    """Unit of a letter that no address tells."""
    units: Sequence[UnitMail] = ()
    mailboxes: Mapping[str, str] = field(default_factory=dict)
    """IMAP account to unit."""
    rules: Sequence[Rule] = ()
    trusted_server: str = ""
    check_dkim: bool = False

    def units_of(self, envelope: Envelope) -> tuple[str, ...]:
        """The units a letter is for, in an order that does not depend on the envelope's."""
        if envelope.door == Door.IMAP:
            return (self.mailboxes.get(envelope.account, self.home),)
        found = {one.unit for one in self.units if any(one.has(address) for address in envelope.recipients)}
        return tuple(sorted(found)) or (self.home,)

    def may_write(self, sender: str, unit: str) -> bool:
        """Is the sender on the unit's list?"""
        senders = [glob for one in self.units if one.unit == unit for glob in one.senders]
        return bool(sender) and any(fnmatch.fnmatchcase(_plain(sender), _glob(glob)) for glob in senders)


class Letters:
    """`take` is called by both doors, in several threads at once."""

    def __init__(self, plan: LettersPlan, accept: AcceptLetter, *, works_for: Callable[[str, str], bool],
                 name_of: Callable[[str], str], keep: Callable[[bytes], FileRef]) -> None:
        """`works_for(login, unit)`: may this user of the gateway write for the unit?  `name_of(code)`: its name.

        `keep(fates)` puts what is known of a letter's Parts into the vault (Role.FATES).
        """
        self._keep_fates = keep
        self._plan = plan
        self._accept = accept
        self._works_for = works_for
        self._name_of = name_of

    def take(self, envelope: Envelope, path: Path) -> Answer:
        """Takes a letter in; what the house answers its bringer.  An outsized one is noted, and refused."""
        try:
            with path.open("rb") as file:
                head = head_of(file)
            chosen = [self._decide(envelope, head, unit) for unit in self._plan.units_of(envelope)]
            wanted = [one for one in chosen if one.action in (Action.TAKE, Action.HOLD)]
            if wanted:
                answer = self._keep(envelope, path, head, _one_per_unit(wanted))
                return Answer.refused(REFUSAL) if envelope.outsized else answer
        except (VaultError, SQLAlchemyError, OSError) as error:
            log.warning("- letter_later door=%s error=%s", envelope.door, type(error).__name__)
            return Answer.later(_LATER)
        refused = next((one for one in chosen if one.action is Action.REFUSE), None)
        log.info("- letter_%s door=%s rule=%s", "refused" if refused else "ignored", envelope.door, chosen[0].rule)
        return Answer.refused(refused.text) if refused else Answer.taken()

    def _decide(self, envelope: Envelope, head: Head, unit: str) -> Decision:
        recipients, size = envelope.recipients or head.to, envelope.outsized.size if envelope.outsized else head.size
        return decide(self._plan.rules,
                      Slip(head.sender or envelope.sender, recipients, head.subject, unit, size, None))

    def _keep(self, envelope: Envelope, path: Path, head: Head, decisions: Sequence[Decision]) -> Answer:
        # A signature covers the body too, which is not here of an outsized letter.
        check_dkim = self._plan.check_dkim and envelope.outsized is None
        trust = trust_of(path, server=self._plan.trusted_server, check_dkim=check_dkim)
        ids = []
        for number, decision in enumerate(decisions):
            received = self._accept(
                path, _origin(envelope, number), unit=decision.unit, name=head.subject[:_LONGEST_NAME] or _NO_SUBJECT,
                by=head.sender or envelope.sender or envelope.authenticated_as or envelope.peer or "machine",
                media_type=LETTER_TYPE, at=dt.datetime.now(VN), also=self._also(envelope, head, decision, trust))
            log.info("%s accepted door=%s fresh=%s rule=%s", received.document.id, envelope.door, received.fresh,
                     decision.rule or "-")
            ids.append(received.document.id)
        return Answer.taken(f"Accepted as {' '.join(ids)}")

    def _also(self, envelope: Envelope, head: Head, decision: Decision, trust: Trust) -> Change | None:
        """What is written down with the new Document."""
        held = self._hold(envelope, head, decision, trust)
        looked = f"Kết quả xác thực thư: {trust}{f' (theo {trust.by})' if trust.by else ''}." if str(trust) else ""
        if envelope.wishes:  # RFC 3461: noted; our own letters tell the bringer how it goes on
            looked = f"{looked} Nơi gửi yêu cầu báo phát (DSN): {', '.join(envelope.wishes)}.".strip()
        to = tuple(Recipient(code, self._name_of(code) or code) for code in decision.recipients) or None
        remarks = (AUTOMATIC,) if _wants_no_answer(envelope, head) else None
        if envelope.outsized:
            return self._noted(envelope, head, held, Change(what="", why=looked, recipients=to, remarks=remarks))
        if held is None and to is None and remarks is None and not looked:
            return None
        why = " ".join(part for part in (held.reason if held else "", looked) if part)
        return Change(what="held" if held else "letter_checked", why=why, held=held, recipients=to, remarks=remarks)

    def _noted(self, envelope: Envelope, head: Head, held: Held | None, change: Change) -> Change:
        """Of a subject that may say a secret nothing is derived; a person looks first (design.md decision 7)."""
        assert envelope.outsized is not None
        if judge_letter(head.subject, "", ()) is not Secrecy.NONE:
            doubt = Held("secrecy_unsure", SECRET_WORDS)
            return replace(noted(envelope, envelope.outsized, doubt, change), secrecy=Secrecy.UNSURE)
        fates = self._keep_fates(fates_of(head, envelope.outsized))
        return noted(envelope, envelope.outsized, held, replace(change, files=(fates,)))

    def _hold(self, envelope: Envelope, head: Head, decision: Decision, trust: Trust) -> Held | None:
        if decision.action is Action.HOLD:
            return Held("rule_hold", f"{decision.text.rstrip('.')}. (Quy tắc phân thư: {decision.rule}.)")
        sender, login = head.sender or envelope.sender, envelope.authenticated_as
        if trust.forged:
            return Held("sender_forged", f"Máy chủ thư báo thư có thể mạo danh {sender or 'người gửi'} (DMARC fail). "
                                         "Hãy gọi điện hỏi người gửi rồi thử lại hoặc từ chối.")
        if self._plan.may_write(sender, decision.unit) or (login and self._works_for(login, decision.unit)):
            return None
        return Held("sender_unknown", f"Người gửi {sender or 'không rõ địa chỉ'} chưa có trong danh sách được gửi cho "
                                      f"{decision.unit}. Hãy xác minh người gửi rồi thử lại hoặc từ chối.")


def _wants_no_answer(envelope: Envelope, head: Head) -> bool:
    """Sent by a machine or a list, with the empty return path, or with the wish to hear nothing (RFC 3834, 3461)."""
    nobody = envelope.door == Door.SMTP and envelope.sender in ("", "<>") and not envelope.authenticated_as
    return head.automatic or nobody or any(wish.startswith("NOTIFY=NEVER") for wish in envelope.wishes)


def _origin(envelope: Envelope, number: int) -> Callable[[str], Origin]:
    """The same envelope and bytes give the same Origin; of several units every further one has its own."""
    key = envelope.key if envelope.key.endswith("/") else f"{envelope.key}/"
    further = f"+{number}" if number else ""
    return lambda sha256: Origin(Door(envelope.door), f"{key}{sha256}{further}")


def _one_per_unit(decisions: Sequence[Decision]) -> Sequence[Decision]:
    """Rules may send the letter of several addresses to one unit: it is one Document there."""
    return list({one.unit: one for one in reversed(decisions)}.values())[::-1]


def _plain(address: str) -> str:
    return unicodedata.normalize("NFC", address).lower()


def _glob(text: str) -> str:
    """Only * and ? stand for something else."""
    return _plain(text).replace("[", "[[]")
