"""What a signing program on a sealer's machine fetches and brings: no login, two tokens that are good once."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from gateway.errors import NotFound
from gateway.review import handing
from gateway.review.desk import Desk
from gateway.review.web import frame
from gateway.store.handovers import Handover

router = APIRouter()
log = logging.getLogger(__name__)


@router.get("/handed/{token}/{name}")
def fetch(request: Request, token: str, name: str) -> Response:
    """The file to be sealed; the second time there is none.  The name is for the program's eyes."""
    desk = frame.desk_of(request)
    folder = Path(tempfile.mkdtemp(dir=desk.vault.work_folder(), prefix="handed-"))
    gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    given = None
    try:
        given = handing.given_file(desk, token, folder)
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)
    return FileResponse(given, media_type="application/pdf", background=gone, headers={"Cache-Control": "no-store"})


class Bounded:
    """Reads a request's body no further than the limit: the sender has no login."""

    def __init__(self, receive: Callable[[], Awaitable[Any]], limit: int) -> None:
        self._receive, self._left = receive, limit

    async def __call__(self) -> Any:
        """The next piece.

        Raises:
            HTTPException: 413, the limit is passed.
        """
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message


async def brought(request: Request, token: str) -> tuple[Handover, UploadFile]:
    """The upload, only when its token is good: nothing is read for anybody else."""
    desk = frame.desk_of(request)
    handover = await run_in_threadpool(handing.waiting, desk, token)
    if handover is None:
        raise NotFound(handing.SPENT)
    bounded = Request(request.scope, Bounded(request.receive, desk.upload_limit))
    form = await bounded.form(max_files=4, max_fields=40)
    part = _part(desk)
    found = form.get(part) or next((one for one in form.values() if isinstance(one, UploadFile)), None)
    if not isinstance(found, UploadFile):
        raise HTTPException(400)
    return handover, found


def _part(desk: Desk) -> str:
    return next((office.program.part for office in desk.offices.values() if office.program), "")


@router.post("/handed/{token}")
def bring(request: Request, upload: Annotated[tuple[Handover, UploadFile], Depends(brought)]) -> Response:
    """Takes the sealed file; the answer is in the program's own form, whatever we think of the file."""
    desk = frame.desk_of(request)
    handover, file = upload
    with tempfile.TemporaryDirectory(dir=desk.vault.work_folder(), prefix="brought-") as folder:
        returned = Path(folder) / "returned.pdf"
        with returned.open("wb") as out:
            shutil.copyfileobj(file.file, out)
        answer: Mapping[str, object] = handing.take_back(desk, handover, returned)
    return JSONResponse(answer)
