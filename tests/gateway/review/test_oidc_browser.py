"""Logging in by OpenID Connect in Chromium: the service on another site, the desk's cookies strict."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.oidc import open_service
from gateway.review.web import create_app
from gateway.settings_oidc import Oidc
from tests.gateway.review.conftest import CHROMIUM, PATIENT_MS, QUIET
from tests.gateway.review.house import House
from tests.gateway.review.oidc_server import CLIENT, SECRET, Provider
from tests.gateway.review.test_access import RULES, cut_off, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def provider(house: House) -> Iterator[Provider]:
    provider = Provider(house.clock)
    server = provider.start(None)
    yield provider
    server.shutdown()
    server.server_close()


@pytest.fixture
def desk(house: House, provider: Provider, tmp_path: Path) -> Iterator[str]:
    """A desk on a real socket whose people log in at the provider."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    provider.desk = f"http://127.0.0.1:{listener.getsockname()[1]}"
    secret = tmp_path / "secret"
    secret.write_text(SECRET, "utf-8")
    secret.chmod(0o600)
    service = open_service(
        Oidc(issuer=provider.issuer, client_id=CLIENT, secret_file=secret, desk=provider.desk, name_claim="login"),
        house.clock,
    )
    app = create_app(replace(house.desk, login_service=service))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield provider.desk
    server.should_exit = True
    thread.join(60)


def test_a_clerk_logs_in_by_the_service_and_out_again(
    house: House, provider: Provider, desk: str, tmp_path: Path
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    document = house.proposed()
    provider.claims = {"login": "lan"}
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=PATIENT_MS)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=desk)
        page.set_default_timeout(PATIENT_MS)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"/d/{document.id}")
        page.get_by_role("link", name="Đăng nhập bằng tài khoản cơ quan").click()
        page.click("#in")
        page.wait_for_url(f"**/d/{document.id}")
        page.locator("header.top").wait_for()
        cookies = {one["name"]: one for one in page.context.cookies() if "127.0.0.1" in one["domain"]}
        assert (cookies["vanthu"]["sameSite"], cookies["vanthu"]["httpOnly"]) == ("Strict", True)
        assert "vanthu_errand" not in cookies
        page.click("details.me summary")
        page.click("details.me form button")
        page.wait_for_url("**/login?left=1")
        page.get_by_role("link", name="Đăng xuất ở đó nữa").wait_for()
        page.emulate_media(reduced_motion="reduce")
        assert violations(page, RULES) + cut_off(page) == []
        page.screenshot(path=tmp_path / "left.png")
        provider.down = True
        house.clock.pass_(minutes=61)
        page.get_by_role("link", name="Đăng nhập bằng tài khoản cơ quan").click()
        assert "không trả lời" in page.locator("[role=alert]").inner_text()
        page.locator("#password").wait_for()
        browser.close()
    # The page that is left may still ask for pictures; its session has ended.
    assert [one for one in complaints if "503" not in one and "401" not in one] == []
