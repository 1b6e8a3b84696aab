"""The desk's pages of sending: related papers, packages for the archive, recipients that have closed."""

from __future__ import annotations

import io
import zipfile

from gateway.document import Change, Document, Held, Mover, Role, Stage
from gateway.exchange.port import Body
from tests.gateway.review.house import PDF, House
from tests.gateway.review.test_web import WHOLE


def sent(house: House) -> Document:
    file = house.vault.put(io.BytesIO(PDF + b"sealed"), role=Role.SEALED, media_type="application/pdf", name="s.pdf")
    sealed = Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, files=(file,), parcel_id="H99.1,2026/11/19,125")
    document = house.store.record(house.confirmed("sent.pdf"), sealed, who="lan")
    return house.store.record(document, Change(what="sent", to=Stage.SENT, exchange_id="x"), who="machine")


def test_a_paper_is_related_to_a_sent_one_and_both_pages_say_so(house: House) -> None:
    house.enter("lan")
    earlier = sent(house)
    document = house.confirmed("b.pdf")
    assert f"/d/{document.id}/relate" in house.client.get(f"/d/{document.id}").text

    typed = {"version": document.version, "kind": "replace", "reason": "Sai phụ lục"}
    none = house.post(f"/d/{document.id}/relate", earlier="9/KHAC", **typed)
    done = house.post(f"/d/{document.id}/relate", earlier=earlier.id, **typed)

    assert (none, done) == (422, 303)
    assert "Thay thế văn bản" in house.client.get(f"/d/{document.id}").text
    assert "Được thay thế bởi" in house.client.get(f"/d/{earlier.id}").text


def test_a_sealed_paper_is_given_as_a_package_for_the_archive(house: House) -> None:
    house.enter("lan")
    document = sent(house)
    assert "archive.zip" in house.client.get(f"/d/{document.id}").text
    package = house.client.get(f"/d/{document.id}/archive.zip")
    assert package.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        assert {"METS.xml", "manifest-sha256.txt", "metadata/document.xml"} <= set(archive.namelist())
    assert list(house.vault.work_folder().iterdir()) == []
    early = house.confirmed("c.pdf")
    refused = house.client.get(f"/d/{early.id}/archive.zip")
    assert refused.status_code == 409, "not now, and no trouble of ours"
    assert f'href="/d/{early.id}"' in refused.text
    assert "Hãy hoàn tất văn bản trước" in refused.text


def test_a_recipient_whose_code_is_closed_is_refused_with_its_successor(house: House) -> None:
    house.store.directory.put([Body("H33", "Ủy ban nhân dân tỉnh Kiên Giang"), Body("H01", "UBND tỉnh An Giang")])
    document = house.proposed()
    house.enter("lan")
    status, told = house.answer(f"/d/{document.id}/confirm", version=document.version, **{**WHOLE, "to": "H33"})
    assert status == 422
    assert "Hãy chọn UBND tỉnh An Giang (H01)" in told


def test_the_directory_is_searched_and_a_code_is_closed_by_a_clerk(house: House) -> None:
    house.enter("lan")
    assert "Sở Nội vụ tỉnh Mẫu" in house.client.get("/bodies?q=so noi vu").text
    wrong = {"code": "H99.2", "until": "2026-12-31"}
    assert house.post("/bodies", **{**wrong, "successor": "H77"}) == 422
    assert house.post("/bodies", **{**wrong, "since": "2027-01-01"}) == 422
    assert house.post("/bodies", code="H99.200") == 422
    assert house.post("/bodies", code="h 99", name="x") == 422

    done = house.post("/bodies", code="H99.2", until="2026-12-31", successor="H99", note="Quyết định 1/QĐ-UBND")

    assert done == 303
    page = house.client.get("/bodies?q=H99.2").text
    assert "Quyết định 1/QĐ-UBND" in page
    assert "31/12/2026" in page
    term = house.store.directory.term("H99.2")
    assert term is not None
    assert term.changed_by == "lan"


def test_a_sealed_paper_that_was_refused_gets_other_recipients_and_goes_again(house: House) -> None:
    house.store.directory.put([Body("H33.1", "Sở Y tế tỉnh Kiên Giang"), Body("H01", "UBND tỉnh An Giang")])
    house.enter("lan")
    sealed = Change(what="sealed", to=Stage.SEALED, by=Mover.CLERK, parcel_id="H99.1,2026/11/19,125/UBND-VP")
    document = house.store.record(house.confirmed("s.pdf"), sealed, who="lan")
    assert house.post(f"/d/{document.id}/readdress", version=document.version, to="H01", reason="x") == 409
    held = Change(what="held", held=Held("exchange_refused", "Sở Y tế tỉnh Kiên Giang (H33.1) đã đóng mã."))
    document = house.store.record(document, held, who="machine")
    assert "Đổi nơi nhận…" in house.client.get(f"/d/{document.id}").text
    typed = {"version": document.version, "reason": "Mã cũ đã đóng"}
    for wrong in ("", "H77", "H33.1"):
        assert house.post(f"/d/{document.id}/readdress", to=wrong, **typed) == 422

    assert house.post(f"/d/{document.id}/readdress", to="h99.2, H01", **typed) == 303

    document = house.store.get(document.id)
    assert ([to.code for to in document.recipients], document.held) == (["H99.2", "H01"], None)
    assert house.store.events(document.id)[-1].what in ("viewed", "readdressed")
