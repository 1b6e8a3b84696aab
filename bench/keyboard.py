"""`python -m bench.keyboard [--documents N] [--papers N]`: papers confirmed in Chromium without a mouse.

The store is as full as for bench.desk.  For each paper: Enter walks the unsure fields, a receiver is typed, Shift+Ctrl+
Enter confirms and goes on.  Printed is the machine's part of each page change: from the key to the last byte of the
next page (the confirming itself, its transaction, and the next paper's page).
"""

from __future__ import annotations

import argparse
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, cast

from bench.desk import HOME, NOW, fill
from gateway.exchange.port import Body
from gateway.review import login
from gateway.review.desk import Desk, Office
from gateway.review.web import create_app
from gateway.store.store import Store
from gateway.store.vault import Vault

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "mat-khau-rat-dai"  # noqa: S105
MACHINE = "(([seen]) => seen.responseEnd - seen.startTime)(performance.getEntriesByType('navigation'))"


def white_page() -> bytes:
    """Stands for a page's picture."""
    import cv2
    import numpy as np

    return bytes(cv2.imencode(".png", np.full((2263, 1600), 255, np.uint8))[1])


def served(store: Store, folder: Path) -> tuple[str, Any]:
    """The desk on a port of its own, and its server."""
    import uvicorn

    picture = white_page()
    desk = Desk(store=store, vault=Vault(folder / "vault"), seal=cast(Any, None), clock=lambda: NOW,
                offices={HOME.code: Office(HOME)}, home=HOME.code, picture=lambda path, page, width: picture,
                take=cast(Any, None))  # fmt: skip
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(desk), log_level="warning", timeout_graceful_shutdown=1))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    return f"http://127.0.0.1:{listener.getsockname()[1]}", server


def confirm(page: Any) -> float:
    """Works on the open paper by keyboard until the next one is open; the machine's part in milliseconds."""
    before = page.url
    for _ in range(12):
        if page.evaluate("document.activeElement?.matches('[data-seek]')"):
            break
        page.keyboard.press("Enter")
    page.keyboard.type("so noi")
    page.wait_for_selector("#found [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Control+Enter")
    page.wait_for_url(lambda url: url != before)
    page.wait_for_load_state("load")
    return float(page.evaluate(MACHINE))


def main() -> int:
    """Prints a line a paper, then median and worst."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m bench.keyboard", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--papers", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Store.open(f"sqlite:///{folder}/vanthu.db", clock=lambda: NOW)
        fill(store, asked.documents)
        store.directory.put([HOME, Body("H99.2", "Sở Nội vụ tỉnh Mẫu")])
        store.people.add("lan", "Lan", password_hash=login.password_hash(PASSWORD), roles=("clerk",))
        address, server = served(store, Path(folder))
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]).new_page(
            viewport={"width": 1366, "height": 768}, base_url=address)
        page.goto("/login")
        page.fill("#login", "lan")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("tr[data-id].at")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-form]")
        took, whole = [], time.perf_counter()
        for _ in range(asked.papers):
            took.append(confirm(page))
        whole = (time.perf_counter() - whole) / asked.papers
        print(f"{asked.documents} documents, {asked.papers} papers, {whole:.1f} s each with the keys of a machine.")
        print(f"page change, machine's part: median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms")
        server.should_exit = True
        store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
