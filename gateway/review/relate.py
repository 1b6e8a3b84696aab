"""A person says that a paper updates or replaces an earlier one of ours (R-135), or answers one that came in: pure but
for the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.document import ANSWER, Change, Document, Earlier, Stage
from gateway.errors import Incomplete
from gateway.review.acts import Act, Person, demand, reason_of
from gateway.review.translations import mark
from gateway.store.numbers import comes_in
from gateway.store.search import Query
from gateway.store.store import Store
from gateway.store.turns import UNRELATED, TurnRow
from rules.field import Name

UPDATE, REPLACE = 2, 3
"""As BussinessDocType has them."""
KINDS: Mapping[str, tuple[int, str]] = {"replace": (REPLACE, "Thay thế"), "update": (UPDATE, "Cập nhật"),
                                        "answer": (ANSWER, "Trả lời")}
_OUT = frozenset({Stage.SENT, Stage.DELIVERED, Stage.RECALLING, Stage.RECALLED})
_IN = frozenset({Stage.CONFIRMED, Stage.FILED})
_NO_ARRIVAL = mark("Không tìm thấy văn bản đến đã vào sổ có số, ký hiệu này. Hãy kiểm tra lại hoặc nhập mã văn bản.")
_NONE = mark("Không tìm thấy văn bản đã gửi có số, ký hiệu này. Hãy kiểm tra lại hoặc nhập mã văn bản.")
_ONE_WAY = mark("Trục chỉ nhận một văn bản cập nhật một văn bản cũ, hoặc thay thế một hay nhiều văn bản cũ. "
                "Hãy bỏ liên kết trước rồi ghi lại.")
_NOT_THERE = mark("Liên kết này không còn. Hãy tải lại trang.")
_SEVERAL = mark("Có nhiều văn bản cùng số, ký hiệu. Hãy nhập mã văn bản của bản cần thay.")


def find_earlier(store: Store, document: Document, said: str, kind: str = "") -> Document:
    """The sent Document of the same unit that was named by its id, its number and symbol, or its DocumentId; for an
    answer the registered one that came in, named by its id, its number and symbol, or its own here.

    Raises:
        Incomplete: there is none, or more than one.
    """
    said = "".join(said.split())
    if kind == "answer":
        return _one(_came_in(store, document, said), _NO_ARRIVAL)
    query = Query(stages=_OUT, unit=document.unit, text=said, limit=50)
    found = [one for one in (store.find(query).documents if said else ())
             if said in (one.id, one.parcel_id, _named(one)) and one.id != document.id and one.parcel_id]  # fmt: skip
    return _one(found, _NONE)


def _came_in(store: Store, document: Document, said: str) -> list[Document]:
    query = Query(stages=_IN, unit=document.unit, text=said, limit=50)
    return [one for one in (store.find(query).documents if said else ()) if one.id != document.id and comes_in(one)
            and one.register_number and said in (one.id, one.register_number, _named(one))]  # fmt: skip


def _one(found: list[Document], none: str) -> Document:
    if len(found) != 1:
        raise Incomplete({"earlier": _SEVERAL if found else none})
    return found[0]


@dataclass(frozen=True, slots=True)
class Relation:
    """One earlier paper, what is done to it, and why."""

    earlier: Document
    kind: str
    """One of KINDS."""
    reason: str = ""


def relate(document: Document, said: Relation, *, who: Person, others: Sequence[TurnRow] = ()) -> Change:
    """The paper is sent as an update of the earlier one, as a replacement or as an answer.

    A message answers and replaces as many papers as there are, or answers many and updates one (BussinessDocType).
    `others`: what is said of the paper already; of the same two papers the last word counts.

    Raises:
        NotAllowed, WrongStage: see acts.demand.
        Incomplete: no reason, no such kind, or one that does not go with the others.
    """
    demand(Act.RELATE, document, who)
    if said.kind not in KINDS:
        raise Incomplete({"earlier": mark("Chưa chọn thay thế, cập nhật hay trả lời. Hãy chọn một.")})
    number, word = KINDS[said.kind]
    with_it = {row.kind for row in others if row.earlier != said.earlier.id} - {ANSWER}
    if number != ANSWER and with_it - ({REPLACE} if number == REPLACE else set()):
        raise Incomplete({"earlier": _ONE_WAY})
    reason = reason_of(said.reason or ("Trả lời văn bản." if number == ANSWER else ""))
    return Change(what="related", why=f"{word} văn bản {_named(said.earlier)}: {reason}",
                  earlier=Earlier(said.earlier.id, number, reason))  # fmt: skip


def unrelate(document: Document, earlier: Document, *, who: Person, others: Sequence[TurnRow]) -> Change:
    """What was said of the two papers is taken back.

    Raises:
        NotAllowed, WrongStage: see acts.demand.
        Incomplete: nothing is said of them.
    """
    demand(Act.RELATE, document, who)
    if all(row.earlier != earlier.id for row in others):
        raise Incomplete({"earlier": _NOT_THERE})
    return Change(what="unrelated", why=f"Văn bản {_named(earlier)}.", earlier=Earlier(earlier.id, UNRELATED, ""))


def _named(document: Document) -> str:
    value = {name: field.value for name, field in document.fields.items()}
    return "/".join(part for part in (value.get(Name.NUMBER, ""), value.get(Name.SYMBOL, "")) if part)
