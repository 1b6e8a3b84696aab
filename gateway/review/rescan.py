"""A clerk asks for a new scan: a note in the scanner's folder, in two languages, and this scan ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.document import Document
from gateway.errors import GatewayError, Incomplete, WrongStage
from gateway.review.acts import Act, Person, demand, ending
from gateway.review.desk import Desk
from gateway.review.translations import mark


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a scan and what to do, in two languages."""

    name: str
    """As the clerk chooses it."""
    vi: str
    en: str


FAULTS: Mapping[str, Fault] = {
    "missing": Fault(mark("Thiếu trang"), "Bản quét thiếu trang. Hãy quét lại đủ mọi trang, cả mặt sau nếu có chữ.",
                     "Pages are missing. Scan all of them again, backs too where something is written."),
    "blurred": Fault(mark("Mờ, khó đọc"), "Bản quét bị mờ. Hãy lau mặt kính rồi quét lại ở 300 dpi, chế độ màu.",
                     "The scan is blurred. Clean the glass and scan again at 300 dpi in color."),
    "cut": Fault(mark("Bị cắt mép"), "Bản quét bị cắt mép. Hãy đặt giấy ngay ngắn, chọn khổ A4 rồi quét lại.",
                 "The edges are cut off. Lay the paper straight, choose A4 and scan again."),
    "skew": Fault(mark("Lệch, gấp góc"), "Bản quét bị lệch hoặc gấp góc. Hãy vuốt phẳng giấy rồi quét lại.",
                  "The page is askew or folded. Smooth the paper and scan again."),
    "dark": Fault(mark("Quá tối hoặc quá nhạt"), "Bản quét quá tối hoặc quá nhạt. Hãy chỉnh độ sáng rồi quét lại.",
                  "The scan is too dark or too pale. Adjust the brightness and scan again."),
    "color": Fault(mark("Không có màu"), "Bản quét không có màu. Hãy quét lại ở chế độ màu, ít nhất 200 dpi.",
                   "The scan has no color. Scan again in color at 200 dpi or more."),
    "other": Fault(mark("Lý do khác"), "Bản quét không dùng được. Hãy quét lại.",
                   "The scan cannot be used. Scan again."),
}  # fmt: skip
NO_FAULT = mark("Chưa chọn lý do quét lại. Hãy chọn một lý do.")
NO_FOLDER = mark("Không ghi được phiếu vào thư mục máy quét. Hãy báo người quét trực tiếp rồi bấm từ chối.")
_LONGEST = 300


def ask_again(desk: Desk, document: Document, code: str, words: str, *, who: Person) -> Document:
    """Writes the note and ends the scan with the same words; a paper that could not be ended leaves no note.

    Raises:
        NotAllowed, WrongStage: not by this person, not now, or the scanner's folder cannot be written.
        Incomplete: no reason was chosen.
        Stale: somebody was faster.
    """
    demand(Act.RESCAN, document, who)
    fault = FAULTS.get(code)
    if fault is None:
        raise Incomplete({"fault": NO_FAULT})
    added = " ".join(words.split())[:_LONGEST]
    reason = f"Yêu cầu quét lại. {fault.vi}{f' {added}' if added else ''}"
    if desk.scan_again is None:
        raise WrongStage(NO_FOLDER)
    try:
        take_back = desk.scan_again(document, _note(document, reason, f"{fault.en}{f' [{added}]' if added else ''}"))
    except OSError as error:
        raise WrongStage(NO_FOLDER) from error
    try:
        return desk.store.record(document, ending("scan_again", reason), who=who.login)
    except GatewayError:
        take_back()
        raise


def _note(document: Document, vi: str, en: str) -> str:
    return f"{document.name}\n\n{vi}\n\nScan again. {en}\n\n{document.id}\n"
