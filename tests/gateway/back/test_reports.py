"""Reports count what the rows say, in the windows of Decree 09/2019."""
from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from gateway import cli
from gateway.document import VN, Change, Document, Door, Mover, Origin, Receipt, Recipient, Role, Stage
from gateway.errors import BadSettings
from gateway.exchange.port import Body
from gateway.periods import days, period
from gateway.reports import Report, report_as_json, report_of
from gateway.sheets.report import report_pdf, report_xlsx
from gateway.store.checks import Check
from gateway.store.store import Store
from gateway.store.vault import Vault
from rules.field import Secrecy
from tests.gateway.papers import FIELDS

UNIT = Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99")
TO = (Recipient("H99.2", "Sở Nội vụ"), Recipient("H99.3", "Sở Tài chính"))


@pytest.mark.parametrize(("kind", "text", "first", "last"), [
    ("month", "2026-10", "2026-09-15", "2026-10-14"), ("month", "2026-1", "2025-12-15", "2026-01-14"),
    ("quarter", "2026-4", "2026-09-15", "2026-12-14"), ("quarter", "2026-1", "2025-12-15", "2026-03-14"),
    ("half", "2026-1", "2025-12-15", "2026-06-14"), ("half", "2026-2", "2026-06-15", "2026-12-14"),
    ("year", "2026", "2025-12-15", "2026-12-14")])
def test_periods_begin_on_the_15th(kind: str, text: str, first: str, last: str) -> None:
    span = period(kind, text).span
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize(("kind", "text"), [("month", "2026-13"), ("quarter", "2026"), ("half", "2026-0"),
                                            ("year", "26")])
def test_there_is_no_other_period(kind: str, text: str) -> None:
    with pytest.raises(BadSettings):
        period(kind, text)


class Made:
    """A store with a clock."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.now = dt.datetime(2026, 10, 5, 9, 0, tzinfo=VN)
        self.store = Store.open(f"sqlite:///{folder / 'vanthu.db'}", clock=lambda: self.now)
        self.vault = Vault(folder / "vault")
        self.store.on_erase = self.vault.erase

    def paper(self, name: str, door: Door = Door.FOLDER) -> Document:
        file = self.vault.put(io.BytesIO(b"%PDF-1.7 " + name.encode()), role=Role.ORIGINAL, name=name,
                              media_type="application/pdf")
        document = self.store.receive(Origin(door, name), file, unit=UNIT.code, name=name, by="x", at=self.now).document
        document = self.record(document, Change(what="read", to=Stage.READ))
        fields = {key: value for key, value in FIELDS.items() if key.value != "date"}
        return self.record(document, Change(what="proposed", to=Stage.PROPOSED, fields=fields))

    def confirmed(self, name: str, to: tuple[Recipient, ...] = (), door: Door = Door.FOLDER) -> Document:
        return self.record(self.paper(name, door), Change(
            what="confirmed", why="Sửa: số, ngày ban hành.", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=to,
            take_register_number=True))

    def sent(self, name: str) -> Document:
        document = self.record(self.confirmed(name, TO), Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK,
                                                                parcel_id=name))
        return self.record(document, Change(what="sent", to=Stage.SENT))

    def record(self, document: Document, change: Change) -> Document:
        return self.store.record(document, change, who="lan")

    def report(self) -> Report:
        return report_of(self.store, UNIT, "Ủy ban nhân dân tỉnh Mẫu", period("month", "2026-10"), self.now)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "var")
    made.sent("in-time.pdf")
    late = made.paper("late.pdf")
    made.now = made.now.replace(day=7)
    late = made.record(late, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=TO,
                                    take_register_number=True))
    late = made.record(late, Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, parcel_id="late"))
    late = made.record(late, Change(what="sent", to=Stage.SENT))
    refused = Receipt("02", made.now, "H99.3", "Sở Tài chính", "Sai nơi nhận.", message_id="m")
    made.record(late, Change(what="receipt", receipts=(refused,), by=Mover.OFFICE, recipients=(
        TO[0], Recipient("H99.3", "Sở Tài chính", "02", "Sai nơi nhận.", made.now))))
    made.record(made.confirmed("den.pdf", door=Door.EXCHANGE), Change(what="filed", to=Stage.FILED, by=Mover.CLERK))
    made.record(made.paper("mat.pdf"), Change(what="stopped", to=Stage.STOPPED, by=Mover.CLERK,
                                              secrecy=Secrecy.MARKED, reason="secrecy"))
    made.record(made.paper("x.pdf"), Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="Thiếu trang."))
    for day, ok in ((7, True), (7, True), (8, False)):
        made.store.checks.add(Check(made.now.replace(day=day), ok, 10, "" if ok else "Mất mạng."))
    return made


def test_the_figures_are_those_of_the_rows_and_secret_papers_are_not_among_them(made: Made) -> None:
    told = report_as_json(made.report())["sections"]
    assert {row["Nguồn"]: row["Số lượng"] for row in told["doors"]} == {
        "Thư mục quét": 3, "Trục liên thông": 1, "Tổng số": 4}
    assert [list(row.values()) for row in told["lateness"]] == [
        ["Văn bản gửi đi", 1, 1, 0, 0], ["Văn bản đến vào sổ", 1, 0, 0, 0]]
    assert told["recipients"][1]["Từ chối tiếp nhận"] == 1
    assert {row["Lý do"] for row in told["refusals"]} == {"Sai nơi nhận.", "Thiếu trang."}
    assert {row["Trường"]: row["Số lượng"] for row in told["corrections"]} == {
        "Ngày ban hành": 2, "Số": 2, "Tổng số": 4}
    assert [row["Số lượng"] for row in told["checks"]] == [3, 2, 1, 2, 1]


def test_a_paper_of_the_14th_counts_and_one_of_the_15th_does_not(tmp_path: Path) -> None:
    made = Made(tmp_path / "var")
    made.now = dt.datetime(2026, 10, 14, 23, 59, tzinfo=VN)
    made.paper("14.pdf")
    made.now = dt.datetime(2026, 10, 15, 0, 0, tzinfo=VN)
    made.paper("15.pdf")
    assert report_as_json(made.report())["sections"]["doors"][-1]["Số lượng"] == 1
    both = report_of(made.store, UNIT, "", days(dt.date(2026, 10, 14), dt.date(2026, 10, 15)), made.now)
    assert report_as_json(both)["sections"]["doors"][-1]["Số lượng"] == 2


@pytest.mark.parametrize(("kind", "text", "due"), [
    ("month", "2026-10", ("2026-10-20", "2026-10-23")),  # the 25th is a Sunday
    ("quarter", "2026-3", ("2026-09-18", "2026-09-25")),  # the 20th is one
    ("half", "2026-1", ("2026-06-19", "2026-06-25")), ("year", "2026", ("2026-12-18", "2026-12-25")),
])  # fmt: skip
def test_a_periodic_report_says_by_when_it_is_due(tmp_path: Path, kind: str, text: str, due: tuple[str, str]) -> None:
    made = Made(tmp_path / "var")
    found = period(kind, text)
    assert tuple(day.isoformat() for day in found.due) == due
    report = report_of(made.store, UNIT, "", found, made.now)
    assert report_as_json(report)["due"] == dict(zip(("above", "government"), due, strict=True))
    (file := tmp_path / "bc.pdf").write_bytes(report_pdf(report))
    printed = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    assert f"{found.due[0]:%d/%m/%Y}" in printed
    assert days(found.span.first, found.span.last).due == ()
    made.store.close()


def test_a_report_without_anything_can_be_printed(tmp_path: Path) -> None:
    report = Made(tmp_path / "var").report()
    assert report_pdf(report).startswith(b"%PDF-")
    assert zipfile.ZipFile(io.BytesIO(report_xlsx(report))).testzip() is None


def test_pdf_and_xlsx_say_the_same_and_have_pictures(made: Made, tmp_path: Path) -> None:
    report, file = made.report(), tmp_path / "bao-cao.pdf"
    file.write_bytes(report_pdf(report))
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    book = zipfile.ZipFile(io.BytesIO(report_xlsx(report)))
    strings = book.read("xl/sharedStrings.xml").decode()
    for section in report.sections:
        assert section.title in text
        assert section.title in strings
    assert "Tháng 10 năm 2026" in text
    assert any(name.startswith("xl/charts/") for name in book.namelist())


def test_the_command_writes_every_form(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                       capsys: pytest.CaptureFixture[str]) -> None:
    made.store.close()
    monkeypatch.setenv("VANTHU_DATA", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", "--month", "2026-10"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["from"], told["to"]) == ("2026-09-15", "2026-10-14")
    for name in ("bc.pdf", "bc.xlsx", "bc.json"):
        assert cli.main(["report", "--days", "2026-10-01", "2026-10-31", "--out", name]) == 0
    assert json.loads((tmp_path / "bc.json").read_text("utf-8"))["sections"]["doors"][-1]["Số lượng"] == 4
    assert cli.main(["report", "--month", "2026-99"]) == 2
