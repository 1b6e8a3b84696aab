"""`vanthu verify` says what the desk says, in sentences and as JSON; and repeats a verdict from its evidence alone."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import cli
from gateway.document import VN, Change, Role
from gateway.seal.evidence import witness
from gateway.seal.rehearsal import RehearsalFiles
from gateway.seal.report import Doubt, Revocation, SignatureReport, report_as_json
from gateway.seal.trust import load_trust
from gateway.seal.verify import verify
from gateway.verdicts import keep
from tests.gateway.papers import Papers
from tests.gateway.seal.papers import BODY

PROMISED = {"signer", "time", "intact", "valid", "trusted", "coverage", "changes", "bottom_line"}
"""What other tools read of a signature (README)."""


@pytest.fixture
def settings(files: RehearsalFiles, tmp_path: Path) -> list[str]:
    config = tmp_path / "gateway.toml"
    config.write_text(f'data = "{tmp_path / "var"}"\n[seal]\ntrust = "{files.authority}"\n')
    return ["--config", str(config)]


def test_json_holds_the_whole_report(
    paper: Path, files: RehearsalFiles, settings: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*settings, "verify", "--json", str(paper)]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told == {"file": str(paper)} | report_as_json(verify(paper, load_trust(files.authority)))
    assert set(told["signatures"][0]) >= PROMISED
    assert (told["pdfa"], told["signatures"][0]["bottom_line"]) == ("2b", True)


def test_a_changed_file_and_a_missing_one_are_told_and_end_with_3(
    paper: Path, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(paper.read_bytes().replace(b"/Producer", b"/Producex", 1))

    assert cli.main([*settings, "verify", str(paper), str(changed), str(tmp_path / "none.pdf")]) == 3

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == (f"  ✓ {BODY}: Chữ ký hợp lệ và được tin cậy lúc 20/11/2026 09:15:30 (theo máy người ký). "
                        "Chưa có dữ liệu thu hồi để đối chiếu.")  # fmt: skip
    assert lines[3].startswith(f"  ✗ {BODY}: Nội dung đã bị thay đổi sau khi ký.")
    assert "none.pdf: Không đọc được tệp" in lines[4]
    assert all(line.endswith(".") for line in lines)


def test_a_verdict_is_repeated_from_the_store(
    paper: Path, files: RehearsalFiles, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    papers = Papers.in_folder(tmp_path / "var")
    document = papers.confirmed()
    kept = keep(witness(paper, load_trust(files.authority)), papers.vault)
    sealed = papers.vault.put(paper, role=Role.SEALED, media_type="application/pdf", name="a.pdf")
    papers.record(document, Change(what="read", files=(sealed, *kept)))
    papers.store.close()
    config = tmp_path / "nobody.toml"
    config.write_text(f'data = "{tmp_path / "var"}"\n[seal]\ntrust = "nowhere"\n')

    assert cli.main(["--config", str(config), "verify", "--document", document.id, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["signatures"][0]["trusted"]) == (document.id, True)

    assert cli.main([*settings, "verify", "--document", papers_without_evidence(tmp_path)]) == 1
    assert "không có chứng cứ" in capsys.readouterr().err


def papers_without_evidence(tmp_path: Path) -> str:
    papers = Papers.in_folder(tmp_path / "var")
    document = papers.sealed("b.pdf")
    papers.store.close()
    return document.id


WHEN = dt.datetime(2026, 11, 20, 9, 15, 30, tzinfo=VN)
GOOD = SignatureReport(signer="A", time=WHEN, intact=True, valid=True, trusted=True, coverage="ENTIRE_FILE",
                       changes="NONE", revocation=Revocation.GOOD, doubt=Doubt.NONE)  # fmt: skip
UNTRUSTED = replace(GOOD, trusted=False)
SAID = {
    "good": (GOOD, "Chữ ký hợp lệ và được tin cậy lúc 20/11/2026 09:15:30 (theo máy người ký)."),
    "stamped": (
        replace(GOOD, stamped_at=WHEN),
        "Chữ ký hợp lệ và được tin cậy lúc 20/11/2026 09:15:30 (dấu thời gian).",
    ),
    "revocation unknown": (
        replace(GOOD, revocation=Revocation.UNKNOWN),
        ("Chữ ký hợp lệ và được tin cậy lúc 20/11/2026 09:15:30 (theo máy người ký). "
        "Chưa có dữ liệu thu hồi để đối chiếu."),
    ),
    "changed": (
        replace(GOOD, intact=False),
        "Nội dung đã bị thay đổi sau khi ký. Không sử dụng tệp này; hãy đề nghị nơi gửi gửi lại.",
    ),
    "added to": (
        replace(GOOD, valid=False),
        "Tệp bị sửa sau khi ký hoặc chữ ký không hợp lệ. Hãy đề nghị nơi gửi gửi lại bản gốc.",
    ),
    "unreadable": (
        replace(GOOD, problem="ValueError"),
        "Chữ ký không kiểm tra được (ValueError). Hãy đề nghị nơi gửi gửi lại bản gốc.",
    ),
    "unknown root": (
        replace(UNTRUSTED, doubt=Doubt.UNKNOWN_ROOT),
        ("Chữ ký còn nguyên vẹn lúc 20/11/2026 09:15:30 (theo máy người ký); chưa xác định được độ tin cậy của chứng "
        "thư. Hãy thêm chứng thư gốc vào thư mục tin cậy."),
    ),
    "revoked": (
        replace(UNTRUSTED, doubt=Doubt.REVOKED),
        ("Chữ ký còn nguyên vẹn lúc 20/11/2026 09:15:30 (theo máy người ký); chứng thư đã bị thu hồi. Không sử dụng; "
        "hãy liên hệ nơi gửi."),
    ),
    "expired": (
        replace(UNTRUSTED, doubt=Doubt.EXPIRED, time=None),
        "Chữ ký còn nguyên vẹn; chứng thư đã hết hạn và không có dấu thời gian tin cậy. Hãy xác minh với nơi gửi.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_every_verdict_has_its_sentence(name: str) -> None:
    """R-195."""
    report, sentence = SAID[name]
    assert report.reason == sentence


def test_doctor_wants_a_root_where_a_program_at_the_desk_seals(
    settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path(settings[1])
    config.write_text(config.read_text() + 'kind = "vgca"\n')
    cli.main([*settings, "doctor"])
    assert "✓ Khóa ký         VGCA Sign Service trên máy văn thư, wss://127.0.0.1:8987." in capsys.readouterr().out

    config.write_text(config.read_text().replace("ca.pem", "none.pem"))
    cli.main([*settings, "doctor"])
    assert "✗ Khóa ký         Chưa khai báo chứng thư gốc" in capsys.readouterr().out
