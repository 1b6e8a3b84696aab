"""`python -m bench.directory`: how quickly a directory as large as the national one is taken in and searched."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gateway.exchange.port import Body
from gateway.store.directory import Directory
from gateway.store.store import Store

MANY = 120_000
_KINDS = ("Ủy ban nhân dân xã", "Ủy ban nhân dân phường", "Trường Trung học cơ sở", "Trường Tiểu học", "Trạm Y tế xã",
          "Phòng Nội vụ", "Phòng Kinh tế", "Trung tâm Phục vụ hành chính công xã", "Chi cục Kiểm lâm", "Sở Tài chính")
_PLACES = ("Tân Tiến", "Bình Minh", "Hòa Thuận", "Đông Hải", "Ngọc Lâm", "Quỳnh Phú", "Trường Thịnh", "Mỹ Hạnh",
           "Khánh Hậu", "Nghĩa Đồng", "Yên Bình", "Lộc An", "Thủy Xuân", "Cẩm Giàng", "Vĩnh Phước")
_PROVINCES = ("An Hòa", "Đông Giang", "Tây Phú", "Nam Lĩnh", "Bắc Sơn", "Trung Hải")


def bodies(many: int = MANY) -> Iterator[Body]:
    """Invented bodies, every name once."""
    for n in range(many):
        kind, place = _KINDS[n % 10], _PLACES[n // 10 % 15]
        province = _PROVINCES[n // 150 % 6]
        name = f"{kind} {place} {n // 900 + 1} tỉnh {province}"
        above = f"H{90 + n // 150 % 6}"
        yield Body(f"{above}.{n}", name, above, f"{n // 10000:03d}.{n // 100 % 100:02d}.{n % 100:02d}.{above}")


def questions(seed: int = 1) -> Iterator[str]:
    """What a clerk types, with marks and without, whole words and beginnings, codes."""
    chance = random.Random(seed)
    for _ in range(200):
        kind, place = chance.choice(_KINDS), chance.choice(_PLACES)
        number, province = chance.randrange(1, 130), chance.choice(_PROVINCES)
        yield chance.choice((f"{kind} {place} {number}", f"{place} {number} {province}", place, f"{kind[:6]} {place}",
                             f"H9{chance.randrange(6)}.{chance.randrange(MANY)}", "ubnd tan tien",
                             "so tai chinh an hoa", f"tieu hoc {number} nam linh", "khong co ten nay", "thuy xuan 77"))


def timed(directory: Directory, many: int = 200) -> list[float]:
    """Milliseconds of so many searches."""
    times = []
    for question in islice(questions(), many):
        begun = time.perf_counter()
        directory.search(question, limit=12)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def main() -> None:
    """Prints seconds of taking in, of a fetch that changes nothing, and the 95th percentile of searching."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'v.db'}")
        took = []
        for _ in range(2):
            begun = time.perf_counter()
            written = store.directory.put(bodies())
            took.append(f"{written} written in {time.perf_counter() - begun:.1f} s")
        times = timed(store.directory)
        cuts = statistics.quantiles(times, n=20)
        print(f"{'; '.join(took)}; search p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, worst {max(times):.0f} ms")
        store.close()


if __name__ == "__main__":
    main()
