"""`vanthu backup` and `vanthu restore`."""
from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.opened import Opened, show_json
from gateway.document import VN
from gateway.errors import BackupFailed
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.keep.anchors import AnchorReport
    from gateway.keep.chest import Chest

Progress = Callable[[int, int], None]


def add_to(commands: Any) -> None:
    """Adds the commands."""
    backup = commands.add_parser("backup", help="sao lưu (chỉ chép phần mới) / back up, incrementally")
    backup.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="mặc định: backup.folder")
    backup.add_argument("--check", action="store_true", help="đọc lại mọi thứ đã sao lưu / read all of it again")
    backup.add_argument("--list", action="store_true", help="liệt kê các bản sao lưu / list the backups")
    backup.add_argument("--json", action="store_true")
    backup.set_defaults(do=_backup)
    restore = commands.add_parser("restore", help="khôi phục từ bản sao lưu / restore from a backup")
    restore.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="mặc định: backup.folder")
    restore.add_argument("--at", default="", metavar="NAME", help="bản nào; mặc định mới nhất / which one")
    restore.add_argument("--identity", type=Path, metavar="FILE", help="khóa riêng age của bản đã khóa / age key file")
    restore.add_argument("--damaged", action="store_true", help="chỉ lấy lại các tệp hỏng / damaged files only")
    restore.set_defaults(do=_restore)


def _chest(settings: Settings, folder: Path | None) -> Chest:
    from gateway.keep.chest import Chest

    chosen = folder or (Path(settings.backup.folder) if settings.backup.folder else None)
    if chosen is None:
        raise BackupFailed("Chưa có thư mục sao lưu. Hãy chạy vanthu backup THƯ_MỤC hoặc đặt backup.folder.")
    return Chest(chosen, settings.backup.recipients)


def _backup(arguments: argparse.Namespace) -> int:
    from gateway.keep.backup import backup
    from gateway.keep_rounds import source_of

    if arguments.list:
        return _list(_chest(Settings.load(arguments.config), arguments.folder), as_json=arguments.json)
    opened = Opened.by(arguments)
    chest = _chest(opened.settings, arguments.folder)
    bar = _bar()
    made = backup(source_of(opened.settings, opened.store, opened.vault), chest, now=dt.datetime.now(VN),
                  keep=opened.settings.backup.keep, check=arguments.check, progress=lambda done: bar(done, 0))
    told = {"name": made.snapshot.name, "documents": made.snapshot.documents, "files": len(made.snapshot.files),
            "new": made.new, "new_bytes": made.new_bytes, "mended": made.mended, "damaged": list(made.damaged),
            "dropped": list(made.dropped), "journal_cut": made.cut, "locked": made.snapshot.locked}
    if arguments.json:
        show_json(told)
    else:
        print(f"{made.snapshot.name}: {made.snapshot.documents} văn bản, {len(made.snapshot.files)} tệp; "
              f"mới {made.new} ({made.new_bytes / 1e6:.1f} MB), đã khóa: {'có' if made.snapshot.locked else 'không'}.")
        _warn(len(made.damaged), cut=made.cut, locked=made.snapshot.locked)
    return 3 if made.damaged or made.cut else 0


def _warn(damaged: int, *, cut: bool, locked: bool) -> None:
    if damaged:
        print(f"✗ {damaged} tệp trong kho bị mất hoặc bị đổi. Hãy chạy vanthu restore --damaged.")
    if cut:
        print("✗ Nhật ký mất những dòng mà bản sao lưu trước có. Hãy đối chiếu với bản sao lưu.")
    if not locked:
        print("Bản này không khóa nên không có thư mục secrets/. Hãy cất riêng các tệp bí mật, hoặc đặt "
              "backup.recipients.")


def _list(chest: Chest, *, as_json: bool) -> int:
    for name in chest.names():
        one = chest.snapshot(name)
        size = sum(stored.size for stored in one.objects.values())
        if as_json:
            show_json({"name": name, "made_at": one.made_at, "documents": one.documents, "files": len(one.files),
                       "bytes": size, "checked": one.checked, "locked": one.locked})
        else:
            print(f"{name}  {one.made_at.astimezone(VN):%d/%m/%Y %H:%M}  {one.documents} văn bản  {size / 1e6:.1f} MB")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from gateway.keep.chest import identities_in
    from gateway.keep.restore import Target, restore
    from gateway.vaults import vault_in

    settings = Settings.load(arguments.config)
    chest = _chest(settings, arguments.folder)
    identities = identities_in(arguments.identity) if arguments.identity else ()
    if arguments.damaged:
        return _mend(arguments, chest, identities)
    target = Target(data=settings.data, url=settings.url, identities=identities, open_vault=partial(vault_in, settings))
    done = restore(chest, target, name=arguments.at, progress=_bar())
    print(f"{done.snapshot.name}: đã khôi phục {done.snapshot.documents} văn bản, {done.files} tệp trong kho, "
          f"{done.others} tệp khác vào {settings.data}.")
    if not done.snapshot.locked:
        print("Bản này không có thư mục secrets/. Hãy chép lại các tệp bí mật trước khi chạy vanthu run.")
    return check_all(arguments, as_json=False)


def _mend(arguments: argparse.Namespace, chest: Chest, identities: Sequence[str]) -> int:
    from gateway.keep.fixity import Fixity
    from gateway.keep.restore import mend

    opened = Opened.by(arguments)
    fixity = Fixity(opened.store.contents, opened.vault, days=opened.settings.keep.fixity_days)
    damage = sorted(fixity.whole(lambda done: None).damage)
    left = mend(chest, opened.vault, damage, identities=identities)
    print(f"{len(damage)} tệp hỏng, đã lấy lại {len(damage) - len(left)} tệp.")
    fixity.whole(lambda done: None)
    return 3 if left else 0


def check_all(arguments: argparse.Namespace, *, as_json: bool) -> int:
    """Reads every file of the vault again and goes through the whole journal; 3 when something is wrong."""
    from gateway.keep.fixity import Fixity

    opened, bar = Opened.by(arguments), _bar()
    report = Fixity(opened.store.contents, opened.vault, days=opened.settings.keep.fixity_days).whole(
        lambda done: bar(done, 0))
    anchors, last = _anchors(opened), report.rounds[-1]
    journal = (*opened.store.journal.verify(known=_known(opened.settings)), *anchors.problems)
    wrong = {sha256: opened.store.contents.documents_with(sha256) for sha256 in report.damage}
    if as_json:
        show_json({"files": last.files, "bytes": last.bytes, "ended_at": last.ended_at, "journal": journal,
                   "damage": [{"sha256": one, "what": report.damage[one], "documents": wrong[one]} for one in wrong]})
    else:
        print(f"Đã kiểm tra {last.files} tệp ({last.bytes / 1e6:.1f} MB): {len(wrong)} hỏng. "
              f"Nhật ký: {'nguyên vẹn' if not journal else 'có lỗi'}. {anchors.words}")
        for sha256, documents in wrong.items():
            print(f"✗ {report.damage[sha256]} {sha256} của {', '.join(documents)}")
        print("\n".join(journal), end="\n" if journal else "")
    return 3 if wrong or journal else 0


def check_journal(arguments: argparse.Namespace, *, as_json: bool) -> int:
    """Goes through the journal's chain and its anchors; 3 when a line is changed, missing, cut off or made anew."""
    opened = Opened.by(arguments)
    anchors, last = _anchors(opened), opened.store.journal.recent(1)
    problems = (*opened.store.journal.verify(known=_known(opened.settings)), *anchors.problems)
    lines = last[0].seq if last else 0
    if as_json:
        show_json({"lines": lines, "head": last[0].hash if last else "", "journal": problems,
                   "anchors": {"all": anchors.anchors, "stamped": anchors.stamped, "trusted": anchors.trusted,
                               "late": anchors.late}})
    else:
        print(f"Nhật ký {lines} dòng: {'nguyên vẹn' if not problems else 'có lỗi'}. {anchors.words}")
        print("\n".join(problems), end="\n" if problems else "")
    return 3 if problems else 0


def _anchors(opened: Opened) -> AnchorReport:
    from gateway.keep.anchors import FOLDER, check_anchors
    from gateway.seal.keys import trust_of

    return check_anchors(opened.store.anchors, opened.settings.data / FOLDER, trust_of(opened.settings.seal))


def _known(settings: Settings) -> tuple[int, str] | None:
    """The journal's last line as the newest backup knows it."""
    if not settings.backup.folder:
        return None
    chest = _chest(settings, None)
    names = chest.names()
    line = chest.snapshot(names[-1]).journal if names else (0, "")
    return line if line[0] else None


def _bar() -> Progress:
    """A line that counts, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda done, of: None

    def show(done: int, of: int) -> None:
        print(f"\r{done}{f'/{of}' if of else ''} ", end="", file=sys.stderr, flush=True)

    return show
