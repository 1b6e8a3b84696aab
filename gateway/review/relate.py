"""A person says that a paper updates or replaces an earlier one of ours: pure but for the search (R-135)."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.document import Change, Document, Earlier, Stage
from gateway.errors import Incomplete
from gateway.review.acts import Act, Person, demand, reason_of
from gateway.review.translations import mark
from gateway.store.search import Query
from gateway.store.store import Store
from rules.field import Name

UPDATE, REPLACE = 2, 3
"""As BussinessDocType has them."""
KINDS: Mapping[str, tuple[int, str]] = {"replace": (REPLACE, "Thay thế"), "update": (UPDATE, "Cập nhật")}
_OUT = frozenset({Stage.SENT, Stage.DELIVERED, Stage.RECALLING, Stage.RECALLED})
_NONE = mark("Không tìm thấy văn bản đã gửi có số, ký hiệu này. Hãy kiểm tra lại hoặc nhập mã văn bản.")
_SEVERAL = mark("Có nhiều văn bản cùng số, ký hiệu. Hãy nhập mã văn bản của bản cần thay.")


def find_earlier(store: Store, document: Document, said: str) -> Document:
    """The sent Document of the same unit that was named by its id, its number and symbol, or its DocumentId.

    Raises:
        Incomplete: there is none, or more than one.
    """
    said = "".join(said.split())
    query = Query(stages=_OUT, unit=document.unit, text=said, limit=50)
    found = [one for one in (store.find(query).documents if said else ())
             if said in (one.id, one.parcel_id, _named(one)) and one.id != document.id and one.parcel_id]  # fmt: skip
    if len(found) != 1:
        raise Incomplete({"earlier": _SEVERAL if found else _NONE})
    return found[0]


def relate(document: Document, earlier: Document, kind: str, *, reason: str, who: Person) -> Change:
    """The paper is sent as an update or a replacement of the earlier one.

    Raises:
        NotAllowed, WrongStage: see acts.demand.
        Incomplete: no reason, or no such kind.
    """
    demand(Act.RELATE, document, who)
    if kind not in KINDS:
        raise Incomplete({"earlier": mark("Chưa chọn cập nhật hay thay thế. Hãy chọn một.")})
    number, word = KINDS[kind]
    reason = reason_of(reason)
    return Change(what="related", why=f"{word} văn bản {_named(earlier)}: {reason}",
                  earlier=Earlier(earlier.id, number, reason))  # fmt: skip


def _named(document: Document) -> str:
    value = {name: field.value for name, field in document.fields.items()}
    return "/".join(part for part in (value.get(Name.NUMBER, ""), value.get(Name.SYMBOL, "")) if part)
