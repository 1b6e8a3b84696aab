"""The error tree of reading.

OcrError
├── Unreadable
│   └── Encrypted
├── TooLarge
├── TimedOut
├── ReaderCrashed
│   └── NotStarted
├── EngineMissing
├── ConverterMissing
├── NotArchivable
└── SignedMustStay

The docstring of a class is its default message, written for the clerk.  `temporary` says whether the same file may
succeed when it is tried again.
"""
from __future__ import annotations

from typing import ClassVar


class OcrError(Exception):
    """Không đọc được tệp. Hãy mở tệp gốc để kiểm tra rồi thử lại."""

    temporary: ClassVar[bool] = False

    def __init__(self, message: str = "", *, detail: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.detail = detail
        """For the log and the desk's detail line: what the library below said; never content of a letter."""


class Unreadable(OcrError):
    """Tệp hỏng hoặc không phải PDF, TIFF, JPEG, PNG. Hãy quét lại văn bản hoặc đề nghị nơi gửi gửi lại."""


class Encrypted(Unreadable):
    """Tệp PDF được bảo vệ bằng mật khẩu. Hãy đề nghị nơi gửi gửi lại tệp không đặt mật khẩu."""


class TooLarge(OcrError):
    """Tệp vượt quá giới hạn số trang, kích thước trang hoặc bộ nhớ. Hãy quét lại ở 300 dpi hoặc tách tệp."""


class TimedOut(OcrError):
    """Đọc tệp quá thời gian cho phép. Hệ thống sẽ thử lại; nếu vẫn lỗi, hãy tách tệp thành các phần nhỏ hơn."""

    temporary = True


class ReaderCrashed(OcrError):
    """Tiến trình đọc dừng đột ngột. Hệ thống sẽ thử lại; nếu vẫn lỗi, hãy quét lại văn bản."""

    temporary = True


class NotStarted(ReaderCrashed):
    """Không khởi động được tiến trình mở tệp. Hệ thống sẽ thử lại; nếu vẫn lỗi, hãy nhờ quản trị viên kiểm tra máy."""


class EngineMissing(OcrError):
    """Chưa cài Tesseract hoặc dữ liệu tiếng Việt. Hãy chạy `vanthu doctor` và cài các gói còn thiếu."""

    temporary = True


class ConverterMissing(OcrError):
    """Chưa cài LibreOffice nên chưa mở được tệp văn phòng. Hãy nhờ quản trị viên cài LibreOffice rồi bấm thử lại."""


class NotArchivable(OcrError):
    """Không tạo được bản PDF/A hợp lệ từ tệp này. Hãy in ra giấy và quét lại, hoặc đề nghị nơi gửi gửi PDF/A."""


class SignedMustStay(OcrError):
    """Tệp đã được ký số nên phải giữ nguyên từng byte. Hãy dùng chính tệp gốc, không tạo bản PDF/A."""
