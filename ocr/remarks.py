"""What is said to people about the quality of a page.  Nothing is refused for it: the clerk decides."""
from __future__ import annotations

SENTENCES: dict[str, str] = {
    "low_resolution": "Ảnh quét dưới 200 dpi. Hãy quét lại ở 300 dpi nếu còn bản giấy.",
    "blurred": "Ảnh quét bị mờ. Hãy lau mặt kính và quét lại nếu còn bản giấy.",
    "cropped": "Chữ chạm mép trang, có thể bị cắt. Hãy so với bản giấy và quét lại nếu thiếu chữ.",
    "dark": "Ảnh quét quá tối. Hãy tăng độ sáng và quét lại nếu còn bản giấy.",
    "blank": "Trang trắng. Hãy kiểm tra xem bản giấy có bị lật ngược không.",
    "no_words": "Không đọc được chữ nào trên trang. Hãy nhập các trường bằng tay hoặc quét lại.",
    "no_color": "Ảnh quét không có màu; bản sao điện tử phải là ảnh màu. Hãy quét lại ở chế độ màu nếu còn bản giấy.",
    "unreadable": "Không mở được trang này. Hãy quét lại trang đó.",
}
"""Code of a remark -> sentence for the clerk, ending in what to do next."""


def sentence(code: str) -> str:
    """The sentence for a code of Page.remarks; the code itself when it is unknown."""
    return SENTENCES.get(code, code)
