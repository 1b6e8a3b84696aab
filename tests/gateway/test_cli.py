"""The command line: what programs and administrators rely on."""
from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from gateway import cli
from gateway.document import Change, Mover, Stage
from gateway.steps.unpack import UnpackTools, unpack
from gateway.store.store import Store
from mail.parsing import parse_apart
from rules.routing import decide
from tests.gateway.letters import letter, received
from tests.gateway.papers import Papers

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LETTER = SAMPLES / "giay-moi-hop.pdf"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that the command line works on."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("VANTHU_DATA", str(folder))
    return folder


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """The JSON lines that were printed."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_file_is_added_once_listed_and_shown(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["add", "--json", str(LETTER)]) == 0
    assert cli.main(["add", "--json", str(LETTER)]) == 0
    first, second = printed(capsys)
    assert (first["fresh"], second["fresh"], first["id"]) == (True, False, second["id"])
    cli.main(["list", "--json", "--stage", "received"])
    assert [line["id"] for line in printed(capsys)] == [first["id"]]
    assert cli.main(["show", str(first["id"])]) == 0
    assert LETTER.name in capsys.readouterr().out
    cli.main(["show", "--json", str(first["id"])])
    events = printed(capsys)[0]["events"]
    assert isinstance(events, list)
    assert events[0]["what"] == "received"


def test_a_letters_parts_are_listed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = Papers.in_folder(data)
    document = received(papers, letter(("giấy mời.pdf", LETTER.read_bytes()), subject="Gửi giấy mời", text="Bí mật."))
    tools = UnpackTools(papers.vault, parse_apart, lambda slip: decide((), slip), lambda _: None,
                        papers.store.holders)
    papers.record(document, unpack(document, tools))
    assert cli.main(["show", document.id]) == 0
    shown = capsys.readouterr().out
    assert "thư: Gửi giấy mời  <van-thu@xa-mau.example>  20/11/2026 08:30" in shown
    assert "2      taken    giấy mời.pdf  application/pdf" in shown
    assert "Bí mật" not in shown
    cli.main(["show", "--json", document.id])
    told = printed(capsys)[0]["letter"]
    assert isinstance(told, dict)
    assert [part["role"] for part in told["parts"]] == ["", "paper"]
    papers.store.close()


def test_the_acts_of_the_desk_are_at_hand(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = Papers.in_folder(data)
    held = papers.record(papers.received(), Change(what="delayed", again_at=papers.received().received_at))
    sent = papers.sent("b.pdf")
    assert cli.main(["retry", held.id]) == 0
    assert papers.store.get(held.id).next_try_at is None
    assert cli.main(["recall", sent.id, "--reason", "Gửi nhầm."]) == 0
    assert papers.store.get(sent.id).stage is Stage.RECALLING
    assert papers.store.events(sent.id)[-1].who.startswith("cli:")
    papers.store.close()


@pytest.mark.parametrize(("words", "code", "said"), [
    (["show", "unknown"], 1, "Không tìm thấy văn bản."),
    (["add", "none.pdf"], 1, "none.pdf"),
    (["--config", "none.toml", "list"], 2, "Không có tệp cấu hình"),
    (["user", "password", "nobody", "--password-file", "-"], 1, "Không có người dùng nobody."),
])
def test_what_cannot_be_done_is_said_with_its_exit_code(
        data: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str) -> None:
    assert cli.main(words) == code
    assert said in capsys.readouterr().err


def test_an_act_at_the_wrong_time_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = Papers.in_folder(data)
    document = papers.received()
    rejected = papers.record(document, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK))
    assert cli.main(["retry", rejected.id]) == 1
    assert capsys.readouterr().err.strip().endswith(".")
    papers.store.close()


def test_wrong_usage_ends_with_two(data: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["recall", "x"])
    assert ended.value.code == 2


def test_users_are_added_once_with_a_password_of_some_length(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    word = data / "word.txt"
    word.write_text("ngan", "utf-8")
    add = ["user", "add", "lan", "--name", "Lan", "--role", "clerk", "--unit", "H99.1", "--password-file"]
    assert cli.main([*add, str(word)]) == 1
    assert cli.main([*add, "-"]) == 0
    assert len(capsys.readouterr().out.strip()) >= 12
    assert cli.main([*add, "-"]) == 1
    assert cli.main(["user", "list"]) == 0
    assert "lan" in capsys.readouterr().out
    store = Store.open(f"sqlite:///{data / 'vanthu.db'}")
    row = store.people.get("lan")
    store.close()
    assert row is not None
    assert (row.roles, row.units) == ({"clerk"}, {"H99.1"})


def test_read_gives_one_json_object_a_line_and_stores_nothing(
        data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nno end")
    assert cli.main(["read", "--json", "--workers", "1", str(LETTER), str(broken)]) == 3
    letter, failed = printed(capsys)
    assert letter["file"] == str(LETTER)
    assert letter["kind"] == "scan"
    assert letter["secrecy"] == "none"
    assert letter["pages"] == 1
    fields = letter["fields"]
    assert isinstance(fields, dict)
    assert set(fields["number"]) >= {"value", "confidence", "sure", "page", "box", "text", "by"}
    assert len(fields["number"]["box"]) == 4
    assert failed["error"] == "Unreadable"
    assert list(data.iterdir()) == []


def test_doctor_finds_what_is_not_fit_for_real_use(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 3
    found = {str(line["name"]): line for line in printed(capsys)}
    assert found["Tesseract"]["ok"]
    assert not found["Khóa ký"]["ok"]
    data.chmod(0o755)
    cli.main(["doctor", "--json"])
    opened = {str(line["name"]): line for line in printed(capsys)}
    assert not opened["Thư mục dữ liệu"]["ok"]
    assert "chmod 700" in str(opened["Thư mục dữ liệu"]["words"])


def test_verify_tells_of_files_without_signatures(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--json", str(LETTER)]) == 0
    assert printed(capsys) == [{"file": str(LETTER), "signatures": [], "pdfa": "", "whole": False}]


def test_what_the_command_line_makes_is_for_the_owner_only(data: Path) -> None:
    cli.main(["list"])
    assert stat.S_IMODE((data / "vanthu.db").stat().st_mode) == 0o600
