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
from pathlib import Path
from typing import Any

from mail.letter import Letter, Limits, parse

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
    write(parse(Path(setup["raw"]).read_bytes(), limits=Limits(**setup["limits"])), Path(setup["folder"]))


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
