"""Every page and every role: who gets in.  A page that is not in the table fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Mount

from gateway.document import CopyKind
from gateway.review.acts import ALLOWED, Act
from gateway.review.api import create_api
from gateway.review.web import ROOMS, create_app, frame
from gateway.review.web.perform import PERFORM
from gateway.review.web.words import ROLES
from tests.gateway.review.house import House, word_in

ANYBODY = "anybody"
"""Without a session, or with a word of its own (a token)."""
ALL = frozenset(ROLES)
READERS = frozenset({"clerk", "sealer", "head", "auditor"})

TABLE: dict[str, frozenset[str] | str] = {
    "GET /login": ANYBODY,
    "POST /login": ANYBODY,
    "GET /login/code": ANYBODY,
    "POST /login/code": ANYBODY,
    "GET /login/oidc": ANYBODY,
    "GET /login/oidc/back": ANYBODY,
    "GET /language/{code}": ANYBODY,
    "GET /handed/{token}/{name}": ANYBODY,
    "POST /handed/{token}": ANYBODY,
    "GET /health.json": ANYBODY,
    "GET /metrics": ANYBODY,
    "POST /logout": ALL,
    "GET /me": ALL,
    "POST /me": ALL,
    "POST /me/codes": ALL,
    "POST /me/sessions": ALL,
    "GET /overview": ALL,
    "GET /live": ALL,
    "GET /directory": ALL,
    "POST /views": ALL,
    "GET /": READERS,
    "GET /rows": READERS,
    "GET /export.xlsx": READERS,
    "GET /incoming": READERS,
    "GET /registers": READERS,
    "GET /registers/register": READERS,
    "GET /registers/report": READERS,
    "GET /d/{document_id}": READERS,
    "GET /d/{document_id}/part/{name}": READERS,
    "GET /d/{document_id}/pages/{number}.png": READERS,
    "GET /d/{document_id}/files/{role}": READERS,
    "GET /d/{document_id}/parts/{sha256}": READERS,
    "GET /d/{document_id}/archive.zip": READERS,
    "GET /d/{document_id}/slip.pdf": READERS,
    "POST /d/{document_id}/printed": READERS,
    "GET /d/{document_id}/leaves/{source}/{number}.png": READERS,
    "GET /d/{document_id}/pages": frozenset({"clerk"}),
    "POST /d/{document_id}/pages": frozenset({"clerk"}),
    "GET /separator.pdf": READERS,
    "POST /d/{document_id}/{act}": frozenset({"clerk"}),
    "GET /bulk": frozenset({"clerk"}),
    "POST /bulk": frozenset({"clerk"}),
    "POST /upload": frozenset({"clerk"}),
    "GET /seal": frozenset({"sealer"}),
    "POST /seal": frozenset({"sealer"}),
    "GET /seal/{document_id}": frozenset({"sealer"}),
    "POST /seal/{document_id}": frozenset({"sealer"}),
    "GET /bodies": frozenset({"clerk", "admin"}),
    "POST /bodies": frozenset({"clerk", "admin"}),
    "GET /people": frozenset({"admin"}),
    "POST /people": frozenset({"admin"}),
    "POST /people/{login}/{deed}": frozenset({"admin"}),
    "GET /tokens": frozenset({"admin"}),
    "POST /tokens": frozenset({"admin"}),
    "POST /tokens/{token_id}": frozenset({"admin"}),
    "GET /help": ALL,
    "GET /help/{name}": ALL,
    "GET /help/screenshots/{picture}": ALL,
    "GET /webhooks": frozenset({"admin"}),
    "POST /webhooks": frozenset({"admin"}),
    "POST /webhooks/{hook_id}/key": frozenset({"admin"}),
    "POST /webhooks/{hook_id}/again": frozenset({"admin"}),
    "POST /webhooks/{hook_id}/end": frozenset({"admin"}),
    "GET /alarms": frozenset({"admin", "head", "auditor"}),
    "POST /alarms/{change}": frozenset({"admin", "head", "auditor"}),
    "GET /journal": frozenset({"auditor"}),
    "POST /journal": frozenset({"auditor"}),
}
STREAMS = {"GET /live"}
"""Does not end by itself."""
LEAVES = {"POST /logout", "POST /me", "POST /me/codes"}
"""Changes the session that the test needs."""


SLOTS = {"code": "vi", "token": "x", "name": "receipts", "number": "1", "role": "original", "act": "correct",
         "login": "lan", "deed": "sessions", "change": "1", "token_id": "1", "source": "0", "hook_id": "1",
         "picture": "x.png"}  # fmt: skip
"""What stands for a part of an address."""

PROGRAMS = frozenset({"GET /documents", "POST /documents", "GET /documents/{document_id}",
                      "GET /documents/{document_id}/status"})  # fmt: skip
"""Below /api/v1: opened by a token, never by a session."""


def routes() -> Iterator[str]:
    for room in ROOMS:
        yield from routes_of(room.router)


def routes_of(app: Any) -> Iterator[str]:
    """Every route of an application or router, however it was added; of what is mounted, its place."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield f"MOUNT {route.path}"
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router)
        else:
            yield from (f"{method} {route.path}" for method in route.methods if method != "HEAD")


def test_every_route_of_the_application_stands_in_the_table(house: House) -> None:
    """A page added in any way - a room, the application itself, a mount - fails here until the table knows it."""
    mounts = {"MOUNT /api/v1", f"MOUNT {frame.STATIC}"}
    app = create_app(house.desk)
    assert sorted(set(routes_of(app)) ^ (TABLE.keys() | mounts)) == []
    assert sorted(set(routes_of(create_api(house.desk))) ^ (PROGRAMS | {"GET /openapi.json"})) == []

    @app.get("/new")
    def new() -> None:
        """Nobody has said who may see it."""

    assert "GET /new" in set(routes_of(app)) - set(TABLE)


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_may_do_its_acts_and_no_others(house: House, role: str) -> None:
    """Every act on a paper; `acts.ALLOWED` says whose it is."""
    house.person("ai", role)
    house.enter("ai")
    word = word_in(house.client.get("/overview").text)
    document, wrong = house.proposed(), {}
    for act in sorted(PERFORM):
        version = house.store.get(document.id).version
        form = {"word": word, "version": str(version), "reason": "", "kind": CopyKind.SAO_Y.value}
        status = house.client.post(f"/d/{document.id}/{act}", data=form).status_code
        doors = {"register": (Act.CONFIRM, Act.FILE), "unrelate": (Act.RELATE,)}
        needed = doors[act] if act in doors else (Act(act),)
        if all(role in ALLOWED[one] for one in needed):
            wrong |= {act: status} if status == 403 else {}
        elif status != 403 or house.store.get(document.id).version != version:
            wrong[act] = status
        if house.store.get(document.id).version != version:
            document = house.proposed(f"{act}.pdf")
    assert wrong == {}


def test_a_session_opens_nothing_of_the_interface_for_programs(house: House) -> None:
    house.person("ai", *ALL)
    house.enter("ai")
    for route in sorted(PROGRAMS):
        method, _, path = route.partition(" ")
        address = f"/api/v1{path.format(document_id='x')}"
        files = {"file": ("a.pdf", b"%PDF-1.7")} if method == "POST" else None
        answer = house.client.request(method, address, files=files)
        assert (answer.status_code, "no-store" in answer.headers["cache-control"]) == (401, True), route


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_gets_into_its_pages_and_no_others(house: House, role: str) -> None:
    document = house.proposed()
    sha256 = document.files[0].sha256
    slots = SLOTS | {"document_id": document.id, "sha256": sha256}
    house.person("ai", role)
    house.enter("ai")
    word = word_in(house.client.get("/overview").text)
    wrong = {}
    for route in sorted(set(routes()) - STREAMS - LEAVES):
        method, _, path = route.partition(" ")
        form = {"word": word, "version": str(document.version), "reason": "thử"} if method == "POST" else None
        files = {"file": ("a.exe", b"MZ no scan")} if path == "/upload" else None
        answer = house.client.request(method, path.format(**slots), data=form, files=files)
        allowed = TABLE[route]
        refused = answer.status_code == 403 or answer.headers.get("location") == "/overview"
        if path == "/upload" and role in allowed:  # let in, and told what can be taken
            refused = "PDF, TIFF" not in answer.text
        if allowed != ANYBODY and refused is (role in allowed):
            wrong[route] = answer.status_code
        assert answer.status_code != 500, route
        assert "no-store" in answer.headers["cache-control"], f"{route} may stay on a PC that others use"
    assert wrong == {}


def test_without_a_session_only_the_entrance_is_open(house: House) -> None:
    house.proposed()
    house.client.cookies.clear()
    for route in sorted(set(routes()) - STREAMS):
        method, _, path = route.partition(" ")
        plain = path.replace("{number}", "1").replace("{", "").replace("}", "")
        answer = house.client.request(method, plain, files={"file": ("a", b"x")} if path == "/upload" else None)
        if TABLE[route] != ANYBODY:
            assert answer.status_code in (303, 401), route
            assert answer.headers.get("location", "/login").startswith("/login"), route


def test_a_paper_of_another_unit_does_not_exist_on_any_route(house: House) -> None:
    document = house.confirmed()
    house.person("xa", *ALL, units=frozenset({"H99.9"}))
    house.enter("xa")
    word = word_in(house.client.get("/overview").text)
    slots = SLOTS | {"document_id": document.id, "sha256": document.files[0].sha256}
    open_to = {}
    for route in sorted(one for one in set(routes()) if "{document_id}" in one):
        method, _, path = route.partition(" ")
        for act in sorted(PERFORM) if "{act}" in path else ("",):
            form = {"word": word, "version": str(document.version), "reason": "thử"} if method == "POST" else None
            answer = house.client.request(method, path.format(**slots | {"act": act}), data=form)
            if answer.status_code != 404:
                open_to[f"{route} {act}"] = answer.status_code
    assert open_to == {}
    for page in ("/", "/rows", "/bulk", "/seal", "/incoming"):
        assert document.id not in house.client.get(page).text
