"""send: a sealed Document goes to the Exchange as a Parcel, the same Parcel however often it is tried."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.document import Change, CopyKind, Document, FileRef, Recipient, Role, Stage
from gateway.errors import ExchangeRefused, FileMissing
from gateway.exchange.port import Answered, Body, Enclosure, Exchange, Parcel, SentMark, Turn
from gateway.receivers import Ended, gets_paper
from gateway.store.vault import Vault
from ocr.triage import Kind
from rules.field import Name

_NO_NUMBER = "Văn bản chưa có mã gói tin hoặc ngày ban hành. Hãy báo quản trị viên kèm mã văn bản."
_KNOWN = "Trục đã có gói tin từ lần gửi trước."
_WHOM = ("Trục không cho biết gói tin đó đã chuyển tới nơi nào; nếu nơi nhận mới không báo trạng thái, "
         "hãy gửi cho họ bằng văn bản cập nhật.")
_CLOCKS_DIFFER = dt.timedelta(minutes=10)
_INFORMATION = "Chuyển tiếp để biết; bản giấy do đơn vị ban hành gửi sau."


@dataclass(frozen=True, slots=True)
class SendTools:
    """What the steps send and recall work with."""

    exchange: Exchange
    vault: Vault
    home: Body
    """The serving office."""
    body: Callable[[str], Body | None]
    """The directory."""
    tried: Callable[[Document], bool]
    """Was sending begun before this try?"""
    clock: Callable[[], dt.datetime]
    ended: Callable[[Sequence[Recipient]], Sequence[Ended]] = lambda _: ()
    """Recipients that cannot receive today (R-125)."""
    paper_also: Sequence[str] = ()
    """Codes of bodies that get paper as well (R-124)."""
    turn: Callable[[Document], Turn | None] = lambda _: None
    """What the Document does to an earlier one."""
    answers: Callable[[Document], tuple[Answered, ...]] = lambda _: ()
    """Documents of other offices that it answers."""
    began: Callable[[Document], dt.datetime | None] = lambda _: None
    """When the first try began that may have reached the Exchange; None where the present one is the first."""
    readdressed: Callable[[Document], bool] = lambda _: False
    """Has a person named other recipients since?"""


def send(document: Document, tools: SendTools) -> Change:
    """SEALED → SENT.

    Raises:
        ExchangeDown: temporary.
        ExchangeRefused, BadMessage, FileMissing: for a person.
    """
    # The answer to an earlier try may have been lost: whoever sends without asking makes two letters.
    mark = tools.exchange.find_sent(document.parcel_id) if tools.tried(document) else None
    if mark is None:
        return _went(document, _send(document, document.recipients, tools), tools)
    if tools.readdressed(document):
        return _also_to_the_others(document, mark, tools)
    return _went(document, mark, tools, _KNOWN)


def _send(document: Document, recipients: Sequence[Recipient], tools: SendTools) -> SentMark:
    if over := tools.ended(recipients):
        raise ExchangeRefused(" ".join(one.sentence for one in over))
    return tools.exchange.send(parcel_of(replace(document, recipients=tuple(recipients)), tools))


def _went(document: Document, mark: SentMark, tools: SendTools, *said: str) -> Change:
    paper = [to.name or to.code for to in _on_paper(document, tools)]
    also = [f"Gửi cả bản giấy tới: {'; '.join(paper)}."] if paper else []
    return Change(what="sent", why=" ".join([*said, *also]), to=Stage.SENT, exchange_id=mark.exchange_id,
                  release=True, sent_at=_truly(document, mark, tools) if said else tools.clock())


def _truly(document: Document, mark: SentMark, tools: SendTools) -> dt.datetime:
    """When an earlier try arrived: the Exchange's own word where it fits our clock, else when that try began."""
    now = tools.clock()
    began = tools.began(document) or now
    fits = mark.at is not None and began - _CLOCKS_DIFFER <= mark.at <= now + _CLOCKS_DIFFER
    return mark.at if mark.at is not None and fits else began


def _also_to_the_others(document: Document, mark: SentMark, tools: SendTools) -> Change:
    """The Parcel of before reached the Exchange after all, for the recipients of before: they have it, whatever was
    chosen since.  Only those who have it not get it now, under the same DocumentId."""
    if not mark.to:
        return _went(document, mark, tools, _KNOWN, _WHOM)
    missing = [to for to in document.recipients if not _codes(to.code, tools) & mark.to]
    chosen = {code for to in document.recipients for code in _codes(to.code, tools)}
    before = [Recipient(body.code, body.name) for code in sorted(mark.to - chosen)
              if (body := tools.body(code) or Body(code, code))]
    if missing:
        _send(document, missing, tools)
    had = f"{_KNOWN} Nơi đã nhận gói tin đó: {'; '.join(sorted(mark.to))}."
    more = f"Nay gửi thêm tới: {'; '.join(to.code for to in missing)}." if missing else ""
    change = _went(document, mark, tools, had, *([more] if more else []))
    return replace(change, recipients=(*document.recipients, *before))


def _codes(code: str, tools: SendTools) -> frozenset[str]:
    """A body's code, and that of before."""
    body = tools.body(code)
    return frozenset({code, body.old_code} - {""}) if body else frozenset({code})


def _on_paper(document: Document, tools: SendTools) -> Sequence[Recipient]:
    return [to for to in document.recipients if gets_paper(to.code, tools.paper_also)]


def parcel_of(document: Document, tools: SendTools) -> Parcel:
    """The Parcel of a sealed or released Document.

    Raises:
        FileMissing: there is nothing to enclose.
        ExchangeRefused: it has no id or date, so that it cannot be sent.
    """
    file = document.paper if document.kind == Kind.SIGNED else document.file(Role.SEALED)
    if file is None:
        raise FileMissing
    value = {name: field.value for name, field in document.fields.items()}
    try:
        date = dt.date.fromisoformat(value.get(Name.DATE, ""))
    except ValueError as error:
        raise ExchangeRefused(_NO_NUMBER) from error
    if not document.parcel_id:
        raise ExchangeRefused(_NO_NUMBER)
    passed_on = document.copy_kind is CopyKind.CHUYEN_TIEP
    sender = tools.home if passed_on or document.unit == tools.home.code else tools.body(document.unit)
    return Parcel(
        document_id=document.parcel_id,
        sender=sender or Body(document.unit, document.unit),
        recipients=tuple(tools.body(to.code) or Body(to.code, to.name) for to in document.recipients),
        number=value.get(Name.NUMBER, ""),
        symbol=value.get(Name.SYMBOL, ""),
        date=date,
        place=value.get(Name.PLACE, ""),
        doc_type=value.get(Name.DOC_TYPE, ""),
        subject=value.get(Name.SUBJECT, ""),
        signer=value.get(Name.SIGNER, ""),
        signer_title=value.get(Name.SIGNER_TITLE, ""),
        urgency=value.get(Name.URGENCY, ""),
        pages=document.pages,
        paper_follows=passed_on or bool(_on_paper(document, tools)),
        content=_INFORMATION if passed_on else "",
        enclosures=_enclosures((file, *document.enclosed), tools.vault),
        sent_at=tools.began(document) or tools.clock(),
        turn=tools.turn(document),
        answers=tools.answers(document),
    )


def _enclosures(files: Iterable[FileRef], vault: Vault) -> tuple[Enclosure, ...]:
    """The paper first, then a letter's attachments; each name once, since a receiver may lay them into one folder."""
    taken: set[str] = set()
    found = []
    for file in files:
        name, count = file.name, 1
        while name.casefold() in taken:
            count += 1
            stem, dot, ending = file.name.rpartition(".")
            name = f"{stem} ({count}){dot}{ending}" if stem else f"{file.name} ({count})"
        taken.add(name.casefold())
        found.append(Enclosure(name, file.media_type, vault.path(file)))
    return tuple(found)
