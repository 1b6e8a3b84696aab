"""In English no page shows a Vietnamese word of ours: only what papers, people and units are called stays as it is."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

from gateway.document import CopyKind
from gateway.review.entries import TYPES, URGENCIES
from gateway.review.translations import SLOT, catalog
from tests.gateway.review.house import House
from tests.gateway.review.walk import addresses

ROOT = Path(__file__).parents[3]
VIETNAMESE = re.compile("[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE)
SHOWN = ("title", "alt", "placeholder", "aria-label", "content", "value", "data-one", "data-zero", "data-to-none")
DATA = (
    "Ủy ban nhân dân xã Mẫu", "ỦY BAN NHÂN DÂN XÃ MẪU", "Ủy ban nhân dân tỉnh Mẫu", "Sở Nội vụ tỉnh Mẫu", "Sở Nội vụ",
    "rà soát thủ tục hành chính", "Số: 125/UBND-VP", "Xã Mẫu", "V/v họp: [gấp]", "góp ý", "(tập dượt)",
    "Gửi văn bản", "Văn thư xã Mẫu", "Kính gửi văn thư.",
    "QĐ-TTg", "Sao lục", "Trích sao", "Chuyển tiếp", *CopyKind, *TYPES, *URGENCIES,
)  # fmt: skip
"""What papers, people and units are called, and the law's own terms, which stand so on the paper."""


class Words(HTMLParser):
    """Every text that a reader sees or hears, without what is marked as another language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if self._foreign or (said.get("lang") or "en") != "en":
            if tag not in ("img", "input", "br", "hr", "meta", "link"):
                self._foreign.append(tag)
            return
        self.found += [value for name in SHOWN if (value := said.get(name))]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        if self._foreign:
            self._foreign.pop()

    def handle_data(self, data: str) -> None:
        if not self._foreign:
            self.found.append(data)


def of_ours(page: str) -> list[str]:
    words = Words()
    words.feed(page)
    found = []
    for text in words.found:
        for name in DATA:
            text = text.replace(name, "")
        found += [" ".join(text.split())] if VIETNAMESE.search(text) else []
    return found


def test_every_page_in_english_says_nothing_in_vietnamese(house: House) -> None:
    everywhere = addresses(house)
    house.enter("toan")
    house.client.cookies.set("vanthu_lang", "en")
    found = {}
    for address in [*everywhere, "/d/nothing", "/nothing"]:
        page = house.client.get(address).text
        assert '<html lang="en">' in page, address
        if said := of_ours(page):
            found[address] = said
    assert found == {}, "\n".join(f"{address}: {said}" for address, said in found.items())


TOLD = (
    *ROOT.glob("gateway/steps/*.py"), ROOT / "mail/reasons.py",
    *(ROOT / f"gateway/{name}.py" for name in ("doctor", "doctor_mail", "front", "legs", "connection", "receivers",
                                                "keep/anchors", "store/journal", "intake/letters", "intake/outsized")),
    *(ROOT / f"gateway/exchange/{name}.py" for name in ("net", "vxp", "langson", "breaker", "edxml_xml", "edxml_text",
                                                         "edxml_enclosures", "edxml_write")),
)  # fmt: skip
"""What these say is written down in Vietnamese, and shown on pages."""
ELSEWHERE = ("Hỏa tốc", "Thượng khẩn", "Khẩn", "Mốc nhật ký: ", "Nhật ký chưa có mốc nào.", "QUYỀN")
"""Terms of the law and of the wire, and what only the command line says."""


def sentences(path: Path) -> set[str]:
    """Vietnamese texts of a module, docstrings aside, with "{}" for what is filled in."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = {"".join(one.value if isinstance(one, ast.Constant) else SLOT for one in node.values)  # type: ignore[misc]
             for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}  # fmt: skip
    found |= {re.sub(r"\{\w+\}", SLOT, node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)
              and isinstance(node.value, str) and node not in docs | parts}  # fmt: skip
    return {one for one in found if VIETNAMESE.search(one) and not one.startswith(ELSEWHERE)}


def test_what_is_written_down_elsewhere_has_its_english_too() -> None:
    told = catalog("en").told
    missing = {one for path in TOLD for one in sentences(path) if told(one) == one}
    assert sorted(missing) == []


def test_what_was_filled_in_stays_as_it_is() -> None:
    told = catalog("en").told
    assert told("Trùng từng byte với phần 1.2; không cần xử lý.") == "The same bytes as part 1.2; nothing to do."
    assert told("Sửa: số, ngày ban hành.") == "Corrected: number, date of issue."
    assert told("Phần “a.exe”: Tệp rỗng (0 byte); đề nghị nơi gửi gửi lại tệp.").startswith("Part “a.exe”: The file is")
    assert told("Ông Nguyễn Văn A muốn xem lại.") == "Ông Nguyễn Văn A muốn xem lại."
    assert catalog("vi").told("Nội dung thư trống; không cần xử lý.") == "Nội dung thư trống; không cần xử lý."
