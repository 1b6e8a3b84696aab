"""A Document as a package for the current archive (Circular 05/2025/TT-BNV)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from gateway.archive.fields import Shelf
from gateway.archive.package import PackTools, pack
from gateway.review.desk import Desk
from gateway.review.login import Visit
from gateway.review.web import frame
from gateway.review.web.files import CLOSED
from gateway.review.web.paper import document_of
from gateway.seal.report import report_as_json

router = APIRouter()


@router.get("/d/{document_id}/archive.zip")
def archive(request: Request, document_id: str, visit: Annotated[Visit, Depends(frame.visitor)]) -> Response:
    """The package; what only the archivist knows (file code, retention) is told in it as missing."""
    desk = frame.desk_of(request)
    document = document_of(desk, document_id, visit.person)
    out = desk.vault.work_folder() / f"{secrets.token_hex(8)}.zip"
    tools = PackTools(desk.store, desk.vault, lambda path: _verdict(desk, path), desk.clock)
    packed = pack(document, out, tools, shelf=Shelf())
    desk.store.note(document.id, who=visit.person.login, what="archived")
    return FileResponse(out, media_type="application/zip", filename=f"{packed.fields['docId']}.zip", headers=CLOSED,
                        background=BackgroundTask(out.unlink, missing_ok=True))  # fmt: skip


def _verdict(desk: Desk, path: Path) -> Mapping[str, Any]:
    return report_as_json(desk.witness(path).report) if desk.witness else {}
