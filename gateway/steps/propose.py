"""propose: the words become fields with evidence."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.document import Change, Document, Role, Stage
from gateway.errors import FileMissing, ReadFailed
from gateway.fates import letter_record
from gateway.seal.evidence import Witness
from gateway.steps.open_message import signature_remarks
from gateway.steps.secrecy import stop_for
from gateway.store.vault import Vault
from gateway.verdicts import OLD, keep
from ocr.reading import reading_from_json
from ocr.triage import Kind
from rules.copy_mark import BEARS_COPY_MARK, bears_copy_mark
from rules.facts import EarlierNumber, Facts, SignatureFact
from rules.field import Candidate, Field, Name, Proposal
from rules.letter import NUMBER_DIFFERS, number_differs
from rules.propose import propose as propose_fields

HEADER_DIFFERS = "header_differs"
"""Doubt: the paper says otherwise than the head of its message."""
_WORDS_BROKEN = "Kết quả đọc chữ không dùng được. Hãy bấm thử lại; nếu vẫn lỗi, báo quản trị viên kèm mã văn bản."


@dataclass(frozen=True, slots=True)
class ProposeTools:
    """What the step works with."""

    vault: Vault
    signatures: Callable[[Path], tuple[SignatureFact, ...]]
    """What the certificates on a signed file say (gateway.seal.verify.signature_facts)."""
    earlier: Callable[[str, str], tuple[EarlierNumber, ...]]
    """Numbers that clerks confirmed before, by issuer and symbol."""
    witness: Callable[[Path], Witness] | None = None
    """Judges the signatures of a signed paper and gathers what that rests on."""
    signers: Callable[[str], tuple[str, ...]] = lambda issuer: ()
    """Who signed for that issuer, as clerks confirmed it."""


def propose(document: Document, tools: ProposeTools) -> Change:
    """READ → PROPOSED, or STOPPED, or held.

    Raises:
        FileMissing, ReadFailed: the words are not there, or not ours.
    """
    words, paper = document.file(Role.WORDS), document.paper
    if words is None or paper is None:
        raise FileMissing
    try:
        reading = reading_from_json(tools.vault.path(words).read_bytes())
    except ValueError as error:
        raise ReadFailed(_WORDS_BROKEN) from error
    signed = reading.triage.kind is Kind.SIGNED
    signatures = tools.signatures(tools.vault.path(paper)) if signed else ()
    proposal = propose_fields(reading.pages, Facts(signatures, document.received_at))
    if stop := stop_for(proposal.secrecy, document):
        return stop
    known = _known_before(proposal, tools)
    if known.earlier or known.signers:
        # Who issued it is known only now: with what came from there before, it is weighed once more.
        proposal = propose_fields(reading.pages, replace(known, signatures=signatures, arrived=document.received_at))
    verdict = tools.witness(tools.vault.path(paper)) if signed and tools.witness else None
    return Change(
        what="proposed",
        to=Stage.PROPOSED,
        files=keep(verdict, tools.vault) if verdict else (),
        fields=said_and_seen(document.fields, proposal.fields) if document.is_message else proposal.fields,
        remarks=tuple(dict.fromkeys(
            (*document.remarks, *proposal.warnings, *_letter_warnings(document, proposal, tools),
             *_signature_warnings(document, proposal, verdict),
             *((BEARS_COPY_MARK,) if bears_copy_mark(reading.pages) else ())))),
    )


def _known_before(proposal: Proposal, tools: ProposeTools) -> Facts:
    """What clerks have confirmed of the issuer's earlier papers."""
    issuer, symbol = proposal.fields.get(Name.ISSUER), proposal.fields.get(Name.SYMBOL)
    if issuer is None:
        return Facts()
    numbers = tools.earlier(issuer.value, symbol.value) if symbol else ()
    return Facts(earlier=numbers, signers=tools.signers(issuer.value))


def _signature_warnings(document: Document, proposal: Proposal, verdict: Witness | None) -> Iterator[str]:
    """What is to be said of the signatures on a paper; of a message's the sender was asked for when it was opened."""
    if verdict is None:
        return
    if any(one.weak for one in verdict.report.signatures):
        yield OLD
    if not document.is_message:
        issuer = proposal.fields.get(Name.ISSUER)
        yield from signature_remarks(verdict.report, issuer.value if issuer else "")


def said_and_seen(said: Mapping[Name, Field], seen: Mapping[Name, Field]) -> dict[Name, Field]:
    """What the sender states, with doubts where the paper itself surely says otherwise (R-140)."""
    fields = dict(said)
    for name in (Name.NUMBER, Name.SYMBOL, Name.DATE):
        paper, header = seen.get(name), said.get(name)
        if paper is None or not paper.sure or header is None or _same(paper.value, header.value):
            continue
        other = Candidate(paper.value, paper.confidence, paper.evidence)
        fields[name] = replace(header, confidence=0.5, sure=False, evidence=paper.evidence, candidates=(other,),
                               doubts=(HEADER_DIFFERS,))
    for name, field in seen.items():
        fields.setdefault(name, field)
    return fields


def _same(one: str, other: str) -> bool:
    return one.casefold().lstrip("0") == other.casefold().lstrip("0")


def _letter_warnings(document: Document, proposal: Proposal, tools: ProposeTools) -> tuple[str, ...]:
    """What the letter around the paper says against it (R-010)."""
    letter = letter_record(document, tools.vault)
    if letter is None:
        return ()
    value = {name: field.value for name, field in proposal.fields.items()}
    differs = number_differs(letter.subject, value.get(Name.NUMBER, ""), value.get(Name.SYMBOL, ""))
    return (NUMBER_DIFFERS,) if differs else ()
