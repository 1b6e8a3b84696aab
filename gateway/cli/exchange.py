"""`vanthu archive edxml bodies`: a Document as a package for the archive, messages in words, the directory."""
from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

from gateway.cli.opened import Opened, operator, show_json
from gateway.document import VN
from gateway.errors import GatewayError, NotFound


def add_to(commands: Any) -> None:
    """Adds the commands."""
    archive = commands.add_parser("archive", help="đóng gói nộp lưu (TT 05/2025) / pack for the archive")
    archive.add_argument("document", metavar="ID")
    archive.add_argument("out", type=Path, metavar="OUT.zip")
    archive.add_argument("--file-code", default="", metavar="CODE", help="mã hồ sơ / code of the file")
    archive.add_argument("--ordinal", type=int, default=1, metavar="N", help="số thứ tự trong hồ sơ / place in it")
    archive.add_argument("--maintenance", default="", choices=["", "01", "02", "03", "04", "05", "06", "07"],
                         help="thời hạn lưu trữ / how long it is kept")
    archive.add_argument("--mode", default="02", choices=["01", "02"], help="chế độ sử dụng / who may use it")
    archive.add_argument("--keyword", default="", metavar="TEXT")
    archive.add_argument("--json", action="store_true")
    archive.set_defaults(do=_archive)
    edxml = commands.add_parser("edxml", help="gói tin edXML / messages of the interchange")
    show = edxml.add_subparsers(metavar="DEED", required=True).add_parser("show", help="xem gói tin / in words")
    show.add_argument("files", nargs="+", type=Path, metavar="FILE")
    show.set_defaults(do=_show_edxml)
    bodies = commands.add_parser("bodies", help="danh bạ nơi nhận: find, set / the directory")
    deeds = bodies.add_subparsers(metavar="DEED", required=True)
    find = deeds.add_parser("find", help="tìm theo mã hoặc tên / by code or name")
    find.add_argument("text", metavar="TEXT")
    find.add_argument("--json", action="store_true")
    find.set_defaults(do=_find_bodies)
    change = deeds.add_parser("set", help="ghi hiệu lực, mã kế tiếp, tên / how long a code is good")
    change.add_argument("code", metavar="CODE")
    for word in ("since", "until"):
        change.add_argument(f"--{word}", type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
    for word in ("successor", "note", "name", "mail"):
        change.add_argument(f"--{word}", default="", metavar="TEXT")
    change.set_defaults(do=_set_body)


def _archive(arguments: argparse.Namespace) -> int:
    from gateway.archive.fields import Shelf
    from gateway.archive.package import PackTools, pack
    from gateway.archive.verdict import verdict_by

    house = Opened.by(arguments)
    document = house.store.get(arguments.document)
    tools = PackTools(house.store, house.vault, verdict_by(house.settings.seal), lambda: dt.datetime.now(VN))
    shelf = Shelf(arguments.file_code, arguments.ordinal, arguments.maintenance, arguments.mode, arguments.keyword)
    packed = pack(document, arguments.out, tools, shelf=shelf)
    house.store.note(document.id, who=operator().login, what="archived")
    if arguments.json:
        show_json(dataclasses.asdict(packed))
    else:
        print(f"{arguments.out}: {len(packed.files)} tệp.")
        for one in packed.doubts:
            print(f"  ? {one}")
    return 3 if packed.doubts else 0


def _show_edxml(arguments: argparse.Namespace) -> int:
    from gateway.exchange.edxml import show

    for path in arguments.files:
        try:
            print(show(path.read_bytes()))
        except GatewayError as error:
            raise GatewayError(f"{path}: {error}") from error
    return 0


def _find_bodies(arguments: argparse.Namespace) -> int:
    directory = Opened.by(arguments).store.directory
    for body in directory.search(arguments.text):
        term = directory.term(body.code)
        if arguments.json:
            show_json(dataclasses.asdict(body) | {"term": dataclasses.asdict(term) if term else None})
            continue
        until = f"  đến {term.until:%d/%m/%Y}" if term and term.until else ""
        after = f" → {term.successor}" if term and term.successor else ""
        print(f"{body.code:<20} {body.name}{f'  ({body.old_code})' if body.old_code else ''}{until}{after}")
    return 0


def _set_body(arguments: argparse.Namespace) -> int:
    from gateway.store.directory import Term

    directory = Opened.by(arguments).store.directory
    if directory.get(arguments.code) is None and not arguments.name:
        raise NotFound(f"Danh bạ chưa có mã {arguments.code}. Hãy ghi thêm --name để thêm cơ quan này.")
    term = Term(arguments.code, arguments.since, arguments.until, arguments.successor, arguments.note, arguments.name,
                arguments.mail)
    directory.set_term(term, who=operator().login, at=dt.datetime.now(VN))
    return 0
