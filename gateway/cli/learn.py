"""`vanthu learn`: the digit recogniser learns the office's own hands."""
from __future__ import annotations

import argparse
import datetime as dt
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.cli.opened import Opened, show_json
from gateway.document import VN
from gateway.errors import CannotLearn

if TYPE_CHECKING:
    from gateway.learning import Curve, LearnFolder

_WORDS = {"number": "Số", "date": "Ngày"}


def add_to(commands: Any) -> None:
    """Adds the command."""
    learn = commands.add_parser("learn", help="học nét chữ của cơ quan / learn the office's own handwriting")
    deed = learn.add_mutually_exclusive_group()
    deed.add_argument("--keep-only", action="store_true", help="chỉ giữ mẫu chữ đã xác nhận, chưa học")
    deed.add_argument("--back", action="store_true", help="quay về bộ trọng số trước")
    deed.add_argument("--curve", action="store_true", help="tỷ lệ máy đọc đúng theo tháng")
    learn.add_argument("--json", action="store_true", help="với --curve / with --curve")
    learn.set_defaults(do=_learn)


def _learn(arguments: argparse.Namespace) -> int:
    from gateway.learning import LearnFolder, curve

    opened = Opened.by(arguments)
    folder = LearnFolder(opened.settings.learn.folder)
    if arguments.curve:
        _show_curve(curve(opened.store, opened.vault), as_json=arguments.json)
    elif arguments.back:
        name = folder.back()
        print(f"Đang dùng bộ trọng số {name or 'kèm theo chương trình'}. Hãy khởi động lại vanthu để áp dụng.")
    else:
        _keep(opened, folder)
        return 0 if arguments.keep_only else _teach(folder)
    return 0


def _keep(opened: Opened, folder: LearnFolder) -> None:
    from gateway.learning import harvest

    if not opened.settings.learn.enabled:
        raise CannotLearn("Việc giữ mẫu chữ đang tắt. Hãy đặt learn.enabled = true nếu cơ quan đồng ý.")
    found = harvest(opened.store, opened.vault, folder)
    print(f"Mẫu chữ mới: {found.fresh}. Văn bản đã xem trước đây: {found.known}. "
          f"Văn bản không có dòng viết tay để học: {found.without}.")


def _teach(folder: LearnFolder) -> int:
    """0 when new weights are in use, 3 when the old ones stay."""
    try:
        from ocr.training import learn
    except ImportError as error:
        raise CannotLearn from error
    from ocr.digits import WEIGHTS
    from ocr.training.corpus import kept_line

    name = f"{dt.datetime.now(VN):%Y%m%d-%H%M%S}"
    lines = [kept_line(picture, label.document, label.kind, (label.value, label.hand, label.inner))
             for picture, label in folder.labels()]
    made = folder.path / f".{name}"
    try:
        verdict = learn.learn(WEIGHTS.with_suffix(".npz"), folder.weights() or WEIGHTS, lines, made, print)
    except ValueError as error:
        raise CannotLearn(f"Mới có {len(lines)} mẫu chữ; cần ít nhất {learn.LEAST_LINES} mẫu để học và vài mẫu để "
                          "chấm. Hãy xác nhận thêm văn bản rồi chạy lại.") from error
    print(f"Học từ {verdict.lines} mẫu trong {verdict.seconds:.0f} giây. Mẫu để riêng: trước {verdict.held_before}, "
          f"sau {verdict.held_after}. Bộ mẫu chung: trước {verdict.base_before}, sau {verdict.base_after}.")
    if not verdict.better:
        shutil.rmtree(made)
        print("Bộ trọng số mới không tốt hơn nên không dùng. Hãy học lại khi có thêm văn bản được xác nhận.")
        return 3
    folder.sets.mkdir(mode=0o700, exist_ok=True)
    made.rename(folder.sets / name)
    folder.put(name)
    print(f"Đã dùng bộ trọng số {name}. Hãy khởi động lại vanthu để áp dụng; `vanthu learn --back` quay về bộ trước.")
    return 0


def _show_curve(found: Curve, *, as_json: bool) -> None:
    if as_json:
        show_json({month: {kind: asdict(share) for kind, share in kinds.items()} for month, kinds in found.items()})
        return
    print(f"{'Tháng':<10}{'Trường':<8}{'Văn bản':>8}{'Đúng':>7}{'Chắc':>7}{'Chắc mà sai':>13}")
    for month, kinds in found.items():
        for kind, share in kinds.items():
            right = f"{100 * share.right / share.of:.0f} %" if share.of else "-"
            print(f"{month:<10}{_WORDS[kind]:<8}{share.of:>8}{right:>7}{share.sure:>7}{share.sure_wrong:>13}")
