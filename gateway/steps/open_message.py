"""open_message: a message of the Exchange is opened; its paper, its attachments and what was checked are kept.

RECEIVED stays RECEIVED: the next leg reads the paper.  What the header says become the fields, sure; the signatures on
every file are judged once and the verdict is kept as evidence (R-140).  Nothing of the files is changed.
"""
from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.document import Change, Document, FileRef, Held, Role
from gateway.errors import BadMessage, FileMissing
from gateway.exchange.edxml import Attachment, EdocMessage, ReadMessage, read_message
from gateway.seal.report import Report, report_as_json
from gateway.steps.paper import KINDS
from gateway.steps.secrecy import stop_for
from gateway.store.vault import Vault
from mail import sniff
from rules.field import Field, Name
from rules.letter import judge_letter
from rules.spelling import fold

_URGENCIES = ("", "Khẩn", "Thượng khẩn", "Hỏa tốc", "Hỏa tốc")
_PROGRAMS = frozenset({sniff.PROGRAM, sniff.LINK, "text/x-script"})
_SECRET = ("Trích yếu hoặc tên tệp của gói tin có dấu giống dấu chỉ độ mật. Hãy mở tệp gốc để kiểm tra: "
           "nếu đúng thì bấm dừng, nếu không thì hai người xác nhận.")
_NO_PAPER = ("Gói tin không có tệp nào đọc được làm văn bản. Hãy xem các tệp kèm theo, rồi từ chối tiếp nhận có lý do "
             "để nơi gửi gửi lại.")
_PROGRAM = ("Gói tin có tệp chương trình “{name}” nên chưa mở tiếp. Hãy từ chối tiếp nhận có lý do, hoặc bỏ tạm giữ "
            "nếu chắc chắn an toàn.")
CHECKED = "kiem-tra-goi-tin.json"
"""Name of the evidence file: verdicts on signatures, and what was odd about the message."""
UNSIGNED, BROKEN, UNTRUSTED, OTHER_SIGNER = "not_signed", "signature_broken", "signature_untrusted", "signer_differs"
ODD, DAMAGED, PAPER_FOLLOWS = "message_odd", "attachment_damaged", "paper_follows"


@dataclass(frozen=True, slots=True)
class OpenTools:
    """What the step works with."""

    vault: Vault
    verify: Callable[[Path], Report]
    """Judges the signatures on a PDF by whom this office trusts."""
    read: ReadMessage = read_message


def wants_opening(document: Document) -> bool:
    """A message of the Exchange that nobody has opened yet."""
    return document.is_message and not any(file.name == CHECKED for file in document.files)


def open_message(document: Document, tools: OpenTools) -> Change:
    """RECEIVED stays RECEIVED, with paper, attachments, evidence and fields; or held, or STOPPED.

    Raises:
        BadMessage: it cannot be read; the door has read it before.
        FileMissing, VaultError: the vault.
    """
    original = document.file(Role.ORIGINAL)
    if original is None:
        raise FileMissing
    message = tools.read(tools.vault.path(original).read_bytes())
    if not isinstance(message, EdocMessage):
        raise BadMessage
    names = [one.name for one in message.attachments]
    text = "\n".join((message.content, *message.appendixes))
    if stop := stop_for(judge_letter(message.subject, text, names), document, unsure=_SECRET):
        return stop
    return _Opening(document, message, original, tools).change()


class _Opening:
    """One message."""

    def __init__(self, document: Document, message: EdocMessage, original: FileRef, tools: OpenTools) -> None:
        self._document = document
        self._message = message
        self._original = original
        self._tools = tools
        self._types = [sniff.media_type(one.data) for one in message.attachments]

    def change(self) -> Change:
        """The whole Change."""
        paper = self._paper()
        kept = [self._keep(place, one, paper) for place, one in enumerate(self._message.attachments)]
        reports = {file.name: self._tools.verify(self._tools.vault.path(file)) for file in kept
                   if file.media_type == sniff.PDF}
        held = self._held(paper)
        return Change(
            what="held" if held else "opened",
            why=held.reason if held else "",
            files=(*kept, self._evidence(reports)),
            fields=header_fields(self._message),
            remarks=tuple(dict.fromkeys((*self._document.remarks, *self._remarks(reports, kept)))),
            held=held,
        )

    def _paper(self) -> int | None:
        """Place of the attachment that is the paper: PDF before pictures before office files, the first of its kind."""
        ranked = []
        for place, (one, media_type) in enumerate(zip(self._message.attachments, self._types, strict=True)):
            kind = next((rank for rank, kinds in enumerate(KINDS) if media_type in kinds), None)
            if kind is not None and not one.doubt:
                ranked.append((kind, place))
        return min(ranked)[1] if ranked else None

    def _keep(self, place: int, one: Attachment, paper: int | None) -> FileRef:
        role = Role.PAPER if place == paper else Role.ATTACHMENT
        return self._tools.vault.put(io.BytesIO(one.data), role=role, media_type=self._types[place],
                                     name=one.name or f"tep-{place + 1}")

    def _held(self, paper: int | None) -> Held | None:
        program = next((one.name for one, kind in zip(self._message.attachments, self._types, strict=True)
                        if kind in _PROGRAMS), None)
        if program is not None:
            return Held("part_held", _PROGRAM.format(name=program))
        return Held("no_paper", _NO_PAPER) if paper is None else None

    def _evidence(self, reports: Mapping[str, Report]) -> FileRef:
        message = self._message
        told: dict[str, Any] = {
            "message": self._original.sha256, "document_id": message.document_id, "from": message.sender.code,
            "traces": list(message.traces), "warnings": list(message.warnings),
            "doubts": {one.name: one.doubt for one in message.attachments if one.doubt},
            "signatures": {name: report_as_json(report) for name, report in reports.items()},
        }
        data = json.dumps(told, ensure_ascii=False, indent=1).encode()
        return self._tools.vault.put(io.BytesIO(data), role=Role.EVIDENCE, media_type="application/json", name=CHECKED)

    def _remarks(self, reports: Mapping[str, Report], kept: Sequence[FileRef]) -> Iterator[str]:
        paper = next((file.name for file in kept if file.role is Role.PAPER), "")
        yield from signature_remarks(reports.get(paper), self._message.sender.name)
        if self._message.warnings:
            yield ODD
        if any(one.doubt for one in self._message.attachments):
            yield DAMAGED
        if self._message.paper_follows:
            yield PAPER_FOLLOWS


def signature_remarks(report: Report | None, sender: str) -> Iterator[str]:
    """What is to be said of the paper's signatures; nothing when all is well."""
    if report is None or not report.signatures:
        yield UNSIGNED
        return
    if not report.whole:
        yield BROKEN
    elif not all(one.trusted for one in report.signatures):
        yield UNTRUSTED
    names = [fold(name) for one in report.signatures for name in (one.signer, one.organization) if name]
    wanted = fold(sender)
    if wanted and not any(name in wanted or wanted in name for name in names):
        yield OTHER_SIGNER


def header_fields(message: EdocMessage) -> dict[Name, Field]:
    """The fields that the sender itself states: sure."""
    said = {
        Name.NUMBER: message.number, Name.SYMBOL: message.symbol,
        Name.DATE: message.date.isoformat() if message.date else "", Name.PLACE: message.place,
        Name.ISSUER: message.sender.name, Name.DOC_TYPE: message.doc_type, Name.SUBJECT: message.subject,
        Name.SIGNER: message.signer, Name.SIGNER_TITLE: message.signer_title,
        Name.URGENCY: _URGENCIES[message.priority],
    }
    values = {name: " ".join(unicodedata.normalize("NFC", value).split()) for name, value in said.items()}
    return {name: Field(name, value, 1.0, sure=True) for name, value in values.items() if value}
