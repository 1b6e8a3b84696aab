"""What `vanthu doctor` says about the fence that keeps reading processes from files which were not given to them."""
from __future__ import annotations

from pathlib import Path

from gateway.review.desk import HealthLine
from gateway.settings import Settings
from ocr.fences import file_fence, has_rooms, readable

_CUTS = 3
"""Since this version (Linux 6.2) Landlock keeps a process from cutting files short."""


def fence_finding(settings: Settings) -> HealthLine:
    """Does the kernel fence them, and does the data folder lie outside of what they may read?"""
    name, known = "Hàng rào tệp", file_fence()
    if not known:
        return HealthLine(name, False, "Nhân hệ điều hành không cho dùng Landlock nên tiến trình đọc mở được mọi tệp "
                                       "của tài khoản chạy cổng. Hãy dùng nhân Linux 5.13 trở lên và thêm landlock vào "
                                       "tham số lsm= của nhân; trong container, hãy cho phép các lời gọi landlock_*.")
    data = settings.data.resolve()
    around = next((one for one in readable() if data.is_relative_to(Path(one).resolve())), None)
    if around:
        return HealthLine(name, False, f"Thư mục dữ liệu nằm trong {around}, nơi tiến trình đọc nào cũng được mở. "
                                       "Hãy chuyển data sang thư mục khác, ví dụ /var/lib/vanthu.")
    cut = "" if known >= _CUTS else " Nhân cũ hơn 6.2 chưa chặn được việc cắt ngắn tệp: hãy nâng cấp nhân khi có thể."
    room = "" if has_rooms() else (" LibreOffice không có phòng riêng (bubblewrap): Landlock vẫn giữ tệp của cổng. "
                                   "Để có phòng, hãy cài gói bubblewrap và cho phép user namespace.")
    return HealthLine(name, True, f"Landlock {known}: tiến trình đọc chỉ mở được tệp được giao.{cut}{room}")
