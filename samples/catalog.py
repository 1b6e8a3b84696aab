"""The sample letters.  Offices, people, numbers and matters of the first group are invented; the second group repeats the
tricky heads of five published official letters (spaced hyphen, number in the summary, V/v after the date, number with a
year) with a shortened body.
"""
from __future__ import annotations

import datetime as dt

from samples.letter import Letter, Scan

_REPORT = (
    "Thực hiện chỉ đạo của Ủy ban nhân dân tỉnh tại Công văn số 1234/UBND-NC ngày 05 tháng 3 năm 2026 về việc rà soát thủ tục hành chính, "
    "Ủy ban nhân dân xã đã tổ chức triển khai đến toàn thể cán bộ, công chức và người lao động.",
    "Qua rà soát, các thủ tục thuộc thẩm quyền giải quyết của cấp xã cơ bản được công khai đầy đủ tại bộ phận một cửa; "
    "tỷ lệ hồ sơ giải quyết đúng hạn đạt 98,7 phần trăm, không có hồ sơ tồn đọng kéo dài.",
    "Ủy ban nhân dân xã kính báo cáo để Sở tổng hợp, theo dõi và chỉ đạo./.",
)
_REQUEST = (
    "Căn cứ kế hoạch công tác năm 2026, để bảo đảm tiến độ thực hiện nhiệm vụ được giao, đề nghị các cơ quan, đơn vị phối hợp thực hiện một số nội dung sau:",
    "1. Cử cán bộ đầu mối tham gia, gửi danh sách về Văn phòng trước ngày 20 tháng 10 năm 2026.",
    "2. Chuẩn bị số liệu, báo cáo theo đề cương gửi kèm; số liệu tính đến hết quý III năm 2026.",
    "3. Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, kịp thời phản ánh để được hướng dẫn, giải quyết./.",
)
_LONG = _REQUEST + _REPORT + _REQUEST + _REPORT + _REQUEST
_BUSINESS = tuple(f"Điều {i}. {text}" for i, text in enumerate(_REQUEST, 1))

_INVENTED: tuple[tuple[Letter, Scan], ...] = (
    (
        Letter(name="cong-van-ra-soat", parent=("ỦY BAN NHÂN DÂN", "HUYỆN THANH SƠN"), issuer=("ỦY BAN NHÂN DÂN", "XÃ BÌNH MINH"), number="147", symbol="UBND-VP",
               place="Bình Minh", date=dt.date(2026, 10, 9), subject="báo cáo kết quả rà soát thủ tục hành chính quý III năm 2026",
               to=("Sở Nội vụ tỉnh An Hòa",), body=_REPORT, signer="Trần Văn Hòa"),
        Scan(skew=0.6, seed=11),
    ),
    (
        Letter(name="quyet-dinh-to-cong-tac", parent=("ỦY BAN NHÂN DÂN", "TỈNH AN HÒA"), issuer=("SỞ NỘI VỤ",), number="0285", symbol="QĐ-SNV", place="An Hòa",
               date=dt.date(2026, 2, 27), title="QUYẾT ĐỊNH", doc_type="Quyết định", subject="Về việc thành lập Tổ công tác số hóa tài liệu lưu trữ",
               body=_BUSINESS, signer_title=("GIÁM ĐỐC",), signer="Nguyễn Thị Thu Hà", copies=("Như Điều 3;", "UBND tỉnh (b/c);", "Lưu: VT, VP.")),
        Scan(mode="grey", skew=-0.9, seed=12),
    ),
    (
        Letter(name="hoa-toc-bao-lu", parent=("ỦY BAN NHÂN DÂN", "TỈNH AN HÒA"), issuer=("BAN CHỈ HUY PHÒNG CHỐNG", "THIÊN TAI"), number="09", symbol="CĐ-BCH", place="An Hòa",
               date=dt.date(2026, 9, 14), title="CÔNG ĐIỆN", doc_type="Công điện", subject="Về việc tập trung ứng phó mưa lũ lớn trên địa bàn",
               body=_REQUEST, urgency="HỎA TỐC", signer_title=("KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"), signer="Lê Quang Vinh"),
        Scan(skew=0.3, specks=80, seed=13),
    ),
    (
        Letter(name="giay-moi-hop", parent=("ỦY BAN NHÂN DÂN", "XÃ BÌNH MINH"), issuer=("VĂN PHÒNG",), number="31", symbol="GM-VP", place="Bình Minh", date=dt.date(2026, 11, 3),
               number_by_hand=False, day_by_hand=False, title="GIẤY MỜI", doc_type="Giấy mời", subject="Dự họp giao ban công tác tháng 11 năm 2026",
               body=_REPORT[:1], signer_title=("CHÁNH VĂN PHÒNG",), signer="Phạm Minh Đức"),
        Scan(mode="bilevel", dpi=200, specks=150, seed=14),
    ),
    (
        Letter(name="to-trinh-hai-trang", parent=("ỦY BAN NHÂN DÂN", "TỈNH AN HÒA"), issuer=("SỞ KHOA HỌC VÀ CÔNG NGHỆ",), number="1968", symbol="TTr-SKHCN", place="An Hòa",
               date=dt.date(2026, 8, 21), title="TỜ TRÌNH", doc_type="Tờ trình", subject="Về việc phê duyệt kế hoạch ứng dụng công nghệ số năm 2027",
               to=("Ủy ban nhân dân tỉnh An Hòa",), body=_LONG, signer_title=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), signer="Đỗ Hữu Nghĩa"),
        Scan(mode="bilevel", dpi=200, skew=0.8, specks=200, seed=15, form="tiff"),
    ),
    (
        Letter(name="cong-van-dau-den", parent=("UBND TỈNH AN HÒA",), issuer=("SỞ Y TẾ",), number="2016", symbol="SYT-NVY", place="An Hòa", date=dt.date(2026, 3, 6),
               subject="tăng cường công tác phòng, chống dịch bệnh mùa hè", to=("Ủy ban nhân dân các xã, phường;", "Các bệnh viện trực thuộc."),
               body=_REQUEST, signer_title=("GIÁM ĐỐC",), signer="Vũ Thị Mai Lan", arrival_stamp="2352"),
        Scan(skew=-0.5, seed=16, form="jpeg"),
    ),
    (
        Letter(name="thong-bao-nghi-le", issuer=("ỦY BAN NHÂN DÂN", "PHƯỜNG TÂN LẬP"), number="05", symbol="TB-UBND", place="Tân Lập", date=dt.date(2026, 1, 22),
               title="THÔNG BÁO", doc_type="Thông báo", subject="Về việc nghỉ Tết Nguyên đán Bính Ngọ năm 2026", body=_REPORT[1:], signer="Hoàng Đức Thắng", month_by_hand=True),
        Scan(mode="grey", dpi=200, noise=2, seed=17, form="png"),
    ),
    (
        Letter(name="so-de-trong", parent=("ỦY BAN NHÂN DÂN", "TỈNH AN HÒA"), issuer=("SỞ TÀI CHÍNH",), number="", symbol="STC-QLNS", place="An Hòa", date=dt.date(2026, 7, 15),
               number_gap="       ", subject="hướng dẫn lập dự toán ngân sách năm 2027", to=("Các sở, ban, ngành tỉnh",), body=_REQUEST, signer_title=("GIÁM ĐỐC",), signer="Bùi Quốc Toàn"),
        Scan(skew=0.2, seed=18),
    ),
    (
        Letter(name="nam-nguoc", parent=("ỦY BAN NHÂN DÂN", "TỈNH AN HÒA"), issuer=("SỞ TƯ PHÁP",), number="773", symbol="KH-STP", place="An Hòa", date=dt.date(2026, 6, 30),
               title="KẾ HOẠCH", doc_type="Kế hoạch", subject="Tuyên truyền, phổ biến giáo dục pháp luật sáu tháng cuối năm 2026", body=_BUSINESS,
               signer_title=("GIÁM ĐỐC",), signer="Đinh Công Sơn"),
        Scan(mode="grey", skew=0.4, turned=180, seed=19),
    ),
)

_SEED_ASK = ("Các cơ quan, đơn vị, địa phương tổ chức thực hiện và định kỳ báo cáo kết quả về Ủy ban nhân dân tỉnh để theo dõi, chỉ đạo./.",)

_TRICKY: tuple[tuple[Letter, Scan], ...] = (
    (
        Letter(name="dau-de-7691", issuer=("ỦY BAN NHÂN DÂN", "TỈNH ĐỒNG NAI"), number="7691", symbol="UBND-HCC", symbol_printed="UBND - HCC", place="Đồng Nai",
               date=dt.date(2018, 7, 23), subject="triển khai Quyết định số 28/2018/QĐ-TTg ngày 12/7/2018",
               to=("Thủ trưởng các Sở, ban ngành, đơn vị sự nghiệp thuộc UBND tỉnh;", "Chủ tịch UBND các huyện, thị xã Long Khánh, thành phố Biên Hòa."),
               body=("Ngày 12/7/2018, Thủ tướng Chính phủ đã ban hành Quyết định số 28/2018/QĐ-TTg; xét báo cáo số 2367/SNV-CCHC ngày 17/7/2018 của Sở Nội vụ, "
                     "Chủ tịch UBND tỉnh có ý kiến như sau:", *_SEED_ASK),
               signer_title=("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), signer=""),
        Scan(skew=0.5, seed=21),
    ),
    (
        Letter(name="dau-de-1698", issuer=("ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NGÃI"), number="1698", symbol="UBND-KGVX", place="Quảng Ngãi", date=dt.date(2019, 4, 9),
               subject="khẩn trương triển khai thực hiện việc gửi, nhận văn bản điện tử", subject_after_date=True, to=("Các Sở, ban ngành;", "UBND các huyện, thành phố."),
               body=("Tiếp theo các Công văn: Số 5781/UBND-KGVX ngày 21/9/2018; số 1062/UBND-KGVX ngày 11/3/2019, Chủ tịch UBND tỉnh yêu cầu:", *_SEED_ASK),
               month_by_hand=True, signer="Trần Ngọc Căng", copies=("Như trên;", "TT Tỉnh ủy, TT HĐND tỉnh;", "Lưu: VT, KGVXbnt194.")),
        Scan(mode="bilevel", dpi=200, specks=120, seed=22),
    ),
    (
        Letter(name="dau-de-1167", issuer=("ỦY BAN NHÂN DÂN", "TỈNH TÂY NINH"), number="1167", number_gap=" ", symbol="UBND-TTCBTH", place="Tây Ninh", date=dt.date(2019, 6, 7),
               subject="gửi, nhận văn bản điện tử có ký số trên hệ thống văn phòng điện tử tỉnh Tây Ninh theo Quyết định 28/2018/QĐ-TTg",
               to=("Các Sở, ban, ngành tỉnh;", "UBND các huyện, thành phố."),
               body=("Thực hiện Quyết định số 28/2018/QĐ-TTg ngày 12/7/2018 của Thủ tướng Chính phủ (trừ văn bản mật, văn bản chuyên ngành đính kèm tài liệu, bản đồ), "
                     "Chủ tịch Ủy ban nhân dân tỉnh đề nghị:", *_SEED_ASK), signer_title=("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), signer="Nguyễn Thanh Ngọc"),
        Scan(mode="grey", skew=-1.2, seed=23),
    ),
    (
        Letter(name="dau-de-9459", issuer=("ỦY BAN NHÂN DÂN", "TỈNH ĐỒNG NAI"), number="9459", number_gap=" ", symbol="UBND-TTTH", place="Biên Hòa", date=dt.date(2010, 11, 18),
               subject="tổ chức triển khai thí điểm gửi nhận văn bản điện tử giữa các cơ quan đơn vị nhà nước", to=("Giám đốc các Sở, Ban, ngành;", "Chủ tịch UBND các huyện, TX. Long Khánh và TP. Biên Hòa."),
               body=("Căn cứ Nghị định số 64/2007/NĐ-CP ngày 10/4/2007 của Chính phủ và Quyết định số 62/2010/QĐ-UBND ngày 19/10/2010 của UBND tỉnh:", *_SEED_ASK),
               signer_title=("KT.CHỦ TỊCH", "PHÓ CHỦ TỊCH"), signer="Trần Văn Vĩnh", arrival_stamp="1187"),
        Scan(skew=0.4, seed=24),
    ),
    (
        Letter(name="dau-de-16-2019", issuer=("ỦY BAN NHÂN DÂN", "TỈNH ĐẮK LẮK"), number="16/2019", symbol="QĐ-UBND", place="Đắk Lăk", date=dt.date(2019, 7, 30),
               title="QUYẾT ĐỊNH", doc_type="Quyết định",
               subject="Ban hành Quy chế tiếp nhận, xử lý, phát hành và quản lý văn bản điện tử giữa các cơ quan hành chính nhà nước tỉnh Đắk Lăk", number_by_hand=False,
               body=("Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;", "Căn cứ Nghị định số 64/2007/NĐ-CP ngày 10 tháng 4 năm 2007 của Chính phủ;", *_SEED_ASK),
               signer_title=("TM. ỦY BAN NHÂN DÂN TỈNH", "CHỦ TỊCH"), signer="Phạm Ngọc Nghị"),
        Scan(mode="grey", dpi=200, skew=0.7, noise=4, seed=25),
    ),
)

SAMPLES = _INVENTED + _TRICKY
"""Every sample: the letter and how it was scanned."""
