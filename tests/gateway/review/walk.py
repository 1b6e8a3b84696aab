"""A desk with something on every page, and the address of every page: what the tests for everybody walk through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi.routing import APIRoute

from gateway.document import RECALL_ASKED, Change, Document, Held, Receipt, Stage
from gateway.review.web import ROOMS
from gateway.store.arrivals import Packet
from gateway.store.rights import Rights
from rules.field import Secrecy
from tests.gateway.letters import DRAFT, SCAN, letter
from tests.gateway.review.house import House
from tests.gateway.review.test_incoming_page import arrived
from tests.gateway.review.test_letter_page import proposed
from tests.gateway.review.test_sending_page import sent

NO_PAGES = frozenset({
    "/language/{code}", "/login/oidc", "/login/oidc/back", "/rows", "/export.xlsx", "/live", "/health.json", "/metrics",
    "/directory", "/seal/{document_id}", "/handed/{token}/{name}", "/registers/register", "/registers/report",
    "/d/{document_id}/pages/{number}.png", "/d/{document_id}/files/{role}", "/d/{document_id}/parts/{sha256}",
    "/d/{document_id}/archive.zip", "/help/screenshots/{picture}",
    "/d/{document_id}/leaves/{source}/{number}.png", "/separator.pdf",
    "/d/{document_id}/part/{name}", "/d/{document_id}/slip.pdf",
})  # fmt: skip
"""Answers that are no page of their own: files, parts of a page, figures, redirects."""

GUIDES = ("/help/van-thu", "/help/thong-bao")
"""Two of them: the longest and the one with the widest table."""

QUERIES: Mapping[str, tuple[str, ...]] = {
    "/": ("?tab=seal", "?tab=held", "?q=125&find=1", "?q=nothing&find=1"),
    "/bodies": ("?q=so&code=H99.2",),
}
"""Looks of a page besides the plain one."""


def filled(house: House) -> dict[str, list[Document]]:
    """Something on every page; papers by the kind of their page."""
    house.person("toan", "clerk", "sealer", "head", "auditor", "admin")
    store, now = house.store, house.clock()
    held = store.record(house.proposed("c.pdf"), Change(what="held", held=Held("clerk", "125")), who="lan")
    alarm = store.record(house.received("d.pdf"), Change(what="held", secrecy=Secrecy.UNSURE, held=Held(
        "secrecy_unsure", "125")), who="machine")  # fmt: skip
    frozen = store.record(arrived(house, "126"), Change(what="asked_back", held=Held(RECALL_ASKED, "125")), who="H99.2")
    said = Receipt("01", now, "H99.2", "125", "125", "125", "m-1")
    stopped = store.record(house.received("e.pdf"), Change(
        what="stopped", to=Stage.STOPPED, secrecy=Secrecy.MARKED, reason="secrecy"), who="machine")  # fmt: skip
    papers = [
        house.proposed(sure=False), house.proposed("b2.pdf"), house.confirmed("b.pdf"), held, alarm, frozen, stopped,
        arrived(house, "127"), house.received("f.pdf"), proposed(house, letter(("a.pdf", SCAN), ("b.txt", DRAFT))),
        store.record(sent(house), Change(what="receipt", receipts=(said,)), who="H99.2"),
    ]  # fmt: skip
    store.arrivals.note(Packet("p-7", "edoc", "H99.9", now, "ab", "unreadable", note="125"))
    store.people.set_rights("lan", Rights(frozenset({"clerk"}), frozenset()), by="quan", at=now)
    store.tokens.make("may-quet", "H99.1", by="quan", at=now)
    store.hooks.make("H99.1", "https://example.vn/a", by="quan", at=now)
    store.anchors.drop(now)
    store.door_seen("folder", now - dt.timedelta(minutes=1), "")
    return {"/d/{document_id}": papers, "/d/{document_id}/pages": papers[:1]}


def pages() -> set[str]:
    """Every route that answers a page; a new one comes by itself."""
    found = {route.path for room in ROOMS for route in room.router.routes
             if isinstance(route, APIRoute) and "GET" in route.methods}  # fmt: skip
    return found - NO_PAGES


def addresses(house: House) -> list[str]:
    """The address of every page, of papers one of each kind."""
    papers, found = filled(house), []
    for path in sorted(pages()):
        if "{" not in path:
            found += [path, *(path + query for query in QUERIES.get(path, ()))]
        elif path == "/help/{name}":
            found += GUIDES
        else:
            found += [path.replace("{document_id}", one.id) for one in papers[path]]
    return found
