"""Verdicts on the signatures of a Document's file, kept beside it with what they rested on (gateway.seal.evidence)."""
from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.document import Document, FileRef, Role
from gateway.errors import FileMissing
from gateway.seal.evidence import LIST_TYPE, NAME, Witness, again
from gateway.seal.report import Report
from gateway.store.vault import Vault

BROKEN, UNTRUSTED, OTHER_SIGNER, OLD = "signature_broken", "signature_untrusted", "signer_differs", "signature_old"
"""Remarks on a Document whose paper came signed."""


@dataclass(frozen=True, slots=True)
class Said:
    """One signature, as the desk shows it."""

    signer: str
    reason: str
    """A sentence."""
    good: bool
    broken: bool


def keep(found: Witness, vault: Vault) -> tuple[FileRef, ...]:
    """The evidence made durable; the verdict is the last of the files."""
    lists = tuple(vault.put(io.BytesIO(one), role=Role.EVIDENCE, media_type=LIST_TYPE, name=f"{place}.crl")
                  for place, one in enumerate(found.lists, 1))
    verdict = vault.put(io.BytesIO(found.data), role=Role.EVIDENCE, media_type="application/json", name=NAME)
    return (*lists, verdict)


def said(document: Document, vault: Vault) -> Sequence[Said]:
    """What the newest verdict says of each signature; () without one."""
    file = _verdict(document)
    if file is None:
        return ()
    try:
        told: list[dict[str, Any]] = json.loads(vault.path(file).read_bytes())["report"]["signatures"]
    except (FileMissing, ValueError, KeyError):
        return ()
    return [Said(one["signer"], one["reason"], one["bottom_line"], not (one["intact"] and one["valid"]))
            for one in told]


def judged_again(document: Document, vault: Vault, path: Path) -> Report:
    """The newest verdict, repeated from its evidence alone.

    Raises:
        FileMissing: there is none, or a part of it is gone.
        ValueError: it is another file's.
    """
    file = _verdict(document)
    if file is None:
        raise FileMissing("Văn bản không có chứng cứ kiểm tra chữ ký. Hãy kiểm tra lại mã văn bản.")
    return again(vault.path(file).read_bytes(), lambda sha256: vault.path(sha256).read_bytes(), path)


def _verdict(document: Document) -> FileRef | None:
    return next((one for one in reversed(document.files) if one.role is Role.EVIDENCE and one.name == NAME), None)
