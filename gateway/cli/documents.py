"""`vanthu add list show retry recall`: Documents from the command line, by the same acts as at the desk."""
from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import mimetypes
from pathlib import Path
from typing import Any

from gateway.cli.opened import Opened, operator, show_json
from gateway.document import VN, Document, Door, Origin, Stage
from gateway.fates import LetterRecord, letter_record


def add_to(commands: Any) -> None:
    """Adds the commands."""
    add = commands.add_parser("add", help="tiếp nhận tệp / take files in")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add.add_argument("--unit", default="", metavar="CODE", help="đơn vị / unit; mặc định là unit.code")
    add.set_defaults(do=_add)
    listing = commands.add_parser("list", help="liệt kê văn bản / list documents")
    listing.add_argument("--stage", action="append", choices=[stage.value for stage in Stage], default=[])
    listing.add_argument("--held", action="store_true", help="chỉ văn bản tạm giữ / held ones only")
    listing.add_argument("--text", default="", help="tìm trong số, trích yếu, tên / search")
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    listing.set_defaults(do=_list)
    show = commands.add_parser("show", help="xem một văn bản / show one document")
    show.set_defaults(do=_show)
    retry = commands.add_parser("retry", help="bỏ tạm giữ và thử lại / clear a hold and try again")
    retry.set_defaults(do=_retry)
    recall = commands.add_parser("recall", help="đề nghị lấy lại / ask receivers to give it back")
    recall.add_argument("--reason", required=True, metavar="TEXT")
    recall.set_defaults(do=_recall)
    relate = commands.add_parser("relate", help="thay thế, cập nhật văn bản đã gửi / replace or update a sent one")
    which = relate.add_mutually_exclusive_group(required=True)
    which.add_argument("--replaces", default="", metavar="ID", help="mã hoặc số, ký hiệu / id, or number and symbol")
    which.add_argument("--updates", default="", metavar="ID")
    which.add_argument("--answers", default="", metavar="ID")
    which.add_argument("--unrelate", default="", metavar="ID", help="bỏ liên kết / no longer related")
    relate.add_argument("--reason", default="", metavar="TEXT")
    relate.set_defaults(do=_relate)
    for one in (show, retry, recall, relate):
        one.add_argument("document", metavar="ID")
    for one in (add, listing, show):
        one.add_argument("--json", action="store_true")


def _add(arguments: argparse.Namespace) -> int:
    from gateway.intake.accept import accept

    house = Opened.by(arguments)
    for path in arguments.files:
        received = accept(
            house.store, house.vault, path, lambda sha: Origin(Door.DESK, f"cli:{sha}"),
            unit=arguments.unit or house.settings.unit.code, name=path.name, by=operator().login,
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream", at=dt.datetime.now(VN))
        if arguments.json:
            show_json({"file": str(path), "id": received.document.id, "fresh": received.fresh})
        else:
            print(f"{received.document.id}  {path}" + ("" if received.fresh else "  (đã có / known)"))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from gateway.store.store import Query

    stages = frozenset(Stage(word) for word in arguments.stage) or None
    query = Query(stages=stages, held=True if arguments.held else None, unit=None, text=arguments.text,
                  limit=arguments.limit)
    for document in Opened.by(arguments).store.find(query).documents:
        if arguments.json:
            show_json(_told(document))
        else:
            held = f"  tạm giữ: {document.held.reason}" if document.held else ""
            print(f"{document.id}  {document.stage.value:<10} {document.received_at:%d/%m/%Y %H:%M}  "
                  f"{document.name}{held}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    house = Opened.by(arguments)
    store = house.store
    document = store.get(arguments.document)
    letter = letter_record(document, house.vault)
    events, receipts = store.events(document.id), store.receipts(document.id)
    if arguments.json:
        told = {"letter": dataclasses.asdict(letter)} if letter else {}
        show_json(_told(document) | told | {"events": [dataclasses.asdict(event) for event in events],
                                            "receipts": [dataclasses.asdict(receipt) for receipt in receipts]})
        return 0
    print(f"{document.id}  {document.stage.value}  {document.name}")
    if document.held:
        print(f"  tạm giữ: {document.held.reason}")
    if document.next_try_at:
        print(f"  đã thử {document.tries} lần; thử lại lúc {document.next_try_at.astimezone(VN):%d/%m/%Y %H:%M:%S}")
    if letter:
        _print_letter(letter)
    for name, field in document.fields.items():
        print(f"  {'✓' if field.sure else '?'} {name.value:<14}{' ⏎ '.join(field.value.splitlines())}")
    for to in document.recipients:
        print(f"  → {to.code} {to.name}  {to.state}{f'  ({to.note})' if to.note else ''}")
    for event in events:
        print(f"  {event.at.astimezone(VN):%d/%m/%Y %H:%M:%S}  {event.what:<12} {event.who}  {event.why}")
    return 0


def _print_letter(letter: LetterRecord) -> None:
    """Head and Parts, never the words of the letter."""
    sent = f"  {letter.date.astimezone(VN):%d/%m/%Y %H:%M}" if letter.date else ""
    print(f"  thư: {letter.subject}  <{letter.sender}>{sent}")
    for part in letter.parts:
        doubtful = f" / {part.doubtful_name}" if part.doubtful_name else ""
        said = (f"{part.place:<6} {part.fate:<8} {part.name}{doubtful}", part.media_type, f"{part.size} B", part.role,
                part.why)
        print("  " + "  ".join(word for word in said if word))


def _retry(arguments: argparse.Namespace) -> int:
    from gateway.review import acts

    store, who = Opened.by(arguments).store, operator()
    document = store.get(arguments.document)
    store.record(document, acts.retry(document, who=who), who=who.login)
    return 0


def _recall(arguments: argparse.Namespace) -> int:
    from gateway.review import acts

    store, who = Opened.by(arguments).store, operator()
    document = store.get(arguments.document)
    store.record(document, acts.recall(document, arguments.reason, who=who), who=who.login)
    return 0


def _relate(arguments: argparse.Namespace) -> int:
    from gateway.review.relate import Relation, find_earlier, relate, unrelate

    store, who = Opened.by(arguments).store, operator()
    document = store.get(arguments.document)
    others = store.turns.of(document.id)
    if arguments.unrelate:
        change = unrelate(document, store.get(arguments.unrelate), who=who, others=others)
        store.record(document, change, who=who.login)
        return 0
    said = {"replace": arguments.replaces, "update": arguments.updates, "answer": arguments.answers}
    kind = next(name for name, value in said.items() if value)
    earlier = find_earlier(store, document, said[kind], kind)
    store.record(document, relate(document, Relation(earlier, kind, arguments.reason), who=who, others=others),
                 who=who.login)
    return 0


def _told(document: Document) -> dict[str, Any]:
    """A Document for programs: the fields by value, files without their place."""
    told = dataclasses.asdict(document)
    told["fields"] = {name.value: {"value": field.value, "confidence": field.confidence, "sure": field.sure}
                      for name, field in document.fields.items()}
    return told
