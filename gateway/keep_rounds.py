"""Keeping as rounds of the house: fixity, retention, backups."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gateway import __version__
from gateway.errors import GatewayError
from gateway.house import House, now
from gateway.intake.entries import DONE
from gateway.keep.anchors import FOLDER, Anchoring
from gateway.keep.backup import Source, backup
from gateway.keep.chest import Chest
from gateway.keep.fixity import Fixity
from gateway.keep.retention import tidy_done
from gateway.loop import Round
from gateway.seal.keys import stamps_of
from gateway.settings import Settings
from gateway.store.bucket_vault import BucketVault
from gateway.store.store import Store
from gateway.store.vault import Vault

_FIXITY_S = 300.0
_TIDY_S = 3600.0
_BACKUP_S = 300.0
_NEAR_S = 60.0
_ANCHOR_S = 600.0
FORGOTTEN_S = 24 * 3600.0
"""What a crash has left in the work folder is not needed by anybody after so long."""


def keep_rounds(house: House) -> Sequence[Round]:
    """The rounds that the settings ask for."""
    settings, chosen = house.settings, house.settings.keep
    fixity = Fixity(house.store.contents, house.vault, days=chosen.fixity_days)
    anchoring = Anchoring(house.store.anchors, settings.data / FOLDER, stamps_of(settings.seal), now)
    found = [Round("fixity", _FIXITY_S, fixity.turn), Round("retention", _TIDY_S, partial(_tidy, house)),
             Round("anchors", _ANCHOR_S, anchoring.turn)]
    found += near_rounds(house)
    if settings.backup.folder:
        chest = Chest(Path(settings.backup.folder), settings.backup.recipients)
        found.append(Round("backup", _BACKUP_S, partial(_backup_when_due, house, chest)))
    return found


def near_rounds(house: House) -> Sequence[Round]:
    """For every machine with a bucket: copies that are not used any more go, and those of letters that were STOPPED."""
    vault = house.vault
    if not isinstance(vault, BucketVault):
        return ()
    return (Round("near", _NEAR_S, partial(vault.tidy, house.store.contents.wants)),)


def source_of(settings: Settings, store: Store, vault: Vault) -> Source:
    """What is backed up of a gateway with these settings."""
    return Source(data=settings.data, url=settings.url, store=store, vault=vault, version=__version__,
                  apart_from=(settings.folder.path / DONE, settings.mail.spool))


def _tidy(house: House) -> None:
    settings = house.settings
    tidy_done(settings.folder.path / DONE, settings.keep.done_days, house.store.contents, house.vault, now=now())
    house.vault.clear_work(FORGOTTEN_S)


def _backup_when_due(house: House, chest: Chest) -> None:
    plan, at = house.settings.backup, now()
    names = chest.names()
    if names and at - chest.snapshot(names[-1]).made_at < dt.timedelta(hours=plan.every_h):
        return
    made = (chest.snapshot(name) for name in reversed(names))
    check = not any(one.checked and at - one.made_at < dt.timedelta(days=plan.check_days) for one in made)
    done = backup(source_of(house.settings, house.store, house.vault), chest, now=at, keep=plan.keep, check=check)
    if done.damaged:
        raise GatewayError(f"Đã sao lưu, nhưng {len(done.damaged)} tệp trong kho bị mất hoặc bị đổi. "
                           "Hãy chạy vanthu verify --files.")
    if done.cut:
        raise GatewayError("Đã sao lưu, nhưng nhật ký mất những dòng mà bản sao lưu trước có. "
                           "Hãy đối chiếu với bản sao lưu.")
