"""Whatever shows, prints or gives a paper leaves an Event (R-186): all routes, the others with their reason."""

from __future__ import annotations

import io
from dataclasses import replace

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from gateway.document import Change, Mover, Role, Stage
from gateway.review.api import documents
from gateway.review.web import ROOMS, create_app
from gateway.review.web.looks import Looks
from tests.gateway.review.house import House
from tests.gateway.review.test_sending_page import sent

PAPER = {
    "/d/{document_id}": "viewed",
    "/d/{document_id}/part/{name}": "viewed",
    "/d/{document_id}/pages/{number}.png": "viewed",
    "/d/{document_id}/pages": "viewed",
    "/d/{document_id}/leaves/{source}/{number}.png": "viewed",
    "/bulk": "viewed",
    "/d/{document_id}/files/{role}": "downloaded",
    "/d/{document_id}/parts/{sha256}": "downloaded",
    "/d/{document_id}/archive.zip": "archived",
    "/d/{document_id}/slip.pdf": "printed",
    "/export.xlsx": "exported",
    "/registers/register": "printed",
    "/registers/report": "printed",
    "/journal": "journal_read",
}
"""Shows a paper, or gives a file: the Event it leaves."""

NONE = {
    "/login": "the entrance", "/login/code": "the entrance", "/login/oidc": "the entrance",
    "/login/oidc/back": "the entrance", "/language/{code}": "a cookie",
    "/me": "one's own login", "/people": "people", "/alarms": "people", "/tokens": "programs", "/webhooks": "programs",
    "/directory": "receiving bodies", "/bodies": "receiving bodies", "/live": "counts", "/health.json": "counts",
    "/metrics": "counts", "/overview": "counts", "/separator.pdf": "an empty sheet",
    "/help": "guides", "/help/{name}": "guides", "/help/screenshots/{picture}": "guides",
    "/": "a list: number, subject, stage", "/rows": "a list", "/incoming": "a list", "/registers": "forms and counts",
    "/seal": "a list of what waits for a seal", "/seal/{document_id}": "whether a seal has come",
    "/handed/{token}/{name}": "downloaded, see test_vgca of the seals",
}  # fmt: skip
"""Shows no paper, and why that is so."""

API = {"/documents/{document_id}": "viewed", "/documents": "", "/documents/{document_id}/status": ""}
"""Calls of programs."""


def gets() -> set[str]:
    found = {route.path for room in ROOMS for route in room.router.routes if isinstance(route, APIRoute)
             and "GET" in route.methods}  # fmt: skip
    return found - {""}


def test_every_route_that_reads_stands_in_one_of_the_tables() -> None:
    assert sorted(gets() ^ (PAPER.keys() | NONE.keys())) == []
    api = {route.path for route in documents.router.routes if isinstance(route, APIRoute) and "GET" in route.methods}
    assert sorted(api ^ API.keys()) == []


def test_each_of_them_leaves_its_event_even_when_called_alone(house: House) -> None:
    scan, sealed = house.proposed(), sent(house)
    part = house.vault.put(io.BytesIO(b"a part"), role=Role.ATTACHMENT, media_type="text/plain", name="a.txt")
    letter = house.store.record(house.proposed("c.pdf"), Change(what="read", files=(part,)), who="machine")
    registered = house.store.record(house.proposed("d.pdf"), Change(
        what="confirmed", to=Stage.CONFIRMED, by=Mover.CLERK, take_register_number=True), who="lan")  # fmt: skip
    about = {"parts": letter, "pages": scan, "leaves": scan, "slip.pdf": registered}
    house.person("mai", "clerk", "auditor")
    silent = []
    house.enter("mai")
    for path, what in sorted(PAPER.items()):
        house.client.app.state.looks = Looks()  # type: ignore[attr-defined]  # as if by another session
        before = house.store.journal.recent(1)[0].seq
        kind = path.split("/")[3] if path.count("/") > 2 else ""
        slots = {"document_id": about.get(kind, sealed).id, "sha256": part.sha256, "name": "side", "number": "1",
                 "role": "archive", "source": "0"}  # fmt: skip
        answer = house.client.get(path.format(**slots))
        said = {one.what for one in house.store.journal.recent(30) if one.seq > before and one.who == "mai"}
        if answer.status_code != 200 or what not in said:
            silent.append((path, answer.status_code, said))
    assert silent == []


def test_pictures_of_an_open_paper_are_no_looks_of_their_own(house: House) -> None:
    document = house.proposed()
    house.enter("lan")
    before = len(house.store.events(document.id))
    house.client.get(f"/d/{document.id}")
    house.client.get(f"/d/{document.id}/pages/1.png")
    house.client.get(f"/d/{document.id}/pages/2.png")
    house.client.get(f"/d/{document.id}/part/side")
    assert len(house.store.events(document.id)) == before + 1
    house.enter("lan")
    house.client.get(f"/d/{document.id}/pages/2.png")
    house.client.get(f"/d/{document.id}/pages/1.png")
    assert len(house.store.events(document.id)) == before + 2, "another session, by the picture's address alone"


def test_a_program_that_reads_a_paper_is_in_the_journal(house: House) -> None:
    document = house.proposed()
    made = house.store.tokens.make("may-quet", "H99.1", by="quan", at=house.clock())
    with TestClient(create_app(replace(house.desk))) as client:
        answer = client.get(f"/api/v1/documents/{document.id}", headers={"Authorization": f"Bearer {made}"})
    assert answer.status_code == 200
    assert house.store.events(document.id)[-1].who.startswith("api:")
