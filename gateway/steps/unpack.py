"""unpack: a letter is opened; its paper, its attachments and the fate of every Part are kept beside the original.

RECEIVED stays RECEIVED: the next leg reads the paper.  Nothing is decided here that a person cannot see and undo: what
is doubtful waits, with a sentence.  A secrecy mark in the letter's words is looked for before anything is kept.
"""
from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.document import Change, Document, FileRef, Held, Recipient, Role
from gateway.errors import FileMissing, ReadFailed
from gateway.exchange.port import Body
from gateway.fates import MOST_WORDS, LetterRecord, PartFate, record_to_json
from gateway.steps.paper import SEVERAL, choose
from gateway.steps.secrecy import stop_for
from gateway.store.vault import Vault
from mail.letter import Fate, Letter, Part
from mail.parsing import NotParsed, Parsed
from mail.sniff import EDXML
from rules.letter import judge_letter
from rules.routing import Action, Decision, Slip

log = logging.getLogger(__name__)
Parse = Callable[[Path, Path], Parsed]
"""Opens the letter at a path and lays the bytes of its Parts into a folder (mail.parsing.parse_apart)."""

_BROKEN = ("Không mở được thư này trong giới hạn an toàn. Hãy tải thư gốc về mở bằng tay, "
           "rồi tải tệp văn bản lên tại bàn văn thư.")
SECRET_WORDS = ("Tiêu đề, lời thư hoặc tên tệp có dấu giống dấu chỉ độ mật. Hãy mở thư gốc để kiểm tra: "
           "nếu đúng thì bấm dừng, nếu không thì hai người xác nhận.")
NO_PAPER = ("Thư không có tệp nào dùng làm văn bản. Hãy xem lời thư và bảng các phần; nếu cần thì đề nghị nơi gửi gửi "
            "lại dạng PDF, rồi từ chối thư này.")
_SAME = "Cùng tệp với văn bản {id}."
_RULE = "Quy tắc phân thư “{rule}” nói {what}. Hãy xem thư rồi từ chối, hoặc bỏ tạm giữ để làm tiếp."
_WHAT = {Action.IGNORE: "bỏ qua thư này", Action.REFUSE: "không nhận thư này", Action.HOLD: "giữ thư này lại"}
_REMARKS = {"invalid": "smime_invalid", "unknown": "smime_unknown"}
"""State of the letter's own signature to the remark it deserves."""
REFUSED_PARTS = "parts_refused"
PAPER_KNOWN = "paper_known"
"""Remark: the same paper has come in another way, or in another letter."""


@dataclass(frozen=True, slots=True)
class UnpackTools:
    """What the step works with."""

    vault: Vault
    parse: Parse
    decide: Callable[[Slip], Decision]
    """The routing rules (rules.routing.decide)."""
    body: Callable[[str], Body | None]
    """The directory."""
    holders: Callable[[str, str], Sequence[str]]
    """Ids of Documents that have the bytes of that SHA-256 already, in that unit."""


def wants_unpacking(document: Document) -> bool:
    """A letter that nobody has opened yet."""
    return document.is_letter and document.file(Role.FATES) is None


def unpack(document: Document, tools: UnpackTools) -> Change:
    """RECEIVED stays RECEIVED, with paper, attachments and fates; or held.

    Raises:
        ReadFailed: the letter cannot be opened within its bounds.
        FileMissing, VaultError: the vault.
        OSError: no process could be started.
    """
    original = document.file(Role.ORIGINAL)
    if original is None:
        raise FileMissing
    with TemporaryDirectory(dir=tools.vault.work_folder(), prefix="unpack-") as folder:
        try:
            parsed = tools.parse(tools.vault.path(original), Path(folder))
        except NotParsed as error:
            log.warning("%s letter_not_parsed detail=%s", document.id, error.detail)
            raise ReadFailed(_BROKEN) from error
        letter = parsed.letter
        names = [part.name for part in letter.parts if part.fate is not Fate.IGNORED]
        if stop := stop_for(judge_letter(letter.subject, letter.text, names), document, unsure=SECRET_WORDS):
            return stop
        return _Unpacking(document, parsed, tools).change(original.size)


class _Unpacking:
    """One letter whose Parts lie in files."""

    def __init__(self, document: Document, parsed: Parsed, tools: UnpackTools) -> None:
        self._document = document
        self._letter = parsed.letter
        self._files = parsed.files
        self._tools = tools
        self._choice = choose(parsed)

    def change(self, size: int) -> Change:
        """The whole Change; `size` is the letter's in bytes."""
        kept = {part.place: file for part, file in self._kept()}
        record = _record(self._letter, tuple(self._fate(part, kept.get(part.place)) for part in self._letter.parts))
        told = self._tools.vault.put(io.BytesIO(record_to_json(record)), role=Role.FATES, media_type="application/json",
                                     name="thu.json")
        decision, again = self._decided(size)
        held = self._held(decision, again)
        unit = decision.unit if again and decision.unit != self._document.unit else None
        same = self._same(tuple(kept.values()), unit or self._document.unit)
        return Change(
            what="held" if held else "unpacked",
            why=" ".join(part for part in (held.reason if held else "", same) if part),
            files=(*kept.values(), told),
            unit=unit,
            recipients=self._recipients(decision),
            remarks=tuple(dict.fromkeys((*self._document.remarks, *self._remarks(known=bool(same))))),
            held=held,
        )

    def _kept(self) -> Iterator[tuple[Part, FileRef]]:
        """Every TAKEN Part, in the vault.  An edXML file is a message about the paper, not something to send along."""
        for part in self._letter.parts:
            if part.fate is not Fate.TAKEN or part.place not in self._files:
                continue
            role = Role.MESSAGE if part.media_type == EDXML else Role.ATTACHMENT
            if self._choice.paper is not None and part.place == self._choice.paper.place:
                role = Role.PAPER
            yield part, self._tools.vault.put(self._files[part.place], role=role, media_type=part.media_type,
                                              name=part.name)

    def _same(self, kept: Sequence[FileRef], unit: str) -> str:
        """A sentence that names another Document which has this paper, or ""."""
        paper = next((file for file in kept if file.role is Role.PAPER), None)
        found = self._tools.holders(paper.sha256, unit) if paper else ()
        others = [one for one in found if one != self._document.id]
        return _SAME.format(id=others[0]) if others else ""

    def _fate(self, part: Part, kept: FileRef | None) -> PartFate:
        size, sha256 = (kept.size, kept.sha256) if kept else _measured(self._files.get(part.place))
        return PartFate(place=part.place, name=part.name, media_type=part.media_type, size=size, sha256=sha256,
                        fate=part.fate.value, why=part.why, doubtful_name=part.doubtful_name,
                        role=kept.role.value if kept else "")

    def _decided(self, size: int) -> tuple[Decision, bool]:
        """What the rules say, and whether the door could not know it for want of the attachments' names."""
        letter, document = self._letter, self._document
        names = tuple(part.name for part in letter.parts if part.fate is not Fate.IGNORED)

        def slip(attachments: tuple[str, ...] | None) -> Slip:
            return Slip(letter.sender or document.by, letter.to, letter.subject, document.unit, size, attachments)

        return self._tools.decide(slip(names)), self._tools.decide(slip(None)).undecided

    def _held(self, decision: Decision, again: bool) -> Held | None:
        if again and decision.action is not Action.TAKE:
            said = _RULE.format(rule=decision.rule, what=_WHAT[decision.action])
            return Held("rule", f"{decision.text.strip()} {said}".strip())
        closed = next((part for part in self._letter.parts if part.fate is Fate.HELD), None)
        if closed is not None:
            return Held("part_held", f"Phần “{closed.name}”: {closed.why}")
        return Held("no_paper", NO_PAPER) if self._choice.paper is None else None

    def _recipients(self, decision: Decision) -> tuple[Recipient, ...] | None:
        if self._document.recipients or not decision.recipients:
            return None
        bodies = ((code, self._tools.body(code)) for code in decision.recipients)
        return tuple(Recipient(code, body.name if body else code) for code, body in bodies)

    def _remarks(self, *, known: bool) -> Iterator[str]:
        yield from self._letter.remarks
        if known:
            yield PAPER_KNOWN
        if self._letter.signed in _REMARKS:
            yield _REMARKS[self._letter.signed]
        if self._choice.several:
            yield SEVERAL[self._choice.several]
        if any(part.fate is Fate.REFUSED for part in self._letter.parts):
            yield REFUSED_PARTS


def _record(letter: Letter, parts: tuple[PartFate, ...]) -> LetterRecord:
    return LetterRecord(
        subject=letter.subject, sender=letter.sender, sender_name=letter.sender_name, to=letter.to,
        message_id=letter.message_id, date=letter.date, automatic=letter.automatic, signed=letter.signed,
        remarks=letter.remarks, text=letter.text[:MOST_WORDS], other_text=letter.other_text[:MOST_WORDS], parts=parts)


def _measured(path: Path | None) -> tuple[int, str]:
    """Size and SHA-256 of bytes that are not kept as a file of their own."""
    if path is None:
        return 0, ""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()

