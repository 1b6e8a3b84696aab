"""The round in a process of its own, to be killed: `python -m tests.gateway.hooks.round_process FOLDER`."""
from __future__ import annotations

import sys
from pathlib import Path

from gateway.hooks.round import HookTools, tell_programs
from gateway.settings_hooks import Webhooks
from gateway.store.store import Store
from tests.gateway.store.making import NOON

folder = Path(sys.argv[1])
plan = Webhooks(hosts=("127.0.0.1",), secret_file=folder / "secrets.txt")
tell_programs(HookTools(Store.open(f"sqlite:///{folder}/vanthu.db", clock=lambda: NOON), plan, lambda: NOON))
