"""The steps of the way, each with the tools it needs from the house."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from gateway.document import ANSWER, Change, CopyKind, Document, Role, Stage
from gateway.errors import FileMissing
from gateway.exchange.edxml_write import write_head
from gateway.exchange.port import REPLACE, UPDATE, Answered, Replaced, Turn
from gateway.house import House, now
from gateway.inspector import DeskLooks
from gateway.legs import DIED
from gateway.letter_bounds import letter_bounds
from gateway.mail_doors import routing_rules
from gateway.office import rendered
from gateway.pipeline import Task, pipeline
from gateway.receivers import ended
from gateway.seal.keys import seal_of
from gateway.settings import Settings
from gateway.steps.open_message import OpenTools, open_message
from gateway.steps.pages import PageTools
from gateway.steps.propose import ProposeTools, propose
from gateway.steps.read import ReadTools, VirusIn, read
from gateway.steps.recall import recall
from gateway.steps.send import SendTools, parcel_of, send
from gateway.steps.stamp import StampTools, stamp
from gateway.steps.unpack import UnpackTools, unpack
from gateway.store.store import Query, Store
from gateway.virus import Clamd
from mail.parsing import parse_apart
from ocr.child import ReaderPool
from rules.facts import EarlierNumber
from rules.field import Name
from rules.routing import decide

_VOUCHED = frozenset({Stage.CONFIRMED, Stage.SEALED, Stage.SENT, Stage.DELIVERED, Stage.FILED})
_MAY_HAVE_ARRIVED = frozenset({"", DIED, "exchange_down", "exchange_unsure", "os_error", "unknown_fault"})
"""Outcomes of a try that leave open whether the Exchange has the Parcel; "" is the present one, or kill -9."""
_EARLIER = 30
"""So many of the newest numbers of an issuer are weighed."""


def duties_of(house: House) -> Mapping[Stage, Task]:
    """The steps with their tools."""
    store, chosen = house.store, house.settings.engine
    rules = routing_rules(house.settings)
    apart = partial(parse_apart, bounds=letter_bounds(house.settings))
    unpacking = UnpackTools(house.vault, apart, partial(decide, rules), store.directory.get, store.holders)
    seal, inspector = house.settings.seal, house.inspector
    opening = OpenTools(house.vault, partial(inspector.verify, plan=seal), inspector.read_message)

    def opened(document: Document) -> Change:
        return open_message(document, opening) if document.is_message else unpack(document, unpacking)

    reading = ReadTools(house.readers, house.vault, lambda id_, done, of: house.progress.update({id_: (done, of)}),
                        opened, partial(rendered, rewrite=inspector.rewritten), _pages_of(house),
                        virus_in=_virus_check(house.settings))
    proposing = ProposeTools(house.vault, inspector.signature_facts, partial(earlier_numbers, store),
                             partial(inspector.witness, plan=seal), signers=partial(earlier_signers, store))
    sending = sending_of(house)
    stamping = StampTools(seal_of(seal, looks=DeskLooks(inspector)), house.vault, partial(inspector.witness, plan=seal))

    def read_and_tell(document: Document) -> Change:
        try:
            return read(document, reading)
        finally:
            house.progress.pop(document.id, None)

    def stamp_and_send(document: Document) -> Change | None:
        # What the seal lacks comes first; the Document's next leg sends it.
        return stamp(document, stamping) or send(document, sending)

    return pipeline(
        read=read_and_tell,
        propose=lambda document: propose(document, proposing),
        send=stamp_and_send,
        recall=lambda document: recall(document, sending, store.events),
        read_tries=chosen.read_tries,
        send_tries=chosen.send_tries,
    )


def _pages_of(house: House) -> PageTools:
    readers = house.readers
    return PageTools(house.vault, readers.assemble, readers.survey, partial(_survey_each, readers))


def _survey_each(readers: ReaderPool, path: Path) -> tuple[str, ...]:
    return tuple(readers.submit({"do": "survey", "path": str(path), "single": True}).result())


def _virus_check(settings: Settings) -> VirusIn | None:
    return Clamd(settings.read.clamd).virus_in if settings.read.clamd else None


def sending_of(house: House) -> SendTools:
    """What the steps send and recall work with."""
    store = house.store
    return SendTools(house.exchange, house.vault, house.home, store.directory.get, partial(tried, store), now,
                     ended=lambda recipients: ended(recipients, store.directory, now().date()),
                     paper_also=house.settings.exchange.paper_also, turn=partial(turn_of, store),
                     answers=partial(answers_of, store), began=partial(began, store),
                     readdressed=partial(readdressed, store))


def head_of_message(house: House, document: Document, kind: CopyKind, parcel_id: str) -> bytes:
    """The message that a Document will be sent with, without its files.

    Raises:
        FileMissing: it has no archive copy.
        ExchangeRefused: it has no date.
    """
    archive = document.file(Role.ARCHIVE)
    if archive is None:
        raise FileMissing
    files = (*document.files, replace(archive, role=Role.SEALED))
    soon = replace(document, copy_kind=kind, parcel_id=parcel_id, files=files)
    return write_head(parcel_of(soon, sending_of(house)))


def turn_of(store: Store, document: Document) -> Turn | None:
    """What the Document does to an earlier one, as it is told to receivers."""
    found = [row for row in store.turns.of(document.id) if row.kind != ANSWER]
    if not found:
        return None
    row, now_to = found[-1], [to.code for to in document.recipients]
    reason = " ".join(dict.fromkeys(one.reason for one in found))
    if row.kind == REPLACE:
        return Turn(REPLACE, reason, staff=row.by,
                    replaces=tuple(_replaced(store.get(one.earlier), now_to) for one in found))
    earlier = store.get(row.earlier)
    before = [to.code for to in earlier.recipients]
    return Turn(UPDATE, row.reason, target_id=earlier.parcel_id, staff=row.by, data_changed=True,
                added=tuple(code for code in now_to if code not in before),
                removed=tuple(code for code in before if code not in now_to))


def _replaced(earlier: Document, now_to: Sequence[str]) -> Replaced:
    return Replaced(earlier.parcel_id, tuple(to.code for to in earlier.recipients if to.code in now_to))


def answers_of(store: Store, document: Document) -> tuple[Answered, ...]:
    """What the Document answers, as its sender knows it; nothing for what came another way than over the Exchange."""
    asked = [store.arrivals.of(row.earlier) for row in store.turns.of(document.id) if row.kind == ANSWER]
    # One message may have come in for several units, each with a Document of its own.
    return tuple(dict.fromkeys(Answered(one.sender, one.message_id, one.code, one.date) for one in asked if one))


def tried(store: Store, document: Document) -> bool:
    """The present try is one of the attempts already."""
    return sum(attempt.what.startswith("send:") for attempt in store.attempts(document.id)) > 1


def began(store: Store, document: Document) -> dt.datetime | None:
    """When the first try began that may have reached the Exchange: what it refused for certain counts no more."""
    tries = [one for one in store.attempts(document.id) if one.what.startswith("send:")]
    refused = [place for place, one in enumerate(tries) if one.outcome not in _MAY_HAVE_ARRIVED]
    since = tries[refused[-1] + 1 if refused else 0:]
    return since[0].at if since else None


def readdressed(store: Store, document: Document) -> bool:
    """A person has named other recipients since the paper was sealed."""
    return any(event.what == "readdressed" for event in store.events(document.id))


def earlier_numbers(store: Store, issuer: str, symbol: str) -> tuple[EarlierNumber, ...]:
    """The newest numbers of that issuer and symbol which a clerk has confirmed."""
    found = store.find(Query(stages=_VOUCHED, text=symbol, limit=_EARLIER)).documents
    numbers = []
    for document in found:
        value = {name: one.value for name, one in document.fields.items()}
        digits, day = value.get(Name.NUMBER, ""), value.get(Name.DATE, "")
        same = (value.get(Name.ISSUER), value.get(Name.SYMBOL)) == (issuer, symbol)
        if same and digits.isdecimal() and day:
            numbers.append(EarlierNumber(int(digits), dt.date.fromisoformat(day)))
    return tuple(numbers)


def earlier_signers(store: Store, issuer: str) -> tuple[str, ...]:
    """Who signed the newest papers of that issuer which a clerk has confirmed."""
    found = store.find(Query(stages=_VOUCHED, text=issuer, limit=_EARLIER)).documents
    return tuple(dict.fromkeys(name for one in found
                               if one.value(Name.ISSUER) == issuer and (name := one.value(Name.SIGNER))))
