"""`python -m bench.messages`: writes docs/thong-bao.md, every message that a person can meet, from the code itself.

A message for people says what is so and ends in what to do ("Hãy ...", house rule): its two halves are the two columns.
Where a sentence is put together at run time the changing part is shown as "…".
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import gateway.errors
import ocr.errors
import rules.errors
from gateway.legs import code_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "thong-bao.md"
ERRORS = (gateway.errors, ocr.errors, rules.errors)
ROOMS = (
    ("gateway/review", "Trên trang làm việc"),
    ("gateway/steps", "Văn bản bị tạm giữ hoặc phải chờ"),
    ("gateway/legs", "Văn bản bị tạm giữ hoặc phải chờ"),
    ("gateway/intake", "Khi tiếp nhận tệp và thư"),
    ("mail", "Thư điện tử"),
    ("ocr", "Khi đọc văn bản"),
    ("gateway/seal", "Ký số"),
    ("gateway/exchange", "Trục liên thông"),
    ("gateway/keep", "Sao lưu và giữ gìn"),
    ("gateway/archive", "Gói nộp lưu trữ"),
    ("gateway/cli", "Dòng lệnh"),
    ("rules", "Quy tắc phân thư"),
    ("gateway/settings", "Tệp cấu hình"),
    ("gateway", "Máy chủ và các bộ phận"),
)
ACT = re.compile(r"(?:^|(?<=[.;:] ))(?:Hãy|Đề nghị|Quản trị viên hãy|Xin|Có phải|Thả bản|Hệ thống (?:sẽ|tự))\b|"
                 r"(?<=; )hãy\b")
INTRO = """# Thông báo và việc cần làm

Mọi thông báo mà người dùng có thể gặp, lấy thẳng từ chương trình bằng `python -m bench.messages`; đừng sửa tay.
Dấu … là chỗ chương trình điền tên, số hoặc lý do. Không tìm thấy thông báo, hoặc đã làm theo mà vẫn lỗi: báo quản trị
viên, kèm mã văn bản trên trang và giờ xảy ra; quản trị viên xem [sổ tay quản trị](quan-tri.md), mục *Khi có sự cố*.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    said: str
    todo: str
    code: str = ""


def split(sentence: str) -> tuple[str, str]:
    """What is so, and what to do."""
    text = " ".join(sentence.split())
    found = ACT.search(text)
    if found is None:
        return text, ""
    return text[:found.start()].rstrip(" ;"), text[found.start():][0].upper() + text[found.start() + 1:]


def classes(module: ModuleType) -> list[type[Exception]]:
    """The errors of a tree."""
    return [one for _, one in inspect.getmembers(module, inspect.isclass)
            if issubclass(one, Exception) and one.__module__ == module.__name__]


def of_errors() -> Iterator[Message]:
    """Each class, with the word under which a document is held for it."""
    for module in ERRORS:
        for one in classes(module):
            yield Message(*split(one.__doc__ or ""), f"`{one.__name__}` `{code_of(one())}`" if _plain(one) else
                          f"`{one.__name__}`")


def _plain(kind: type[Exception]) -> bool:
    return not any(name != "self" and one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
                   for name, one in inspect.signature(kind.__init__).parameters.items())


def text_of(node: ast.expr) -> str:
    """A string as it stands, "…" for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"%\(\w+\)s|\{\w*\}", "…", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return "…"


def held(tree: ast.AST) -> Iterator[str]:
    """Codes of holds, as they stand in the code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Held" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


def sentences(path: Path) -> Iterator[Message]:
    """Sentences of a module that tell a person what to do."""
    tree = ast.parse(path.read_text("utf-8"))
    notes = {id(node.body[0].value) for node in ast.walk(tree)
             if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body
             and isinstance(node.body[0], ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in notes | inside:
            said, todo = split(text_of(node))
            if todo and said:
                yield Message(said, todo)


def codes() -> Sequence[str]:
    """All codes of holds that stand in the code."""
    found: set[str] = set()
    for path in modules():
        if not path.is_relative_to(ROOT / "gateway" / "archive"):  # what a package holds is another thing there
            found |= set(held(ast.parse(path.read_text("utf-8"))))
    return sorted(found)


def modules() -> Sequence[Path]:
    """Every module of the product."""
    return [path for room in ("gateway", "ocr", "mail", "rules") for path in sorted((ROOT / room).rglob("*.py"))]


def room_of(path: Path) -> str:
    """The heading under which a module's messages stand."""
    place = path.relative_to(ROOT).as_posix()
    return next(title for start, title in ROOMS if place.startswith(start))


HELD = {
    "crashed": ("Chương trình đã dừng nhiều lần khi xử lý văn bản này.", "Mở bản gốc; tệp tốt thì bấm thử lại."),
    "no_paper": ("Thư hoặc gói tin không có phần nào là văn bản.", "Chọn phần là văn bản ở mục Thư, hoặc từ chối."),
    "part_held": ("Một phần của thư cần người xem.", "Xem lý do ở mục Thư, rồi bỏ tạm giữ hoặc từ chối."),
    "rule": ("Quy tắc phân thư giữ lại thư này.", "Xem câu của quy tắc, rồi bỏ tạm giữ hoặc từ chối."),
    "rule_hold": ("Quy tắc phân thư giữ lại thư này.", "Xem câu của quy tắc, rồi bỏ tạm giữ hoặc từ chối."),
    "secrecy_unsure": ("Máy ngờ có dấu mật.", "Người được giao xem và quyết định; cần hai người mới bỏ được cảnh báo."),
    "sender_forged": ("Máy chủ thư báo người gửi có thể bị mạo danh.", "Gọi điện hỏi nơi gửi rồi mới bỏ tạm giữ."),
    "sender_unknown": ("Người gửi chưa có trong danh sách được gửi.",
                       "Kiểm tra người gửi; đúng thì nhờ quản trị viên thêm vào mail_unit.senders."),
    "too_many_tries": ("Đã thử lại đủ số lần mà vẫn chưa được.", "Xử lý nguyên nhân ghi trên trang rồi bấm thử lại."),
    "unknown_fault": ("Máy gặp lỗi chưa rõ.", "Báo quản trị viên kèm mã văn bản."),
    "clerk": ("Văn thư đã giữ lại, lý do ghi trên trang.", "Xong việc thì bỏ tạm giữ."),
    "recall_asked": ("Nơi gửi đề nghị lấy lại văn bản.", "Đồng ý hoặc từ chối trên trang văn bản."),
    "update_asked": ("Nơi gửi đã cập nhật văn bản này.", "Xem bản mới rồi trả lời trên trang văn bản."),
    "replace_asked": ("Nơi gửi đã thay thế văn bản này.", "Xem bản mới rồi trả lời trên trang văn bản."),
    "letter_too_large": ("Thư quá lớn nên chỉ có phần đầu.", "Lấy tệp trong hộp thư rồi tải lên tại bàn văn thư."),
    "sides_uneven": ("Bản quét hai mặt có số trang mặt trước và mặt sau khác nhau.",
                     "Mở Sắp xếp trang: mọi trang đều ở đó; hoặc đề nghị quét lại mặt thiếu."),
    "sides_unfit": ("Một trong hai tệp mặt trước, mặt sau không phải bản quét.",
                    "Tải tệp về, từ chối văn bản, thả lại từng tệp với tên khác."),
    "source_erased": ("Bản gốc của các trang đã bị xóa.", "Quét lại từ bản giấy."),
    "virus": ("Chương trình diệt vi-rút thấy mã độc.", "Không mở; báo nơi gửi và quản trị viên."),
}
"""What the holds mean whose sentences are put together; every other code of a hold is an error's name above."""


def page() -> str:
    """The whole page."""
    lines = [INTRO, "## Lỗi theo tên", "", *_table(of_errors(), code=True), "", "## Lý do tạm giữ", ""]
    lines += _table((Message(*said, f"`{code}`") for code, said in sorted(HELD.items())), code=True)
    rooms: dict[str, dict[tuple[str, str], None]] = {title: {} for _, title in ROOMS}
    for path in modules():
        for one in sentences(path):
            rooms[room_of(path)][one.said, one.todo] = None
    for title, found in rooms.items():
        if found:
            lines += ["", f"## {title}", "", *_table(Message(*one) for one in sorted(found))]
    return "\n".join(lines) + "\n"


def _table(found: Iterator[Message], *, code: bool = False) -> list[str]:
    names = ["mã"] * code + ["thông báo", "việc cần làm"]
    rows = ([one.code] * code + [one.said, one.todo] for one in found)
    return [_row(names), "|---" * len(names) + "|", *(_row(_cell(part) for part in row) for row in rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    plain = text if text.startswith("`") else re.sub(r"([<>*_\[\]`])", r"\\\1", text)
    return plain.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE}: {len(page().splitlines())} lines.")
