"""The process that looks at strangers' PDF signatures, PDF structure and XML: started by gateway.inspector.

Not imported by anybody: `python -m gateway.inspect_child '{"parent": pid, "memory_mb": n, "options": {...}}'`.  What a
task needs is loaded when the first one of its kind comes: most houses ask for one kind only.
"""
from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import GatewayError
from gateway.plain_values import to_plain
from ocr import serving

if TYPE_CHECKING:
    from gateway.seal.trust import Trust


def main() -> None:
    """Ties the process to its parent, sets the limits, serves."""
    setup = json.loads(sys.argv[1])
    serving.serve(serving.begin(setup), _done, setup["options"]["time_limit_s"])


def _done(task: dict[str, Any]) -> dict[str, Any]:
    """{"value": ...}, or {"refused": [class, sentence]} with the files' own names."""
    try:
        with ExitStack() as stack:
            beside = stack.enter_context(Path(task["out"]).open("wb")) if task["do"] in _WITH_BYTES else None
            return {"value": to_plain(_TASKS[task["do"]](task), beside)}
    except GatewayError as error:
        said = str(error)
        for own, lent in task.get("files", {}).items():
            said = said.replace(lent, own)
        if "out" in task:
            Path(task["out"]).touch()  # the parent awaits a file
        return {"refused": [type(error).__name__, said]}


def _trust(task: dict[str, Any]) -> Trust:
    from gateway.seal.trust import trust_from

    return trust_from((Path(lent) for lent in task.get("files", {}).values()), old_algorithms=task["old_algorithms"])


def _verify(task: dict[str, Any]) -> Any:
    from gateway.seal.verify import verify

    return verify(Path(task["path"]), _trust(task))


def _facts(task: dict[str, Any]) -> Any:
    from gateway.seal.verify import signature_facts

    return signature_facts(Path(task["path"]))


def _witness(task: dict[str, Any]) -> Any:
    from gateway.seal.evidence import witness

    return witness(Path(task["path"]), _trust(task))


def _sealable_part(task: dict[str, Any]) -> Any:
    from gateway.seal.pdfa_gate import sealable_part

    return sealable_part(Path(task["path"]))


def _ink(task: dict[str, Any]) -> Any:
    """Rows, columns and the bits in base64."""
    import numpy as np

    from gateway.seal.corner import ink_of

    ink = ink_of(Path(task["path"]))
    return *ink.shape, base64.b64encode(np.packbits(ink).tobytes()).decode()


def _additions(task: dict[str, Any]) -> Any:
    from gateway.seal.additions import additions

    (returned,) = task["files"].values()
    return additions(Path(task["path"]), Path(returned))


def _archival(task: dict[str, Any]) -> Any:
    """The parent awaits a file either way."""
    from gateway.seal.pdfa_gate import archival

    out = Path(task["out"])
    done = archival(Path(task["path"]), out)
    if not done:
        out.write_bytes(b"")
    return done


def _embed(task: dict[str, Any]) -> Any:
    from gateway.seal.associated import with_message

    at = dt.datetime.fromisoformat(task["at"])
    with_message(Path(task["path"]), base64.b64decode(task["message"]), Path(task["out"]), at=at)


def _message(task: dict[str, Any]) -> Any:
    from gateway.exchange.edxml_read import read_message

    return read_message(Path(task["path"]).read_bytes())


def _rewritten(task: dict[str, Any]) -> Any:
    from gateway.oldfonts import rewritten

    out = Path(task["out"])
    out.write_bytes(Path(task["path"]).read_bytes())
    return rewritten(out)


_TASKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "verify": _verify, "facts": _facts, "witness": _witness, "sealable_part": _sealable_part, "ink": _ink,
    "additions": _additions, "archival": _archival, "embed": _embed, "message": _message, "rewritten": _rewritten,
}
_WITH_BYTES = frozenset({"witness", "message"})
"""Their values hold bytes, which go into `out`."""


if __name__ == "__main__":
    main()
