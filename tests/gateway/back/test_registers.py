"""Numbers of what comes in have no gap, and the registers look as annex IV says."""
from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from gateway import cli
from gateway.document import VN, Change, Document, Door, Mover, Origin, Recipient, Role, Stage
from gateway.exchange.port import Body
from gateway.periods import Span
from gateway.registers import COLUMNS, Register, Wanted, sheet_of
from gateway.sheets.cover import STAMP_HEIGHT, STAMP_WIDTH, Cover, cover_pdf
from gateway.sheets.table import table_pdf, table_xlsx
from gateway.store.store import Store
from gateway.store.vault import Vault
from rules.field import Field, Name
from tests.gateway.papers import FIELDS

UNIT = Body("H99.1", "Ủy ban nhân dân xã Mẫu", "H99")
SPAN = Span(first=dt.date(2026, 1, 1), last=dt.date(2026, 12, 31))
AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=VN)


def proposed(store: Store, vault: Vault, name: str, door: Door = Door.EXCHANGE) -> Document:
    file = vault.put(io.BytesIO(b"%PDF-1.7 " + name.encode()), role=Role.ORIGINAL, media_type="application/pdf",
                     name=name)
    document = store.receive(Origin(door, name), file, unit=UNIT.code, name=name, by="H99.2", at=AT).document
    document = store.record(document, Change(what="read", to=Stage.READ), who="machine")
    fields = FIELDS | {Name.SUBJECT: Field(Name.SUBJECT, f"=góp ý {name}", 1.0, sure=True)}
    return store.record(document, Change(what="proposed", to=Stage.PROPOSED, fields=fields), who="machine")


def confirm(store: Store, document: Document, to: tuple[Recipient, ...] = ()) -> Document:
    return store.record(document, Change(what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, recipients=to,
                                         take_register_number=True), who="lan")


def test_a_hundred_at_once_from_threads_of_two_stores_leave_no_gap(url: str, tmp_path: Path) -> None:
    vault, stores = Vault(tmp_path / "vault"), [Store.open(url) for _ in range(2)]
    documents = [proposed(stores[0], vault, f"{n}.pdf") for n in range(40)]
    sent = [proposed(stores[0], vault, f"di-{n}.pdf", Door.FOLDER) for n in range(10)]
    work = [(one, ()) for one in documents] + [(one, (Recipient("H99.2", "Sở"),)) for one in sent]

    def run(place: int) -> None:
        for document, to in work[place::8]:
            confirm(stores[place % 2], document, to)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    year = dt.datetime.now(VN).year
    now = stores[0].numbers.between(UNIT.code, dt.datetime(year, 1, 1, tzinfo=VN),
                                    dt.datetime(year + 1, 1, 1, tzinfo=VN))
    assert [one.number for one in now] == list(range(1, 41))
    ids = [int(stores[0].get(one.id).register_number.rpartition(".")[2]) for one, _ in work]
    assert sorted(ids) == list(range(1, 51)), "ids of all that is registered are one series"
    for store in stores:
        store.close()


_PROCESS = """
import sys
from gateway.store.store import Store
from tests.gateway.back.test_registers import confirm
store = Store.open(sys.argv[1])
sys.stdin.readline()
for id_ in sys.argv[2:]:
    confirm(store, store.get(id_))
"""


def test_two_processes_leave_no_gap(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vanthu.db'}"
    store, vault = Store.open(url), Vault(tmp_path / "vault")
    ids = [proposed(store, vault, f"{n}.pdf").id for n in range(20)]
    processes = [subprocess.Popen([sys.executable, "-c", _PROCESS, url, *ids[place::2]], stdin=subprocess.PIPE,
                                  cwd=Path(__file__).resolve().parents[3]) for place in range(2)]
    for one in processes:
        one.communicate(b"go\n", timeout=60)
    assert [one.returncode for one in processes] == [0, 0]
    assert sorted(one.number for one in store.numbers.of(ids).values()) == list(range(1, 21))
    store.close()


def test_the_series_begins_anew_at_midnight_of_new_year_in_viet_nam(tmp_path: Path) -> None:
    clock = [dt.datetime(2026, 12, 31, 16, 59, tzinfo=dt.UTC)]
    store = Store.open(f"sqlite:///{tmp_path / 'vanthu.db'}", clock=lambda: clock[0])
    vault = Vault(tmp_path / "vault")
    first = confirm(store, proposed(store, vault, "a.pdf"))
    clock[0] = dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)
    second = confirm(store, proposed(store, vault, "b.pdf"))
    found = store.numbers.of([first.id, second.id])
    assert [(found[one.id].year, found[one.id].number) for one in (first, second)] == [(2026, 1), (2027, 1)]
    store.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    data = tmp_path_factory.mktemp("registers") / "var"
    data.mkdir()
    store, vault = Store.open(f"sqlite:///{data / 'vanthu.db'}", clock=lambda: AT), Vault(data / "vault")
    for n in range(1, 31):
        document = confirm(store, proposed(store, vault, f"{n}.pdf"))
        store.record(document, Change(what="filed", to=Stage.FILED, by=Mover.CLERK), who="lan")
    confirm(store, proposed(store, vault, "di.pdf", Door.FOLDER), (Recipient("H99.2", "Sở Nội vụ tỉnh Mẫu"),))
    yield store, data
    store.close()


def wanted(register: Register) -> Wanted:
    return Wanted(register=register, unit=UNIT, parent="Ủy ban nhân dân tỉnh Mẫu", span=SPAN, book="1")


@pytest.mark.parametrize(("register", "columns", "rows"), [(Register.INCOMING, 10, 30), (Register.OUTGOING, 10, 1),
                                                           (Register.FOLLOW_UP, 7, 30)])
def test_each_register_has_the_columns_of_annex_iv(filled: tuple[Store, Path], register: Register, columns: int,
                                                   rows: int) -> None:
    sheet = sheet_of(filled[0], wanted(register))
    assert len(COLUMNS[register]) == columns
    assert len(sheet.rows) == rows
    assert {len(row) for row in sheet.rows} == {columns}
    book = zipfile.ZipFile(io.BytesIO(table_xlsx([sheet], AT)))
    texts = book.read("xl/sharedStrings.xml").decode()
    for title in (sheet.title, *(column.title for column in sheet.columns)):
        assert title in texts
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode(), "what begins with = is no formula"


def test_the_incoming_register_prints_every_row_with_its_head_on_every_page(filled: tuple[Store, Path],
                                                                           tmp_path: Path) -> None:
    sheet = sheet_of(filled[0], wanted(Register.INCOMING))
    assert [row[1] for row in sheet.rows] == [str(n) for n in range(1, 31)]
    assert sheet.rows[0][0] == sheet.rows[0][7] == "20/11/2026"
    assert "Từ số 1 đến số 30" in sheet.cover
    file = tmp_path / "so.pdf"
    file.write_bytes(table_pdf(sheet, AT))
    text = " ".join(subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True,
                                   check=True).stdout.split())
    pages = text.count("(10)")
    assert "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN" in text
    assert pages >= 2
    assert all(f"{n}.pdf" in text for n in (1, 15, 30))


def test_the_command_writes_pdf_and_xlsx(filled: tuple[Store, Path], tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("VANTHU_DATA", str(filled[1]))
    monkeypatch.chdir(tmp_path)
    for name in ("so.pdf", "so.xlsx"):
        assert cli.main(["register", "incoming", "--from", "2026-11-01", "--to", "2026-11-30", "--out", name]) == 0
    assert "30 dòng" in capsys.readouterr().out
    assert (tmp_path / "so.pdf").read_bytes().startswith(b"%PDF-")
    assert cli.main(["register", "incoming", "--out", "so.doc"]) == 2


def test_the_stamp_has_its_measures_and_labels(tmp_path: Path) -> None:
    assert (STAMP_WIDTH, STAMP_HEIGHT) == (50.0, 35.0)
    file = tmp_path / "phieu.pdf"
    file.write_bytes(cover_pdf(Cover(
        office=UNIT.name, unit="Trường Tiểu học Mẫu", number="125", register_number="H99.1-2026.125", registered_at=AT,
        rows=(("Số, ký hiệu", "125/SNV"),), signatures=(), files=("125.pdf",), recipient="Trường Tiểu học Mẫu")))
    with pikepdf.open(file) as pdf:
        drawn = [[float(side) for side in one.operands] for one in pikepdf.parse_content_stream(pdf.pages[0])
                 if str(one.operator) == "re"]
    assert [abs(side) / 72 * 25.4 for side in drawn[0][2:]] == pytest.approx([50, 35], abs=0.1), "on the paper itself"
    text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    for label in (UNIT.name.upper(), "ĐẾN", "Số: 125", "Ngày: 20/11/2026", "Chuyển:", "Số và ký hiệu HS:"):
        assert label in text


def test_the_slip_of_an_incoming_paper_is_one_page_with_the_three_opinions(
        filled: tuple[Store, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = filled[0].numbers.between(UNIT.code, SPAN.begins, SPAN.ends)[0].document
    monkeypatch.setenv("VANTHU_DATA", str(filled[1]))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["slip", first, "--out", "phieu.pdf"]) == 0
    text = " ".join(subprocess.run(["pdftotext", "-layout", "phieu.pdf", "-"], capture_output=True, text=True,
                                   check=True).stdout.split())
    for words in ("PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN", "Ý kiến của lãnh đạo cơ quan, tổ chức:",
                  "Ý kiến của lãnh đạo đơn vị:", "Ý kiến đề xuất của người giải quyết:", "Số đến: 1;",
                  "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "1.pdf"):
        assert words in text, words
    assert "Pages:           1" in subprocess.run(["pdfinfo", "phieu.pdf"], capture_output=True, text=True,
                                                  check=True).stdout
    out = filled[0].numbers.registered(UNIT.code, SPAN.begins, SPAN.ends)[-1]
    assert cli.main(["slip", out.id, "--out", "x.pdf"]) == 1, "what goes out has no arrival number"


def test_many_files_and_many_recipients_still_fit_a_page(tmp_path: Path) -> None:
    many = tuple(f"phụ lục {n}.pdf" for n in range(200))
    file = tmp_path / "phieu.pdf"
    file.write_bytes(cover_pdf(Cover(
        office=UNIT.name, unit="x", number="1", register_number="H99.1-2026.1", registered_at=AT, rows=(),
        signatures=many, files=many)))
    assert "Pages:           1" in subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    store = Store.open(f"sqlite:///{tmp_path / 'vanthu.db'}", clock=lambda: AT)
    vault = Vault(tmp_path / "vault")
    to = tuple(Recipient(f"H99.{n}", f"Ủy ban nhân dân xã thứ {n}") for n in range(300))
    confirm(store, proposed(store, vault, "di-300.pdf", Door.FOLDER), to)
    sheet = sheet_of(store, wanted(Register.OUTGOING))
    assert "và 288 nơi nhận khác" in sheet.rows[-1][4]
    assert table_pdf(sheet, AT).startswith(b"%PDF-")
    store.close()
