"""Why a Part was not taken: sentences for the clerk and the sender, each with what to do next."""

from __future__ import annotations

FORMATS = "pdf, jpeg, png, tiff, doc, docx, odt, rtf, txt, xls, xlsx, ods, csv"

BODY = "Nội dung thư, đã ghi vào phần lời của thư; không cần xử lý."
EMPTY_BODY = "Nội dung thư trống; không cần xử lý."
OPENED = "Đã mở gói; từng tệp bên trong được ghi riêng, không cần xử lý."
SIGNATURE = "Chữ ký số của thư, không phải văn bản; không cần xử lý."
CARD = "Danh thiếp hoặc lịch hẹn, không phải văn bản; không cần xử lý."
REPORT = "Thông báo tự động của hệ thống thư; không cần xử lý."
PICTURE = "Hình trang trí hoặc biểu trưng trong thư; nếu đây là văn bản, mở thư gốc và tải hình lên tại bàn văn thư."
SYSTEM_FILE = "Tệp phụ của hệ điều hành, không phải văn bản; không cần xử lý."
SAME = "Trùng từng byte với phần {place}; không cần xử lý."

PROGRAM = "Tệp chương trình không được tiếp nhận; đề nghị nơi gửi chỉ gửi tệp văn bản."
MACRO = (
    "Tệp văn phòng có chứa macro không được tiếp nhận; đề nghị nơi gửi lưu lại dạng PDF, docx hoặc xlsx rồi gửi lại."
)
UNLISTED = f"Định dạng không nằm trong danh mục tiếp nhận; đề nghị nơi gửi chuyển sang một trong các dạng {FORMATS}."
EMPTY = "Tệp rỗng (0 byte); đề nghị nơi gửi gửi lại tệp."
ELSEWHERE = "Nội dung nằm ngoài thư hoặc thư bị chia nhỏ; đề nghị nơi gửi đính kèm trọn tệp rồi gửi lại."

LOCKED = "Tệp có mật khẩu nên không mở được; hỏi nơi gửi mật khẩu, mở tệp rồi tải lên tại bàn văn thư."
ENCRYPTED_MAIL = "Thư đã mã hóa nên không đọc được; đề nghị nơi gửi gửi lại không mã hóa hoặc gửi qua trục liên thông."
ENCRYPTED_FOR_OTHERS = (
    "Thư mã hóa không mở được bằng khóa của cơ quan; đề nghị nơi gửi mã hóa theo chứng thư hiện nay của cơ quan, hoặc "
    "gửi lại không mã hóa."
)
ENCRYPTED_UNKNOWN_WAY = (
    "Thư được mã hóa cho cơ quan nhưng theo cách cổng không mở được; đề nghị nơi gửi mã hóa lại bằng AES với "
    "khóa RSA hoặc ECDH, hoặc gửi lại không mã hóa."
)
BROKEN_ARCHIVE = "Tệp nén bị hỏng; đề nghị nơi gửi nén lại dạng ZIP rồi gửi lại."
OTHER_ARCHIVE = (
    "Kiểu nén này không mở được tự động; mở bằng tay rồi tải lên tại bàn văn thư, hoặc đề nghị gửi lại dạng ZIP."
)
BOMB = "Dung lượng sau khi giải nén vượt giới hạn an toàn; kiểm tra tệp gốc, rồi đề nghị nơi gửi chia nhỏ và gửi lại."
TOO_MANY = "Số tệp vượt giới hạn; kiểm tra thư gốc, rồi đề nghị nơi gửi chia thành nhiều thư."
TOO_DEEP = "Thư hoặc gói nén lồng nhau quá nhiều lớp; mở bằng tay rồi tải tệp cần dùng lên tại bàn văn thư."
OUTSIDE_PATH = "Tên tệp trong gói nén trỏ ra ngoài thư mục, có dấu hiệu không an toàn; kiểm tra tệp gốc trước khi dùng."
NOTHING_INSIDE = "Gói nén không có tệp nào; đề nghị nơi gửi kiểm tra rồi gửi lại."
LINK = "Liên kết trong gói nén, không có nội dung; đề nghị nơi gửi đưa chính tệp vào gói nếu cần."
BROKEN_PACKAGE = (
    "Gói thư bị hỏng nên không mở được; mở bằng tay rồi tải lên tại bàn văn thư, hoặc đề nghị gửi lại tệp rời."
)
