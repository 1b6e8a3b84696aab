"""The reason file that lies beside a refused file: Vietnamese first, then English."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.document import VN


@dataclass(frozen=True, slots=True)
class Reason:
    """What was the matter and what to do, in two languages."""

    vi: str
    en: str


_CUT = Reason("Tệp bị thiếu phần cuối, có thể máy quét ghi chưa xong. Hãy quét lại rồi thả tệp mới vào thư mục.",
              "The end of the file is missing; the scanner may not have finished. Scan again and drop the new file.")

REASONS: Mapping[str, Reason] = {
    "cut": _CUT,
    "empty": Reason("Tệp rỗng. Hãy quét lại rồi thả tệp mới vào thư mục.",
                    "The file is empty. Scan again and drop the new file."),
    "foreign": Reason("Tệp không phải PDF, TIFF, JPEG, PNG, tệp văn phòng (doc, docx, odt, rtf, xls, xlsx, ods) hoặc "
                      "tệp chữ có đuôi .txt, .csv. Hãy chuyển sang một trong các dạng này rồi thả lại.",
                      "The file is not PDF, TIFF, JPEG, PNG, an office file (doc, docx, odt, rtf, xls, xlsx, ods) or a "
                      "text named .txt or .csv. Convert it to one of these and drop it again."),
    "locked": Reason("Tệp văn phòng có mật khẩu nên không mở được. Hãy bỏ mật khẩu rồi thả lại.",
                     "The office file has a password and cannot be opened. Remove the password and drop it again."),
    "macros": Reason("Tệp văn phòng chứa macro nên không nhận. Hãy lưu sang dạng không có macro (.docx, .xlsx) hoặc "
                     "PDF rồi thả lại.", "The office file holds macros and is not taken. Save it without macros "
                     "(.docx, .xlsx) or as PDF and drop the file again."),
    "unfinished": Reason("Tệp mang tên tạm và không thay đổi nữa. Hãy gửi lại tệp từ máy quét.",
                         "The file has a temporary name and stopped changing. Send it again from the scanner."),
    "symlink": Reason("Đây là liên kết, không phải tệp. Hãy thả chính tệp đó vào thư mục.",
                      "This is a link, not a file. Drop the file itself."),
    "hard_link": Reason("Tệp còn mang tên khác ở nơi khác nên có thể bị sửa từ đó. Hãy thả một bản sao riêng.",
                        "The file has another name elsewhere and could be changed from there. Drop a copy of its own."),
    "special": Reason("Đây không phải tệp thường. Hãy thả tệp PDF, TIFF, JPEG hoặc PNG.",
                      "This is not a plain file. Drop a PDF, TIFF, JPEG or PNG file."),
    "bad_name": Reason("Tên tệp hoặc thư mục có ký tự không dùng được. Hãy đổi tên rồi thả lại.",
                       "The name of the file or folder has characters that cannot be used. Rename and drop it again."),
}


_STOPPED = Reason(
    "Một bản quét đã bị dừng vì có dấu giống dấu chỉ độ mật; tệp đã được xóa khỏi hệ thống. Hãy xử lý bản giấy theo "
    "quy định về bảo vệ bí mật nhà nước, không quét lại; báo văn thư nếu cho là nhầm. Đọc xong hãy xóa tệp này.",
    "A scan was stopped for what looks like a secrecy mark; the file is erased. Treat the paper by the rules on state "
    "secrets and do not scan it again; tell the clerk if you think it is none. Delete this note when read.")


_ALONE = {
    "side_alone": Reason(
        "Chỉ có một mặt của bản quét hai mặt; mặt kia không đến kịp nên mặt này được nhận riêng. Nếu giấy có chữ ở cả "
        "hai mặt, hãy quét mặt kia rồi báo văn thư ghép. Đọc xong hãy xóa tệp này.",
        "Only one side of a double-sided scan came in time; it was taken alone. If both sides are written on, scan the "
        "other one and tell the clerk to put them together. Delete this note when read."),
    "sides_unsure": Reason(
        "Có nhiều tệp cùng tên cho một mặt, hoặc hai mặt cách nhau quá lâu, nên mỗi tệp được nhận riêng. Hãy báo văn "
        "thư ghép; lần sau đặt mỗi văn bản một tên. Đọc xong hãy xóa tệp này.",
        "There are several files of one name for one side, or the sides came too far apart: each was taken alone. Tell "
        "the clerk to put them together; give every paper a name of its own. Delete this note when read."),
}


def alone_text(why: str, at: dt.datetime) -> str:
    """What the scanner is told of a half that went on alone."""
    reason = _ALONE[why]
    return f"{reason.vi}\n\n{reason.en}\n\n{at.astimezone(VN):%d/%m/%Y %H:%M:%S %z}\n"


def stopped_text(at: dt.datetime) -> str:
    """What is left of a scan with a secrecy mark at its scanner: the fact, and nothing of the paper (R-004)."""
    return f"{_STOPPED.vi}\n\n{_STOPPED.en}\n\n{at.astimezone(VN):%d/%m/%Y %H:%M:%S %z}\n"


def reason_text(code: str, detail: str, at: dt.datetime) -> str:
    """The whole text; `detail` is a short word for whoever looks after the machine."""
    reason = REASONS[code]
    word = f"{code}: {detail}" if detail else code
    when = f"{at.astimezone(VN):%d/%m/%Y %H:%M:%S %z}"
    return f"{reason.vi}\n\n{reason.en}\n\n{when}  [{word}]\n"
