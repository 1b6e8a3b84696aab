"""Code lists of the interchange (interchange notes: QCVN 102:2016 and its amendment of 2022)."""

from __future__ import annotations

import re

STATUS_WORDS = {
    "01": "Đã đến",
    "02": "Từ chối tiếp nhận",
    "03": "Đã tiếp nhận",
    "04": "Đã phân công",
    "05": "Đang xử lý",
    "06": "Đã hoàn thành",
    "13": "Yêu cầu lấy lại",
    "15": "Đồng ý cập nhật hoặc lấy lại",
    "16": "Từ chối cập nhật hoặc lấy lại",
}
"""StatusCode: two digits on the wire; integers are read as well."""

PRIORITIES = {"": 0, "Khẩn": 1, "Thượng khẩn": 2, "Hỏa tốc": 3, "Hỏa tốc hẹn giờ": 4}
"""Priority by urgency.  Bkav's 5 (normal) is read as 0."""

ADMINISTRATIVE = 2
"""DocumentType/Type: group 2, administrative papers (Amendment 1:2022); receivers rely on TypeName."""

TYPE_DETAILS = {
    "Nghị quyết": 1,
    "Quyết định": 2,
    "Chỉ thị": 3,
    "Quy chế": 4,
    "Quy định": 5,
    "Thông cáo": 6,
    "Thông báo": 7,
    "Hướng dẫn": 8,
    "Chương trình": 9,
    "Kế hoạch": 10,
    "Phương án": 11,
    "Đề án": 12,
    "Dự án": 13,
    "Báo cáo": 14,
    "Biên bản": 15,
    "Tờ trình": 16,
    "Hợp đồng": 17,
    "Công văn": 18,
    "Công điện": 19,
    "Bản ghi nhớ": 20,
    "Bản thỏa thuận": 22,
    "Giấy ủy quyền": 24,
    "Giấy mời": 25,
    "Giấy giới thiệu": 26,
    "Giấy nghỉ phép": 27,
    "Phiếu gửi": 30,
    "Phiếu chuyển": 31,
    "Thư công": 32,
}
"""TypeDetail: ordinal in list B of Amendment 1:2022."""

LIMITS = {
    "OrganId": (35, "Mã cơ quan"),
    "OrganName": (200, "Tên cơ quan"),
    "OrganAdd": (250, "Địa chỉ của cơ quan"),
    "Email": (100, "Thư điện tử của cơ quan"),
    "Telephone": (20, "Điện thoại của cơ quan"),
    "Fax": (20, "Fax của cơ quan"),
    "TyperNotation": (10, "Người soạn thảo"),
    "DocumentId": (255, "Mã văn bản"),
    "CodeNumber": (11, "Số văn bản"),
    "CodeNotation": (30, "Ký hiệu văn bản"),
    "Place": (50, "Địa danh"),
    "TypeName": (100, "Tên loại văn bản"),
    "Subject": (500, "Trích yếu"),
    "Content": (500, "Nội dung tóm tắt"),
    "Competence": (100, "Thẩm quyền ký"),
    "Position": (100, "Chức vụ người ký"),
    "FullName": (50, "Họ tên người ký"),
    "Appendix": (250, "Tên phụ lục"),
    "AttachmentName": (200, "Tên tệp đính kèm"),
}
"""Lengths that receiving systems take (element: characters, and the name a person knows the field by)."""
PLACE_LINE = (150, "Nơi nhận")
"""A line of ToPlaces, whose element has the name of the place of issue."""


def two_digits(code: str) -> str:
    """A status code as it is written: "3" and "03" are the same; what is no number stays as it is."""
    return code.strip().zfill(2) if re.fullmatch(r"\s*[0-9]{1,2}\s*", code) else code.strip()
