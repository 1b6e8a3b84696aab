"""The gateway's own errors.

GatewayError
├── NotAllowed
├── WrongStage
├── Stale
├── NotFound
├── Incomplete
├── BadSettings
├── VaultError
│   ├── DiskFull
│   ├── BucketDown
│   └── FileMissing
├── ReadFailed
├── CannotLearn
├── BackupFailed
├── VirusCheckDown
├── TimeServerSilent
├── LoginServiceDown
├── LoginRefused
├── SealError
│   ├── KeyUnavailable
│   ├── CertificateUnfit
│   ├── CornerTaken
│   ├── StampUnavailable
│   ├── ClockOff
│   ├── ReturnUnfit
│   └── SealBroken
└── ExchangeError
    ├── ExchangeDown
    ├── ExchangeUnsure
    ├── ExchangeRefused
    └── BadMessage

Each class says whether trying again can help (`temporary`); its docstring is the default message, which a person reads.
"""
from __future__ import annotations

from collections.abc import Mapping


class GatewayError(Exception):
    """Cổng văn thư gặp lỗi. Hãy thử lại; nếu vẫn lỗi, báo quản trị viên kèm mã văn bản."""

    temporary = False
    """True when the same act may succeed later without a person doing anything."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))


class NotAllowed(GatewayError):
    """Bạn không có quyền làm việc này. Hãy nhờ người được giao nhiệm vụ."""


class WrongStage(GatewayError):
    """Văn bản đang ở giai đoạn không cho phép việc này. Hãy tải lại trang để xem giai đoạn hiện tại."""


class Stale(GatewayError):
    """Người khác vừa sửa văn bản này. Hãy tải lại trang, xem thay đổi rồi làm lại."""


class NotFound(GatewayError):
    """Không tìm thấy văn bản. Hãy kiểm tra lại mã hoặc tìm trong danh sách."""


class Incomplete(GatewayError):
    """Văn bản còn trường chưa đạt. Hãy sửa các trường được đánh dấu rồi làm lại."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = dict(problems)
        """Field name, or "recipients", to a sentence for the clerk."""


class BadSettings(GatewayError):
    """Tệp cấu hình có lỗi. Hãy sửa dòng được nêu rồi khởi động lại."""


class VaultError(GatewayError):
    """Kho tệp gặp lỗi. Hãy kiểm tra ổ đĩa rồi thử lại."""

    temporary = True


class DiskFull(VaultError):
    """Ổ đĩa đã đầy. Hãy giải phóng dung lượng; hệ thống sẽ tự thử lại."""


class BucketDown(VaultError):
    """Kho S3 không trả lời. Hãy kiểm tra máy chủ S3 và mạng; hệ thống sẽ tự thử lại."""


class FileMissing(VaultError):
    """Thiếu tệp trong kho. Hãy khôi phục từ bản sao lưu."""

    temporary = False


class ReadFailed(GatewayError):
    """Không đọc được tệp. Hãy mở bản gốc để kiểm tra và quét lại nếu cần."""


class VirusCheckDown(GatewayError):
    """Chưa kiểm tra được mã độc nên tệp chưa được mở. Hãy kiểm tra ClamAV (clamd); hệ thống sẽ tự thử lại."""

    temporary = True


class TimeServerSilent(GatewayError):
    """Không hỏi được máy chủ giờ. Hãy kiểm tra mạng và seal.time_server."""

    temporary = True


class LoginServiceDown(GatewayError):
    """Dịch vụ đăng nhập không trả lời. Hãy thử lại sau vài phút, hoặc đăng nhập bằng mật khẩu của cổng nếu có."""

    temporary = True


class LoginRefused(GatewayError):
    """Không nhận được xác nhận hợp lệ từ dịch vụ đăng nhập. Hãy đăng nhập lại; nếu vẫn lỗi, báo quản trị viên."""


class CannotLearn(GatewayError):
    """Máy này chưa cài phần học (PyTorch). Hãy cài các gói trong setup/requirements-train.in rồi chạy lại."""


class BackupFailed(GatewayError):
    """Không sao lưu hoặc khôi phục được. Hãy xem lý do, khắc phục rồi chạy lại."""


class SealError(GatewayError):
    """Không ký số được. Hãy kiểm tra chứng thư và thiết bị ký rồi ký lại."""


class KeyUnavailable(SealError):
    """Không mở được khóa ký. Hãy cắm thiết bị ký, kiểm tra mã PIN rồi ký lại."""

    temporary = True


class CertificateUnfit(SealError):
    """Chứng thư không dùng được để ký. Hãy thay chứng thư còn hiệu lực của cơ quan."""


class CornerTaken(SealError):
    """Góc trên bên phải trang đầu không còn chỗ trống cho chữ ký số. Hãy xem trang rồi cho phép đặt đè,
    hoặc quét lại."""


class StampUnavailable(SealError):
    """Không lấy được dấu thời gian nên chưa ký. Hãy kiểm tra mạng tới dịch vụ cấp dấu thời gian rồi ký lại."""

    temporary = True


class ClockOff(SealError):
    """Đồng hồ của máy sai nên chưa ký. Hãy chỉnh đồng hồ rồi ký lại."""


class ReturnUnfit(SealError):
    """Tệp mà chương trình ký ở bàn văn thư trả về không đạt nên không nhận. Hãy ký lại từ trang này."""


class SealBroken(SealError):
    """Tệp đã ký không đạt kiểm tra nên chưa được dùng. Hãy báo quản trị viên; bản gốc vẫn nguyên vẹn."""


class ExchangeError(GatewayError):
    """Trục liên thông trả lời lỗi. Hãy xem nhật ký văn bản rồi bấm thử lại; vẫn lỗi thì báo quản trị viên."""


class ExchangeDown(ExchangeError):
    """Không kết nối được trục liên thông. Hệ thống sẽ tự gửi lại."""

    temporary = True


class ExchangeUnsure(ExchangeError):
    """Mất trả lời của trục và không hỏi lại được, nên chưa rõ văn bản đã tới trục chưa; hệ thống không tự gửi lần hai.
    Hãy hỏi nơi nhận: nếu chưa có thì bấm thử lại; nếu đã có thì chờ, trạng thái của nơi nhận sẽ tự được ghi."""


class ExchangeRefused(ExchangeError):
    """Trục liên thông từ chối gói tin. Hãy kiểm tra mã cơ quan gửi, nơi nhận rồi gửi lại."""


class BadMessage(ExchangeError):
    """Không đọc được gói tin đến; bản gốc đã được giữ. Hãy đề nghị nơi gửi gửi lại."""
