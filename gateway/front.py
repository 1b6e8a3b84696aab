"""The desk as the house furnishes it."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gateway import connection, doctor, late
from gateway.document import VN, Document, Door, Origin
from gateway.errors import ReadFailed
from gateway.hooks.signature import shown
from gateway.house import House, now, workers
from gateway.imap_rounds import PREFIX
from gateway.inspector import DeskLooks
from gateway.intake.claims import Claims
from gateway.intake.entries import FAILED
from gateway.keep.anchors import FOLDER, check_anchors
from gateway.offices import offices_of
from gateway.oidc import open_service
from gateway.review.desk import Desk, HeadOfMessage, HealthLine, Programs
from gateway.review.listeners import checked
from gateway.seal.keys import seal_of, trust_of
from gateway.seal.plan import unchecked
from gateway.seal.port import Signer
from gateway.settings import Settings
from ocr.child import ReaderPool
from ocr.errors import OcrError

_A4_INCHES = 8.27
_DOORS = {"folder": "Thư mục máy quét", "exchange": "Trạng thái từ trục", "directory": "Danh bạ nơi nhận",
          "incoming": "Văn bản đến từ trục", "answers": "Trạng thái báo nơi gửi", "late": "Theo dõi hạn xử lý",
          "connection": "Lịch kiểm tra kết nối",
          "erasures": "Xóa tệp mật", "clock": "Đồng hồ của máy",
          "fixity": "Kiểm tra tệp trong kho", "retention": "Dọn done/ và tệp tạm", "near": "Bản gần của kho S3",
          "anchors": "Mốc nhật ký", "backup": "Sao lưu", "smtp": "Cửa SMTP", "notices": "Thư báo cho nơi gửi",
          "texts": "Tìm trong toàn văn", "webhooks": "Báo cho chương trình"}
"""What a clerk calls the rounds."""


def desk_of(house: House, signer: Signer | None, message: HeadOfMessage | None = None) -> Desk:
    """The desk with its tools; `signer` is the organisation's key, None where there is none.

    `message` says what copies carry of their message, None for nothing.
    """
    settings = house.settings
    looks = DeskLooks(house.inspector)
    return Desk(
        store=house.store,
        vault=house.vault,
        seal=seal_of(settings.seal, settings.mark, looks,
                     unchecked=unchecked(settings.seal, house.home.name, settings.seal_unit)),
        offices=offices_of(settings, house.home, signer, looks),
        home=house.home.code,
        own_scanners=frozenset(address.lower() for address in settings.mail.own_scanners),
        picture=partial(_picture, house.pictures),
        take=partial(_take, house),
        progress=house.progress.get,
        in_work=lambda: tuple(house.progress),
        readers=workers(settings),
        health=partial(_health, house),
        language=settings.language,
        secure_cookies=settings.web.secure_cookies,
        session_hours=settings.web.session_hours,
        scan_again=partial(_scan_again, house) if settings.folder.enabled else None,
        upload_limit=settings.web.upload_mb * 1024 * 1024,
        message=message,
        clock_right=lambda: house.clock.demand(settings.seal.clock_limit_s),
        witness=partial(looks.witness, plan=settings.seal),
        looks=looks,
        address=settings.vgca.desk,
        programs=_programs(settings),
        login_service=open_service(settings.oidc, now),
        check_anchors=lambda: check_anchors(house.store.anchors, settings.data / FOLDER,
                                            trust_of(settings.seal)).problems,
    )


def _programs(settings: Settings) -> Programs | None:
    plan = settings.webhooks
    return Programs(lambda url: checked(url, plan), partial(shown, plan.secret_file)) if plan.hosts else None


def _picture(pool: ReaderPool, path: Path, page: int, width: int) -> bytes:
    try:
        return pool.picture(path, page, width / _A4_INCHES)
    except OcrError as error:
        raise ReadFailed from error


def _take(house: House, source: BinaryIO, *, unit: str, name: str, by: str, media_type: str) -> Document:
    """A desk upload: the same bytes of the same person are the same upload."""
    return house.accept(source, lambda sha256: Origin(Door.DESK, f"{by}/{sha256}"), unit=unit, name=name, by=by,
                   media_type=media_type, at=now()).document


def _scan_again(house: House, document: Document, text: str) -> Callable[[], None]:
    """The note lies where the file itself would lie, had it been refused."""
    key = re.sub(r":[0-9a-f]{64}(#.*)?$", "", document.origin.key)
    name = f"{document.name} {document.id[-6:]}.quet-lai.txt"
    note = Claims(house.settings.folder.path).note(key, name, text, now())
    return lambda: note.unlink(missing_ok=True)


def _health(house: House) -> Sequence[HealthLine]:
    code = "" if house.settings.embedded else house.home.code  # the rehearsal axis has a directory of its own
    doors = [HealthLine(_door(seen.door), not seen.note,
                        seen.note or f"{seen.at.astimezone(VN):%d/%m/%Y %H:%M:%S}.") for seen in house.store.doors()]
    quiet_h = house.settings.exchange.quiet_h
    clock = (*late.calendar_health(now()), *connection.health(house.store, now(), code, quiet_h))
    return [*doctor.brief(house.settings), *_refused_files(house), *_lost_calls(house), *clock, *doors]


def _refused_files(house: House) -> Sequence[HealthLine]:
    plan = house.settings.folder
    if not plan.enabled:
        return ()
    try:
        count = Claims(plan.path).failures()
    except OSError:  # the folder's own round says what is wrong with it
        return ()
    words = (f"{count} tệp nằm trong {plan.path / FAILED}. Hãy mở tệp .txt bên cạnh để xem lý do, rồi quét lại và xóa."
             if count else "Không có.")
    return (HealthLine("Tệp quét bị từ chối", not count, words),)


def _lost_calls(house: House) -> Sequence[HealthLine]:
    """What programs were to be told and have not taken."""
    count = house.store.hooks.given_up() if house.settings.webhooks.hosts else 0
    if not count:
        return ()
    return (HealthLine("Báo cho chương trình", False, f"{count} tin không giao được và không gửi lại nữa. "
                       "Quản trị viên hãy mở trang Webhook để xem lý do rồi gửi lại."),)


def _door(name: str) -> str:
    """What a clerk calls it."""
    return f"Hộp thư {name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else _DOORS.get(name, name)
