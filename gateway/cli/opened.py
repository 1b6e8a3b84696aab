"""What the commands on stored Documents open: settings, store and vault, without an engine.

A command needs none: what it changes is found by the reconciler of the running gateway within seconds.
"""
from __future__ import annotations

import argparse
import getpass
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.errors import GatewayError
from gateway.settings import Settings
from gateway.settings_calendar import keep_time

if TYPE_CHECKING:
    from gateway.review.acts import Person
    from gateway.store.store import Store
    from gateway.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """Settings, store and vault."""

    settings: Settings
    store: Store
    vault: Vault

    @classmethod
    def by(cls, arguments: argparse.Namespace) -> Opened:
        """Opens what the settings name; makes the data folder when it is not there yet.

        Raises:
            GatewayError: the database cannot be opened.
        """
        from sqlalchemy.exc import SQLAlchemyError

        from gateway.store.store import Store
        from gateway.vaults import open_vault

        settings = Settings.load(arguments.config)
        keep_time(settings.calendar)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            store = Store.open(settings.url)
        except SQLAlchemyError as error:
            raise GatewayError("Không mở được cơ sở dữ liệu. Hãy kiểm tra store.url và quyền đọc ghi.") from error
        vault = open_vault(settings)
        store.on_erase = vault.erase
        return cls(settings, store, vault)


def operator() -> Person:
    """Whoever may read and write the data folder may do everything; the journal names the system's user."""
    from gateway.review.acts import ALLOWED, Person

    name = f"cli:{getpass.getuser()}"
    return Person(name, name, frozenset().union(*ALLOWED.values()))


def show_json(value: Any) -> None:
    """One JSON object a line."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)
