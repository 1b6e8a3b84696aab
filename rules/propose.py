"""Best value per field, doubts kept: the frame around the one-file-per-field finders."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from ocr.page import Page
from rules import date, doc_type, issuer, number, place, recipients, signer, subject, symbol, urgency
from rules.agreement import says_other_body, weighed
from rules.calendar_vn import Day, kind_of
from rules.directory import stood
from rules.facts import Facts
from rules.field import Candidate, Field, Name, Proposal
from rules.head import Head, take_apart
from rules.secrecy import judge_secrecy
from rules.sure import SURE

_NO_FACTS = Facts()
_LATE_DAYS = 30
"""A paper signed more than so many days after its date is odd."""
_MOST = 5
_WEIGHTS = {"weekday": 0.93, "holiday": 0.93}
"""What a doubt leaves of a confidence, if not 0.85.  One paper in thirty is dated on a day off, and two in seven wrong
days are: of 0.99 that leaves 0.92."""


def propose(pages: Sequence[Page], facts: Facts = _NO_FACTS) -> Proposal:
    """Fields of one paper.  Pure; never raises for what is on the pages.  A field not found is absent.

    Args:
        pages: in order, page 1 first; page 1 may hold its head only.
        facts: what is known besides; it moves confidence, it never replaces a value.
    """
    secrecy = judge_secrecy(pages)
    if not pages:
        return Proposal({}, secrecy)
    head = take_apart(pages[0])
    found: dict[Name, list[Candidate]] = {
        Name.NUMBER: number.find(head),
        Name.SYMBOL: symbol.find(head),
        Name.DATE: date.find(head),
    }
    said = found[Name.SYMBOL][0].value if found[Name.SYMBOL] else ""
    found[Name.ISSUER], found[Name.ISSUER_PARENT] = issuer.find(head, facts.signatures, said)
    bodies = [each.value for name in (Name.ISSUER, Name.ISSUER_PARENT) for each in found[name][:1]]
    found[Name.PLACE] = place.find(head, bodies)
    found[Name.DOC_TYPE] = doc_type.find(head, said, _day(found))
    if found[Name.SYMBOL] and found[Name.ISSUER]:
        titled = doc_type.title_row(head)
        pair = weighed(found[Name.SYMBOL][0], found[Name.ISSUER][0], titled[1] if titled else "")
        found[Name.SYMBOL][0], found[Name.ISSUER][0] = pair
    found[Name.SUBJECT] = subject.find(head, pages)
    found[Name.SIGNER], found[Name.SIGNER_TITLE] = signer.find(pages)
    if known := signer.recalled(pages, facts.signers):
        found[Name.SIGNER].insert(0, known)
    found[Name.URGENCY] = urgency.find(pages)
    found[Name.RECIPIENTS] = recipients.find(head)
    doubts = _doubts(head, found, facts)
    fields = {name: _field(name, candidates, doubts.get(name, ())) for name, candidates in found.items() if candidates}
    return Proposal(fields, secrecy, _warnings(head, fields))


def _field(name: Name, candidates: list[Candidate], doubts: Sequence[str]) -> Field:
    best = candidates[0]
    confidence = max(0.01, best.confidence * math.prod(_WEIGHTS.get(code, 0.85) for code in doubts))
    others = tuple(each for each in candidates[1:_MOST] if each.value != best.value)
    sure = confidence >= SURE[name] and not doubts
    return Field(name, best.value, round(min(confidence, 0.999), 4), sure, best.evidence, others, tuple(doubts))


def _doubts(head: Head, found: dict[Name, list[Candidate]], facts: Facts) -> dict[Name, tuple[str, ...]]:
    """What speaks against a value, as codes."""
    doubts: dict[Name, list[str]] = {}
    day = _day(found)
    if day is not None:
        doubts[Name.DATE] = _date_doubts(day, facts)
        if date.year_printed(head) not in ("", f"{day:%Y}"):
            doubts[Name.DATE].append("readers_differ")
        if not all(stood(each.value, day) for name in (Name.ISSUER, Name.ISSUER_PARENT) for each in found[name][:1]):
            doubts[Name.DATE].append("body_not_then")
    if found[Name.NUMBER]:
        doubts[Name.NUMBER] = _number_doubts(found[Name.NUMBER][0].value, head, day, facts)
    types = found[Name.DOC_TYPE]
    if len(types) > 1 and types[1].confidence > 0.8:
        doubts[Name.DOC_TYPE] = ["type_title"]
    if (
        found[Name.ISSUER]
        and found[Name.SYMBOL]
        and says_other_body(found[Name.SYMBOL][0].value, found[Name.ISSUER][0].value)
    ):
        doubts[Name.SYMBOL] = ["issuer_symbol"]
    if found[Name.SIGNER] and found[Name.SIGNER][0].value in facts.signers and _misread(found[Name.SIGNER][0]):
        doubts[Name.SIGNER] = ["signer_recalled"]
    return {name: tuple(codes) for name, codes in doubts.items()}


def _misread(candidate: Candidate) -> bool:
    """Is the value another than what stands at its place?"""
    return candidate.evidence is not None and candidate.value not in candidate.evidence.text


def _day(found: dict[Name, list[Candidate]]) -> dt.date | None:
    return dt.date.fromisoformat(found[Name.DATE][0].value) if found[Name.DATE] else None


def _date_doubts(day: dt.date, facts: Facts) -> list[str]:
    codes = []
    if facts.arrived is not None and day > facts.arrived.date():
        codes.append("after_arrival")
    signed = [fact.signed_at.date() for fact in facts.signatures if fact.signed_at is not None]
    if signed and day > min(signed):
        codes.append("after_signature")
    if signed and (min(signed) - day).days > _LATE_DAYS:
        codes.append("late_signature")
    kind = kind_of(day)
    if kind is not Day.WORKED:
        codes.append("weekday" if kind is Day.WEEKEND else "holiday")
    return codes


def _number_doubts(value: str, head: Head, day: dt.date | None, facts: Facts) -> list[str]:
    codes = []
    digits = value.split("/", maxsplit=1)[0]
    printed = number.printed_number(head)
    if head.number is not None and not head.number.handwritten and printed and printed != digits:
        codes.append("readers_differ")
    if day is not None and digits.isdecimal():
        same_year = [one for one in facts.earlier if one.date.year == day.year]
        after = any(one.date < day and one.number > int(digits) for one in same_year)
        before = any(one.date > day and one.number < int(digits) for one in same_year)
        if after or before:
            codes.append("order")
    return codes


def _warnings(head: Head, fields: dict[Name, Field]) -> tuple[str, ...]:
    codes = []
    if head.number is not None and Name.NUMBER not in fields:
        codes.append("number_empty")
    if head.date is not None and Name.DATE not in fields:
        codes.append("date_empty")
    return tuple(codes)
