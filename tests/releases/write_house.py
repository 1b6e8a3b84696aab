"""Fills a database and a vault with papers on many stages: `write_house.py FOLDER URL`.

Only what every release has is used, so that the code of an older one can be put in the path.  Prints one JSON object:
each Document as a person sees it, the journal's last line, and the vault's bytes.
"""
from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from gateway.document import Change, Mover, Stage
from gateway.store.store import Query, Store
from tests.gateway.papers import Papers


def fill(papers: Papers) -> None:
    """Received, read, proposed, confirmed, sealed, sent, rejected and stopped ones."""
    papers.store.people.add("lan", "Nguyễn Thị Lan", password_hash="", roles={"clerk"})
    papers.received("nhận.pdf")
    papers.record(papers.received("đọc.pdf"), Change(what="read", to=Stage.READ, kind="scan", pages=2))
    for name in ("một.pdf", "hai.pdf"):
        papers.confirmed(name)
    papers.sealed("ba.pdf")
    for name in ("bốn.pdf", "năm.pdf"):
        papers.sent(name)
    read = papers.record(papers.received("trả lại.pdf"), Change(what="read", to=Stage.READ, kind="scan", pages=1))
    proposed = papers.record(read, Change(what="proposed", to=Stage.PROPOSED))
    papers.record(proposed, Change(what="rejected", to=Stage.REJECTED, by=Mover.CLERK, reason="thiếu trang"))
    papers.record(papers.received("mật.pdf"), Change(what="stopped", to=Stage.STOPPED))


def told(store: Store, vault: Path) -> dict[str, object]:
    """What must be found again."""
    (last,) = store.journal.recent(1)
    documents = [{
        "id": one.id, "name": one.name, "stage": one.stage.value, "register_number": one.register_number,
        "fields": {name.value: field.value for name, field in one.fields.items()},
        "files": [[file.role.value, file.sha256] for file in one.files],
        "recipients": [recipient.code for recipient in one.recipients],
        "parcel_id": one.parcel_id, "exchange_id": one.exchange_id,
        "events": [event.what for event in store.events(one.id)],
    } for one in store.find(Query(limit=100, newest_first=False)).documents]
    files = {path.name: base64.b64encode(path.read_bytes()).decode()
             for path in sorted(vault.rglob("*")) if path.is_file() and len(path.name) == 64}
    return {"documents": documents, "journal": [last.seq, last.hash], "vault": files}


def main(folder: Path, url: str) -> None:
    """Makes it and tells it."""
    papers = Papers.in_folder(folder, url)
    fill(papers)
    print(json.dumps(told(papers.store, folder / "vault"), ensure_ascii=False, indent=1))
    papers.store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
