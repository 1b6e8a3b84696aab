"""What subject lines, texts and file names say of a paper."""

from __future__ import annotations

import pytest

from rules.field import Secrecy
from rules.letter import judge_letter, number_differs, numbers_in, paper_name_rank


@pytest.mark.parametrize(("subject", "number", "symbol", "differs"), [
    ("12/QĐ-X", "13", "QĐ-X", True),
    ("12/QĐ-X", "12", "QĐ-X", False),
    ("CV số 0012/UBND-VP về rà soát thủ tục", "12", "UBND-VP", False),
    ("CV 12/UBND-VP", "12", "UBND-KGVX", True),
    ("CV 12/UBND–VP", "12", "UBND-VP", False),
    ("QĐ 12/QD-UBND", "12", "QĐ-UBND", False),
    ("Văn bản 12/2026/NQ-HĐND", "12/2026", "NQ-HĐND", False),
    ("V/v trả lời công văn 45/SNV-VP", "12", "UBND-VP", False),
    ("12/UBND-VP v/v thực hiện 45/SNV-VP", "12", "UBND-VP", False),
    ("Gửi báo cáo tháng 10/2026", "12", "UBND-VP", False),
    ("12/UBND-VP", "", "", False),
    ("12/UBND-VP", "12", "", False),
    ("", "12", "UBND-VP", False),
])  # fmt: skip
def test_the_subjects_number_is_held_against_the_papers(subject: str, number: str, symbol: str, differs: bool) -> None:
    assert number_differs(subject, number, symbol) is differs


def test_a_subject_may_announce_several() -> None:
    assert numbers_in("Gửi 12/QĐ-UBND và 13/QĐ-UBND") == (("12", "QĐ-UBND"), ("13", "QĐ-UBND"))


@pytest.mark.parametrize(("name", "rank"), [
    ("123-UBND.pdf", 1), ("CV ra soat.pdf", 1), ("Công văn 7.pdf", 0), ("0007_SNV.signed.pdf", 0), ("scan0001.pdf", 2),
    ("QĐ khen thưởng.docx", 1), ("Phụ lục 7.pdf", 3), ("PL01_7.xlsx", 3), ("Danh sách kèm theo.xls", 3), ("a.pdf", 2),
    ("Dự thảo.docx", 3),
])  # fmt: skip
def test_file_names_tell_the_paper_from_what_goes_with_it(name: str, rank: int) -> None:
    assert paper_name_rank(name, "Gửi CV 7/SNV-VP") == rank


@pytest.mark.parametrize("subject", [
    "[MẬT] báo cáo", "MẬT - 12/BC-UBND", "(TỐI MẬT) kế hoạch", "Kế hoạch TUYỆT MẬT", "Độ mật: Tối mật", "MẬT",
])  # fmt: skip
def test_a_mark_beside_the_paper_waits_for_a_person(subject: str) -> None:
    assert judge_letter(subject, "", ()) is Secrecy.UNSURE
    assert judge_letter("", f"Kính gửi\n{subject}\n", ()) is Secrecy.UNSURE
    assert judge_letter("", "", (f"{subject}.pdf",)) is Secrecy.UNSURE


@pytest.mark.parametrize("subject", [
    "Công tác bảo vệ bí mật nhà nước", "TĂNG CƯỜNG BẢO MẬT THÔNG TIN", "Đổi mật khẩu hộp thư", "Mật ong", "",
    "V/v thực hiện Luật Bảo vệ bí mật nhà nước",
])  # fmt: skip
def test_words_about_secrets_are_no_mark(subject: str) -> None:
    assert judge_letter(subject, subject, (f"{subject}.pdf",)) is Secrecy.NONE
