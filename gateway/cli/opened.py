"""What the commands on stored Documents open: settings, store and vault, without an engine.

A command needs none: what it changes is found by the reconciler of the running gateway within seconds.
"""
from __future__ import annotations

import argparse
import getpass
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.settings import Settings

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
        """Opens what the settings name; makes the data folder when it is not there yet."""
        from gateway.store.store import Store
        from gateway.store.vault import Vault

        settings = Settings.load(arguments.config)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(settings, Store.open(settings.url), Vault(settings.data / "vault"))


def operator() -> Person:
    """Whoever may read and write the data folder may do everything; the journal names the system's user."""
    from gateway.review.acts import ALLOWED, Person

    name = f"cli:{getpass.getuser()}"
    return Person(name, name, frozenset().union(*ALLOWED.values()))


def show_json(value: Any) -> None:
    """One JSON object a line."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)
