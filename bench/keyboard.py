"""`python -m bench.keyboard [--documents N] [--papers N]`: papers confirmed in Chromium without a mouse.

The store is as full as for bench.desk.  For each paper: Enter walks the unsure fields, a receiver is typed, Shift+Ctrl+
Enter confirms and goes on.  Printed is the machine's part of each page change, from the key: until the next paper's
field has the cursor, until it is painted, and until the picture of its first page is ready too.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from bench.desk import HOME, NOW, fill
from gateway.document import Role, Stage
from gateway.exchange.port import Body
from gateway.review import login
from gateway.review.desk import Desk, Office
from gateway.review.web import create_app
from gateway.store import tables as t
from gateway.store.store import Query, Store
from gateway.store.vault import Vault
from gateway.web_server import WebServer

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "mat-khau-rat-dai"  # noqa: S105
WATCH = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = JSON.parse(sessionStorage.getItem("seen") ?? "null") ?? {};
  const note = (name) => { seen[name] ??= now(); sessionStorage.setItem("seen", JSON.stringify(seen)); };
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.ctrlKey || !event.shiftKey) return;
    for (const name of Object.keys(seen)) delete seen[name];
    seen.paper = document.querySelector("[data-paper]").dataset.paper;
    note("key");
  }, true);
  addEventListener("focusin", () => {
    const paper = document.querySelector("[data-paper]")?.dataset.paper;
    if (!seen.key || seen.cursor || paper === seen.paper) return;
    note("cursor");
    requestAnimationFrame(() => setTimeout(() => note("painted")));
    document.querySelector("[data-sheet] img").decode().then(() => note("picture"));
  }, true);
})()"""
"""Notes moments in the window's own store, which lives on through a page change of any kind."""
MOMENTS = {"cursor": "the cursor stands in the next paper", "painted": "it is painted",
           "picture": "its picture is ready"}


def white_page() -> bytes:
    """Stands for a page's picture."""
    import cv2
    import numpy as np

    return bytes(cv2.imencode(".png", np.full((2263, 1600), 255, np.uint8))[1])


def with_pictures(store: Store, folder: Path) -> None:
    """Gives every paper that waits a file to look at: the same one."""
    vault = Vault(folder / "vault")
    file = vault.put(io.BytesIO(b"%PDF-1.7"), role=Role.ARCHIVE, media_type="application/pdf", name="a.pdf")
    row = {"place": 0, "role": file.role.value, "sha256": file.sha256, "size": file.size,
           "media_type": file.media_type, "name": file.name}
    waiting = store.places(Query(stages=frozenset({Stage.PROPOSED}), limit=1000))[0]
    with store.engine.begin() as connection:
        connection.execute(t.files.insert(), [{"document": one.id, **row} for one in waiting])


def served(store: Store, folder: Path) -> WebServer:
    """The desk on a port of its own."""
    picture = white_page()
    desk = Desk(store=store, vault=Vault(folder / "vault"), seal=cast(Any, None), clock=lambda: NOW,
                offices={HOME.code: Office(HOME)}, home=HOME.code, picture=lambda path, page, width: picture,
                take=cast(Any, None))  # fmt: skip
    server = WebServer(create_app(desk), "127.0.0.1", 0)
    server.start()
    return server


def confirm(page: Any) -> dict[str, float]:
    """Works on the open paper by keyboard until the next one is open; the moments in milliseconds after the key."""
    for _ in range(12):
        if page.evaluate("document.activeElement?.matches('[data-seek]')"):
            break
        page.keyboard.press("Enter")
    page.keyboard.type("so noi")
    page.wait_for_selector("#found [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Control+Enter")
    seen: dict[str, Any] = {}
    until = time.monotonic() + 20
    while "picture" not in seen and time.monotonic() < until:
        page.wait_for_timeout(50)
        seen = page.evaluate("JSON.parse(sessionStorage.getItem('seen'))")
    return {name: seen[name] - seen["key"] for name in MOMENTS}


def worked(store: Store, folder: Path, papers: int) -> tuple[list[dict[str, float]], float]:
    """Moments of each paper, and seconds of a whole paper."""
    from playwright.sync_api import sync_playwright

    server = served(store, folder)
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]).new_page(
            viewport={"width": 1366, "height": 768}, base_url=server.address)
        page.add_init_script(WATCH)
        page.goto("/login")
        page.fill("#login", "lan")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("tr[data-id].at")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-form]")
        begun = time.perf_counter()
        took = [confirm(page) for _ in range(papers)]
        whole = (time.perf_counter() - begun) / papers
    server.stop()
    return took, whole


def main() -> int:
    """Prints a line a moment: median, 95th percentile, worst; and the load of the machine."""
    parser = argparse.ArgumentParser(prog="python -m bench.keyboard", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--papers", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/vanthu.db", clock=lambda: NOW)
        fill(store, asked.documents)
        with_pictures(store, Path(folder))
        store.directory.put([HOME, Body("H99.2", "Sở Nội vụ tỉnh Mẫu")])
        store.people.add("lan", "Lan", password_hash=login.password_hash(PASSWORD), roles=("clerk",))
        took, whole = worked(store, Path(folder), asked.papers)
        store.close()
    print(f"{asked.documents} documents, {asked.papers} papers, {whole:.1f} s each with the keys of a machine; "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    for name, words in MOMENTS.items():
        ordered = sorted(one[name] for one in took)
        print(f"until {words:36} median {statistics.median(ordered):4.0f} ms, "
              f"95 % {ordered[round((len(ordered) - 1) * 0.95)]:4.0f} ms, worst {ordered[-1]:4.0f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
