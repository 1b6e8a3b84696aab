"""Sealing by the program at the clerk's desk, from a real browser: websocket over TLS, fetch, signature, upload."""

from __future__ import annotations

import datetime as dt
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.document import VN, Change, Document, Role, Stage
from gateway.exchange.port import Body
from gateway.review.desk import Office
from gateway.review.enclosing import UNSEALED
from gateway.review.web import create_app
from gateway.seal.mark import MarkStyle
from gateway.seal.plan import Vgca
from gateway.seal.practice import Practice
from gateway.seal.trust import Trust
from gateway.seal.verify import verify
from gateway.seal.vgca import VgcaProgram
from gateway.store import tables
from tests.gateway.review import conftest as review
from tests.gateway.review.house import PASSWORD, House
from tests.gateway.seal.papers import BODY, scan
from tests.gateway.seal.pki import Pki
from tests.gateway.seal.test_returned import paint, with_writing
from tests.gateway.seal.vgca_service import Hand, Service, listening

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

house = review.house
LIMIT = 2 * 1024 * 1024
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The real service's authority stands among those the clerk's machine trusts.
QUIET.append("--ignore-certificate-errors")


@dataclass
class Room:
    """A desk on a real socket, a service on the clerk's machine, a browser between them."""

    house: House
    service: Service
    address: str
    folder: Path

    def confirmed(self, name: str, *, write_over: bool = False) -> Document:
        """A paper that waits for its seal, with a real archive copy of one page; writing may stand in its corner."""
        document = self.house.confirmed(name)
        path = with_writing(self.folder / name) if write_over else scan(self.folder / name)
        archive = self.house.vault.put(path, role=Role.ARCHIVE, media_type="application/pdf", name=name)
        return self.house.store.record(document, Change(what="read", files=(archive,), pages=1), who="machine")

    def now(self, document: Document) -> Document:
        return self.house.store.get(document.id)


@pytest.fixture
def room(house: House, pki: Pki, trust: Trust, tmp_path: Path) -> Iterator[Room]:
    with listening(tmp_path, Hand(pki.p12("good"))) as service:
        program = VgcaProgram(Vgca(address=service.address), Practice(trust=lambda: trust), MarkStyle())
        office = Office(Body("H99.1", BODY, "H99"), "Bình Minh", None, program)
        desk = replace(house.desk, offices={"H99.1": office}, clock=lambda: dt.datetime.now(VN), upload_limit=LIMIT)
        with served(create_app(desk)) as address:
            yield Room(replace(house, desk=desk), service, address, tmp_path)


class served:
    """The desk on a free port."""

    def __init__(self, app: Any) -> None:
        import uvicorn

        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(room: Room, browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    page = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=room.address)
    log_in(page)
    page.wait_for_url("**/")
    yield page
    page.context.close()


def log_in(page: sync_api.Page, entrance: str = "/login") -> None:
    page.goto(entrance)
    page.fill("#login", "lan")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def seal_all(page: sync_api.Page, documents: list[Document]) -> None:
    for document in documents:
        page.fill(f"[name='pages.{document.id}']", "1")
    page.check("[name=compared]")
    page.click("[data-main]")
    page.wait_for_selector("[data-result] > span")
    page.wait_for_selector("[data-main]:not([disabled])", timeout=30_000)


def test_a_list_is_sealed_by_the_service_on_the_clerks_machine(room: Room, page: sync_api.Page, trust: Trust) -> None:
    documents = [room.confirmed("a.pdf"), room.confirmed("b.pdf"), room.confirmed("c.pdf")]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/?tab=seal")
    page.click("text=Ký nhiều văn bản")
    page.wait_for_selector("[data-program]")

    seal_all(page, documents[:2])

    assert [room.now(one).stage for one in documents] == [Stage.SEALED, Stage.SEALED, Stage.CONFIRMED]
    assert page.locator("tr.done").count() == 2
    for document in map(room.now, documents[:2]):
        sealed = document.file(Role.SEALED)
        assert sealed is not None
        assert document.sealed_by == "lan"
        assert [event.who for event in room.house.store.events(document.id) if event.what == "sealed"] == ["lan"]
        (seal,) = outside(verify, room.house.vault.path(sealed), trust).signatures
        assert (seal.bottom_line, seal.signer) == (True, BODY)
    assert room.service.asked[0]["DocNumber"] == "125/UBND-VP"
    assert room.service.asked[0]["IssuedDate"] == "2026-11-19T00:00:00+07:00"
    assert [answer["Status"] for answer in room.service.answers] == [True, True]
    assert complaints == []


def outside(work: Callable[..., Any], *given: object) -> Any:
    """Playwright keeps an event loop running in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work, *given).result()


def test_one_paper_is_sealed_from_its_own_page(room: Room, page: sync_api.Page) -> None:
    document = room.confirmed("a.pdf")
    page.goto(f"/d/{document.id}")

    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-program] [name^='pages.']:focus")
    page.keyboard.type("1")
    page.check("[name=compared]")
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("tr.done", timeout=30_000)
    assert room.now(document).stage is Stage.SEALED


def test_what_the_service_brings_back_is_not_believed(room: Room, page: sync_api.Page) -> None:
    document = room.confirmed("a.pdf")
    room.service.hand.before = paint
    page.goto(f"/seal?d={document.id}")

    seal_all(page, [document])

    assert "Chương trình ký đã sửa nội dung trang" in page.inner_text("[data-result]")
    assert room.service.answers[0]["Status"] is False
    assert room.now(document) == document


def test_a_mark_that_covers_writing_is_the_sealers_own_decision(room: Room, page: sync_api.Page) -> None:
    document = room.confirmed("a.pdf", write_over=True)
    page.goto(f"/seal?d={document.id}")

    seal_all(page, [document])
    assert "đè lên nội dung" in page.inner_text("[data-result]")
    assert room.now(document) == document
    page.check(f"[name='cover.{document.id}']")
    page.click("[data-main]")

    page.wait_for_selector("tr.done", timeout=30_000)
    assert room.now(document).stage is Stage.SEALED


def test_a_wrong_count_or_a_missing_statement_hands_nothing_over(room: Room, page: sync_api.Page) -> None:
    document = room.confirmed("a.pdf")
    page.goto(f"/seal?d={document.id}")

    page.fill(f"[name='pages.{document.id}']", "7")
    page.check("[name=compared]")
    page.click("[data-main]")
    page.wait_for_selector("[data-result] .problem:has-text('khác số trang')")

    assert (room.service.asked, room.now(document)) == ([], document)


def test_a_cancelled_signature_leaves_the_paper_where_it_is(room: Room, page: sync_api.Page) -> None:
    document = room.confirmed("a.pdf")
    room.service.cancelled = True
    page.goto(f"/seal?d={document.id}")

    seal_all(page, [document])

    assert "chưa trả tệp về" in page.inner_text("[data-result]")
    assert room.now(document) == document


def test_a_service_that_is_not_running_is_told_and_how_to_open_it(
    house: House, browser: sync_api.Browser, tmp_path: Path, trust: Trust
) -> None:
    free = socket.create_server(("127.0.0.1", 0))
    nobody = f"wss://127.0.0.1:{free.getsockname()[1]}"
    free.close()
    program = VgcaProgram(Vgca(address=nobody), Practice(trust=lambda: trust), MarkStyle())
    office = Office(Body("H99.1", BODY, "H99"), "Bình Minh", None, program)
    desk = replace(house.desk, offices={"H99.1": office}, clock=lambda: dt.datetime.now(VN))
    with served(create_app(desk)) as address:
        room = Room(replace(house, desk=desk), Service(nobody, Hand((tmp_path, tmp_path))), address, tmp_path)
        documents = [room.confirmed("a.pdf"), room.confirmed("b.pdf")]
        page = browser.new_page(base_url=address)
        log_in(page, "/login?next=/seal")
        page.wait_for_selector("[data-program]")
        seal_all(page, documents)
        said = page.locator("[data-result]").all_inner_texts()
        page.context.close()

    assert "Hãy mở VGCA Sign Service" in said[0]
    assert said[1].strip() == "", "the others are not even tried"
    assert room.now(documents[0]) == documents[0]


def ticket(room: Room, document: Document, client: httpx.Client) -> dict[str, Any]:
    client.post("/login", data={"login": "lan", "password": PASSWORD, "word": word(client.get("/login").text)})
    form = {f"version.{document.id}": str(document.version), f"kind.{document.id}": "SAO LỤC",
            f"pages.{document.id}": "1", "compared": "1", "word": word(client.get("/seal").text)}  # fmt: skip
    answer = client.post(f"/seal/{document.id}", data=form)
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()["message"]
    return message


def word(text: str) -> str:
    return text.split('name="word" value="', 1)[1].split('"', 1)[0]


def with_attachments(room: Room, document: Document) -> Document:
    """Two scans, one of them signed already, and a table."""
    signed = outside(room.service.hand.sign, scan(room.folder / "s.pdf", words="signed").read_bytes())
    files = {"phu-luc-1.pdf": scan(room.folder / "1.pdf", words="one").read_bytes(), "da-ky.pdf": signed,
             "phu-luc-2.pdf": scan(room.folder / "2.pdf", words="two").read_bytes(), "bang.xlsx": b"PK"}  # fmt: skip
    kept = tuple(room.house.vault.put(io.BytesIO(data), role=Role.ATTACHMENT, name=name,
                                      media_type="application/pdf" if name.endswith("pdf") else "application/x")
                 for name, data in files.items())  # fmt: skip
    return room.house.store.record(document, Change(what="read", files=kept), who="machine")


def test_one_act_seals_the_attachments_before_their_paper(room: Room, page: sync_api.Page, trust: Trust) -> None:
    """R-102: a mark of their own on each; the list shows them before the act."""
    document = with_attachments(room, room.confirmed("a.pdf"))
    page.goto("/seal")
    shown = page.locator(f"[data-row='{document.id}']").inner_text()
    assert "phu-luc-1.pdf; phu-luc-2.pdf" in shown

    seal_all(page, [document])

    now = room.now(document)
    assert now.stage is Stage.SEALED
    assert [(one["path"], one["DocNumber"]) for one in room.service.asked] == [
        ("/SignAppendix", "125/UBND-VP"), ("/SignAppendix", "125/UBND-VP"), ("/SignCopy", "125/UBND-VP")]  # fmt: skip
    assert [file.name for file in now.enclosed] == ["phu-luc-1.pdf", "da-ky.pdf", "phu-luc-2.pdf", "bang.xlsx"]
    for file in now.enclosed[:3]:
        (seal,) = outside(verify, room.house.vault.path(file), trust).signatures
        assert (seal.bottom_line, seal.signer) == (True, BODY)
    assert now.enclosed[3] == replace(document.attachments[3], role=Role.ENCLOSED)
    assert UNSEALED in now.remarks, "the table goes as it came"


def test_an_act_that_stops_between_its_files_goes_on_where_it_stopped(room: Room, page: sync_api.Page) -> None:
    document = with_attachments(room, room.confirmed("a.pdf"))
    room.service.closed = frozenset({2})
    page.goto("/seal")
    seal_all(page, [document])
    assert "Chương trình ký chưa trả tệp về" in page.locator("[data-result]").inner_text()
    assert room.now(document) == document

    page.click("[data-main]")
    page.wait_for_selector("tr.done", timeout=30_000)

    assert room.now(document).stage is Stage.SEALED
    fetched = [one["path"] for one in room.service.asked]
    assert fetched == ["/SignAppendix", "/SignAppendix", "/SignAppendix", "/SignCopy"], "no file is sealed twice"


def test_both_addresses_are_good_once_and_need_no_login(room: Room) -> None:
    document = room.confirmed("a.pdf")
    more = room.house.vault.put(io.BytesIO(b"%PDF-"), role=Role.ATTACHMENT, media_type="application/pdf", name="b.pdf")
    document = room.house.store.record(document, Change(what="read", files=(more,)), who="machine")
    with httpx.Client(base_url=room.address) as clerk:
        message = ticket(room, document, clerk)
    upload, part = message["FileUploadHandler"], "uploadfile"

    assert httpx.post(upload, files={part: ("x.pdf", b"early")}).status_code == 404
    fetched = httpx.get(message["FileName"])
    assert fetched.content.startswith(b"%PDF-")
    assert httpx.get(message["FileName"]).status_code == 404
    sealed = outside(room.service.hand.sign, fetched.content)
    assert httpx.post(upload[:-2] + "xx", files={part: ("x.pdf", sealed)}).status_code == 404
    assert httpx.post(upload, files={part: ("x.pdf", sealed)}).json()["Status"] is True
    assert httpx.post(upload, files={part: ("x.pdf", sealed)}).status_code == 404
    now = room.now(document)
    assert (now.stage, now.copy_kind) == (Stage.SEALED, "SAO LỤC")
    assert UNSEALED in now.remarks, "what is no real PDF goes as it came"


def test_an_upload_that_is_too_large_is_not_read_to_its_end(room: Room) -> None:
    document = room.confirmed("a.pdf")
    with httpx.Client(base_url=room.address) as clerk:
        message = ticket(room, document, clerk)
    httpx.get(message["FileName"])
    huge = b"x" * (room.house.desk.upload_limit + 1)

    try:
        status = httpx.post(message["FileUploadHandler"], files={"uploadfile": ("x.pdf", huge)}, timeout=30).status_code
    except httpx.TransportError:  # the desk hung up while it was still being talked to
        status = 413

    assert status == 413
    assert room.now(document) == document


def test_a_paper_that_has_changed_meanwhile_is_not_sealed(room: Room) -> None:
    document = room.confirmed("a.pdf")
    with httpx.Client(base_url=room.address) as clerk:
        message = ticket(room, document, clerk)
    fetched = httpx.get(message["FileName"]).content
    changed = room.house.store.record(document, Change(what="corrected"), who="hoa")

    sealed = outside(room.service.hand.sign, fetched)
    answer = httpx.post(message["FileUploadHandler"], files={"uploadfile": ("x.pdf", sealed)})

    assert answer.json()["Status"] is False
    assert "Người khác vừa sửa" in answer.json()["Message"]
    assert room.now(document) == changed


def test_a_sealer_who_lost_the_right_meanwhile_seals_nothing(room: Room) -> None:
    document = room.confirmed("a.pdf")
    with httpx.Client(base_url=room.address) as clerk:
        message = ticket(room, document, clerk)
    fetched = httpx.get(message["FileName"]).content
    with room.house.store.engine.begin() as connection:
        connection.execute(tables.people.update().values(roles=["clerk"]))

    sealed = outside(room.service.hand.sign, fetched)
    answer = httpx.post(message["FileUploadHandler"], files={"uploadfile": ("x.pdf", sealed)})

    assert answer.json()["Status"] is False
    assert room.now(document) == document
