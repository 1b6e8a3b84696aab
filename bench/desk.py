"""`python -m bench.desk [--documents N]`: what the desk's pages cost with a full store.

Fills an SQLite store with made-up papers (fields, and 150 words of page text each), then asks for the clerk's pages
over the application itself, and prints the median and the 95th percentile in milliseconds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import sqlalchemy as sa
from fastapi.testclient import TestClient

from gateway.document import VN, Document, Door, Origin, Recipient, Stage
from gateway.exchange.port import Body
from gateway.review import login
from gateway.review.desk import Desk, Office
from gateway.review.web import create_app
from gateway.store import rows, texts
from gateway.store import tables as t
from gateway.store.store import Store
from gateway.store.vault import Vault
from rules.field import Field, Name

HOME = Body("H99.1", "Ủy ban nhân dân xã Mẫu")
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=VN)
WORDS = """
ban hành quyết định công văn rà soát thủ tục hành chính báo cáo kết quả thực hiện nhiệm vụ kế hoạch phát triển
kinh tế xã hội phòng chống thiên tai dịch bệnh mùa hè tổ chức triển khai tăng cường quản lý đất đai môi trường
xây dựng nông thôn mới giáo dục đào tạo y tế văn hóa thể thao du lịch ngân sách nhà nước đầu tư công nghệ
thông tin chuyển đổi số cải cách bán hàng bạn bè lưu động hội nghị giao ban tháng quý năm
"""
SYLLABLES = WORDS.split()
KINDS = ("Công văn", "Quyết định", "Báo cáo", "Kế hoạch", "Thông báo", "Tờ trình")
ROUNDS = 30
QUESTIONS = {
    "drawer, waiting": "/?tab=confirm",
    "drawer, sent": "/?tab=sent",
    "drawer, ended": "/?tab=ended",
    "rows of an open page": "/rows?tab=confirm",
    "a number": f"/?q={quote('73112/UBND')}",
    "two words without marks": f"/?q={quote('quyet dinh')}",
    "four words with marks": f"/?q={quote('phòng chống thiên tai')}",
    "exact": f"/?q={quote('bán hàng')}&exact=1",
    "begun word": f"/?q={quote('ho')}",
    "no hit": f"/?q={quote('không hề có từ zyx')}",
    "words and filters": f"/?q={quote('ngân sách')}&type={quote('Tờ trình')}&from=2026-03-01&to=2026-03-31",
    "filters alone": f"/?type={quote('Báo cáo')}&from=2026-05-01&to=2026-05-31",
    "overview": "/overview",
}


def papers(count: int) -> Iterator[Document]:
    """Most have gone long ago; three hundred wait."""
    chance = random.Random(7)
    for n in range(count):
        waits = n >= count - 300
        day = NOW - dt.timedelta(minutes=5 * (count - n))
        subject = " ".join(chance.choices(SYLLABLES, k=12))
        values = {Name.NUMBER: str(n), Name.SYMBOL: "UBND-VP", Name.DATE: day.date().isoformat(),
                  Name.ISSUER: f"Sở {chance.choice(SYLLABLES)} tỉnh Mẫu", Name.DOC_TYPE: chance.choice(KINDS),
                  Name.SUBJECT: subject}  # fmt: skip
        yield Document(
            id=f"{n:08d}", stage=Stage.PROPOSED if waits else Stage.DELIVERED if n % 10 else Stage.FILED, version=1,
            unit=HOME.code, origin=Origin(Door.FOLDER, f"{n}.pdf"), name=f"{n}.pdf", received_at=day, pages=2,
            fields={name: Field(name, value, 0.99, sure=chance.random() > 0.1) for name, value in values.items()},
            recipients=() if waits else (Recipient("H99.2", "Sở Nội vụ", "03"),),
        )  # fmt: skip


def fill(store: Store, count: int) -> None:
    """By hand, in large pieces: through the front door it would take an hour."""
    chance = random.Random(8)
    made: dict[sa.Table, list[dict[str, Any]]] = {}
    for document in papers(count):
        made.setdefault(t.documents, []).append({"id": document.id, **rows._values(document)})
        for place, one in enumerate(document.fields.values()):
            made.setdefault(t.fields, []).append(rows._field_row(document.id, place, one))
        made.setdefault(t.recipients, []).extend(
            rows._recipient_row(document.id, place, to) for place, to in enumerate(document.recipients))
        made.setdefault(t.texts, []).append({
            "document": document.id, "unread": False, "fields": texts.tokens(texts._of_fields(document)),
            "pages": texts.tokens(" ".join(chance.choices(SYLLABLES, k=130) + [f"từ{chance.randrange(40000)}"
                                                                               for _ in range(20)]))})  # fmt: skip
        if len(made[t.documents]) == 2000:
            _put(store, made)
    _put(store, made)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("analyze")


def _put(store: Store, made: dict[sa.Table, list[dict[str, Any]]]) -> None:
    with store.engine.begin() as connection:
        for table in (t.documents, t.fields, t.recipients, t.texts):
            if made.get(table):
                connection.execute(table.insert(), made[table])
    made.clear()


def entered(client: TestClient) -> None:
    """Somebody is logged in."""
    word = client.get("/login").text.split('name="word" value="', 1)[1].split('"', 1)[0]
    client.post("/login", data={"login": "lan", "password": "mat-khau-rat-dai", "word": word})


def measured(client: TestClient, address: str) -> list[float]:
    """Milliseconds of each round.

    Raises:
        SystemExit: the page did not come; a figure without a page would be a lie.
    """
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get(address)
        found.append(1000 * (time.perf_counter() - started))
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")
    return sorted(found)


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--documents", type=int, default=100_000)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/vanthu.db", clock=lambda: NOW)
        fill(store, count)
        store.people.add("lan", "Lan", password_hash=login.password_hash("mat-khau-rat-dai"), roles=("clerk", "sealer"))
        desk = Desk(store=store, vault=Vault(Path(folder) / "vault"), seal=cast(Any, None), clock=lambda: NOW,
                    offices={HOME.code: Office(HOME)}, home=HOME.code, picture=cast(Any, None),
                    take=cast(Any, None))  # fmt: skip
        size = sum(file.stat().st_size for file in Path(folder).glob("vanthu.db*")) / 1e6
        print(f"{count} documents, {size:.0f} MB; {ROUNDS} rounds each.\n{'page':28}{'median':>9}{'p95':>9}  ms")
        with TestClient(create_app(desk)) as client:
            entered(client)
            waiting = {"a paper of the queue": f"/d/{count - 100:08d}?tab=confirm"}
            for name, address in (QUESTIONS | waiting).items():
                found = measured(client, address)
                print(f"{name:28}{statistics.median(found):9.1f}{found[int(len(found) * 0.95) - 1]:9.1f}", flush=True)
        store.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
