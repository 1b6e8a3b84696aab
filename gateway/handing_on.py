"""A paper that came over the Exchange goes on to its unit: by mail, or into the print folder, with a cover sheet.

The files go as they came, byte for byte.  What is owed stands among the notices (gateway.store.notices), so that it is
done once and survives the death of the process.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.document import VN, Document, FileRef, Role
from gateway.errors import DiskFull
from gateway.exchange.durable import write_whole
from gateway.sheets.cover import Cover, cover_pdf
from gateway.steps.open_message import CHECKED
from gateway.store.notices import HANDED, SENT, UNIT, WITHDRAWN, OwedNotice
from gateway.store.store import Store
from gateway.store.vault import Vault
from mail.post import Enclosed, Notice
from rules.field import Name

COVER = "phieu-chuyen.pdf"
_LARGEST = 20 * 1024 * 1024
"""Bytes of a letter's files; most mail servers refuse more."""
_PDF = "application/pdf"
_TEXT = ("Văn thư {office} chuyển quý đơn vị văn bản đến qua trục liên thông, số đến {number}.\n\n{rows}\n\n"
         "{files}\n\nĐề nghị quý đơn vị xử lý theo thẩm quyền và báo lại văn thư khi hoàn thành.")
_LARGE = "Tệp quá lớn để gửi qua thư ({size} MB); đề nghị quý đơn vị nhận tại văn thư."
_BACK = ("Nơi gửi đã lấy lại văn bản số đến {number}, {code} của {sender}.\n{reason}\n\n"
         "Đề nghị quý đơn vị ngừng xử lý, hủy mọi bản đã nhận và báo lại văn thư.")


@dataclass(frozen=True, slots=True)
class HandTools:
    """What is needed to hand papers on."""

    store: Store
    vault: Vault
    post: Callable[[Notice], None]
    """Hands a letter to the mail server (mail.post.post)."""
    address: Callable[[str], str]
    """A unit's address for incoming papers; "" where they are printed."""
    name_of: Callable[[str], str]
    print_folder: Path
    office: str


def hand_on(owed: OwedNotice, document: Document, tools: HandTools) -> None:
    """Does what one row owes a unit.

    Raises:
        PostTrouble: the mail server did not take it.
        VaultError, OSError: the disk.
    """
    unit = owed.to.removeprefix(UNIT)
    if owed.event == WITHDRAWN:
        _withdraw(document, unit, tools)
        return
    with TemporaryDirectory(dir=tools.vault.work_folder(), prefix="hand-") as folder:
        cover = Path(folder) / COVER
        cover.write_bytes(cover_pdf(cover_of(document, tools)))
        files = (Enclosed(COVER, _PDF, cover), *_enclosed(document, tools.vault))
        address = tools.address(unit)
        if not address:
            _lay(files, tools.print_folder / unit / document.register_number)
            return
        tools.post(_letter(document, address, files, tools))


def _enclosed(document: Document, vault: Vault) -> Iterator[Enclosed]:
    taken = {COVER}
    for file in (document.paper, *document.attachments):
        if file is None:
            continue
        name, count = _name(file), 1
        while name.casefold() in taken:
            count += 1
            name = f"{count}-{_name(file)}"
        taken.add(name.casefold())
        yield Enclosed(name, file.media_type, vault.path(file))


def _name(file: FileRef) -> str:
    """A name that is a file's name everywhere, and no path."""
    bare = "".join("-" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in file.name).strip(" .")
    return bare[-150:] or "tep"


def _lay(files: tuple[Enclosed, ...], folder: Path) -> None:
    """The files under the print folder, each whole; done twice it is the same."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            write_whole(folder / file.name, file.path.read_bytes())
    except OSError as error:
        raise DiskFull(f"Không ghi được vào thư mục in {folder}. Hãy kiểm tra ổ đĩa và quyền ghi.") from error


def _letter(document: Document, address: str, files: tuple[Enclosed, ...], tools: HandTools) -> Notice:
    size = sum(file.path.stat().st_size for file in files)
    small = size <= _LARGEST
    listed = "\n".join(f"- {file.name}" for file in files)
    cover = cover_of(document, tools)
    text = _TEXT.format(
        office=tools.office, number=cover.number, rows="\n".join(f"{name}: {value}" for name, value in
                                                                            cover.rows),
        files=f"Tệp kèm theo:\n{listed}" if small else _LARGE.format(size=size // 1_000_000))
    about = document.value(Name.SUBJECT)
    return Notice(to=address, subject=f"[{document.register_number}] Văn bản đến: {about}", text=text,
                  key=f"{document.id}.{HANDED}", files=files if small else files[:1])


def _withdraw(document: Document, unit: str, tools: HandTools) -> None:
    """Only a unit that has the paper is told that it is to go."""
    if not any(one.event == HANDED and one.state == SENT for one in tools.store.notices.of(document.id)):
        return
    arrival = tools.store.arrivals.of(document.id)
    text = _BACK.format(number=document.register_number, code=arrival.code if arrival else "",
                        sender=arrival.sender_name if arrival else "", reason=document.reason)
    if address := tools.address(unit):
        tools.post(Notice(to=address, subject=f"[{document.register_number}] Văn bản đến đã bị lấy lại", text=text,
                          key=f"{document.id}.{WITHDRAWN}"))
        return
    folder = tools.print_folder / unit / document.register_number
    try:
        for file in folder.iterdir() if folder.is_dir() else ():
            file.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "da-lay-lai.txt", text.encode())
    except OSError as error:
        raise DiskFull(f"Không sửa được thư mục in {folder}. Hãy kiểm tra ổ đĩa và quyền ghi.") from error


def cover_of(document: Document, tools: HandTools) -> Cover:
    """What the cover sheet of this paper says."""
    arrival = tools.store.arrivals.of(document.id)
    number = tools.store.numbers.of([document.id]).get(document.id)
    code = "/".join(part for part in (document.value(Name.NUMBER), document.value(Name.SYMBOL)) if part)
    rows = (
        ("Số, ký hiệu", code),
        ("Ngày văn bản", "/".join(reversed(document.value(Name.DATE).split("-")))),
        ("Cơ quan ban hành", document.value(Name.ISSUER)),
        ("Tên loại, trích yếu", f"{document.value(Name.DOC_TYPE)} {document.value(Name.SUBJECT)}".strip()),
        ("Người ký", document.value(Name.SIGNER)),
        ("Độ khẩn", document.value(Name.URGENCY)),
        ("Hạn trả lời", f"{arrival.due:%d/%m/%Y}" if arrival and arrival.due else ""),
        ("Nhận lúc", f"{document.received_at.astimezone(VN):%H:%M ngày %d/%m/%Y}"),
        ("Mã của nơi gửi", arrival.message_id if arrival else ""),
        ("Bản giấy", "nơi gửi gửi sau" if arrival and arrival.paper_follows else ""),
    )
    name = tools.name_of(document.unit)
    return Cover(
        office=tools.office, unit=name, recipient=name, number=str(number.number) if number else "",
        register_number=document.register_number, registered_at=number.at if number else document.received_at,
        rows=tuple((label, value) for label, value in rows if value),
        signatures=tuple(signature_sentences(checked(document, tools.vault))),
        files=tuple(file.name for file in (document.paper, *document.attachments) if file))


def checked(document: Document, vault: Vault) -> Mapping[str, Any]:
    """What opening its message has found; empty for what came another way."""
    file = next((one for one in document.files if one.role is Role.EVIDENCE and one.name == CHECKED), None)
    found: Mapping[str, Any] = json.loads(vault.path(file).read_text("utf-8")) if file else {}
    return found


def signature_sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each signature on the files of a message."""
    for name, report in found.get("signatures", {}).items():
        for one in report["signatures"]:
            yield f"{name}: {one['signer']}. {one['reason']}"
