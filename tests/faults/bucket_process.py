"""A door in a process of its own that takes a folder's files into a bucket: `bucket_process.py CONFIG FOLDER`."""
from __future__ import annotations

import datetime as dt
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from gateway.document import VN, Door, Origin
from gateway.errors import VaultError
from gateway.intake.accept import accept
from gateway.settings import Settings
from gateway.store.store import Store
from gateway.vaults import open_vault


def main(config: Path, folder: Path) -> None:
    """Takes every file; it goes from the folder when it is a Document, and not before."""
    settings = Settings.load(config)
    store, vault = Store.open(settings.url), open_vault(settings)
    print("ready", flush=True)
    for path in sorted(folder.iterdir()):
        with suppress(VaultError):
            accept(store, vault, path, partial(Origin, Door.FOLDER), unit="H99.1", name=path.name, by="may-quet",
                   media_type="application/pdf", at=dt.datetime.now(VN))
            path.unlink()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
