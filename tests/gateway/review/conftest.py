"""One desk for the tests of this room."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from fastapi.testclient import TestClient

from gateway.document import Document, Door, Origin, Role
from gateway.review.desk import Desk, Office
from gateway.review.web import create_app
from gateway.store.store import Store
from gateway.store.vault import Vault
from tests.gateway.review.house import BODIES, PASSWORD, PNG, Clock, House, TestKey, TestSeal

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
REFUSED = ("status of 422", "status of 401")
"""A form that is not complete yet, a session that has ended: Chromium notes every such answer."""
PATIENT_MS = 120_000
"""How long a browser may take on a machine that is busy with other things; a test that fails waits as long."""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A running desk; "lan" is clerk and sealer."""
    clock, key, seal = Clock(), TestKey(), TestSeal()
    store = Store.open(f"sqlite:///{tmp_path}/vanthu.db", clock=clock)
    vault = Vault(tmp_path / "vault")
    store.on_erase = vault.erase
    store.directory.put(BODIES)

    def take(source: BinaryIO, *, unit: str, name: str, by: str, media_type: str) -> Document:
        file = vault.put(source, role=Role.ORIGINAL, media_type=media_type, name=name)
        return store.receive(Origin(Door.DESK, file.sha256), file, unit=unit, name=name, by=by, at=clock()).document

    desk = Desk(
        store=store,
        vault=vault,
        seal=seal,
        offices={"H99.1": Office(BODIES[0], "Xã Mẫu", key)},
        home="H99.1",
        picture=lambda path, page, width: PNG,
        take=take,
        clock=clock,
    )
    with TestClient(create_app(desk), follow_redirects=False) as client:
        made = House(desk, store, vault, clock, key, seal, client)
        made.person("lan", "clerk", "sealer")
        yield made
    store.close()


def white_page() -> bytes:
    import cv2
    import numpy as np

    return bytes(cv2.imencode(".png", np.full((2263, 1600), 255, np.uint8))[1])


@contextmanager
def serving(desk: Desk) -> Iterator[str]:
    """The desk on a real socket; its address."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(desk), log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(60)


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """The desk on a real socket, every page of every paper white."""
    picture = white_page()
    with serving(replace(house.desk, picture=lambda path, page, width: picture)) as one:
        yield one


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A logged-in page at the size of an old office screen; any error on its console fails the test."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=PATIENT_MS)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=address)
        page.set_default_timeout(PATIENT_MS)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text)
                if message.type == "error" and not any(one in message.text for one in REFUSED) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login")
        page.fill("#login", "lan")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        yield page
        browser.close()
    assert complaints == []
