"""The desk as a browser meets it: who gets in, what a form may do, what every answer carries."""

from __future__ import annotations

import pytest

from gateway.document import Change, CopyKind, Held, Role, Stage
from gateway.review.acts import ALLOWED, Act
from gateway.review.login import MOST_FAILURES
from gateway.seal.port import STAMP_LATER
from rules.field import Name, Secrecy
from tests.gateway.review.house import PDF, PNG, House, word_in

WHOLE = {
    "f.number": "125",
    "f.symbol": "UBND-VP",
    "f.date": "19/11/2026",
    "f.issuer": "ỦY BAN NHÂN DÂN XÃ MẪU",
    "f.doc_type": "Công văn",
    "f.subject": "rà soát thủ tục hành chính",
    "to": "H99.2",
}


def test_nobody_sees_anything_without_logging_in(house: House) -> None:
    document = house.proposed()
    for address in ("/", "/rows", "/overview", f"/d/{document.id}", f"/d/{document.id}/pages/1.png", "/directory?q=so"):
        answer = house.client.get(address)
        assert answer.status_code == 303, address
        assert answer.headers["location"].startswith("/login")
    assert house.client.get(f"/d/{document.id}/files/original").status_code == 303


def test_a_right_password_opens_the_inbox_and_log_out_closes_it(house: House) -> None:
    assert house.enter("lan") == 303
    assert house.client.get("/").status_code == 200
    assert house.post("/logout") == 303
    assert house.client.get("/").status_code == 303


def test_the_session_cookie_is_strict_and_out_of_reach_of_scripts(house: House) -> None:
    word = word_in(house.client.get("/login").text)
    form = {"login": "lan", "password": "mat-khau-rat-dai", "word": word}
    cookie = house.client.post("/login", data=form).headers.get_list("set-cookie")[0].lower()

    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_an_old_session_ends(house: House) -> None:
    house.enter("lan")
    house.clock.pass_(hours=house.desk.session_hours, minutes=1)

    assert house.client.get("/").status_code == 303


def test_wrong_passwords_lock_the_login_for_a_while(house: House) -> None:
    for _ in range(MOST_FAILURES):
        assert house.enter("lan", "sai") == 403
    assert house.enter("lan") == 429

    house.clock.pass_(minutes=11)
    assert house.enter("lan") == 303


def test_a_person_changes_their_own_password(house: House) -> None:
    house.enter("lan")

    assert house.post("/me", old="sai", new="mat-khau-moi-nua") == 422
    assert house.post("/me", old="mat-khau-rat-dai", new="ngan") == 422
    assert house.post("/me", old="mat-khau-rat-dai", new="mat-khau-moi-nua") == 303
    assert house.enter("lan", "mat-khau-moi-nua") == 303


def test_an_unknown_login_is_answered_like_a_wrong_password(house: House) -> None:
    assert house.enter("ai-do", "sai") == 403


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"])
def test_log_in_never_leads_off_the_site(house: House, target: str) -> None:
    word = word_in(house.client.get("/login").text)
    answer = house.client.post(
        "/login", data={"login": "lan", "password": "mat-khau-rat-dai", "word": word, "next": target}
    )

    assert answer.headers["location"] == "/"


def test_a_form_without_the_sessions_word_is_refused(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    for word in ("", "0" * 64):
        answer = house.client.post(
            f"/d/{document.id}/reject", data={"word": word, "version": document.version, "reason": "x"}
        )
        assert answer.status_code == 403
    assert house.store.get(document.id).stage is Stage.PROPOSED


def test_every_answer_carries_the_policy_and_may_not_be_kept(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    for address in (
        "/",
        f"/d/{document.id}",
        f"/d/{document.id}/pages/1.png",
        f"/d/{document.id}/files/archive",
        "/khong-co",
    ):
        headers = house.client.get(address).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "no-store" in headers["cache-control"], address
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_hold_no_script_or_style_of_their_own_and_nothing_from_outside(house: House) -> None:
    document = house.proposed(sure=False)
    house.enter("lan")
    for address in ("/", f"/d/{document.id}", "/overview"):
        text = house.client.get(address).text
        assert "style=" not in text
        assert "onclick" not in text
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text


def test_what_comes_from_outside_is_shown_as_text(house: House) -> None:
    document = house.received('<img src=x onerror="alert(1)">.pdf')
    house.enter("lan")

    assert "<img src=x" not in house.client.get("/").text
    assert "<img src=x" not in house.client.get(f"/d/{document.id}").text


def test_the_language_switches_and_stays(house: House) -> None:
    house.enter("lan")
    assert "Chờ xác nhận" in house.client.get("/").text

    house.client.get("/language/en?next=/")
    text = house.client.get("/").text
    assert "To be confirmed" in text
    assert "Chờ xác nhận" not in text


def test_a_clerk_confirms_and_the_paper_moves_on(house: House) -> None:
    document = house.proposed()
    house.enter("lan")

    assert house.post(f"/d/{document.id}/confirm", version=document.version, **WHOLE) == 303

    now = house.store.get(document.id)
    assert (now.stage, now.confirmed_by, now.fields[Name.DATE].value) == (Stage.CONFIRMED, "lan", "2026-11-19")
    assert [one.name for one in now.recipients] == ["Sở Nội vụ tỉnh Mẫu"]
    assert now.register_number


def test_an_unsure_field_stops_confirming_until_somebody_has_looked(house: House) -> None:
    document = house.proposed(sure=False)
    house.enter("lan")

    status, text = house.answer(f"/d/{document.id}/confirm", version=document.version, **WHOLE)
    assert status == 422
    assert "Máy chưa chắc" in text
    assert house.post(f"/d/{document.id}/confirm", version=document.version, checked="number", **WHOLE) == 303


def test_a_refused_form_comes_back_with_what_was_typed(house: House) -> None:
    document = house.proposed()
    house.enter("lan")

    _, text = house.answer(
        f"/d/{document.id}/confirm", version=document.version, **WHOLE | {"f.subject": "câu mới gõ", "f.number": ""}
    )

    assert "câu mới gõ" in text
    assert "Sở Nội vụ tỉnh Mẫu" in text


def test_two_clerks_never_overwrite_each_other(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    assert house.post(f"/d/{document.id}/correct", version=document.version, **WHOLE | {"f.number": "126"}) == 303

    status, text = house.answer(f"/d/{document.id}/confirm", version=document.version, **WHOLE | {"f.number": "127"})

    assert status == 409
    assert "Người khác vừa sửa" in text
    assert "127" in text
    assert house.store.get(document.id).fields[Name.NUMBER].value == "126"


def test_recipients_come_from_the_directory_only(house: House) -> None:
    document = house.proposed()
    house.enter("lan")

    assert house.post(f"/d/{document.id}/confirm", version=document.version, **WHOLE | {"to": "H00.bia"}) == 422


def test_sealing_stores_the_file_the_kind_and_the_parcels_own_id(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")

    assert house.post(f"/d/{document.id}/seal", version=document.version, kind="SAO Y", compared="1", pages="2") == 303

    now = house.store.get(document.id)
    sealed = now.file(Role.SEALED)
    assert sealed is not None
    assert house.vault.path(sealed).read_bytes().endswith(b"%cms")
    assert (now.stage, now.copy_kind, now.sealed_by) == (Stage.SEALED, CopyKind.SAO_Y, "lan")
    assert now.parcel_id == "H99.1,2026/11/19,125/UBND-VP"
    assert (house.seal.orders[0].body, house.seal.orders[0].copy_kind) == ("Ủy ban nhân dân xã Mẫu", "SAO Y")


def test_a_second_paper_of_the_same_number_gets_a_parcel_id_of_its_own(house: House) -> None:
    house.enter("lan")
    ids = set()
    for name in ("a.pdf", "b.pdf"):
        document = house.confirmed(name)
        house.post(f"/d/{document.id}/seal", version=document.version, kind="SAO Y", compared="1", pages="2")
        ids.add(house.store.get(document.id).parcel_id)

    assert ids == {"H99.1,2026/11/19,125/UBND-VP", "H99.1,2026/11/19,125/UBND-VP,2"}


def test_without_the_statement_no_key_is_touched(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")

    status, text = house.answer(f"/d/{document.id}/seal", version=document.version, kind="SAO Y")

    assert status == 422
    assert "Chưa xác nhận đã đối chiếu" in text
    assert house.key.used == 0


def test_a_paper_with_another_number_of_pages_is_not_sealed(house: House) -> None:
    """R-027."""
    document = house.confirmed()
    house.enter("lan")
    form = {"version": document.version, "kind": "SAO Y", "compared": "1"}

    for pages, said in (("3", "khác số trang bản số hóa"), ("", "Chưa ghi số trang"), ("hai", "Chưa ghi số trang")):
        status, text = house.answer(f"/d/{document.id}/seal", pages=pages, **form)
        assert (status, said in text) == (422, True)
    assert house.key.used == 0


def test_a_seal_that_still_lacks_its_time_stamp_says_so(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")
    house.seal.late = True

    assert house.post(f"/d/{document.id}/seal", version=document.version, kind="SAO Y", compared="1", pages="2") == 303

    assert STAMP_LATER in house.store.get(document.id).remarks
    assert "chưa có dấu thời gian" in house.client.get(f"/d/{document.id}").text


def test_a_taken_corner_is_covered_only_when_the_sealer_says_so(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")
    house.seal.taken = True
    form = {"version": document.version, "kind": "SAO Y", "compared": "1", "pages": "2"}

    status, text = house.answer(f"/d/{document.id}/seal", **form)

    assert status == 409
    assert 'name="cover"' in text
    assert house.post(f"/d/{document.id}/seal", cover="1", **form) == 303


def test_an_ended_certificate_or_a_broken_seal_changes_nothing(house: House) -> None:
    document = house.confirmed()
    house.enter("lan")
    form = {"version": document.version, "kind": "SAO Y", "compared": "1", "pages": "2"}

    house.key.ended = True
    assert house.post(f"/d/{document.id}/seal", **form) == 409
    assert house.key.used == 0
    house.key.ended, house.seal.breaks = False, True
    assert house.post(f"/d/{document.id}/seal", **form) == 409
    assert house.store.get(document.id) == document


def test_a_held_paper_shows_its_reason_and_is_released(house: House) -> None:
    document = house.received()
    document = house.store.record(
        document, Change(what="held", held=Held("encrypted", "Tệp có mật khẩu. Hãy xin tệp khác.")), who="machine"
    )
    house.enter("lan")

    assert "Tệp có mật khẩu. Hãy xin tệp khác." in house.client.get(f"/d/{document.id}").text
    assert house.post(f"/d/{document.id}/retry", version=document.version) == 303
    assert house.store.get(document.id).held is None


def test_a_secret_is_erased_and_only_the_fact_stays(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    paths = [house.vault.path(file) for file in document.files]

    assert house.post(f"/d/{document.id}/stop", version=document.version) == 303

    assert not any(path.exists() for path in paths)
    now = house.store.get(document.id)
    assert (now.stage, now.files, now.secrecy) == (Stage.STOPPED, (), Secrecy.MARKED)
    assert house.client.get(f"/d/{document.id}").status_code == 200


def test_a_view_and_a_download_are_written_into_the_journal(house: House) -> None:
    document = house.proposed()
    house.enter("lan")

    house.client.get(f"/d/{document.id}")
    answer = house.client.get(f"/d/{document.id}/files/original")

    assert answer.content.startswith(PDF)
    assert answer.headers["content-disposition"].startswith("attachment")
    events = [(event.who, event.what) for event in house.store.events(document.id)]
    assert events[-2:] == [("lan", "viewed"), ("lan", "downloaded")]


def test_a_page_picture_is_drawn_once(house: House) -> None:
    document = house.proposed()
    house.enter("lan")

    assert house.client.get(f"/d/{document.id}/pages/2.png?w=1600").content == PNG
    assert house.client.get(f"/d/{document.id}/pages/3.png").status_code == 404
    assert house.client.get(f"/d/{document.id}/pages/0.png").status_code == 404


def test_papers_of_another_unit_do_not_exist_for_a_clerk(house: House) -> None:
    house.person("xa", "clerk", "sealer", units=frozenset({"H99.7"}))
    document = house.proposed()
    house.enter("xa")

    assert document.name not in house.client.get("/").text
    for address in ("", "/pages/1.png", "/files/original", "/part/side"):
        assert house.client.get(f"/d/{document.id}{address}").status_code == 404, address
    assert house.post(f"/d/{document.id}/reject", version=document.version, reason="x") == 404


ADDRESS = {Act.CONFIRM: "confirm", Act.CORRECT: "correct", Act.REJECT: "reject", Act.HOLD: "hold", Act.STOP: "stop"}


@pytest.mark.parametrize("role", ["clerk", "sealer", "head", "auditor", "admin"])
@pytest.mark.parametrize("act", ADDRESS)
def test_an_act_is_open_to_its_roles_only(house: House, act: Act, role: str) -> None:
    house.person("ai", role)
    document = house.proposed()
    house.enter("ai")

    status = house.post(f"/d/{document.id}/{ADDRESS[act]}", version=document.version, reason="x", **WHOLE)

    assert (status == 303) is (role in ALLOWED[act])
    assert status in (303, 403)


def test_an_upload_is_taken_by_what_it_is_not_by_its_name(house: House) -> None:
    house.enter("lan")
    word = word_in(house.client.get("/").text)

    good = house.client.post("/upload", data={"word": word}, files={"file": ("quét.exe", PDF)})
    bad = house.client.post("/upload", data={"word": word}, files={"file": ("quét.pdf", b"MZ\x90\0")})

    assert good.status_code == 303
    assert bad.status_code == 403
    assert "quét.exe" in house.client.get("/").text


def test_search_finds_a_paper_in_any_drawer(house: House) -> None:
    house.confirmed()
    house.enter("lan")

    assert "UBND-VP" in house.client.get("/?q=UBND-VP").text
    assert "Không tìm thấy" in house.client.get("/?q=khong-co-dau").text


def test_the_directory_answers_without_tone_marks(house: House) -> None:
    house.enter("lan")

    found = house.client.get("/directory?q=so noi vu").json()

    assert found == [{"code": "H99.2", "name": "Sở Nội vụ tỉnh Mẫu", "parent": "Ủy ban nhân dân tỉnh Mẫu"}]


def test_recipients_printed_on_the_paper_are_suggested(house: House) -> None:
    document = house.proposed()
    house.enter("lan")

    assert 'data-add="H99.2"' in house.client.get(f"/d/{document.id}").text


@pytest.mark.parametrize("address", ["/d/khong-co", "/d/%2e%2e/files/original", "/d/x/files/../../etc", "/khong-co"])
def test_what_does_not_exist_is_said_so(house: House, address: str) -> None:
    house.enter("lan")

    assert house.client.get(address).status_code == 404
