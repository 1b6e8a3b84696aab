"""What the list is asked for: words and filters out of the address, saved views, the list as a spreadsheet."""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from gateway.document import Document, Door
from gateway.review import entries as form
from gateway.review.acts import Person
from gateway.review.login import Visit
from gateway.review.rooms import Room, demand_room
from gateway.review.translations import Catalog, catalog
from gateway.review.web import frame, view, words
from gateway.review.web.pulse import query_of
from gateway.review.web.words import Tab
from gateway.store.store import Query
from gateway.store.views import View
from rules.field import Name

router = APIRouter()
log = logging.getLogger(__name__)
Visitor = Annotated[Visit, Depends(frame.visitor)]
LIMIT = 50
MOST_EXPORTED = 5000
_LONGEST = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Wish:
    """One list, as its address says it."""

    tab: str = ""
    text: str = ""
    exact: bool = False
    type: str = ""
    door: str = ""
    date_from: str = ""
    date_to: str = ""
    offset: int = 0
    filters: bool = False
    """The filters are to be shown, though none is set yet."""

    @property
    def searches(self) -> bool:
        """More than a drawer is asked for."""
        return bool(self.text or self.type or self.door or self.date_from or self.date_to)

    @property
    def drawer(self) -> Tab:
        """Where it looks: all papers for a search that names no drawer."""
        named = next((one for one in (*words.TABS, words.EVERYTHING) if one.key == self.tab), None)
        return named or (words.EVERYTHING if self.searches or self.filters else words.TABS[0])

    @property
    def query_string(self) -> str:
        """What stands behind the "?" of its address, without the offset."""
        said = {"tab": self.tab, "q": self.text, "exact": "1" if self.exact else "", "type": self.type,
                "door": self.door, "from": self.date_from, "to": self.date_to,
                "find": "1" if self.filters and not self.searches else ""}  # fmt: skip
        return urlencode({name: value for name, value in said.items() if value})

    def query(self, who: Person, limit: int = LIMIT) -> Query:
        """What the store is asked for."""
        return replace(query_of(self.drawer, who, limit=limit, offset=self.offset), text=self.text, exact=self.exact,
                       doc_type=self.type, door=Door(self.door) if self.door else None,
                       dated_from=self.date_from, dated_to=self.date_to)  # fmt: skip


def wish_of(said: QueryParams) -> Wish:
    """The address as a wish; what cannot be understood is left out."""
    door, offset = said.get("door", ""), said.get("offset", "")
    return Wish(
        tab=said.get("tab", "")[:_LONGEST],
        text=said.get("q", "").strip()[:_LONGEST],
        exact=said.get("exact") == "1",
        type=said.get("type", "") if said.get("type") in form.TYPES else "",
        door=door if door in set(Door) else "",
        date_from=form.iso_date(said.get("from", "").strip()),
        date_to=form.iso_date(said.get("to", "").strip()),
        offset=min(int(offset), 1_000_000) if offset.isdecimal() else 0,
        filters=said.get("find") == "1",
    )


@router.get("/export.xlsx")
def export(request: Request, visit: Visitor) -> Response:
    """The list as asked for, as a spreadsheet; who took it stands in the journal."""
    desk, who = frame.desk_of(request), visit.person
    demand_room(Room.PAPERS, who)
    found = desk.store.find(replace(wish_of(request.query_params), offset=0).query(who, limit=MOST_EXPORTED))
    body = spreadsheet(found.documents, catalog(frame.language_of(request)))
    desk.store.note("", who=who.login, what="exported", why=f"{len(found.documents)}.")
    log.info("- exported by=%s rows=%d", who.login, len(found.documents))
    name = f"van-ban-{desk.clock():%Y%m%d-%H%M}.xlsx"
    return Response(body, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


_HEADS = (("Số đăng ký", 18), ("Số, ký hiệu", 22), ("Ngày", 11), ("Tên loại", 14), ("Trích yếu", 60),
          ("Cơ quan ban hành", 34), ("Nơi nhận", 40), ("Nguồn", 15), ("Tiếp nhận", 17), ("Tình trạng", 18))  # fmt: skip


def spreadsheet(documents: tuple[Document, ...], said: Catalog) -> bytes:
    """One sheet, one line a paper.  Cells are text or dates, never a formula."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "constant_memory": True})
    sheet, bold = book.add_worksheet("van-ban"), book.add_format({"bold": True, "bottom": 1})
    formats = {dt.date: book.add_format({"num_format": "dd/mm/yyyy"}),
               dt.datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"})}  # fmt: skip
    sheet.freeze_panes(1, 0)
    for column, (head, width) in enumerate(_HEADS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, said.gettext(head), bold)
    for row, document in enumerate(documents, 1):
        for column, value in enumerate(_cells(document, said)):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write_datetime(row, column, value, formats[type(value)])
    if documents:
        sheet.autofilter(0, 0, len(documents), len(_HEADS) - 1)
    book.close()
    return out.getvalue()


def _cells(document: Document, said: Catalog) -> Iterator[str | dt.date | dt.datetime]:
    def value(name: Name) -> str:
        return view.value_of(document, name)

    yield document.register_number
    yield view.number_and_symbol(document)
    date = form.iso_date(value(Name.DATE))
    yield dt.date.fromisoformat(date) if date else value(Name.DATE)
    yield value(Name.DOC_TYPE)
    yield value(Name.SUBJECT) or document.name
    yield value(Name.ISSUER)
    yield "; ".join(one.name for one in document.recipients)
    yield said.gettext(words.DOORS[document.origin.door])
    yield document.received_at.replace(tzinfo=None)
    yield said.gettext("Tạm giữ" if document.held else words.standing(document))


@router.post("/views")
def keep_view(
    request: Request, visit: Visitor, name: Annotated[str, Form()] = "", query: Annotated[str, Form()] = "",
    drop: Annotated[str, Form()] = "", word: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Saves the list under a name, or takes a saved one away."""
    frame.check_word(visit.token, word)
    views, login = frame.desk_of(request).store.views, visit.person.login
    if drop:
        views.drop(login, drop)
        return frame.go(f"/?{wish_of(QueryParams(query)).query_string}")
    name, wish = " ".join(name.split())[:40], wish_of(QueryParams(query))
    full = bool(name) and wish.searches and not views.keep(login, View(name, wish.query_string))
    return frame.go(f"/?{wish.query_string}{'&full=1' if full else ''}")
