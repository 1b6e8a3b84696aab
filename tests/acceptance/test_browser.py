"""The main job in a real browser against the real process: drop, inbox, confirm, seal, receipt.

With VANTHU_SCREENSHOTS set, the pages met on the way are kept in docs/screenshots.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.exchange.edxml import EdocMessage, read_message
from gateway.review.entries import REQUIRED
from gateway.seal.verify import Trust, verify
from rules.field import Name
from tests.ports import free_port
from tests.verapdf import broken_rules

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "to-trinh-hai-trang.tiff"
PICTURES = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "mat-khau-thu-nghiem"
DRAWN = """[...document.images].every((one) => one.loading === 'lazy' || (one.complete && one.naturalWidth > 0))
  && [...document.querySelectorAll('canvas[data-cut]')].every((one) => one.width > 2)"""
"""Every picture of the page stands, and every cut-out is drawn from it."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running `vanthu run` and what it needs to be talked to."""

    address: str
    drop: Path
    data: Path


def vanthu(*words: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "gateway", *words], cwd=ROOT, env=os.environ | environ)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """The whole process tree in a temporary folder, with its built-in sandbox exchange."""
    port, secret = free_port(), tmp_path / "password.txt"
    environ = {
        "VANTHU_DATA": str(tmp_path / "var"),
        "VANTHU_WEB_PORT": str(port),
        "VANTHU_SANDBOX_PORT": str(free_port()),
        "VANTHU_FOLDER_SETTLE_S": "0.5",
        "VANTHU_EXCHANGE_COLLECT_S": "1",
    }
    secret.write_text(PASSWORD, "utf-8")
    roles = ["--role", "clerk", "--role", "sealer", "--role", "head"]
    adding = vanthu(
        "user", "add", "lan", "--name", "Nguyễn Thị Lan", *roles, "--password-file", str(secret), environ=environ
    )
    assert adding.wait(60) == 0
    running = vanthu("run", environ=environ)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_answering(f"{address}/login", running)
        yield Gateway(address, tmp_path / "var" / "drop", tmp_path / "var")
    finally:
        running.terminate()
        try:
            running.wait(60)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait_until_answering(address: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert running.poll() is None, "vanthu run ended by itself"
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("the desk did not answer within a minute")


@pytest.fixture
def page(gateway: Gateway) -> Iterator[sync_api.Page]:
    """Somebody at an old office screen, logged in; nothing may complain on the console."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=gateway.address, locale="vi-VN")
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login")
        keep(page, "login")
        page.fill("#login", "lan")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        yield page
        browser.close()
    assert complaints == []


def keep(page: sync_api.Page, name: str) -> None:
    """A picture for the guides, when somebody has asked for pictures."""
    if os.environ.get("VANTHU_SCREENSHOTS"):
        for _ in range(300):  # the page's own policy lets nobody wait inside it
            if page.evaluate(DRAWN):
                break
            page.wait_for_timeout(200)
        page.wait_for_timeout(600)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


def keep_the_rest(page: sync_api.Page) -> None:
    """Pages of the guide that the main job does not come by."""
    if not os.environ.get("VANTHU_SCREENSHOTS"):
        return
    for name, address in (("find", "/?q=to+trinh&find=1"), ("overview", "/overview"), ("me", "/me")):
        page.goto(address)
        keep(page, name)
    page.goto("/")
    page.keyboard.press("?")
    page.wait_for_selector("dialog#help[open]")
    keep(page, "keys")


def put_right(page: sync_api.Page, truth: dict[str, str]) -> None:
    """What a clerk does: compare every field with the paper, correct it, tick what the machine was unsure of."""
    for name in REQUIRED:
        wanted = truth[name.value]
        if name is Name.DATE:
            year, month, day = wanted.split("-")
            wanted = f"{day}/{month}/{year}"
        if page.input_value(f"#f-{name.value}") != wanted:
            page.fill(f"#f-{name.value}", wanted)
    for box in page.query_selector_all("[data-check]:not(:checked)"):
        box.check()


def test_a_dropped_scan_comes_back_with_a_receipt(gateway: Gateway, page: sync_api.Page) -> None:
    truth = tomllib.loads(SAMPLE.with_suffix(".toml").read_text("utf-8"))["fields"]
    shutil.copy(SAMPLE, gateway.drop)
    row = f"tr[data-name='{SAMPLE.name}']"
    page.wait_for_selector(f"{row} .pill.todo", timeout=150_000)
    keep(page, "inbox")

    page.click(f"{row} a")
    page.wait_for_selector("[data-stage=proposed]")
    keep(page, "document")
    put_right(page, truth)
    page.fill("[data-seek]", "so")
    page.wait_for_selector("#found [role=option]")
    page.keyboard.press("Enter")
    keep(page, "ready")
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("[data-stage=confirmed] [data-main]:focus")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("dialog#seal[open] #seal-pages:focus")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    keep(page, "seal")
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("[data-status='03']", timeout=90_000)
    keep(page, "receipt")
    assert page.locator(".faces a[aria-current]").inner_text() == "Bản đã ký số"
    keep_the_rest(page)
    assert_sealed_copy_arrived_whole(gateway.data)


def assert_sealed_copy_arrived_whole(data: Path) -> None:
    """What the interchange stored is the vault's sealed file, byte for byte: PDF/A-2b by veraPDF, its seal whole."""
    (stored,) = (data / "sandbox" / "received").glob("*.edxml")
    message = read_message(stored.read_bytes())
    assert isinstance(message, EdocMessage)
    (enclosed,) = message.attachments
    (kept,) = (data / "vault").rglob(hashlib.sha256(enclosed.data).hexdigest() + "*")
    sealed = data / "received.pdf"
    sealed.write_bytes(enclosed.data)

    assert kept.read_bytes() == enclosed.data
    assert broken_rules(sealed, "2b") == []
    with ThreadPoolExecutor(1) as outside:  # Playwright keeps an event loop running in this thread
        (signature,) = outside.submit(verify, sealed, Trust()).result().signatures
    assert (signature.intact, signature.valid, signature.coverage) == (True, True, "ENTIRE_FILE")
