"""Recipients are judged by today's directory; a closed one is refused, its successor named (R-124, R-125, R-193)."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.directory import bodies
from gateway.document import VN, Recipient, Stage
from gateway.errors import ExchangeRefused
from gateway.exchange.folder import FolderExchange
from gateway.exchange.port import Body
from gateway.receivers import ended, gets_paper
from gateway.steps.send import SendTools, parcel_of, send
from gateway.store.directory import Term
from tests.gateway.papers import BODIES, Papers, now

TODAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=VN)
HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu")
KNOWN = (
    Body("H01", "Ủy ban nhân dân tỉnh An Giang"), Body("H01.7", "Sở Nội vụ tỉnh An Giang", "H01"),
    Body("H33.7", "Sở Nội vụ tỉnh Kiên Giang", "H33"), Body("H99.2", "Sở Nội vụ tỉnh Mẫu", "H99"),
    Body("H99.3", "Sở Tài chính tỉnh Mẫu", "H99"),
)


@pytest.fixture
def papers(tmp_path: Path) -> Iterator[Papers]:
    papers = Papers.in_folder(tmp_path)
    papers.store.directory.put(KNOWN)
    yield papers
    papers.store.close()


def sentences(papers: Papers, code: str, name: str = "") -> list[str]:
    return [one.sentence for one in ended([Recipient(code, name)], papers.store.directory, TODAY)]


def test_an_office_of_a_merged_province_names_the_same_office_of_the_new_one(papers: Papers) -> None:
    assert sentences(papers, "H33.7", "Sở Nội vụ tỉnh Kiên Giang") == [(
        "Sở Nội vụ tỉnh Kiên Giang (H33.7) đã đóng mã từ ngày 01/07/2025. "
        "Hãy chọn Sở Nội vụ tỉnh An Giang (H01.7) hoặc nơi nhận khác.")]


def test_where_there_is_no_such_office_the_province_is_named(papers: Papers) -> None:
    assert "Hãy chọn Ủy ban nhân dân tỉnh An Giang (H01)" in sentences(papers, "000.00.12.H33", "Sở Y tế")[0]
    assert sentences(papers, "G24", "Ủy ban cũ")[0].endswith("Hãy chọn nơi nhận khác.")


def test_an_open_code_and_one_that_no_list_knows_are_left_to_the_exchange(papers: Papers) -> None:
    assert sentences(papers, "H01.7") == sentences(papers, "H99.2") == sentences(papers, "H55.123") == []


def test_what_a_person_has_set_counts_and_successors_are_followed(papers: Papers) -> None:
    directory = papers.store.directory
    directory.set_term(Term("H99.2", until=dt.date(2026, 11, 19), successor="H99.8", note="Quyết định 12/QĐ-UBND"),
                       who="lan", at=NOON)
    directory.set_term(Term("H99.8", name="Sở cũ", until=dt.date(2026, 11, 19), successor="H99.3"), who="lan", at=NOON)
    directory.set_term(Term("H99.9", name="Sở mới", since=dt.date(2027, 1, 1)), who="lan", at=NOON)
    assert sentences(papers, "H99.2", "Sở Nội vụ") == [(
        "Sở Nội vụ (H99.2) đã đóng mã từ ngày 20/11/2026 theo Quyết định 12/QĐ-UBND. "
        "Hãy chọn Sở Tài chính tỉnh Mẫu (H99.3) hoặc nơi nhận khác.")]
    assert sentences(papers, "H99.9") == ["H99.9 chưa có hiệu lực. Hãy chọn nơi nhận khác."]


def test_a_fetch_does_not_undo_what_a_person_has_set(papers: Papers) -> None:
    directory = papers.store.directory
    directory.set_term(Term("H99.2", name="Sở Nội vụ và Lao động"), who="lan", at=NOON)
    directory.set_term(Term("H99.50", name="Ban Quản lý"), who="lan", at=NOON)
    assert directory.put(KNOWN) == 0
    assert [body.code for body in directory.search("noi vu va lao dong")] == ["H99.2"]
    assert [body.name for body in directory.search("h99.50")] == ["Ban Quản lý"]
    term = directory.term("H99.50")
    assert term is not None
    assert (term.changed_by, term.changed_at) == ("lan", NOON)


def test_what_the_exchange_says_has_ended_is_closed_and_opened_again_when_it_is_back(papers: Papers) -> None:
    directory, day = papers.store.directory, dt.date(2025, 2, 28)
    office, other = Body("H99.8", "Sở Thông tin và Truyền thông"), Body("H99.9", "Sở Ngoại vụ")
    directory.put([office, other])
    directory.set_term(Term("H99.9", note="người đặt"), who="an", at=now())
    assert directory.put([replace(office, until=day), replace(other, until=day)]) == 1
    term = directory.term("H99.8")
    assert term is not None
    assert (term.until, term.changed_by) == (day, "exchange")
    (over,) = ended([Recipient("H99.8", office.name), Recipient("H99.9", other.name)], directory, dt.date(2026, 1, 1))
    assert (over.code, over.until) == ("H99.8", day)
    assert directory.get("H99.8") == office, "its name stays for old papers"
    assert directory.put([replace(office, until=day), other]) == 0
    assert directory.put([office, other]) == 1
    assert directory.term("H99.8") is None
    assert directory.put([replace(Body("H99.77", "chưa từng có"), until=day)]) == 0
    assert directory.get("H99.77") is None


def test_only_what_differs_is_written(papers: Papers) -> None:
    directory = papers.store.directory
    assert directory.put(KNOWN) == 0
    assert directory.put([*KNOWN, Body("H99.4", "Sở Y tế"), Body("H99.3", "Sở Tài chính")]) == 2
    old = Body("H98.4", "Sở Đối chiếu", old_code="000.00.04.H98")
    directory.put([old])
    assert directory.by_old_code("000.00.04.H98") == old
    assert directory.by_old_code("") is None


def tools(papers: Papers, folder: Path, **more: object) -> SendTools:
    return SendTools(FolderExchange(folder / "x", HOME), papers.vault, HOME, papers.store.directory.get,
                     lambda _: False, now, **more)  # type: ignore[arg-type]


def test_a_paper_to_a_closed_code_is_not_sent_and_says_where_to_send_it(papers: Papers, tmp_path: Path) -> None:
    document = papers.sealed(recipients=(*BODIES, Recipient("H33.7", "Sở Nội vụ tỉnh Kiên Giang")))
    sending = tools(papers, tmp_path, ended=lambda to: ended(to, papers.store.directory, TODAY))
    with pytest.raises(ExchangeRefused, match=r"H01\.7"):
        send(document, sending)
    assert list((tmp_path / "x" / "out").iterdir()) == []


def test_bodies_on_the_list_get_paper_as_well_and_the_journal_names_them(papers: Papers, tmp_path: Path) -> None:
    document = papers.sealed()
    assert not parcel_of(document, tools(papers, tmp_path)).paper_follows
    sending = tools(papers, tmp_path, paper_also=("H99.2",))
    assert parcel_of(document, sending).paper_follows
    change = send(document, sending)
    assert (change.to, change.why) == (Stage.SENT, "Gửi cả bản giấy tới: Sở Nội vụ tỉnh Mẫu.")
    assert [gets_paper(code, ("H99.2",)) for code in ("H99.2", "H99.2.1", "H99.21")] == [True, True, False]


def test_among_thousands_that_are_alike_the_one_that_was_typed_comes_first(papers: Papers) -> None:
    directory = papers.store.directory
    assert directory.put(bodies(3000)) == 3000
    for typed in ("uy ban nhan dan xa tan tien 2 tinh bac son", "H94.1500", "h94.1500"):
        assert directory.search(typed, limit=12)[0].name == "Ủy ban nhân dân xã Tân Tiến 2 tỉnh Bắc Sơn"
    assert len(directory.search("Tân Tiến", limit=12)) == 12
