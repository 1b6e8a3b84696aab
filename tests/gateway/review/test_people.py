"""Second factor, sessions, rights that need a second person, the auditor's journal."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.document import VN
from gateway.review import login, second_factor
from gateway.review.login import MOST_FAILURES, fingerprint
from tests.gateway.review.house import PASSWORD, House, word_in

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")])
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    at = dt.datetime.fromtimestamp(seconds, VN)
    assert second_factor.code_at(RFC_SECRET, at) == code
    assert second_factor.counter_of(RFC_SECRET, f"{code[:3]} {code[3:]}", at) == seconds // 30


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "१२३४५६", "000000"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert second_factor.counter_of(RFC_SECRET, code, dt.datetime.fromtimestamp(59, VN)) is None
    assert second_factor.counter_of("no base 32!", "287082", dt.datetime.fromtimestamp(59, VN)) is None


def with_codes(house: House) -> str:
    """Turns codes on through the pages, as a person does; the secret."""
    house.enter("lan")
    _, page = house.answer("/me/codes")
    found = re.search(r'name="secret" value="(\w+)"', page)
    assert found is not None
    assert '<svg class="qr"' in page
    assert house.post("/me/codes", secret=found[1], code="000000") == 422
    assert house.post("/me/codes", secret=found[1], code=second_factor.code_at(found[1], house.clock())) == 303
    house.clock.pass_(minutes=1)
    return found[1]


def give(house: House, code: str) -> int:
    word = word_in(house.client.get("/login/code").text)
    return house.client.post("/login/code", data={"code": code, "word": word, "next": "/overview"}).status_code


def test_with_codes_the_password_alone_opens_nothing(house: House) -> None:
    secret = with_codes(house)

    assert house.enter("lan") == 303
    assert house.client.get("/").status_code == 303
    assert give(house, "000000") == 403
    code = second_factor.code_at(secret, house.clock())
    assert give(house, code) == 303
    assert house.client.get("/").status_code == 200

    house.enter("lan")
    assert give(house, code) == 403, "no code is good twice"


def test_wrong_codes_lock_the_login_though_the_password_is_right_each_time(house: House) -> None:
    with_codes(house)
    for _ in range(MOST_FAILURES):
        assert house.enter("lan") == 303
        assert give(house, "000000") == 403
    assert house.enter("lan") == 429


def test_the_code_must_come_within_five_minutes(house: House) -> None:
    secret = with_codes(house)
    house.enter("lan")
    house.clock.pass_(minutes=6)
    assert give(house, second_factor.code_at(secret, house.clock())) == 403


def test_codes_are_turned_off_with_the_password_only(house: House) -> None:
    secret = with_codes(house)
    house.enter("lan")
    give(house, second_factor.code_at(secret, house.clock()))
    assert house.post("/me/codes", password="falsch") == 422
    assert house.post("/me/codes", password=PASSWORD) == 303
    assert house.enter("lan") == 303
    assert house.client.get("/").status_code == 200


def test_a_person_sees_and_ends_their_other_sessions_and_nobody_elses(house: House) -> None:
    house.person("hoa", "clerk")
    tokens = {}
    for name in ("hoa", "lan", "lan"):
        house.enter(name)
        tokens.setdefault(name, []).append(house.client.cookies["vanthu"])
    foreign, other = fingerprint(tokens["hoa"][0]), fingerprint(tokens["lan"][0])
    page = house.client.get("/me").text
    assert other in page
    assert foreign not in page

    house.post("/me/sessions", session=foreign)
    house.post("/me/sessions", session=other)

    people, now = house.store.people, house.clock()
    assert login.recognize(people, tokens["hoa"][0], now) is not None
    assert login.recognize(people, tokens["lan"][0], now) is None
    assert login.recognize(people, tokens["lan"][1], now) is not None


def test_a_new_password_ends_the_other_sessions(house: House) -> None:
    house.enter("lan")
    old = house.client.cookies["vanthu"]
    house.enter("lan")
    house.post("/me", old=PASSWORD, new="mat-khau-moi-nua")
    assert login.recognize(house.store.people, old, house.clock()) is None
    assert house.client.get("/").status_code == 200


def test_an_administrator_adds_a_person_whose_rights_wait_for_a_second_person(house: House) -> None:
    house.person("quan", "admin")
    house.person("kim", "auditor")
    house.enter("quan")

    assert house.client.get("/").headers["location"] == "/overview", "letters are not the administrator's business"
    word = word_in(house.client.get("/people").text)
    added = {"word": word, "login": "moi", "name": "Người Mới", "role": ["clerk"], "units": "H99.1"}
    page = house.client.post("/people", data=added).text
    made = re.search(r'<code class="secret">([^<]+)<', page)
    assert made is not None
    (change,) = house.store.rights.open()
    assert (change.login, change.changed_by, change.after.roles) == ("moi", "quan", {"clerk"})
    assert "chưa có người thứ hai xác nhận" in house.client.get("/overview").text
    assert house.client.post(f"/alarms/{change.id}", data={"word": word}).status_code == 403, "not by whoever made it"

    house.enter("kim")
    word = word_in(house.client.get("/alarms").text)
    assert house.client.post(f"/alarms/{change.id}", data={"word": word}).status_code == 303
    assert house.store.rights.open() == []
    assert house.enter("moi", made[1]) == 303
    said = {one.what for one in house.store.journal.recent(20)}
    assert {"person_added", "rights_changed", "rights_confirmed", "entered"} <= said


def test_nobody_changes_or_confirms_their_own_rights(house: House) -> None:
    house.person("quan", "admin")
    house.enter("quan")
    word = word_in(house.client.get("/people").text)
    answer = house.client.post("/people/quan/rights", data={"word": word, "role": ["admin", "clerk"]})
    assert answer.status_code == 422
    assert house.store.people.get("quan").roles == {"admin"}  # type: ignore[union-attr]
    assert house.store.rights.open() == []


def test_in_a_house_of_two_the_other_confirms_even_their_own_rights(house: House) -> None:
    house.person("quan", "admin")
    house.person("minh", "admin")
    house.enter("quan")
    word = word_in(house.client.get("/people").text)
    house.client.post("/people/minh/rights", data={"word": word, "role": ["admin", "head"]})
    house.client.post("/people/lan/rights", data={"word": word, "role": ["clerk"]})
    minh, lan = house.store.rights.open()
    assert house.client.post(f"/alarms/{minh.id}", data={"word": word}).status_code == 403, "not by whoever made it"

    house.enter("minh")
    page = house.client.get("/alarms").text
    assert "không có người thứ ba" in page
    word = word_in(page)
    assert house.client.post(f"/alarms/{minh.id}", data={"word": word}).status_code == 303
    assert house.client.post(f"/alarms/{lan.id}", data={"word": word}).status_code == 303
    assert house.store.rights.open() == []
    said = [one.why for one in house.store.journal.recent(9) if one.what == "rights_confirmed"]
    assert ["không có người thứ ba" in one for one in said] == [False, True]


def test_where_a_third_could_confirm_nobody_confirms_their_own_rights(house: House) -> None:
    for name, role in (("quan", "admin"), ("minh", "admin"), ("kim", "auditor")):
        house.person(name, role)
    house.enter("quan")
    word = word_in(house.client.get("/people").text)
    house.client.post("/people/minh/rights", data={"word": word, "role": ["admin", "head"]})
    (change,) = house.store.rights.open()
    house.enter("minh")
    word = word_in(house.client.get("/alarms").text)
    assert house.client.post(f"/alarms/{change.id}", data={"word": word}).status_code == 403


def test_one_administrator_alone_is_told_whom_to_add(house: House) -> None:
    house.person("quan", "admin")
    house.enter("quan")
    word = word_in(house.client.get("/people").text)
    house.client.post("/people/lan/rights", data={"word": word, "role": ["clerk"]})
    assert "Hãy thêm một người có vai trò" in house.client.get("/alarms").text


def test_without_roles_a_person_is_out_at_once(house: House) -> None:
    house.person("quan", "admin")
    house.enter("lan")
    token = house.client.cookies["vanthu"]
    house.enter("quan")
    word = word_in(house.client.get("/people").text)
    house.client.post("/people/lan/rights", data={"word": word})
    assert login.recognize(house.store.people, token, house.clock()) is None
    assert house.enter("lan") == 403


def test_an_auditor_reads_the_journal_and_checks_its_chain(house: House) -> None:
    document = house.proposed()
    other = house.proposed("b.pdf", unit="H99.9")
    house.person("kim", "auditor", units=frozenset({"H99.1"}))
    house.enter("kim")

    page = house.client.get("/journal").text
    assert document.id in page
    assert other.id not in page, "lines of another unit's papers are not theirs"
    assert "journal_read" in {one.what for one in house.store.journal.recent(3)}
    assert document.id not in house.client.get("/journal?what=entered&from=01/01/2020&to=99/99").text
    word = word_in(page)
    assert "nguyên vẹn" in house.client.post("/journal", data={"word": word}).text
    with house.store.engine.begin() as connection:
        connection.execute(sa.text("drop trigger journal_no_update"))
        connection.execute(sa.text("update journal set who = 'ai do' where seq = 2"))
    assert "Dòng nhật ký 2 không khớp" in house.client.post("/journal", data={"word": word}).text


def test_printing_is_written_into_the_journal(house: House) -> None:
    house.enter("lan")
    document = house.proposed()
    assert house.post(f"/d/{document.id}/printed") == 204
    assert house.store.events(document.id)[-1].what == "printed"


def test_the_command_finds_a_missing_line(tmp_path: Path, house: House) -> None:
    house.proposed()
    command = [sys.executable, "-m", "gateway", "verify", "--journal", "--json"]
    environ = {"VANTHU_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    root = Path(__file__).parents[3]
    whole = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert (whole.returncode, '"journal": []' in whole.stdout) == (0, True), whole
    with house.store.engine.begin() as connection:
        connection.execute(sa.text("drop trigger journal_no_delete"))
        connection.execute(sa.text("delete from journal where seq = 2"))
    cut = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
    assert cut.returncode == 3
    assert "Nhật ký thiếu dòng 2" in cut.stdout
