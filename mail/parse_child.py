"""The process that opens one letter: started by mail.parsing, dies with its parent, has limits on memory and time.

Not imported by anybody: `python -m mail.parse_child '{"parent": pid, "raw": path, "folder": path, ...}'`.  It writes
the bytes of the Parts as files 1, 2, 3 ... into the folder and, last of all, letter.json.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asn1crypto import pem

from mail.letter import Letter, Limits, parse
from mail.smime_open import keys_in

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ties the process to its parent, sets the limits, opens the letter."""
    setup = json.loads(sys.argv[1])
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != setup["parent"]:  # it died before the line above
        os._exit(1)
    memory, seconds = setup["memory_mb"] << 20, setup["time_limit_s"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # the desk's answers come first
    raw, roots = Path(setup["raw"]).read_bytes(), tuple(_certificates(setup["roots"]))
    keys = keys_in(Path(setup["keys"]).read_bytes()) if setup["keys"] else ()
    write(parse(raw, limits=Limits(**setup["limits"]), roots=roots, keys=keys), Path(setup["folder"]))


def _certificates(files: list[str]) -> Iterator[bytes]:
    for file in files:
        data = Path(file).read_bytes()
        yield from (der for _, _, der in pem.unarmor(data, multiple=True)) if pem.detect(data) else [data]


def write(letter: Letter, folder: Path) -> None:
    """Files for what the Parts hold, then letter.json; a half-written folder has no letter.json."""
    parts = []
    for number, part in enumerate(letter.parts, 1):
        file = str(number) if part.data else ""
        if file:
            (folder / file).write_bytes(part.data)
        parts.append(dataclasses.asdict(dataclasses.replace(part, data=b"")) | {"data": file})
    told: dict[str, Any] = {key.name: getattr(letter, key.name) for key in dataclasses.fields(letter)}
    told |= {"parts": parts, "date": letter.date.isoformat() if letter.date else None}
    # A lone surrogate from a broken header cannot be stored anywhere: it becomes "?".
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    (folder / "letter.tmp").write_bytes(text)
    (folder / "letter.tmp").rename(folder / "letter.json")


if __name__ == "__main__":
    main()
