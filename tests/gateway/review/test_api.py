"""The interface for programs, by hand and by schemathesis."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from gateway.document import Role
from gateway.review.acts import Person
from gateway.review.rearrange import apply_pages, present
from gateway.review.web import create_app
from gateway.store.hooks import EVENTS
from mail import inside, sniff
from tests.gateway.intake.test_kinds import docx
from tests.gateway.review.house import PDF, House

API = "/api/v1"


def token(house: House, unit: str = "H99.1") -> dict[str, str]:
    made = house.store.tokens.make("phan-mem", unit, by="quan", at=house.clock())
    return {"Authorization": f"Bearer {made}"}


def put(house: House, key: dict[str, str], data: bytes = PDF, **headers: str) -> tuple[int, dict[str, object]]:
    answer = house.client.post(f"{API}/documents", files={"file": ("a.pdf", data)}, headers=key | headers)
    return answer.status_code, answer.json()


def test_a_program_hands_in_lists_looks_and_asks_how_it_stands(house: House) -> None:
    key = token(house)
    status, made = put(house, key)
    assert (status, made["stage"], made["door"]) == (201, "received", "desk")
    house.clock.pass_(minutes=1)
    assert put(house, key)[0] == 200, "the same bytes are the same document"

    document = house.proposed("b.pdf")
    listed = house.client.get(f"{API}/documents?q=ra soat&stage=proposed", headers=key).json()
    assert [one["id"] for one in listed["documents"]] == [document.id]
    paper = house.client.get(f"{API}/documents/{document.id}", headers=key).json()
    assert paper["fields"]["number"]["value"] == "125"
    assert paper["fields"]["number"]["seen"]["page"] == 1
    assert house.store.events(document.id)[-1].who == "api:phan-mem"
    status_ = house.client.get(f"{API}/documents/{document.id}/status", headers=key).json()
    assert (status_["stage"], status_["next"]) == ("proposed", "confirm")
    assert status_["due"] == "2026-11-20T11:30:00+07:00"
    assert status_["same_scan"] == []
    lan = Person("lan", "Lan", frozenset({"clerk"}))
    apply_pages(house.desk, document, present(house.desk, document).leaves, frozenset({1}), who=lan)
    (part,) = house.client.get(f"{API}/documents/{document.id}/status", headers=key).json()["same_scan"]
    assert house.client.get(f"{API}/documents/{part}", headers=key).json()["pages"] == 1


def test_a_key_names_one_upload(house: House) -> None:
    key = token(house)
    _, made = put(house, key, **{"Idempotency-Key": "k-1"})
    status, again = put(house, key, **{"Idempotency-Key": "k-1"})
    assert (status, again["id"]) == (200, made["id"])
    status, said = put(house, key, PDF + b"other", **{"Idempotency-Key": "k-1"})
    assert (status, list(said)) == (409, ["trouble"])
    assert put(house, token(house), PDF + b"other", **{"Idempotency-Key": "k-1"})[0] == 201, "keys are the token's own"


def test_only_scans_and_letters_are_taken(house: House) -> None:
    status, said = put(house, token(house), b"MZ\x90")
    assert status == 415
    assert str(said["trouble"]).startswith("Chỉ nhận tệp PDF")


@pytest.mark.parametrize(("name", "data", "kind"), [
    ("cv.docx", docx(), inside.DOCX), ("cv.rtf", b"{\\rtf1 a}", sniff.RTF), ("cv.txt", "Công văn".encode(), sniff.TXT)],
    ids=["docx", "rtf", "txt"])
def test_office_and_text_files_are_taken_by_their_bytes(house: House, name: str, data: bytes, kind: str) -> None:
    answer = house.client.post(f"{API}/documents", files={"file": (name, data)}, headers=token(house))
    assert answer.status_code == 201
    original = house.store.get(answer.json()["id"]).file(Role.ORIGINAL)
    assert original is not None
    assert (original.media_type, house.vault.path(original).read_bytes()) == (kind, data)


def test_an_office_file_with_programs_is_refused_with_its_reason(house: House) -> None:
    status, said = put(house, token(house), docx("a", "word/vbaProject.bin"))
    assert (status, "macro" in str(said["trouble"])) == (415, True)


def test_a_token_opens_its_own_unit_only_and_ends_at_once(house: House) -> None:
    foreign = house.proposed("x.pdf", unit="H99.9")
    key = token(house)
    assert house.client.get(f"{API}/documents/{foreign.id}", headers=key).status_code == 404
    assert house.client.get(f"{API}/documents", headers=key).json()["total"] == 0
    (made,) = house.store.tokens.open()
    house.store.tokens.end(made.id, house.clock())
    answer = house.client.get(f"{API}/documents", headers=key)
    assert answer.status_code == 401
    assert answer.json()["trouble"].endswith(".")
    assert house.client.get(f"{API}/documents").status_code == 401


def test_an_administrator_makes_a_token_that_is_shown_once_and_ends_it(house: House) -> None:
    house.person("quan", "admin")
    house.enter("quan")
    status, page = house.answer("/tokens", name="Phần mềm quét", unit="H99.1")
    assert status == 200
    said = page.split('<code class="secret">', 1)[1].split("<", 1)[0]
    assert house.client.get(f"{API}/documents", headers={"Authorization": f"Bearer {said}"}).status_code == 200
    assert said not in house.client.get("/people").text
    (made,) = house.store.tokens.open()
    house.post(f"/tokens/{made.id}")
    assert house.client.get(f"{API}/documents", headers={"Authorization": f"Bearer {said}"}).status_code == 401
    assert house.answer("/tokens", name="x", unit="H00")[0] == 422


def test_schemathesis_finds_no_500_and_no_answer_that_the_description_does_not_know(house: House) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    house.proposed()
    key, app = token(house), create_app(house.desk)
    schema = schemathesis.openapi.from_asgi(f"{API}/openapi.json", app)
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    quiet = settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate],
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()

        @quiet
        @given(case=operation.as_strategy())
        def run(case: object) -> None:
            answer = case.call(headers=key)  # type: ignore[attr-defined]
            case.validate_response(answer, checks=checks)  # type: ignore[attr-defined]

        run()
        tried.append(operation.label)
    assert len(tried) == 4


def test_the_description_names_every_path_and_is_open_to_whoever_asks(house: House) -> None:
    with TestClient(create_app(house.desk)) as client:
        said = client.get(f"{API}/openapi.json").json()
    assert sorted(said["paths"]) == ["/documents", "/documents/{document_id}", "/documents/{document_id}/status"]
    told = said["webhooks"]["document"]["post"]
    assert {one["name"] for one in told["parameters"]} == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert set(said["components"]["schemas"]["Call"]["properties"]["type"]["enum"]) == set(EVENTS)
