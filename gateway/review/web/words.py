"""Words of the pages for what the code calls by a short name; `_` marks each for the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.archive.fields import READY
from gateway.document import CopyKind, Document, Door, Role, Stage
from gateway.review.acts import ENDS, Act, next_act
from gateway.review.entries import LABELS
from gateway.review.translations import mark as _
from ocr.remarks import SENTENCES


@dataclass(frozen=True, slots=True)
class Tab:
    """One drawer of the inbox."""

    key: str
    title: str
    stages: frozenset[Stage] | None
    held: bool | None = False
    goes_out: bool | None = None
    queue: bool = False
    """Worked through from its head: urgent papers first, then the soonest deadline."""
    empty: str = _("Không có văn bản nào ở đây.")


TABS = (
    Tab(
        "confirm",
        _("Chờ xác nhận"),
        frozenset({Stage.RECEIVED, Stage.READ, Stage.PROPOSED}),
        queue=True,
        empty=_("Đã xử lý hết. Thả bản quét vào thư mục hoặc kéo tệp vào đây."),
    ),
    Tab("seal", _("Chờ ký số"), frozenset({Stage.CONFIRMED}), goes_out=True, queue=True,
        empty=_("Không có văn bản chờ ký số.")),
    Tab("file", _("Chờ vào sổ"), frozenset({Stage.CONFIRMED}), goes_out=False,
        empty=_("Không có văn bản chờ vào sổ hoặc chuyển đơn vị.")),
    Tab(
        "sending",
        _("Đang gửi"),
        frozenset({Stage.SEALED, Stage.RECALLING}),
        empty=_("Không có văn bản đang trên đường gửi."),
    ),
    Tab("sent", _("Đã gửi"), frozenset({Stage.SENT, Stage.DELIVERED}), empty=_("Chưa gửi văn bản nào.")),
    Tab("held", _("Tạm giữ"), None, held=True, empty=_("Không có văn bản nào cần người xem lại.")),
    Tab("ended", _("Kết thúc"), ENDS, held=None, empty=_("Chưa có văn bản nào kết thúc.")),
)

EVERYTHING = Tab("all", _("Tất cả"), None, held=None, empty=_("Không tìm thấy văn bản nào. Hãy thử từ khóa khác."))

STAGES: Mapping[Stage, str] = {
    Stage.RECEIVED: _("Đang đọc"),
    Stage.READ: _("Đang đề xuất"),
    Stage.PROPOSED: _("Chờ xác nhận"),
    Stage.CONFIRMED: _("Đã xác nhận"),
    Stage.SEALED: _("Đang gửi"),
    Stage.SENT: _("Đã gửi"),
    Stage.DELIVERED: _("Đã tiếp nhận"),
    Stage.RECALLING: _("Đang lấy lại"),
    Stage.FILED: _("Đã vào sổ"),
    Stage.REFUSED: _("Bị từ chối tiếp nhận"),
    Stage.RECALLED: _("Đã lấy lại"),
    Stage.REJECTED: _("Đã từ chối"),
    Stage.STOPPED: _("Đã dừng vì dấu mật"),
}

WAITS: Mapping[Act, str] = {Act.SEAL: _("Chờ ký số"), Act.RELEASE: _("Chờ phát hành"), Act.FILE: _("Chờ vào sổ")}
HAND_ON = _("Chờ chuyển đơn vị")
"""What a confirmed paper waits for: a seal, or another act."""


def standing(document: Document) -> str:
    """Where it stands, in a word or two."""
    act = next_act(document) if document.stage is Stage.CONFIRMED else None
    if act is Act.FILE and document.origin.door is Door.EXCHANGE:
        return HAND_ON
    return WAITS.get(act, STAGES[document.stage]) if act else STAGES[document.stage]


TONES: Mapping[Stage, str] = {
    Stage.PROPOSED: "todo",
    Stage.CONFIRMED: "todo",
    Stage.SENT: "good",
    Stage.DELIVERED: "good",
    Stage.FILED: "good",
    Stage.REFUSED: "bad",
    Stage.REJECTED: "bad",
    Stage.STOPPED: "bad",
}
"""Colour of the stage's pill; quiet when not named."""

DOORS: Mapping[Door, str] = {
    Door.FOLDER: _("Thư mục quét"),
    Door.IMAP: _("Hộp thư"),
    Door.SMTP: _("Thư SMTP"),
    Door.DESK: _("Tải lên"),
    Door.EXCHANGE: _("Trục liên thông"),
}

FIELDS = LABELS

ARCHIVABLE = READY
"""Stages from which a paper may be taken away as a package for the archive."""

STATUSES: Mapping[str, str] = {
    "01": _("Đã đến"),
    "02": _("Từ chối tiếp nhận"),
    "03": _("Đã tiếp nhận"),
    "04": _("Phân công"),
    "05": _("Đang xử lý"),
    "06": _("Hoàn thành"),
    "13": _("Yêu cầu lấy lại"),
    "15": _("Đồng ý lấy lại"),
    "16": _("Từ chối lấy lại"),
}
"""Status codes of the interchange (interchange.md §8.2)."""

STATUS_TONES: Mapping[str, str] = {"02": "bad", "16": "bad", "13": "todo", "15": "quiet", "01": "quiet"}

EVENTS: Mapping[str, str] = {
    "received": _("Tiếp nhận"),
    "sides": _("Mặt sau trong tệp riêng"),
    "side_alone": _("Chỉ có một mặt"),
    "sides_unsure": _("Không rõ mặt nào của tờ nào"),
    "same_bytes": _("Nhận lại đúng tệp này"),
    "letter_checked": _("Đã kiểm tra thư"),
    "unpacked": _("Đã mở thư"),
    "arrived": _("Đến từ trục liên thông"),
    "opened": _("Đã mở gói tin"),
    "resent": _("Nơi gửi gửi lại"),
    "asked_back": _("Nơi gửi đề nghị lấy lại"),
    "update_asked": _("Nơi gửi đã cập nhật"),
    "replace_asked": _("Nơi gửi đã thay thế"),
    "given_back": _("Đồng ý với nơi gửi"),
    "joined": _("Ghép vào văn bản đã vào sổ"),
    "kept": _("Giữ lại văn bản"),
    "said": _("Đặt trạng thái xử lý"),
    "told": _("Đã báo nơi gửi"),
    "not_told": _("Không báo được nơi gửi"),
    "paper_chosen": _("Chọn tệp khác làm văn bản"),
    "read": _("Đã đọc"),
    "edit": _("Sắp xếp lại trang"),
    "split": _("Tách văn bản"),
    "merge": _("Ghép bản quét khác"),
    "collate": _("Xen mặt sau"),
    "merged": _("Ghép vào văn bản khác"),
    "gathered": _("Gộp thư khác"),
    "let_go": _("Tách thư đã gộp"),
    "pages_undone": _("Hoàn tác sắp xếp trang"),
    "pages_redone": _("Làm lại sắp xếp trang"),
    "born": _("Tách ra từ một bản quét"),
    "scan_again": _("Đề nghị quét lại"),
    "proposed": _("Máy đề xuất"),
    "corrected": _("Lưu sửa đổi"),
    "confirmed": _("Xác nhận"),
    "reopened": _("Trả lại để sửa"),
    "rejected": _("Từ chối"),
    "sealed": _("Ký số cơ quan"),
    "stamped": _("Đã bổ sung dấu thời gian"),
    "released": _("Phát hành nguyên bản đã ký"),
    "sent": _("Đã gửi lên trục liên thông"),
    "receipt": _("Trạng thái từ nơi nhận"),
    "receipts": _("Trạng thái từ nơi nhận"),
    "delivered": _("Nơi nhận đã tiếp nhận"),
    "refused": _("Nơi nhận từ chối"),
    "recalling": _("Yêu cầu lấy lại"),
    "recall_asked": _("Đã gửi yêu cầu lấy lại"),
    "recalled": _("Đã lấy lại"),
    "recall_refused": _("Nơi nhận từ chối trả lại"),
    "held": _("Tạm giữ"),
    "retried": _("Thử lại"),
    "delayed": _("Hẹn thử lại"),
    "filed": _("Vào sổ"),
    "returned": _("Chuyển về đơn vị"),
    "stopped": _("Dừng vì dấu mật"),
    "secrecy_doubted": _("Người thứ nhất: không phải dấu mật"),
    "secrecy_cleared": _("Người thứ hai: không phải dấu mật"),
    "related": _("Nối với văn bản khác"),
    "unrelated": _("Bỏ nối với văn bản khác"),
    "readdressed": _("Đổi nơi nhận"),
    "viewed": _("Xem"),
    "downloaded": _("Tải về"),
    "archived": _("Đóng gói lưu trữ"),
    "printed": _("In"),
    "exported": _("Xuất danh sách"),
    "entered": _("Đăng nhập"),
    "left": _("Đăng xuất"),
    "password_set": _("Đổi mật khẩu"),
    "codes_on": _("Bật mã một lần"),
    "codes_off": _("Tắt mã một lần"),
    "sessions_ended": _("Kết thúc phiên làm việc"),
    "person_added": _("Thêm người dùng"),
    "rights_changed": _("Đổi quyền người dùng"),
    "rights_confirmed": _("Xác nhận đổi quyền"),
    "login_tied": _("Gắn tài khoản dịch vụ đăng nhập"),
    "journal_read": _("Xem nhật ký"),
    "anchored": _("Đóng mốc nhật ký"),
    "token_made": _("Cấp mã truy cập"),
    "hook_made": _("Đặt địa chỉ webhook"),
    "hook_ended": _("Bỏ địa chỉ webhook"),
    "hook_key_shown": _("Xem khóa webhook"),
    "hook_again": _("Gửi lại tin webhook"),
    "token_ended": _("Thu hồi mã truy cập"),
}

NOTICES: Mapping[str, str] = {
    "received": _("Báo đã nhận thư"),
    "registered": _("Báo số đã vào sổ"),
    "rejected": _("Báo từ chối"),
    "stopped": _("Báo đã dừng"),
    "delivered": _("Báo nơi nhận đã tiếp nhận"),
    "too_large": _("Báo thư quá lớn"),
    "partly_refused": _("Báo có nơi nhận từ chối"),
    "refused": _("Báo nơi nhận từ chối"),
    "recalled": _("Báo đã lấy lại"),
    "handed": _("Chuyển văn bản đến đơn vị"),
    "withdrawn": _("Báo nơi gửi lấy lại"),
    "overdue": _("Báo quá hạn cho lãnh đạo"),
}
"""Letters that we owe to the bringer (gateway.store.notices)."""

NOTICE_STATES: Mapping[str, str] = {
    "waiting": _("chờ gửi"),
    "sending": _("đang gửi thư"),
    "sent": _("đã gửi thư"),
    "given_up": _("không gửi được thư"),
    "doubtful": _("không rõ thư đã đi chưa"),
}

NOTICE_TONES: Mapping[str, str] = {"sent": "good", "given_up": "bad", "doubtful": "held"}

ROLES_OF_FILES: Mapping[Role, str] = {
    Role.ORIGINAL: _("Bản gốc"),
    Role.ARCHIVE: _("Bản số hóa PDF/A"),
    Role.WORDS: _("Chữ đã đọc"),
    Role.SEALED: _("Bản đã ký số"),
    Role.MESSAGE: _("Gói tin edXML"),
    Role.EVIDENCE: _("Chứng cứ"),
    Role.PAPER: _("Văn bản trong thư"),
    Role.ATTACHMENT: _("Tệp kèm theo"),
    Role.ENCLOSED: _("Tệp gửi kèm"),
    Role.FATES: _("Các phần của thư"),
    Role.RECIPE: _("Thứ tự trang"),
    Role.SOURCE: _("Bản gốc ghép vào"),
    Role.GATHERED: _("Thư đã gộp"),
    Role.WORKING: _("Các trang đã sắp xếp"),
}

FATES: Mapping[str, str] = {
    "paper": _("Văn bản"),
    "attachment": _("Kèm theo"),
    "message": _("Gói tin edXML"),
    "taken": _("Đã nhận"),
    "ignored": _("Bỏ qua"),
    "refused": _("Không nhận"),
    "held": _("Cần xem"),
}
"""What became of a Part of a letter."""

FATE_TONES: Mapping[str, str] = {"paper": "good", "refused": "bad", "held": "held"}

LETTER_SIGNED: Mapping[str, str] = {
    "valid": _("Thư có chữ ký số hợp lệ"),
    "unknown": _("Thư có chữ ký số, chưa rõ của ai"),
    "invalid": _("Chữ ký số của thư không khớp"),
}
"""State of the letter's own signature (S/MIME)."""

LETTER_SIGNED_TONES: Mapping[str, str] = {"valid": "good", "unknown": "", "invalid": "bad"}

COPIES: Mapping[CopyKind, str] = {
    CopyKind.SAO_Y: _("Sao y: chụp đầy đủ, chính xác từ bản gốc hoặc bản chính."),
    CopyKind.SAO_LUC: _("Sao lục: sao lại từ một bản sao y."),
    CopyKind.TRICH_SAO: _("Trích sao: chỉ sao một phần của văn bản."),
    CopyKind.CHUYEN_TIEP: _("Chuyển tiếp: chỉ để biết, không có giá trị như bản chính."),
}

ROLES: Mapping[str, str] = {
    "clerk": _("Văn thư"),
    "sealer": _("Người ký số"),
    "head": _("Lãnh đạo"),
    "auditor": _("Kiểm tra"),
    "admin": _("Quản trị"),
}

DOUBTS: Mapping[str, str] = {
    "readers_differ": _("Hai cách đọc cho kết quả khác nhau."),
    "after_arrival": _("Ngày sau ngày văn bản đến."),
    "after_signature": _("Ngày sau thời điểm ký số."),
    "late_signature": _("Chữ ký số muộn hơn ngày ban hành."),
    "weekday": _("Ngày này rơi vào ngày nghỉ cuối tuần."),
    "holiday": _("Ngày này rơi vào ngày nghỉ lễ."),
    "body_not_then": _("Cơ quan ban hành không tồn tại vào ngày này."),
    "order": _("Số không theo thứ tự với các văn bản trước."),
    "signer_recalled": _("Dấu hoặc chữ ký che tên; đề xuất theo người từng ký của cơ quan này."),
    "type_title": _("Tên loại và ký hiệu không khớp."),
    "issuer_symbol": _("Ký hiệu và cơ quan ban hành không khớp."),
    "header_differs": _("Phần đầu gói tin và văn bản ghi khác nhau."),
}
"""What spoke against a value (rules.propose)."""

REMARKS: Mapping[str, str] = SENTENCES | {
    "number_empty": _("Chỗ ghi số còn trống. Hãy kiểm tra bản giấy đã được cấp số chưa."),
    "date_empty": _("Chỗ ghi ngày còn trống. Hãy kiểm tra bản giấy đã ghi ngày chưa."),
    "secrecy_cleared": _("Hai người đã xác nhận không có dấu mật."),
    "letter_number_differs": _(
        "Số, ký hiệu trong tiêu đề thư khác trên văn bản. Hãy đối chiếu; nếu gửi nhầm tệp thì báo nơi gửi."
    ),
    "several_pictures": _("Thư chỉ có các ảnh rời. Hãy kiểm tra đủ trang; nếu thiếu thì đề nghị gửi lại một tệp PDF."),
    "several_papers": _("Có nhiều tệp có thể là văn bản. Hãy xem tệp máy đã chọn; nếu chưa đúng thì chọn tệp khác."),
    "side_alone": _("Mới có một mặt của bản quét hai mặt. Nếu còn mặt kia, hãy quét rồi xen ở Sắp xếp trang."),
    "sides_unsure": _("Không rõ mặt sau nào của mặt trước nào nên máy không tự xen. Hãy xen ở Sắp xếp trang."),
    "sender_differs": _("Cơ quan ghi trong gói tin khác cơ quan trục báo gửi. Hãy gọi điện xác minh nơi gửi."),
    "resent_differs": _("Nơi gửi gửi lại cùng mã văn bản nhưng tệp khác. Hãy xác minh với nơi gửi bản nào đúng."),
    "not_signed": _("Văn bản không có chữ ký số. Hãy kiểm tra; nếu không đạt thì từ chối tiếp nhận có lý do."),
    "message_odd": _("Gói tin có chỗ không đúng quy định. Hãy đối chiếu các trường với văn bản."),
    "attachment_damaged": _("Có tệp kèm theo bị hỏng hoặc đáng ngờ. Hãy mở từng tệp để kiểm tra."),
    "paper_follows": _("Nơi gửi báo bản giấy gửi sau. Không phải chờ bản giấy để xử lý."),
    "paper_known": _("Tệp này đã có ở một văn bản khác, mã ghi trong nhật ký. Hãy kiểm tra để không gửi hai lần."),
    "pages_flattened": _("Trang gốc không thành PDF/A được nên đã chuyển thành ảnh. Hãy so bản lưu với bản gốc."),
    "pages_dropped": _("Trang trắng đã được bỏ ra. Hãy xem ở Sắp xếp trang; trang nào cần thì khôi phục."),
    "parts_refused": _("Có phần thư không nhận được. Hãy xem bảng phần thư và báo nơi gửi nếu cần."),
    "base64_damaged": _("Thư bị hỏng trên đường truyền, tệp có thể thiếu. Hãy mở tệp để kiểm tra trước khi xác nhận."),
    "mime_broken": _("Cấu trúc thư bị lỗi. Hãy xem bảng phần thư đã đủ tệp chưa."),
    "charset_doubtful": _("Bảng mã của lời thư không chắc. Hãy đọc cả hai cách ở mục Thư."),
    "from_doubled": _("Thư ghi nhiều người gửi. Hãy xác minh người gửi trước khi xác nhận."),
    "too_many_parts": _("Thư có quá nhiều phần, một số phần chưa được mở. Hãy xem thư gốc."),
    "smime_invalid": _("Chữ ký số của thư không khớp nội dung. Hãy xác minh với người gửi trước khi xác nhận."),
    "stamp_later": _("Đã ký số nhưng chưa có dấu thời gian. Hệ thống tự lấy rồi mới gửi; không cần làm gì."),
    "pdfa_lost": _("Mẫu chữ ký của chương trình ký làm bản đã ký không còn là PDF/A. Bản số hóa PDF/A vẫn được giữ."),
    "bears_copy_mark": _("Văn bản có dấu bản sao nên bản sao tiếp theo là Sao lục. Hãy xem lại rồi chọn hình thức."),
    "signature_broken": _("Chữ ký số trên tệp không còn nguyên vẹn. Hãy đề nghị nơi gửi gửi lại bản gốc."),
    "signature_untrusted": _("Chưa tin cậy được chữ ký số trên tệp. Hãy xem mục Chữ ký số để biết lý do."),
    "signer_differs": _("Người ký số không phải cơ quan ban hành. Hãy xác minh với nơi gửi."),
    "signature_old": _("Chữ ký số dùng thuật toán cũ (SHA-1). Hãy xác minh với nơi gửi nếu văn bản quan trọng."),
    "attachments_unsealed": _("Có tệp kèm theo được gửi mà không ký số. Hãy kiểm tra; nếu cần thì gửi tệp PDF."),
    "letter_too_large": _("Thư quá lớn nên chỉ có phần đầu. Hãy lấy tệp trong hộp thư rồi tải lên tại bàn văn thư."),
    "automatic_letter": _("Thư do máy hoặc danh sách thư gửi, hệ thống không trả lời. Hãy kiểm tra nội dung."),
    "smime_unknown": _("Chưa xác minh được người ký thư. Hãy xác minh với người gửi nếu cần."),
}
"""What is to be said of the whole paper: the reader's remarks (ocr.remarks), the rules' warnings and our own."""

READERS: Mapping[str, str] = {
    "tesseract": _("máy đọc chữ in"),
    "digits": _("máy đọc chữ số viết tay"),
    "signature": _("chữ ký số trên tệp"),
    "file": _("chữ có sẵn trong tệp"),
    "header": _("phần đầu gói tin"),
}
"""Who saw a value; anything else is a login."""
